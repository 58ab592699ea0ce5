"""Blobs: bytes by their digest, in the store that the settings name. Only who has which is in the database."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from moyai.data import store
from moyai.data.ports import Digest, Kept, Storage
from moyai.data.schema import BlobShown
from moyai.data.tables import Upload
from moyai.kernel import units
from moyai.kernel.call import Call
from moyai.kernel.errors import Invalid, NotFound, TooLarge
from moyai.kernel.plugins import Engines
from moyai.kernel.policy import Thing
from moyai.kernel.settings import Settings

PIECE = 1 << 20


class Place(Protocol):
    """Where the store is found: a call, or the edge (outside any transaction)."""

    @property
    def engines(self) -> Engines: ...
    @property
    def settings(self) -> Settings: ...


def keep(place: Place, chunks: Iterator[bytes]) -> Kept:
    """Store a stream; the same bytes are stored once, and nothing half-written is ever visible."""
    return _store(place).keep(chunks)


def keep_file(place: Place, path: Path) -> Kept:
    """Store a file's bytes."""
    with path.open("rb") as file:
        return keep(place, iter(lambda: file.read(PIECE), b""))


def open(place: Place, digest: Digest) -> Iterator[bytes]:
    """The bytes, in pieces, checked as they pass. Raises NotFound, or Corrupt when they have changed."""
    return _store(place).open(digest)


def fetch(place: Place, digest: Digest, target: Path) -> None:
    """Write the bytes to `target`, a new read-only file. Raises as `open` does."""
    _store(place).fetch(digest, target)


def holds(place: Place, digest: Digest) -> bool:
    return _store(place).holds(digest)


def receive(place: Place, chunks: Iterable[bytes], expected: Digest = "") -> Kept:
    """Store what somebody sends; nothing is kept of what is refused.

    Raises TooLarge beyond `settings.upload_bytes`, or Invalid when the bytes do not have the `expected` digest.
    """
    return keep(place, _checked(chunks, place.settings.upload_bytes, expected))


def allow(call: Call) -> None:
    """Asked before the first byte is read. Raises NotAllowed."""
    call.require("blob.keep", Thing("blob"))


def sent(call: Call, kept: Kept) -> BlobShown:
    """Note that the asking person has these bytes, and so may publish them. Raises NotAllowed."""
    allow(call)
    given(call, call.who.person, kept)
    return BlobShown(digest=kept.digest, bytes=kept.bytes)


def given(call: Call, person: str, *kept: Kept) -> None:
    """Note that this person has these bytes, because Moyai made them for that person (what a job wrote, say)."""
    for one in kept:
        if store.upload(call.session, one.digest, person) is None:
            store.add(call.session, Upload(digest=one.digest, person=person, bytes=one.bytes, at=call.now))


def get(call: Call, digest: Digest) -> Digest:
    """Bytes that the person sent, was given, or may read in some version. Raises NotFound otherwise."""
    held = bool(
        store.sent_by(call.session, call.who.person, [digest]) or store.readable(call.session, call.who, [digest])
    )
    if not call.may("blob.read", Thing("blob", digest, attrs={"held": held})):
        raise NotFound(f"No blob {digest}.", fix="Ask for a file of a version, or an artifact of a job.", where="blob")
    return digest


def too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"More than {units.in_bytes(limit)} in one upload.",
        fix="Send it in several files, or raise upload_bytes in the settings.",
        where="blob",
    )


def _checked(chunks: Iterable[bytes], limit: int, expected: Digest) -> Iterator[bytes]:
    count, hashed = 0, hashlib.sha256() if expected else None
    for chunk in chunks:
        count += len(chunk)
        if count > limit:
            raise too_large(limit)
        if hashed:
            hashed.update(chunk)
        yield chunk
    if hashed and f"sha256:{hashed.hexdigest()}" != expected:
        raise Invalid(
            f"What arrived is sha256:{hashed.hexdigest()}, not {expected}.", fix="Send it again.", where="digest"
        )


def _store(place: Place) -> Storage:
    return place.engines.get("storage", place.settings.storage)
