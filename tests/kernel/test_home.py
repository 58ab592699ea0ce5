"""The home belongs to one process at a time, is private, and knows who serves it."""

import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from moyai.kernel.errors import Conflict, Corrupt, Unavailable
from moyai.kernel.home import FORMAT, Home, write_private


def test_a_home_is_private(home: Home):
    write_private(home.owner_token, "secret")
    home.announce("http://127.0.0.1:1", "0")
    with home.locked(0):
        pass
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    for file in (home.owner_token, home.path / "server.json", home.path / "home.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_private_file_is_replaced_whole(home: Home):
    write_private(home.owner_token, "a long secret")
    write_private(home.owner_token, "short")
    assert home.owner_token.read_text() == "short"
    assert not list(home.path.glob("*.part"))


def test_a_home_of_a_newer_program_is_refused(home: Home):
    (home.path / "home.json").write_text(json.dumps({"format": FORMAT + 1}))
    with pytest.raises(Conflict, match="newer"):
        home.make()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "old"}', "\x00"])
def test_a_home_that_does_not_say_its_format_is_refused(home: Home, text: str):
    (home.path / "home.json").write_text(text)
    with pytest.raises(Corrupt) as refused:
        home.make()
    assert str(FORMAT) in refused.value.fix


def holding(home: Home, seconds: float) -> "subprocess.Popen[str]":
    """Another process that holds the home's lock for a time."""
    program = (
        "import sys, time; from pathlib import Path; from moyai.kernel.home import Home\n"
        "with Home(Path(sys.argv[1])).locked(0): print('held', flush=True); time.sleep(float(sys.argv[2]))"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program, str(home.path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout
    assert started.stdout.readline() == "held\n"
    return started


def test_who_holds_the_lock_is_named(home: Home):
    with holding(home, 30) as other:
        with pytest.raises(Conflict, match=f"process {other.pid}"), home.locked(0.1):
            pass
        other.kill()


def test_the_lock_is_waited_for(home: Home):
    with holding(home, 0.5):
        began = time.monotonic()
        with home.locked(10):
            assert 0.1 < time.monotonic() - began < 5


def test_the_lock_of_a_killed_process_is_free(home: Home):
    with holding(home, 30) as other:
        other.kill()
        other.wait()
        with home.locked(1):
            assert (home.path / "lock").read_text() == str(os.getpid())


def test_two_threads_do_not_hold_the_home_together(home: Home):
    inside, most = [0], [0]

    def enter() -> None:
        with home.locked(10):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.02)
            inside[0] -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_server_is_known_while_it_lives(home: Home):
    assert home.served() is None
    home.announce("http://127.0.0.1:1", "0.1")
    found = home.served()
    assert found is not None
    assert (found.pid, found.url, found.version) == (os.getpid(), "http://127.0.0.1:1", "0.1")
    home.leave()
    assert home.served() is None
    home.leave()


def ended() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    return gone.pid


@pytest.mark.parametrize(
    "record",
    [
        "",
        "{",
        "null",
        '{"pid": 1}',
        '{"pid": "x", "started": 0, "url": "", "version": "", "more": 1}',
        json.dumps({"pid": 1, "started": 0.0, "url": "u", "version": "v"}),
    ],
)
def test_a_stale_or_broken_record_is_no_server(home: Home, record: str):
    (home.path / "server.json").write_text(record)
    assert home.served() is None


def test_a_process_that_is_gone_serves_nobody(home: Home):
    record = {"pid": ended(), "started": time.time(), "url": "u", "version": "v"}
    (home.path / "server.json").write_text(json.dumps(record))
    assert home.served() is None


def test_another_process_with_the_same_number_is_not_the_server(home: Home):
    record = {"pid": os.getpid(), "started": psutil.Process().create_time() - 60, "url": "u", "version": "v"}
    (home.path / "server.json").write_text(json.dumps(record))
    assert home.served() is None


def test_folders_are_inside_the_home(tmp_path: Path):
    home = Home(tmp_path / "deep" / "home")
    home.make()
    assert all(path.is_dir() and path.parent == home.path for path in (home.spool, home.work, home.cache))


def test_a_path_that_cannot_be_a_home_is_said_in_words(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be used") as refused:
        Home(tmp_path / "file").make()
    assert refused.value.where == str(tmp_path / "file")
