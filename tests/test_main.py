"""The command as a person runs it: on its own, beside a server, and as the server itself."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from moyai import roads
from moyai.kernel.errors import Conflict, NotAuthenticated, Unavailable
from moyai.kernel.home import Home
from tests.commands import Command

pytestmark = pytest.mark.slow


@pytest.fixture
def moyai(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def address(home: Path) -> str:
    return json.loads((home / "server.json").read_text())["url"]


@contextmanager
def serving(moyai: Command) -> Iterator["subprocess.Popen[str]"]:
    server = moyai.up()
    try:
        yield server
    finally:
        server.kill()
        server.communicate()


def test_a_new_home_is_made_and_belongs_to_who_made_it(moyai: Command):
    told = moyai("people", "me", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["roles"] == ["owner"]
    assert (moyai.home / "owner.token").stat().st_mode & 0o777 == 0o600
    assert Home(moyai.home).served() is None


def test_a_command_asks_the_server_that_runs(moyai: Command):
    with serving(moyai):
        began = time.monotonic()
        told = moyai("people", "me", "--json")
        assert told.returncode == 0, told.stderr
        assert json.loads(told.stdout)["roles"] == ["owner"]
        assert time.monotonic() - began < 15


def test_what_is_written_in_process_is_there_for_the_server(moyai: Command):
    assert moyai("people", "add-organisation", "CERN", "CH", "CHF").returncode == 0
    with serving(moyai):
        assert "CERN" in moyai("people", "organisations").stdout


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_at_once_and_tidies_up(moyai: Command, end: signal.Signals):
    server = moyai.up()
    with httpx.Client(base_url=address(moyai.home)) as kept_open:
        assert kept_open.get("/health/live").status_code == 200
        began = time.monotonic()
        server.send_signal(end)
        out, err = server.communicate(timeout=10)
    assert time.monotonic() - began < 4.5
    assert server.returncode == 0
    assert err == ""
    assert out.startswith("Moyai serves ")
    assert not (moyai.home / "server.json").exists()


def test_a_second_server_is_told_who_has_the_home(moyai: Command):
    moyai.settings["MOYAI_LOCK_SECONDS"] = "0.2"
    with serving(moyai) as first:
        second = moyai("up")
    assert second.returncode == Conflict.exit_code
    assert f"process {first.pid}" in second.stderr


def test_a_taken_port_is_told(moyai: Command, tmp_path: Path):
    with serving(moyai):
        port = httpx.URL(address(moyai.home)).port
        other = Command(tmp_path / "other", {"MOYAI_PORT": str(port)})
        told = other("up")
    assert told.returncode == Unavailable.exit_code
    assert str(port) in told.stderr
    assert "MOYAI_PORT" in told.stderr
    assert not (other.home / "server.json").exists()


HOLD = (
    "import sys, time; from pathlib import Path; from moyai.kernel.home import Home\n"
    "with Home(Path(sys.argv[1])).locked(0): print('held', flush=True); time.sleep(float(sys.argv[2]))"
)


def hold(moyai: Command, seconds: float) -> "subprocess.Popen[str]":
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(moyai.home), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_command_waits_for_the_first(moyai: Command):
    with hold(moyai, 3):
        told = moyai("people", "me")
    assert told.returncode == 0, told.stderr


def test_a_command_that_waited_too_long_says_for_whom(moyai: Command):
    moyai.settings["MOYAI_LOCK_SECONDS"] = "0.5"
    with hold(moyai, 30) as holder:
        told = moyai("people", "me")
        holder.kill()
    assert told.returncode == Conflict.exit_code
    assert f"process {holder.pid}" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_command_that_waits_asks_the_server_that_comes_up_meanwhile(moyai: Command):
    first = hold(moyai, 4)
    server = moyai.start("up")
    waiting = moyai.start("people", "me")
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, err
    assert "owner" in out
    server.terminate()
    server.communicate(timeout=30)
    first.communicate()


def test_the_record_of_a_server_that_was_killed_misleads_nobody(moyai: Command):
    with serving(moyai) as server:
        server.kill()
        server.wait()
        assert (moyai.home / "server.json").exists()
        assert moyai("people", "me").returncode == 0


def in_this_home(moyai: Command, monkeypatch: pytest.MonkeyPatch) -> Home:
    for key in ("MOYAI_URL", "MOYAI_TOKEN"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("MOYAI_HOME", str(moyai.home))
    return Home(moyai.home)


def test_a_server_is_started_for_as_long_as_it_is_needed(moyai: Command, monkeypatch: pytest.MonkeyPatch):
    home = in_this_home(moyai, monkeypatch)
    with roads.served() as road:
        found = home.served()
        assert found is not None
        assert road.url == found.url
        assert httpx.get(f"{road.url}/health/live").status_code == 200
    assert home.served() is None
    assert not psutil.pid_exists(found.pid)


def test_a_server_that_runs_is_left_running(moyai: Command, monkeypatch: pytest.MonkeyPatch):
    home = in_this_home(moyai, monkeypatch)
    with serving(moyai) as server:
        with roads.served() as road:
            assert road.url == address(home.path)
        assert server.poll() is None


def test_a_server_that_cannot_start_is_told_with_its_log(moyai: Command, monkeypatch: pytest.MonkeyPatch):
    home = in_this_home(moyai, monkeypatch)
    home.make()
    (home.path / "moyai.sqlite").write_bytes(b"no database at all")
    with pytest.raises(Unavailable) as told, roads.served():
        pass
    assert "server.log" in told.value.fix


def test_the_token_of_this_home_is_not_sent_to_another_server(moyai: Command, monkeypatch: pytest.MonkeyPatch):
    home = in_this_home(moyai, monkeypatch)
    home.make()
    home.owner_token.write_text("moyai_secret")
    monkeypatch.setenv("MOYAI_URL", "http://127.0.0.1:9")
    with pytest.raises(NotAuthenticated, match="not sent to another server"), roads.reached():
        pass
    monkeypatch.setenv("MOYAI_TOKEN", "moyai_theirs")
    with roads.reached() as road:
        assert (road.url, road.token) == ("http://127.0.0.1:9", "moyai_theirs")
    home.announce("http://127.0.0.1:9", "0")
    monkeypatch.delenv("MOYAI_TOKEN")
    with roads.reached() as road:
        assert road.token == "moyai_secret"
