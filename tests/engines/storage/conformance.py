"""What every store must do, whatever its technology. A test file inherits `Conformance` and gives a fresh `store`."""

import hashlib
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moyai.data.ports import Storage
from moyai.kernel.errors import Conflict, Invalid, NotFound

MOYAI = b"common to all"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Conformance:
    @pytest.fixture
    def store(self) -> Storage:
        raise AssertionError("a conformance test gives its own store")

    @settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(chunks=st.lists(st.binary(max_size=300), max_size=8))
    def test_what_was_kept_comes_back(self, store, chunks):
        kept = store.keep(iter(chunks))
        content = b"".join(chunks)
        assert (kept.digest, kept.bytes) == (digest_of(content), len(content))
        assert b"".join(store.open(kept.digest)) == content

    def test_a_stream_larger_than_a_chunk(self, store):
        block = bytes(range(256)) * 4096
        kept = store.keep(iter([block] * 5))
        assert kept.bytes == 5 * len(block)
        assert b"".join(store.open(kept.digest)) == block * 5

    def test_the_same_bytes_are_stored_once(self, store):
        first = store.keep(iter([MOYAI]))
        used = store.used()
        assert store.keep(iter([MOYAI[:5], MOYAI[5:]])) == first
        assert store.used() == used == len(MOYAI)

    def test_it_knows_what_it_holds_and_forgets_what_is_removed(self, store):
        kept = store.keep(iter([MOYAI]))
        other = store.keep(iter([b"other"]))
        assert store.holds(kept.digest)
        store.remove(kept.digest)
        store.remove(kept.digest)
        assert not store.holds(kept.digest)
        assert store.used() == other.bytes
        with pytest.raises(NotFound, match=kept.digest):
            store.open(kept.digest)

    def test_fetch_writes_a_new_read_only_file(self, store, tmp_path):
        kept = store.keep(iter([MOYAI]))
        target = tmp_path / "copy"
        store.fetch(kept.digest, target)
        assert target.read_bytes() == MOYAI
        assert target.stat().st_mode & 0o222 == 0
        with pytest.raises(Conflict):
            store.fetch(kept.digest, target)
        with pytest.raises(NotFound):
            store.fetch(digest_of(b"never kept"), tmp_path / "nothing")
        assert not (tmp_path / "nothing").exists()

    def test_a_copy_is_not_the_original(self, store, tmp_path):
        kept = store.keep(iter([MOYAI]))
        target = tmp_path / "copy"
        store.fetch(kept.digest, target)
        target.chmod(0o600)
        target.write_bytes(b"changed")
        assert b"".join(store.open(kept.digest)) == MOYAI

    def test_a_stream_that_breaks_off_leaves_nothing(self, store):
        def broken():
            yield MOYAI
            raise RuntimeError("the sender went away")

        with pytest.raises(RuntimeError, match="went away"):
            store.keep(broken())
        assert store.used() == 0
        assert not store.holds(digest_of(MOYAI))

    @pytest.mark.parametrize(
        "digest", ["", "sha256:", "sha256:../../etc/passwd", "md5:" + "0" * 64, "sha256:" + "A" * 64]
    )
    def test_what_is_no_digest_is_refused(self, store, digest):
        for ask in (store.open, store.holds, store.remove):
            with pytest.raises(Invalid):
                ask(digest)

    def test_many_threads_keep_and_read_the_same_and_different_blobs(self, store):
        contents = [bytes([number]) * 70_000 for number in range(4)]
        wrong = []

        def work():
            for content in contents * 3:
                kept = store.keep(iter([content[:30_000], content[30_000:]]))
                if b"".join(store.open(kept.digest)) != content:
                    wrong.append(kept)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
        assert store.used() == sum(len(content) for content in contents)
