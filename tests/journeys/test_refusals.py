"""Mistakes that people make: each ends with a sentence that says what, where and what to do, and with its exit code."""

from pathlib import Path

import pytest

from tests.journeys.conftest import Moyai
from tests.journeys.small import declare, table

pytestmark = pytest.mark.slow


def test_a_wrong_key_is_refused_with_its_line_and_what_was_expected(moyai: Moyai, tmp_path: Path):
    pilot = declare(tmp_path)
    text = pilot.read_text(encoding="utf-8")
    pilot.write_text(text.replace("windows = 200", "windws = 200"), encoding="utf-8")
    line = text[: text.index("windows = 200")].count("\n") + 1
    for command in ("check", "run"):
        told = moyai("pilot", command, str(pilot), expect=2)
        assert f"{pilot}:{line}: monitor.windws: there is no key 'windws' here; did you mean 'windows'?" in told.stderr


def test_a_wrong_value_is_refused_with_its_line(moyai: Moyai, tmp_path: Path):
    pilot = declare(tmp_path, seed='"seven"')
    told = moyai("pilot", "check", str(pilot), expect=2)
    assert "training.seed: expected a valid integer" in told.stderr
    assert f"{pilot}:" in told.stderr


def test_a_pilot_that_is_not_there(moyai: Moyai, tmp_path: Path):
    told = moyai("pilot", "run", str(tmp_path / "none.toml"), expect=2)
    assert "moyai pilot init" in told.stderr


def _parts_gone(folder: Path) -> None:
    (folder / "parts.csv").unlink()


def _parts_empty(folder: Path) -> None:
    (folder / "parts.csv").write_bytes(b"")


def _three_words(folder: Path) -> None:
    table(folder / "parts.csv", words=("no", "yes", "maybe"))


@pytest.mark.parametrize(
    ("changes", "spoil", "words"),
    [
        ({}, _parts_gone, ("parts.csv", "cannot be read")),
        ({}, _parts_empty, ("rejected",)),
        ({"target": "inside"}, None, ("The table has no column 'inside'", "x, y, out")),
        ({}, _three_words, ("holds 3 different values", "exactly two")),
        ({"column": "weight"}, None, ("rejected", "weight")),
    ],
)
def test_data_that_does_not_fit_is_refused_in_words(moyai: Moyai, tmp_path: Path, changes, spoil, words):
    pilot = declare(tmp_path, **changes)
    if spoil:
        spoil(tmp_path)
    told = moyai("pilot", "run", str(pilot), expect=None)
    assert told.returncode in (1, 2)
    assert "Traceback" not in told.stderr
    for word in words:
        assert word in told.stderr
