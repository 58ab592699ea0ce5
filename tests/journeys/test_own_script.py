"""A person's own training code in a pilot; and code that forgets what it has to leave, or falls over."""

from pathlib import Path

import pytest

from tests.journeys.conftest import Moyai
from tests.journeys.small import declare

pytestmark = pytest.mark.slow
OWN = 'script = "train.py"\nparameters = { n_estimators = 20 }'
EXAMPLE = Path(__file__).parents[2] / "examples/own-script/train.py"


def test_the_example_runs_to_its_evidence(moyai: Moyai):
    said = moyai("pilot", "run", "examples/own-script/pilot.toml").stdout
    assert "ROC AUC" in said
    found = moyai.json("pilot", "get", "own-script")
    assert [step["state"] for step in found["steps"]] == ["done"] * 9
    trained = moyai.json("jobs", "list", "--project", "own-script")["items"]
    assert all(job["state"] == "succeeded" for job in trained)
    evidence = moyai.evidence("own-script")
    assert evidence["training"]["algorithm"] == "script"
    assert evidence["metrics"]["roc_auc"]["low"] > 0.9
    assert [size["rows"] for size in evidence["scaling"]] == sorted(size["rows"] for size in evidence["scaling"])


def test_a_script_that_fails_stops_the_pilot_which_goes_on_once_it_is_mended(moyai: Moyai, tmp_path: Path):
    pilot = declare(tmp_path / "own", training=OWN)
    script = pilot.parent / "train.py"

    script.write_text("pass", encoding="utf-8")
    told = moyai("pilot", "run", str(pilot), expect=1)
    assert "The script left no result.json" in told.stderr
    assert "moyai jobs logs job_" in told.stderr
    assert "✗ 4. Training" in told.stdout
    steps = {step["name"]: step["state"] for step in moyai.json("pilot", "get", "small")["steps"]}
    assert steps == {"consortium": "done", "data": "done", "prepare": "done", "train": "failed"}

    script.write_text("1 / 0", encoding="utf-8")
    told = moyai("pilot", "run", str(pilot), expect=1)
    assert "ZeroDivisionError" in told.stderr
    assert told.stdout.count("unchanged") == 3
    assert "baseline: on record already" in told.stdout

    script.write_bytes(EXAMPLE.read_bytes())
    assert "✓ 9. Evidence" in moyai("pilot", "run", str(pilot)).stdout
    worked = moyai.evidence("small")["usage"]
    assert [job["purpose"] for job in worked] == ["prepare", "baseline", "train 100%", *["small 100% (failed)"] * 2]
    assert len({job["job"] for job in worked}) == 5
