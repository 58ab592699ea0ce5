"""The home: the folder that holds one installation, its lock, and who serves it now."""

import fcntl
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from moyai.kernel.errors import Conflict, Corrupt, Unavailable

FORMAT = 1
"""Version of the home's layout. A newer home is refused by an older program."""


class InUse(Conflict):
    """Another process holds the home's lock."""


@dataclass(frozen=True, slots=True)
class Served:
    """Who serves a home now; written by the server into `server.json` (mode 0600)."""

    pid: int
    started: float
    url: str
    version: str


@dataclass(frozen=True, slots=True)
class Home:
    path: Path

    @property
    def spool(self) -> Path:
        return self.path / "spool"

    @property
    def work(self) -> Path:
        """Working folders of jobs on the local engine."""
        return self.path / "work"

    @property
    def cache(self) -> Path:
        """What can be made again at any time."""
        return self.path / "cache"

    @property
    def anchors(self) -> Path:
        return self.path / "anchors.jsonl"

    @property
    def owner_token(self) -> Path:
        """The token of the person who made the home; mode 0600."""
        return self.path / "owner.token"

    def make(self) -> None:
        """Create what is missing; refuse a home that a newer Moyai has made."""
        for folder in (self.path, self.spool, self.work, self.cache):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as wrong:
                raise Unavailable(
                    f"The home cannot be used: {wrong.strerror}.",
                    fix="Check the path and its permissions, or set MOYAI_HOME to another folder.",
                    where=str(folder),
                ) from wrong
        mark = self.path / "home.json"
        if not mark.exists():
            write_private(mark, json.dumps({"format": FORMAT}))
        found = _format(mark)
        if found > FORMAT:
            raise Conflict(
                f"This home has format {found}; this Moyai knows up to {FORMAT}.",
                fix="Use the Moyai that made it, or a newer one.",
                where=str(self.path),
            )

    def served(self) -> Served | None:
        """The live server of this home, or None. A record whose process is gone does not count."""
        try:
            served = Served(**json.loads((self.path / "server.json").read_text(encoding="utf-8")))
            alive = abs(psutil.Process(served.pid).create_time() - served.started) < 2
        except (OSError, ValueError, TypeError, psutil.Error):
            return None
        return served if alive else None

    def announce(self, url: str, version: str) -> None:
        """Say that this process serves the home at `url`."""
        served = Served(os.getpid(), psutil.Process().create_time(), url, version)
        write_private(self.path / "server.json", json.dumps(asdict(served)))

    def leave(self) -> None:
        (self.path / "server.json").unlink(missing_ok=True)

    @contextmanager
    def locked(self, seconds: float) -> Generator[None]:
        """Hold the home for this process alone. Raises InUse, naming the holder, after `seconds`."""
        self.make()
        with (self.path / "lock").open("a+") as file:
            _wait_for(file.fileno(), seconds, self)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def _format(mark: Path) -> int:
    try:
        return int(json.loads(mark.read_text(encoding="utf-8"))["format"])
    except (ValueError, KeyError, TypeError) as wrong:
        raise Corrupt(
            "This file does not say which format the home has.",
            fix=f'Put it back from a backup; of this Moyai it reads {{"format": {FORMAT}}}.',
            where=str(mark),
        ) from wrong


def _wait_for(descriptor: int, seconds: float, home: Home) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                holder = (home.path / "lock").read_text(encoding="utf-8") or "unknown"
                raise InUse(
                    f"Another Moyai (process {holder}) uses this home.",
                    fix="Wait for it, stop it, or set MOYAI_HOME to another folder.",
                    where=str(home.path),
                ) from None
            time.sleep(0.05)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    partial = path.with_name(path.name + f".{os.getpid()}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
