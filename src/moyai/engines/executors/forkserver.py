"""The process that supervisors are forked from: it has loaded what they need, so each costs a fork (1 ms).

It reads the folders of jobs from its standard input, each closed by a zero byte, and ends when that pipe closes. The
supervisors outlive it; nothing depends on it but new starts. Standard library only.
"""

import os
import signal
import traceback
from pathlib import Path

from moyai.engines.executors import records, supervisor


def serve() -> None:
    """Fork a supervisor for each folder named, until nobody can name one any more."""
    # Supervisors that end are forgotten by the system itself; what they had to say is in their files.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    rest = b""
    while heard := os.read(0, 65536):
        *folders, rest = (rest + heard).split(b"\0")
        for folder in folders:
            supervise(Path(os.fsdecode(folder)))


def supervise(folder: Path) -> None:
    try:
        forked = os.fork()
    except OSError as error:
        supervisor.refuse(folder, f"No supervisor could be made for it: {error.strerror}.")
        return
    if forked:
        return
    try:
        detach(folder)
        supervisor.main(folder)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def detach(folder: Path) -> None:
    """Leave the fork server: own session, own log, and not the pipe (which would keep it open)."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    log = os.open(folder / records.ENGINE / "supervisor.log", flags, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
