"""Data through the SDK: the same nouns and verbs as everywhere; files are streamed both ways and checked."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from moyai.data.schema import (
    AccessAsked,
    AccessVerdict,
    BlobShown,
    Contract,
    DatasetAsked,
    DatasetsAsked,
    DatasetShown,
    Examined,
    FileAsked,
    FileShown,
    ProfileShown,
    Revision,
    RowsAsked,
    RowsShown,
    ValidationShown,
    VersionAsked,
    VersionsAsked,
    VersionShown,
)
from moyai.faces.sdk.transport import Transport
from moyai.kernel.errors import Conflict, Corrupt, NotFound, Unavailable
from moyai.kernel.shapes import Page

T = TypeVar("T")
PIECE, AT_ONCE = 1 << 20, 4
ANY_DATASET, ANY_VERSION, FIRST_ROWS = DatasetsAsked(), VersionsAsked(), RowsAsked()


class Blobs:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def keep(self, chunks: Iterator[bytes], digest: str = "") -> BlobShown:
        """Upload a stream; refused when it does not have the `digest`, if one is given."""
        return self._http.send("/blobs", chunks, BlobShown, **({"digest": digest} if digest else {}))

    def keep_file(self, path: Path) -> FileAsked:
        """Upload a file: ready to be published under its own name."""
        hashed = hashlib.sha256()
        with path.open("rb") as file:
            kept = self.keep(_noting(iter(lambda: file.read(PIECE), b""), hashed.update))
        if kept.digest != f"sha256:{hashed.hexdigest()}":
            raise Corrupt("What the server stored is not what was sent.", fix="Send it again.", where=str(path))
        return FileAsked(name=path.name, digest=kept.digest, bytes=kept.bytes)

    def keep_files(self, paths: Iterable[Path]) -> tuple[FileAsked, ...]:
        """Upload files, a few at once; in the order given."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="moyai-upload") as pool:
            return tuple(pool.map(self.keep_file, paths))

    def open(self, digest: str) -> Iterator[bytes]:
        """Bytes that one sent, or may read, in pieces. Raises Corrupt at the end when they are not what they were."""
        hashed = hashlib.sha256()
        yield from _noting(self._http.stream(f"/blobs/{digest}"), hashed.update)
        if f"sha256:{hashed.hexdigest()}" != digest:
            raise Corrupt("What arrived is not what was asked for.", fix="Ask again.", where=digest)


class Datasets:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def register(self, asked: DatasetAsked) -> DatasetShown:
        return self._http.post("/datasets", asked, DatasetShown)

    def ensure(self, asked: DatasetAsked) -> DatasetShown:
        """The dataset of that name, registered when it is new.

        Raises Conflict when it is there and something that `asked` sets (but the title) is another there.
        """
        try:
            found = self.get(asked.name)
        except NotFound:
            return self.register(asked)
        there, wanted = found.model_dump(), asked.model_dump(exclude_unset=True, exclude={"title"})
        there |= {f"terms.{key}": value for key, value in there["terms"].items()}
        wanted |= {f"terms.{key}": value for key, value in wanted.pop("terms", {}).items()}
        if differing := [key for key, value in wanted.items() if value != there[key]]:
            raise Conflict(
                f"The dataset {found.name} is there already, with another {' and '.join(differing)}.",
                fix="Leave these options out, or revise the dataset.",
                where=found.id,
            )
        return found

    def get(self, dataset: str) -> DatasetShown:
        """By id or name."""
        return self._http.get(f"/datasets/{quote(dataset, safe='')}", DatasetShown)

    def list(self, asked: DatasetsAsked = ANY_DATASET) -> Page[DatasetShown]:
        return self._http.get("/datasets", Page[DatasetShown], asked)

    def revise(self, dataset: str, revision: Revision) -> DatasetShown:
        return self._http.post(f"/datasets/{quote(dataset, safe='')}/revisions", revision, DatasetShown)


class Versions:
    """Wherever a version is asked for: its id, `<dataset>@<number>`, or a dataset's name for its newest."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def publish(self, asked: VersionAsked) -> VersionShown:
        return self._http.post("/versions", asked, VersionShown)

    def get(self, version: str) -> VersionShown:
        return self._http.get(_at(version), VersionShown)

    def list(self, asked: VersionsAsked = ANY_VERSION) -> Page[VersionShown]:
        return self._http.get("/versions", Page[VersionShown], asked)

    def files(self, version: str) -> tuple[FileShown, ...]:
        return self._http.get(_at(version, "files"), tuple[FileShown, ...])

    def profile(self, version: str) -> ProfileShown:
        return self._http.get(_at(version, "profile"), ProfileShown)

    def rows(self, version: str, asked: RowsAsked = FIRST_ROWS) -> RowsShown:
        return self._http.get(_at(version, "rows"), RowsShown, asked)

    def validation(self, version: str) -> ValidationShown:
        return self._http.get(_at(version, "validation"), ValidationShown)

    def validate(self, version: str) -> VersionShown:
        """Have it read and judged anew, by the layout and contract of today."""
        return self._http.post(_at(version, "validation"), None, VersionShown)

    def draft_contract(self, version: str) -> Contract:
        """A contract that this version keeps."""
        return self._http.get(_at(version, "contract"), Contract)

    def access(self, version: str, project: str, purpose: str) -> AccessVerdict:
        """May this project use it for this purpose, and why."""
        return self._http.get(_at(version, "access"), AccessVerdict, AccessAsked(project=project, purpose=purpose))

    def examined(self, version: str, seconds: float = 300.0) -> Examined:
        """A version with its profile and verdict, waiting until it is judged. Raises Unavailable after `seconds`."""
        end, pause = time.monotonic() + seconds, 0.05
        while (shown := self.get(version)).state == "published":
            if time.monotonic() > end:
                raise Unavailable(f"{shown.name} is still being read.", fix="Ask again later.", where=shown.id)
            time.sleep(pause)
            pause = min(1.0, pause * 1.5)
        profile = _or_none(lambda: self.profile(shown.id))
        return Examined(version=shown, profile=profile, validation=_or_none(lambda: self.validation(shown.id)))

    def open(self, version: str, name: str) -> Iterator[bytes]:
        """The bytes of one file, in pieces, as they come."""
        return self._http.stream(_at(version, "files", name))

    def download(self, version: str, folder: Path) -> tuple[Path, ...]:
        """Every file into `folder`, each checked; an existing file is never touched. Raises Conflict or Corrupt."""
        folder.mkdir(parents=True, exist_ok=True)
        shown = self.get(version)
        return tuple(self._download(shown.id, file, folder / file.name) for file in shown.files)

    def _download(self, version: str, file: FileShown, target: Path) -> Path:
        if target.exists() or target.parent / Path(file.name).name != target:
            raise Conflict("This file is there already.", fix="Name another folder.", where=str(target))
        partial, hashed = target.with_name(f".{file.digest[7:23]}.part"), hashlib.sha256()
        try:
            with partial.open("wb") as out:
                for piece in _noting(self.open(version, file.name), hashed.update):
                    out.write(piece)
            if f"sha256:{hashed.hexdigest()}" != file.digest:
                raise Corrupt("What arrived is not what was published.", fix="Download it again.", where=file.name)
            partial.rename(target)
        finally:
            partial.unlink(missing_ok=True)
        return target


def _at(version: str, *parts: str) -> str:
    return "/".join(("/versions", quote(version, safe="@"), *(quote(part, safe="") for part in parts)))


def _noting(chunks: Iterator[bytes], note: Callable[[bytes], None]) -> Iterator[bytes]:
    for chunk in chunks:
        note(chunk)
        yield chunk


def _or_none(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except NotFound:
        return None
