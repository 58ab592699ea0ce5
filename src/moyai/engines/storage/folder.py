"""Blobs in a folder of the local file system, each under its own digest. What they belong to is not known here."""

import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moyai.data.ports import Digest, Kept
from moyai.kernel.errors import Conflict, Corrupt, Invalid, NotFound, Unavailable

CHUNK_BYTES = 1 << 20
DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
UNFINISHED = ".part"
FULL = (errno.ENOSPC, errno.EDQUOT)


class Folder:
    """`ROOT/ab/cd/<64 hex>`, read-only files; what is not yet whole stands in `ROOT/unfinished/*.part`.

    Safe from many threads and processes on one file system: a blob appears by one rename.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self._unfinished = self.root / "unfinished"

    def keep(self, chunks: Iterator[bytes]) -> Kept:
        """Store a stream; when this returns the bytes are on the disk, once, whole.

        Raises Unavailable when the disk is full or cannot be written; nothing is left behind then. What `chunks`
        itself raises is passed on.
        """
        part = self._part()
        try:
            kept = _written(part, chunks)
            place = self._place(kept.digest)
            with _failing(self.root):
                _folder(place.parent)
                part.replace(place)  # over an equal blob too: that also mends one that had gone bad
                _sync(place.parent)
        finally:
            part.unlink(missing_ok=True)
        return kept

    def open(self, digest: Digest) -> Iterator[bytes]:
        """The bytes in chunks, checked as they pass: NotFound at once, Corrupt after the last chunk."""
        place = self._place(digest)
        try:
            file = place.open("rb", buffering=0)
        except FileNotFoundError as error:
            raise _unknown(digest, self.root) from error
        return _checked(file.fileno(), file, digest)

    def fetch(self, digest: Digest, target: Path) -> None:
        """Write the bytes to the new file `target`, read-only; on Corrupt nothing is left there."""
        chunks = self.open(digest)
        try:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440)
        except FileExistsError as error:
            raise Conflict("There is already a file.", where=str(target), fix="Name a new file.") from error
        try:
            with _failing(Path(target)), os.fdopen(handle, "wb") as file:
                file.writelines(chunks)
        except BaseException:
            Path(target).unlink(missing_ok=True)
            raise

    def holds(self, digest: Digest) -> bool:
        """Whether the blob is here; its content is not read."""
        return self._place(digest).is_file()

    def remove(self, digest: Digest) -> None:
        """Forget the bytes; no error when they are not here. Who reads them now reads on to the end."""
        self._place(digest).unlink(missing_ok=True)

    def used(self) -> int:
        """Bytes of all whole blobs."""
        return sum(_size(path) for path in self.root.glob("??/??/*"))

    def sweep(self, older_than_seconds: float = 86_400) -> int:
        """Delete what writers that died left unfinished; gives how many. A younger file may still be growing."""
        oldest = time.time() - older_than_seconds
        stale = [path for path in self._unfinished.glob(f"*{UNFINISHED}") if path.stat().st_mtime < oldest]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _place(self, digest: Digest) -> Path:
        found = DIGEST.fullmatch(digest)
        if not found:
            raise Invalid(f"{digest!r} is not a digest.", fix="A digest is sha256: and 64 hexadecimal digits.")
        name = found[1]
        return self.root / name[:2] / name[2:4] / name

    def _part(self) -> Path:
        with _failing(self.root):
            _folder(self._unfinished)
        return self._unfinished / f"{os.getpid()}-{secrets.token_hex(8)}{UNFINISHED}"


def _written(part: Path, chunks: Iterator[bytes]) -> Kept:
    digest, size = hashlib.sha256(), 0
    with _failing(part):
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440)
    with os.fdopen(handle, "wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            with _failing(part):
                size += file.write(chunk)
        with _failing(part):
            file.flush()
            os.fsync(file.fileno())
    return Kept(f"sha256:{digest.hexdigest()}", size)


def _checked(handle: int, file: object, digest: Digest) -> Iterator[bytes]:
    """The chunks of an open file (kept open by holding `file`), and Corrupt at the end if they are not `digest`."""
    found = hashlib.sha256()
    while chunk := os.read(handle, CHUNK_BYTES):
        found.update(chunk)
        yield chunk
    if f"sha256:{found.hexdigest()}" != digest:
        raise Corrupt(
            f"The stored bytes are no longer {digest}.",
            where=str(getattr(file, "name", "")),
            fix="Publish the original again (it takes the place of the damaged copy), or restore it from a replica.",
        )


def _folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _sync(folder: Path) -> None:
    """A rename is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _unknown(digest: Digest, root: Path) -> NotFound:
    return NotFound(f"There is no blob {digest}.", where=str(root), fix="Check the digest, or publish the data again.")


@contextmanager
def _failing(place: Path) -> Iterator[None]:
    """Turns what the disk says into Unavailable."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise Unavailable(
                "The store is full.", where=str(place), fix="Free some space on this disk and try again."
            ) from error
        raise Unavailable(
            f"The store failed: {error.strerror}.", where=str(place), fix="Check the disk and its permissions."
        ) from error
