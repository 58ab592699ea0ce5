"""Runs a person's training script inside a job, then checks what it left and completes `result.json`.

The script's figures are taken as claimed; where it leaves its scores, they are judged here like any other model's.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from moyai.engines.programs import job, tasks
from moyai.engines.trainers import judging, script_run
from moyai.engines.trainers.script import CODE, FOLDER, KEYS
from moyai.kernel.errors import Invalid

WISHED = {
    "scores.npz": "the figures have no intervals, and no other run can be compared with this one",
    "signature.json": "the registry does not know the model's columns and classes",
    "reference.npz": "drift cannot be watched",
    "holdout.json": "no events can be replayed",
    "card.json": "the model card has to be written by hand",
}
"""What the tabular trainer leaves and a script may leave out, with what is lost without it."""


def main() -> int:
    return job.run("The trainer script", train)


def train(task: Mapping[str, Any]) -> dict[str, Any]:
    """Run the script, check and complete its result. Raises Invalid saying what is missing or wrong."""
    task = tasks.checked(task, KEYS)
    _ran(task)
    claimed = _claimed(task["script"])
    scores = job.OUTPUTS / "scores.npz"
    judged = judging.judged(judging.read(scores), task) if scores.exists() else {}
    missing = {f"outputs/{name}": loss for name, loss in WISHED.items() if not (job.OUTPUTS / name).exists()}
    for name, loss in missing.items():
        sys.stdout.write(f"{task['script']} left no {name}: {loss}.\n")
    files = {path.relative_to(FOLDER).as_posix(): path for path in sorted(Path(FOLDER).rglob("*")) if path.is_file()}
    code = {f"{FOLDER}/{name}": path.read_bytes() for name, path in files.items() if "__pycache__" not in name}
    facts = job.facts(task, tasks.code_digest(CODE, code))
    here = job.read_json(script_run.LEFT, "What the script imported")
    facts = {**facts, "environment": here, "environment_digest": job.digest_of_json(here)}
    metrics = {**claimed.pop("metrics"), **judged.pop("metrics", {})}
    return {
        **claimed,
        **judged,
        "metrics": metrics,
        "missing": missing,
        "algorithm": f"script {task['script']}",
        **facts,
    }


def _ran(task: Mapping[str, Any]) -> None:
    """The script to its end, its output passed on as it comes. Raises Invalid with its last words when it failed."""
    job.RESULT.unlink(missing_ok=True)
    argv = [sys.executable, "-P", "-m", script_run.__name__, f"{FOLDER}/{task['script']}"]
    environ = {**os.environ, "PYTHONHASHSEED": str(task.get("seed", 0)), "PYTHONDONTWRITEBYTECODE": "1"}
    last = ""
    with subprocess.Popen(argv, env=environ, stderr=subprocess.PIPE, text=True, errors="replace") as child:
        for line in child.stderr or ():
            sys.stderr.write(line)
            last = line.strip() or last
    if child.returncode:
        how = f"exit code {child.returncode}" if child.returncode > 0 else f"signal {-child.returncode}"
        raise Invalid(
            f"The script ended with {how}: {last[:300] or 'it said nothing'}",
            where=task["script"],
            fix="Read stderr.txt from the start of the traceback.",
        )


def _claimed(script: str) -> dict[str, Any]:
    """The script's own result, its metrics as spans."""
    if not job.RESULT.exists():
        raise Invalid(
            "The script left no result.json.",
            where=script,
            fix='Write {"metrics": {"roc_auc": 0.93}} to result.json in the working folder.',
        )
    result = job.read_json(job.RESULT, "The script's result")
    metrics = result.get("metrics")
    if not isinstance(metrics, dict) or not metrics:
        raise Invalid(
            "There are no metrics.", where="result.json", fix='Give at least one: {"metrics": {"name": 0.9}}.'
        )
    if not (job.OUTPUTS / "model.onnx").exists():
        raise Invalid("The script left no model.", where="outputs/model.onnx", fix="Write the model there, as ONNX.")
    return {**result, "metrics": {name: _span(name, value) for name, value in metrics.items()}}


def _span(name: str, value: Any) -> dict[str, float]:
    span = value if isinstance(value, dict) else {"value": value}
    numbers = all(
        isinstance(one, (int, float)) and not isinstance(one, bool) and isfinite(one) for one in span.values()
    )
    if "value" not in span or not numbers:
        raise Invalid(
            f"The metric {name!r} is {value!r}.",
            where=f"result.json, metrics.{name}",
            fix='Give a finite number, or {"value": 0.93, "low": 0.92, "high": 0.94}.',
        )
    return span


if __name__ == "__main__":
    sys.exit(main())
