"""Moyai's end of the fork server: starts it when the first supervisor is wanted, replaces it when it has died."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from moyai.kernel.errors import Unavailable

SOURCE = str(Path(__file__).resolve().parents[3])
START = "import sys; sys.path.append(sys.argv[1]); from moyai.engines.executors import forkserver; forkserver.serve()"


class ForkClient:
    """Orders supervisors. The server ends by itself when the last holder of this end of its pipe is gone, however."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._server: subprocess.Popen[bytes] | None = None
        self._one = threading.Lock()

    def order(self, folder: Path) -> int:
        """Order a supervisor for `folder`; the server that it was ordered from. Raises Unavailable."""
        with self._one:
            for _ in range(2):
                if self._server is None or self._server.poll() is not None:
                    self._server = started(self.log)
                try:
                    os.write(pipe(self._server), os.fsencode(folder) + b"\0")
                    return self._server.pid
                except BrokenPipeError:
                    self._server.wait()
        raise Unavailable("No supervisor could be started.", where=str(folder), fix=f"See {self.log}.")

    def serving(self) -> int | None:
        """The process number of the living server, if there is one."""
        return self._server.pid if self._server and self._server.poll() is None else None

    def close(self) -> None:
        """Let the server go, once it has started all that was ordered. A later order starts a new one."""
        with self._one:
            if self._server:
                self._server.communicate()
            self._server = None


def started(log: Path) -> "subprocess.Popen[bytes]":
    """A server in its own session, with nothing of ours: no environment, no open files, no secret in its command."""
    search = "LD_LIBRARY_PATH"
    environ = {search: os.environ[search]} if search in os.environ else {}
    try:
        with open(log, "ab", opener=private) as errors:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", START, SOURCE],
                stdin=subprocess.PIPE,
                stdout=errors,
                stderr=errors,
                bufsize=0,
                cwd="/",
                env=environ,
                umask=0o077,
                start_new_session=True,
            )
    except OSError as error:
        raise Unavailable("No process could be made to start jobs from.", fix=str(error), where=str(log)) from error


def pipe(server: "subprocess.Popen[bytes]") -> int:
    return server.stdin.fileno() if server.stdin else -1


def private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
