"""A pilot that is killed, told again, changed, or told beside another one: it does what is left to do, and no more."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import CHECKOUT, COMMAND, Moyai
from tests.journeys.small import declare, table

pytestmark = pytest.mark.slow


def start(moyai: Moyai, *words: str) -> "subprocess.Popen[str]":
    """The command in a process group of its own, as a terminal starts it."""
    return subprocess.Popen(
        (*COMMAND, *words),
        cwd=CHECKOUT,
        env=moyai.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def said(process: "subprocess.Popen[str]", words: str) -> None:
    """Wait until the command has said this."""
    heard = ""
    for line in process.stdout or ():
        heard += line
        if words in line:
            return
    raise AssertionError(f"never said {words!r}:\n{heard}")


def tokens_alive(moyai: Moyai) -> list[str]:
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    known = moyai.json("people", "tokens")["items"]
    tokens = [one for one in known if one["label"] == "script of the pilot small"]
    assert tokens
    return [one["id"] for one in tokens if one["revoked_at"] is None and one["expires"] > now]


@pytest.fixture
def left(moyai: Moyai) -> Iterator[Moyai]:
    """A home in which a killed command may leave its server running."""
    yield moyai
    server = moyai.home / "server.json"
    if server.exists():
        os.kill(json.loads(server.read_text(encoding="utf-8"))["pid"], signal.SIGTERM)


@pytest.mark.parametrize("heard", ["baseline at", "operating rules"])
def test_a_killed_pilot_goes_on_where_it_stood(left: Moyai, tmp_path: Path, heard: str):
    pilot = declare(tmp_path / "pilot")
    driver = start(left, "pilot", "run", str(pilot))
    said(driver, heard)
    driver.kill()
    driver.wait()
    again = left("pilot", "run", str(pilot)).stdout
    assert "✓ 9. Evidence" in again
    assert again.count("unchanged") == {"baseline at": 3, "operating rules": 5}[heard]
    jobs = [job["name"] for job in left.json("jobs", "list", "--project", "small")["items"]]
    assert jobs.count("small baseline") == 1
    assert len(jobs) == len(left.evidence("small")["usage"]) == 3
    assert tokens_alive(left) == []


def test_an_interrupted_pilot_goes_on_and_leaves_no_token(left: Moyai, tmp_path: Path):
    pilot = declare(tmp_path / "pilot")
    driver = start(left, "pilot", "run", str(pilot))
    said(driver, "✓ 3. Preparation")
    os.killpg(driver.pid, signal.SIGINT)
    assert driver.wait(60) != 0
    again = left("pilot", "run", str(pilot)).stdout
    assert "✓ 9. Evidence" in again
    assert again.count("unchanged") == 3
    assert tokens_alive(left) == []


def test_what_changes_is_done_anew_and_nothing_else(moyai: Moyai, tmp_path: Path):
    pilot = declare(tmp_path / "pilot")
    moyai("pilot", "run", str(pilot))
    first = moyai.evidence("small")

    declare(tmp_path / "pilot", seed=2)
    said = moyai("pilot", "run", str(pilot)).stdout
    assert said.count("unchanged") == 3
    assert "baseline: on record already" in said
    reseeded = moyai.evidence("small")
    assert reseeded["dataset"] == first["dataset"]
    assert reseeded["training"]["seed"] == 2
    states = {step["name"]: step["state"] for step in reseeded["pilot"]["steps"]}
    assert (states["prepare"], states["train"]) == ("unchanged", "done")

    declare(tmp_path / "pilot", seed=1)
    assert "Nothing has changed" in moyai("pilot", "run", str(pilot)).stdout
    assert moyai.evidence("small") == first

    table(tmp_path / "pilot/parts.csv", rows=500, seed=5)
    said = moyai("pilot", "run", str(pilot)).stdout
    assert said.count("unchanged") == 1
    assert "small@2" in said
    assert moyai.evidence("small")["dataset"]["rows"] == 500

    said = moyai("pilot", "run", str(pilot), "--fresh").stdout
    assert "unchanged" not in said
    assert len(moyai.evidence("small")["usage"]) == 3


def test_pilots_share_a_home_and_a_server_that_runs_already(left: Moyai, tmp_path: Path):
    server = start(left, "up", "--port", "0")
    try:
        for name in ("one", "two"):
            left("pilot", "run", str(declare(tmp_path / name, name=name)))
            assert server.poll() is None
        assert [one["name"] for one in left.json("people", "organisations")["items"]].count("plant") == 1
        names = [one["name"] for one in left.json("people", "list")["items"] if one["persona"]]
        assert sorted(names) == ["Aya", "Emi", "Makoto", "Ryo", "Toru"]
        assert left.evidence("one")["organisations"] == left.evidence("two")["organisations"]
    finally:
        server.terminate()
        assert server.wait(30) == 0
