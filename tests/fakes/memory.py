"""A store that keeps blobs in memory, and a reader that says what it was told; both keep their ports' promises."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from moyai.data.ports import Bounds, Digest, Inspected, Kept, Layout
from moyai.kernel.errors import Corrupt, NotFound


class MemoryStorage:
    """Blobs in a dictionary."""

    def __init__(self) -> None:
        self.blobs: dict[Digest, bytes] = {}

    def keep(self, chunks: Iterator[bytes]) -> Kept:
        data = b"".join(chunks)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.blobs[digest] = data
        return Kept(digest, len(data))

    def open(self, digest: Digest) -> Iterator[bytes]:
        if digest not in self.blobs:
            raise NotFound(f"No blob {digest}.", where="blob")
        data = self.blobs[digest]
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            raise Corrupt(f"The blob {digest} was altered.", where="blob")
        yield data

    def fetch(self, digest: Digest, target: Path) -> None:
        target.write_bytes(b"".join(self.open(digest)))
        target.chmod(0o400)

    def holds(self, digest: Digest) -> bool:
        return digest in self.blobs

    def remove(self, digest: Digest) -> None:
        self.blobs.pop(digest, None)

    def used(self) -> int:
        return sum(len(data) for data in self.blobs.values())


class ToldReader:
    """A reader whose answer a test decides; it notes which bytes it was shown, and where they lay."""

    def __init__(self, answer: Callable[[list[bytes]], Inspected]) -> None:
        self.answer = answer
        self.shown: list[dict[str, bytes]] = []
        self.layouts: list[Layout] = []
        self.paths: list[Path] = []

    def inspect(self, paths: Sequence[Path], layout: Layout, bounds: Bounds) -> Inspected:
        self.shown.append({path.name: path.read_bytes() for path in paths})
        self.layouts.append(layout)
        self.paths += paths
        return self.answer([path.read_bytes() for path in paths])

    def rows(self, paths: Sequence[Path], layout: Layout, bounds: Bounds, limit: int) -> list[Mapping[str, Any]]:
        lines = paths[0].read_text(encoding="utf-8").splitlines()
        names = lines[0].split(",")
        return [dict(zip(names, line.split(","), strict=True)) for line in lines[1 : limit + 1]]
