"""The small files in a job's `.engine/` folder, by which Moyai and the job's supervisor understand each other."""

import json
import os
import time
from pathlib import Path
from typing import Any

ENGINE = ".engine"
CLAIM, BEGUN, STARTED, CANCEL, ENDED = "spec.json", "begun.json", "started.json", "cancel", "ended.json"
NOBODY = {"pid": 0, "ticks": 0, "boot": ""}
"""A beginning that bars all supervisors from a claim."""
ROOM = 4096


def read(path: Path) -> dict[str, Any]:
    """What the file says; empty when there is none. Raises ValueError when a job has written over it."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}


def keep_once(path: Path, facts: dict[str, Any], sync: bool = False) -> bool:
    """Create `path` with its whole content; False when it exists already. Of many callers at once, one is told True."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        write(draft, facts, sync)
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    if sync:
        settle(path.parent)
    return True


def write(path: Path, facts: dict[str, Any], sync: bool = False) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.write(number, json.dumps(facts).encode())
        if sync:
            os.fsync(number)
    finally:
        os.close(number)


def settle(folder: Path) -> None:
    """Have the names in `folder` on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


class Ending:
    """The record of the end. Its room on the disk is taken beforehand: a job that fills the disk still gets its end."""

    def __init__(self, engine: Path) -> None:
        self.path = engine / ENDED
        self.draft = engine / f"{ENDED}.draft"
        self.number = os.open(self.draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        os.write(self.number, b" " * ROOM)

    def write(self, facts: dict[str, Any]) -> None:
        """Put the end on record, on the disk and in one piece."""
        content = json.dumps(facts).encode()
        os.pwrite(self.number, content, 0)
        os.ftruncate(self.number, len(content))
        os.fsync(self.number)
        self.draft.rename(self.path)
        os.close(self.number)
