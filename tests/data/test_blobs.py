"""Blobs: streamed into the store that the settings name, limited, checked; and who has sent which."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from moyai.data import blobs
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Corrupt, Invalid, NotAllowed, NotFound, TooLarge
from moyai.kernel.policy import Who
from tests.fakes.memory import MemoryStorage

DIGEST = f"sha256:{hashlib.sha256(b'gamma').hexdigest()}"


def test_bytes_come_back_by_their_digest(edge: Edge, storage: MemoryStorage, tmp_path: Path):
    kept = blobs.keep(edge, iter([b"gam", b"ma"]))
    assert (kept.digest, kept.bytes) == (DIGEST, 5)
    assert b"".join(blobs.open(edge, DIGEST)) == b"gamma"
    blobs.fetch(edge, DIGEST, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"gamma"
    assert blobs.holds(edge, DIGEST)


def test_a_file_is_kept_by_its_path(edge: Edge, storage: MemoryStorage, tmp_path: Path):
    (tmp_path / "file").write_bytes(b"gamma")
    assert blobs.keep_file(edge, tmp_path / "file").digest == DIGEST


def test_altered_bytes_are_not_given_out(edge: Edge, storage: MemoryStorage):
    kept = blobs.keep(edge, iter([b"gamma"]))
    storage.blobs[kept.digest] = b"delta"
    with pytest.raises(Corrupt):
        list(blobs.open(edge, kept.digest))


def test_an_upload_that_is_too_large_stops_early_and_leaves_nothing(edge: Edge, storage: MemoryStorage):
    edge.settings = edge.settings.model_copy(update={"upload_bytes": 10})
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(4)
            yield b"four"

    with pytest.raises(TooLarge, match="More than 10 B"):
        blobs.receive(edge, endless())
    assert sum(taken) == 12
    assert storage.used() == 0


def test_an_upload_that_is_not_what_was_announced_leaves_nothing(edge: Edge, storage: MemoryStorage):
    with pytest.raises(Invalid, match="What arrived is"):
        blobs.receive(edge, [b"delta"], DIGEST)
    assert storage.used() == 0
    assert blobs.receive(edge, [b"gamma"], DIGEST).digest == DIGEST


def test_only_members_send(edge: Edge, storage: MemoryStorage, person):
    kept = blobs.keep(edge, iter([b"gamma"]))
    with pytest.raises(NotAllowed, match="a member of the consortium"):
        edge.run(Who("per_stranger", "Stranger"), blobs.sent, kept)
    for who in (person("steward"), person(organisation="org_a")):
        assert edge.run(who, blobs.sent, kept).digest == DIGEST
        assert edge.run(who, blobs.sent, kept).bytes == 5


def test_bytes_are_read_by_who_has_them(edge: Edge, owner: Who, storage: MemoryStorage, person):
    kept = blobs.keep(edge, iter([b"gamma"]))
    mine, other = person("key_user", name="mine"), person("key_user", name="other")
    edge.run(owner, blobs.given, mine.person, kept)
    assert edge.read(mine, blobs.get, DIGEST) == edge.read(owner, blobs.get, DIGEST) == DIGEST
    with pytest.raises(NotFound):
        edge.read(other, blobs.get, DIGEST)


def test_bytes_of_a_version_are_read_by_who_may_read_it(edge: Edge, owner: Who, register, send, publish, person):
    register(owner, "ours", classification="members"), register(owner, "own", classification="restricted")
    ours, own = send(owner), send(owner, data=b"own")
    publish(owner, "ours", ours), publish(owner, "own", own)
    member = person("key_user", organisation="org_a")
    assert edge.read(member, blobs.get, ours.digest) == ours.digest
    with pytest.raises(NotFound):
        edge.read(member, blobs.get, own.digest)
