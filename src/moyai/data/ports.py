"""What data needs from the world: a place that keeps blobs, and readers that look into files from outside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

Digest = str
"""`sha256:<64 hex>`: the identity of some bytes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that a store now holds."""

    digest: Digest
    bytes: int


class Storage(Protocol):
    """A store of immutable blobs, addressed by what they contain. Safe to call from many threads."""

    def keep(self, chunks: Iterator[bytes]) -> Kept:
        """Store a stream; the same bytes are stored once. Nothing half-written is ever visible."""
        ...

    def open(self, digest: Digest) -> Iterator[bytes]:
        """The bytes, in chunks, checked against the digest as they pass.

        Raises `kernel.errors.NotFound`, or `kernel.errors.Corrupt` when the bytes no longer have that digest.
        """
        ...

    def fetch(self, digest: Digest, target: Path) -> None:
        """Write the bytes to `target` (a new file, read-only), checked as `open` does."""
        ...

    def holds(self, digest: Digest) -> bool: ...

    def remove(self, digest: Digest) -> None:
        """Forget the bytes; no error when they are not there."""
        ...

    def used(self) -> int:
        """Bytes held by the store now."""
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file from outside is to be read, where it does not say itself."""

    format: str = ""
    """`csv` or `parquet`; empty: by the name's ending."""
    header: bool = True
    columns: tuple[str, ...] = ()
    """Column names for a file without a header, in order."""
    delimiter: str = ""
    """One character; empty: found from the content."""


@dataclass(frozen=True, slots=True)
class Column:
    """What one column contains, read from the content. Numbers are None where they have no meaning."""

    name: str
    type: str
    """`integer`, `number`, `boolean`, `timestamp` or `text`."""
    nulls: int
    distinct: int
    minimum: float | str | None = None
    maximum: float | str | None = None
    mean: float | None = None
    deviation: float | None = None
    quantiles: tuple[float, ...] = ()
    """At 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99."""
    histogram: tuple[tuple[float, float, int], ...] = ()
    """(from, to, count), 20 equal bins between the 0.5 % and 99.5 % quantiles; numbers only."""
    top: tuple[tuple[str, int], ...] = ()
    """The most frequent values (at most 10) of a column with few (<= 50) distinct ones."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a table contains."""

    rows: int
    duplicate_rows: int
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    """Traps a person should know of: sorted by a column, no header, duplicate rows, a constant column."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of the child process in which an untrusted file is read."""

    wall_seconds: float = 120.0
    memory_bytes: int = 2 << 30
    columns: int = 5_000
    cell_bytes: int = 1 << 20


class Reader(Protocol):
    """Reads tables from files that others made; always in a child process with limits."""

    def inspect(self, paths: Sequence[Path], layout: Layout, bounds: Bounds) -> Inspected:
        """Profile the rows of all `paths` together.

        Raises `kernel.errors.Invalid` saying which file, where in it (line or byte) and what to do.
        """
        ...

    def rows(self, paths: Sequence[Path], layout: Layout, bounds: Bounds, limit: int) -> list[Mapping[str, Any]]:
        """The first `limit` rows, for a person to look at."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which content differs from a contract."""

    column: str
    problem: str
    severity: str = "error"
    counts: Mapping[str, float] = field(default_factory=dict[str, float])
