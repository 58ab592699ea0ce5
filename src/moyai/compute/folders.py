"""A job's working folder: made before it starts, read while it runs, collected when it has ended. No database."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from moyai.compute.ports import Limits, Spec
from moyai.compute.schema import Need
from moyai.data import blobs
from moyai.data.blobs import Place
from moyai.kernel.home import Home

PIECE = 64 << 10
TAIL = 256 << 10
"""How much of the end of stdout and stderr is kept for good."""
MOST_FILES = 1000
LINE = 300
PROCESSES = 4096
NAME = 380


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job as it leaves the database to be run."""

    job: str
    site: str
    argv: tuple[str, ...]
    need: Need
    files: Mapping[str, bytes]
    inputs: tuple[tuple[str, str], ...]
    """(path under `inputs/`, digest)."""


@dataclass(frozen=True, slots=True)
class Left:
    """A file that a job left, kept as a blob."""

    name: str
    digest: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Collected:
    files: tuple[Left, ...] = ()
    last_line: str = ""
    note: str = ""
    """What was not kept, and why; '' when everything was."""


def of(home: Home, site: str, job: str) -> Path:
    return home.work / site / job


def stage(place: Place, folder: Path, ticket: Ticket, beat: Callable[[], None]) -> Spec:
    """Make the folder afresh and say how to run it; `beat` is called between files. Inputs are read-only copies.

    Raises NotFound or Corrupt (an input's bytes), Unavailable, or OSError.
    """
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "outputs").mkdir(mode=0o700, parents=True)
    for path, content in ticket.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for path, digest in ticket.inputs:
        target = folder / "inputs" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        blobs.fetch(place, digest, target)
        beat()
    return spec(folder, ticket)


def spec(folder: Path, ticket: Ticket) -> Spec:
    need = ticket.need
    limits = Limits(float(need.wall_seconds), need.memory_bytes, need.folder_bytes, PROCESSES)
    return Spec(ticket.argv, folder, need.cores, need.gpus, environ(folder), limits)


def environ(folder: Path) -> dict[str, str]:
    """All that a job gets to know of this process: nothing secret. `python` is the one that runs Moyai."""
    path = os.environ.get("PATH", os.defpath)
    told = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{path}", "HOME": str(folder), "LANG": "C.UTF-8"}
    if os.environ.get("PYTHONPATH"):
        parts = os.environ["PYTHONPATH"].split(os.pathsep)
        told["PYTHONPATH"] = os.pathsep.join(str(Path(part).absolute()) for part in parts if part)
    return told


def read_log(folder: Path, name: Literal["stdout", "stderr"], offset: int, ended: bool) -> tuple[str, int, bool]:
    """A piece of text from `offset` on, where to go on, and whether more is there already."""
    number = _regular(folder / f"{name}.txt")
    if number is None:
        return "", offset, False
    with os.fdopen(number, "rb") as file:
        size = os.fstat(number).st_size
        file.seek(offset)
        piece = file.read(PIECE)
    after = offset + len(piece)
    if not (ended and after >= size):
        piece = _whole(piece)
        after = offset + len(piece)
    return piece.decode("utf-8", "replace"), after, after < size


def collect(place: Place, folder: Path, need: Need, beat: Callable[[], None]) -> Collected:
    """Keep what an ended job left as blobs: no links followed, at most MOST_FILES files and the folder's bytes."""
    kept: list[Left] = []
    refused: list[str] = []
    room = need.folder_bytes
    for name, number in _left(folder):
        size = 0 if number is None else os.fstat(number).st_size
        if number is None or len(kept) >= MOST_FILES or size > room or len(name) > NAME:
            refused.append(name)
            if number is not None:
                os.close(number)
            continue
        with os.fdopen(number, "rb") as file:
            blob = blobs.keep(place, _bounded(iter(lambda file=file: file.read(PIECE), b""), size))
        kept.append(Left(name, blob.digest, blob.bytes))
        room -= size
        beat()
    kept += [left for name in ("stdout", "stderr") if (left := _keep_tail(place, folder, name))]
    return Collected(tuple(kept), last_line(folder), _unkept(refused))


def last_line(folder: Path) -> str:
    """The last line of stderr that says something, fit to be shown."""
    lines = _tail(folder, "stderr", 4096).decode("utf-8", "replace").splitlines()
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return "".join(letter for letter in said if letter.isprintable())[:LINE]


def tidy(folder: Path, everything_kept: bool) -> None:
    """Remove what is held elsewhere: the inputs, and the outputs if all of them were kept. Logs stay."""
    shutil.rmtree(folder / "inputs", ignore_errors=True)
    if everything_kept:
        shutil.rmtree(folder / "outputs", ignore_errors=True)


def _left(folder: Path) -> Iterator[tuple[str, int | None]]:
    """Names of what is to be kept, each with an open file; None for what is not a plain file."""
    for name in ("result.json", "metrics.jsonl"):
        if os.path.lexists(folder / name):
            yield name, _regular(folder / name)
    for root, folders, files, number in os.fwalk(folder / "outputs", follow_symlinks=False):
        folders.sort()
        under = Path(root).relative_to(folder)
        linked = [name for name in folders if stat.S_ISLNK(os.lstat(name, dir_fd=number).st_mode)]
        for name in sorted([*files, *linked]):
            told = (under / name).as_posix()
            yield (told, _regular(name, number) if told.isprintable() else None)


def _regular(name: str | Path, folder: int | None = None) -> int | None:
    """The file opened for reading, if it is a plain one: no link, nothing that waits."""
    try:
        number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(number).st_mode):
        return number
    os.close(number)
    return None


def _bounded(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """At most `most` bytes, though somebody may still be writing."""
    for piece in pieces:
        yield piece[:most]
        most -= len(piece)
        if most <= 0:
            return


def _keep_tail(place: Place, folder: Path, name: str) -> Left | None:
    content = _tail(folder, name, TAIL)
    if not content:
        return None
    kept = blobs.keep(place, iter((content,)))
    return Left(f"{name}.txt", kept.digest, kept.bytes)


def _tail(folder: Path, name: str, most: int) -> bytes:
    number = _regular(folder / f"{name}.txt")
    if number is None:
        return b""
    with os.fdopen(number, "rb") as file:
        file.seek(max(os.fstat(number).st_size - most, 0))
        return file.read(most)


def _whole(piece: bytes) -> bytes:
    """Without a character at the end whose last bytes are still to come."""
    for back in range(1, min(4, len(piece)) + 1):
        first = piece[-back]
        if first >= 0xC0:
            length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
            return piece[:-back] if length > back else piece
        if first < 0x80:
            return piece
    return piece


def _unkept(refused: list[str]) -> str:
    if not refused:
        return ""
    shown = ", ".join(name for name in refused[:3] if name.isprintable())
    return f"{len(refused)} files were not kept, being links, special, too large or too many: {shown}."
