"""An append-only file between a hot path and the database: it survives the death of the process, and drains once.

Each line is one record. Draining moves whole lines into the caller's transaction together with the position, so that
a crash between the two repeats nothing.
"""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from moyai.kernel.database import Row

ROLL = 64 << 20
"""A file of this many bytes is closed and a new one begun; drained files are removed."""


class Position(Row):
    """How much of one spool file is in the database."""

    __tablename__ = "kernel_spool"

    file: Mapped[str] = mapped_column(String(200), primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)


class Spool:
    """The writing end: one file a process, lines appended whole."""

    def __init__(self, folder: Path, topic: str) -> None:
        self._folder, self._topic = folder, topic
        self._lock = threading.Lock()
        self._file = -1
        self._written = 0
        self._number = 0

    def append(self, line: bytes) -> None:
        """Hand one record (without newline) to the operating system; it is safe from the death of this process."""
        with self._lock:
            if self._file < 0 or self._written > ROLL:
                self._open()
            written = os.write(self._file, line + b"\n")
            self._written += written
            if written <= len(line):  # the disk is full: what comes later goes to a file of its own
                self.close()
                raise OSError(errno.ENOSPC, "half a record was written", str(self._folder))

    def _open(self) -> None:
        self.close()
        self._number += 1
        name = f"{self._topic}-{os.getpid()}-{os.urandom(4).hex()}-{self._number:06d}.jsonl"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o600)
        self._written = 0

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def files(folder: Path, topic: str) -> list[Path]:
    return sorted(folder.glob(f"{topic}-*.jsonl"))


def drain(session: Session, file: Path, apply: Callable[[list[bytes]], None], most: int = 4 << 20) -> int:
    """Apply the whole lines not yet taken from `file` (at most `most` bytes), and move the position with them.

    Returns how many lines were taken. A last line without its newline is left for later.
    """
    position = session.get(Position, file.name, with_for_update=True)
    if position is None:
        position = Position(file=file.name, offset=0)
        session.add(position)
    with file.open("rb") as lines:
        lines.seek(position.offset)
        data = lines.read(most)
        if b"\n" not in data:  # one record alone may be longer than `most`
            data += lines.readline()
    whole = data[: data.rfind(b"\n") + 1]
    if not whole:
        return 0
    taken = whole[:-1].split(b"\n")
    apply(taken)
    position.offset += len(whole)
    return len(taken)


def drained(session: Session, file: Path) -> bool:
    position = session.get(Position, file.name)
    return position is not None and position.offset >= file.stat().st_size
