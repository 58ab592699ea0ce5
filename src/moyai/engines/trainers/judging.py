"""How a trained model did on held-out rows: the figures with their intervals, and the difference to another run's.

The same for every trainer, so that one gate can judge them all. Runs in jobs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from moyai.engines.programs import job
from moyai.kernel.errors import Invalid
from moyai.numerics import measures
from moyai.numerics.resampling import Interval, Plan, bootstrap_intervals, paired_difference

FIGURES = {
    "roc_auc": measures.roc_auc,
    "accuracy": measures.accuracy,
    "average_precision": measures.average_precision,
    "brier": measures.brier,
}


@dataclass(frozen=True, slots=True)
class Scores:
    """Held-out rows with what happened (0 or 1) and what the model said (probability of 1)."""

    row: NDArray[np.int64]
    label: NDArray[np.int64]
    score: NDArray[np.float64]


def judged(mine: Scores, task: Mapping[str, Any]) -> dict[str, Any]:
    """`metrics`, and `difference` when the job has the input `compare` (another run's `scores.npz`)."""
    plan = Plan(task.get("bootstrap", 1000), task.get("seed", 0))
    found = bootstrap_intervals(FIGURES, (mine.label, mine.score), plan, strata=mine.label)
    said: dict[str, Any] = {"metrics": {name: _span(interval) for name, interval in found.items()}}
    other = job.INPUTS / "compare" / "scores.npz"
    if other.parent.exists():
        theirs = _aligned(mine, read(other), other)
        said["difference"] = {
            "roc_auc": _span(paired_difference(measures.roc_auc, mine.label, mine.score, theirs, plan))
        }
    return said


def read(path: Path) -> Scores:
    """Scores as a run left them. Raises Invalid unless the three columns `row`, `label`, `score` fit together."""
    try:
        with np.load(path, allow_pickle=False) as file:
            scores = Scores(file["row"].astype(np.int64), file["label"].astype(np.int64), file["score"].astype(float))
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise Invalid(
            f"The scores cannot be read: {' '.join(str(error).split())[:200]}",
            where=path.as_posix(),
            fix="Write numpy.savez(path, row=..., label=..., score=...): row numbers, 0 or 1, probability of 1.",
        ) from error
    sizes = {scores.row.shape, scores.label.shape, scores.score.shape}
    if len(sizes) != 1 or scores.row.ndim != 1 or set(np.unique(scores.label).tolist()) != {0, 1}:
        raise Invalid(
            "row, label and score must be equally long, and the labels 0 and 1 must both occur.", where=path.as_posix()
        )
    return scores


def write(scores: Scores) -> None:
    """Leave the scores where another run, or a gate, finds them."""
    np.savez(job.OUTPUTS / "scores.npz", row=scores.row, label=scores.label, score=scores.score)


def _aligned(mine: Scores, other: Scores, path: Path) -> NDArray[np.float64]:
    """The other run's scores in the order of our rows."""
    ours, theirs = np.argsort(mine.row, kind="stable"), np.argsort(other.row, kind="stable")
    same = np.array_equal(mine.row[ours], other.row[theirs]) and np.array_equal(mine.label[ours], other.label[theirs])
    if not same:
        raise Invalid(
            "The other run was judged on other rows; a difference would mean nothing.",
            where=path.as_posix(),
            fix="Compare runs of the same version of the split data.",
        )
    ordered = np.empty(mine.row.size)
    ordered[ours] = other.score[theirs]
    return ordered


def _span(interval: Interval) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high, "level": interval.level}
