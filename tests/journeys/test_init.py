"""A pilot for one's own table: drafted, checked, run."""

import csv
from pathlib import Path

import pytest

from tests.journeys.conftest import Moyai
from tests.journeys.small import table

pytestmark = pytest.mark.slow


def test_a_drafted_pilot_is_valid_and_runs(moyai: Moyai, tmp_path: Path):
    parts = table(tmp_path / "parts.csv", rows=900)
    told = moyai("pilot", "init", str(parts), "--target", "out", "--positive", "yes", "--name", "my-parts", "--yes")
    made = tmp_path / "pilot.toml"
    assert str(made) in told.stdout
    assert moyai.json("pilot", "check", str(made))["preparation"]["target"] == "out"
    said = moyai("pilot", "run", str(made)).stdout
    assert "✓ 9. Evidence" in said
    evidence = moyai.evidence("my-parts")
    assert evidence["dataset"]["rows"] == 900
    assert evidence["payback"] == "not estimated"
    assert all(one["answer"]["en"].startswith("Draft: ") for one in evidence["gate"]["questions"])
    assert "Draft: " in (moyai.home / "pilots/my-parts/report.html").read_text(encoding="utf-8")


def test_typed_answers_reach_the_file(moyai: Moyai, tmp_path: Path):
    parts = table(tmp_path / "parts.csv")
    typed = ["mine", "out", "yes", "none", "Which parts are bad?", *[""] * 60]
    told = moyai("pilot", "init", str(parts), "--output", str(tmp_path / "mine/pilot.toml"), typed="\n".join(typed))
    assert "Which column is to be predicted? (x, y, out)" in told.stdout
    pilot = moyai.json("pilot", "check", str(tmp_path / "mine/pilot.toml"))
    assert pilot["pilot"]["question"]["en"] == "Which parts are bad?"
    assert pilot["data"]["files"] == [str(parts)]


def test_a_draft_does_not_overwrite_what_is_there(moyai: Moyai, tmp_path: Path):
    parts = table(tmp_path / "parts.csv")
    (tmp_path / "pilot.toml").write_text("mine", encoding="utf-8")
    told = moyai("pilot", "init", str(parts), "--yes", expect=3)
    assert "is there already" in told.stderr
    assert (tmp_path / "pilot.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([("x", "out"), *[(1, "a"), (2, "b")] * 20], ("--target", "nothing"), "has no column 'nothing'"),
        ([("x", "out"), *[(1, "a"), (2, "b"), (3, "c")] * 20], ("--target", "out"), "exactly two"),
        ([], (), "empty"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(moyai: Moyai, tmp_path: Path, rows, options, words):
    parts = tmp_path / "parts.csv"
    with parts.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    told = moyai("pilot", "init", str(parts), *options, "--yes", expect=2)
    assert words in told.stderr
    assert not (tmp_path / "pilot.toml").exists()
