"""Profiles: what is in a version, read from its files by a reader that works in a child process."""

import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Protocol

from moyai.data import blobs, datasets, ports, rules, store, versions
from moyai.data.ports import Bounds, Reader
from moyai.data.schema import DatasetShown, FileShown, ProfileShown, RowsAsked, RowsShown, VersionShown
from moyai.kernel.call import Call
from moyai.kernel.errors import NotFound
from moyai.kernel.home import Home

READER = "columns"
LOOK = Bounds(wall_seconds=20.0)
"""For a person who waits."""


class Desk(blobs.Place, Protocol):
    """A call, or the edge: where the store, the reader and a folder for temporary files are found."""

    @property
    def home(self) -> Home: ...


def of(call: Call, version: str) -> ProfileShown:
    """The profile of a version. Raises NotFound, also while it is being read."""
    shown, _ = versions.found(call, version)
    profile = store.profile(call.session, shown.id)
    if profile is None:
        raise NotFound(
            f"{shown.name} has no profile: {shown.reason or 'it is still being read'}.",
            fix="Ask again in a moment." if shown.state == "published" else "Publish files that can be read.",
            where=shown.id,
        )
    return profile


def rows(call: Call, version: str, asked: RowsAsked) -> RowsShown:
    """The first rows, for a person to look at; it only reads. Raises NotFound, NotAllowed, or Invalid (unreadable)."""
    shown, dataset = versions.found(call, version)
    call.require("dataset.download", datasets.thing(dataset))
    tables = _tables(store.files(call.session, shown.id), dataset)
    if not tables:
        raise NotFound(f"{shown.name} has no file that is a table.", where=shown.id)
    with fetched(call, tables[:1]) as paths:
        found = _reader(call).rows(paths, _layout(dataset), LOOK, asked.limit)
    columns = tuple(found[0]) if found else ()
    return RowsShown(version=shown.id, columns=columns, rows=tuple(tuple(row.values()) for row in found))


def read(desk: Desk, version: VersionShown, dataset: DatasetShown, now: datetime) -> ProfileShown:
    """Look into the files, outside any transaction; nothing is stored. Raises Invalid when they cannot be read."""
    tables = _tables(version.files, dataset)
    if not tables:
        return ProfileShown(
            version=version.id, rows=0, duplicate_rows=0, columns=(), notes=(_no_table(version),), tables=(), at=now
        )
    with fetched(desk, tables) as paths:
        found = _reader(desk).inspect(paths, _layout(dataset), Bounds())
    beside = [file.name for file in version.files if file not in tables]
    notes = (*found.notes, f"Not read as tables: {', '.join(beside[:10])}.") if beside else found.notes
    return ProfileShown.model_validate(
        {**asdict(found), "version": version.id, "notes": notes, "tables": [file.name for file in tables], "at": now}
    )


@contextmanager
def fetched(desk: Desk, files: Sequence[FileShown]) -> Generator[list[Path]]:
    """The files in a folder of their own, under their names, gone afterwards. Raises NotFound or Corrupt."""
    with tempfile.TemporaryDirectory(dir=desk.home.cache, prefix="look-") as folder:
        paths = [Path(folder) / file.name for file in files]
        for file, path in zip(files, paths, strict=True):
            blobs.fetch(desk, file.digest, path)
        yield paths


def _no_table(version: VersionShown) -> str:
    what = "The file is" if version.file_count == 1 else f"None of the {version.file_count} files is"
    what += " not a table by its name" if version.file_count == 1 else " a table by its name"
    return f"{what}: nothing was profiled. If one is a table all the same, declare its format in the dataset's layout."


def _tables(files: Sequence[FileShown], dataset: DatasetShown) -> list[FileShown]:
    names = set(rules.tables([file.name for file in files], dataset.layout))
    return [file for file in files if file.name in names]


def _layout(dataset: DatasetShown) -> ports.Layout:
    declared = dataset.layout
    return ports.Layout(rules.declared_format(declared), declared.header, declared.columns, declared.delimiter)


def _reader(desk: Desk) -> Reader:
    return desk.engines.get("readers", READER)
