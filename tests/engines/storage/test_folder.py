"""The folder store: the conformance suite, and what only a file system can go through."""

import errno
import os
import subprocess
import sys
import time

import pytest

from moyai.engines.storage.folder import Folder
from moyai.kernel.errors import Corrupt, Unavailable
from tests.engines.storage.conformance import MOYAI, Conformance, digest_of


class TestFolder(Conformance):
    @pytest.fixture
    def store(self, tmp_path):
        return Folder(tmp_path / "store")


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path / "store")


def blob(store, content):
    name = digest_of(content).removeprefix("sha256:")
    return store.root / name[:2] / name[2:4] / name


def test_blobs_stand_under_their_digest_read_only_in_private_folders(store):
    store.keep(iter([MOYAI]))
    path = blob(store, MOYAI)
    assert path.read_bytes() == MOYAI
    assert path.stat().st_mode & 0o777 == 0o440
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not list((store.root / "unfinished").iterdir())


@pytest.mark.parametrize("damage", [b"common to alL", b"common", b"common to all of us"])
def test_damaged_bytes_are_never_handed_on_as_data(store, damage, tmp_path):
    kept = store.keep(iter([MOYAI]))
    path = blob(store, MOYAI)
    path.chmod(0o600)
    path.write_bytes(damage)
    with pytest.raises(Corrupt, match=kept.digest):
        b"".join(store.open(kept.digest))
    with pytest.raises(Corrupt):
        store.fetch(kept.digest, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_keeping_the_original_again_mends_a_damaged_blob(store):
    kept = store.keep(iter([MOYAI]))
    blob(store, MOYAI).chmod(0o600)
    blob(store, MOYAI).write_bytes(b"bad")
    store.keep(iter([MOYAI]))
    assert b"".join(store.open(kept.digest)) == MOYAI


def test_a_reader_reads_on_when_the_blob_is_removed(store):
    kept = store.keep(iter([b"a" * (3 << 20)]))
    chunks = store.open(kept.digest)
    first = next(chunks)
    store.remove(kept.digest)
    assert first + b"".join(chunks) == b"a" * (3 << 20)


def test_a_killed_writer_leaves_only_what_a_sweep_takes_away(store):
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom moyai.engines.storage.folder import Folder\n"
        "def stream():\n    yield b'half'\n    os.kill(os.getpid(), 9)\n"
        "Folder(Path(sys.argv[1])).keep(stream())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, store.root], check=False, timeout=60)
    assert ended.returncode == -9
    assert store.used() == 0
    (left,) = (store.root / "unfinished").iterdir()
    assert store.sweep() == 0
    yesterday = time.time() - 90_000
    os.utime(left, (yesterday, yesterday))
    assert store.sweep() == 1
    assert not list((store.root / "unfinished").iterdir())


def test_a_full_disk_is_said_and_leaves_nothing(store, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="full"):
        store.keep(iter([MOYAI]))
    assert not list((store.root / "unfinished").iterdir())


def test_what_the_source_raises_is_not_blamed_on_the_store(store):
    def stream():
        yield MOYAI
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        store.keep(stream())


def test_a_root_that_is_no_folder_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="store failed"):
        Folder(tmp_path / "file").keep(iter([MOYAI]))
