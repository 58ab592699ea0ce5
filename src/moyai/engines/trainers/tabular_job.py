"""Trains on a split table inside a job: reads `inputs/data/`, writes the model, its scores and the facts of its card.

The figures are those of the ONNX file that will be served, not of the object it was made from.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from moyai.engines.programs import job, tasks
from moyai.engines.trainers import judging, tabular_fit
from moyai.engines.trainers.tabular import CODE, checked
from moyai.kernel.errors import Invalid
from moyai.numerics import measures

DATA = job.INPUTS / "data"
REFERENCE_ROWS = 5_000
REPLAYED_ROWS = 8_000
TOLERANCE = 1e-3
"""The ONNX file may differ from the fitted model by this much in probability, on any holdout row."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one side of the split."""

    row: NDArray[np.int64]
    numbers: NDArray[np.float32]
    label: NDArray[np.int64]


class Clock:
    """CPU seconds of each phase: what a larger table would multiply, told apart from what it would not."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {"start": round(time.process_time(), 4)}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        self.seconds[name] = round(time.process_time() - begun, 4)


def main() -> int:
    return job.run("The trainer tabular", train)


def train(task: Mapping[str, Any]) -> dict[str, Any]:
    """The whole work: read, fit, write, judge. Returns what `result.json` holds."""
    task, clock = checked(task), Clock()
    recipe = job.read_json(DATA / "recipe.json", "The recipe of the split table")
    features = _features(task, recipe)
    with clock.phase("read"):
        used = _first(_part("train", recipe, features), task.get("fraction", 1))
        held = _part("holdout", recipe, features)
    seed = task.get("seed", 0)
    with clock.phase("fit"):
        model = tabular_fit.fitted(task["algorithm"], task["parameters"], seed, used.numbers, used.label)
    about = {"algorithm": task["algorithm"], "target": recipe["target"], "positive": recipe["positive"], "seed": seed}
    metadata = tabular_fit.properties(features, recipe["classes"], about)
    with clock.phase("write"):
        score, agreement = _written(model, features, metadata, held)
    with clock.phase("judge"):
        curve = list(tabular_fit.curve(model, held.numbers, held.label))
        judged = judging.judged(judging.Scores(held.row, held.label, score), task)
    last = {name: span["value"] for name, span in judged["metrics"].items()}
    job.log_metrics([*curve, {"step": curve[-1]["step"], **last}])
    _leave_scores(used, held, score, features, seed)
    _leave_words(task, recipe, features, metadata, {"used": used, "held": held, "score": score, **judged})
    return {
        **judged,
        "rows": int(used.label.size),
        "holdout_rows": int(held.label.size),
        "fraction": task.get("fraction", 1),
        "algorithm": task["algorithm"],
        "parameters": task["parameters"],
        "onnx": agreement,
        "cpu_seconds": clock.seconds,
        **job.facts(task, tasks.code_digest(CODE)),
    }


def _features(task: Mapping[str, Any], recipe: Mapping[str, Any]) -> list[str]:
    for key in ("target", "positive"):
        if key in task and str(task[key]) != str(recipe[key]):
            raise Invalid(
                f"The data were split for {key} {recipe[key]!r}, and the task says {task[key]!r}.",
                where=f"task.{key}",
                fix="Split the data again for this target, or leave the key out.",
            )
    wanted = task.get("features") or recipe["features"]
    unknown = [name for name in wanted if name not in recipe["features"]]
    if unknown:
        raise Invalid(
            f"{unknown[0]!r} is not among the features of the split data.",
            where="task.features",
            fix=f"Choose from: {', '.join(recipe['features'])[:500]}.",
        )
    return list(wanted)


def _part(name: str, recipe: Mapping[str, Any], features: Sequence[str]) -> Part:
    path = DATA / f"{name}.parquet"
    try:
        table = pq.read_table(path, columns=[recipe["row"], *features, recipe["target"]])
    except (OSError, pa.ArrowException) as error:
        raise Invalid(
            f"The {name} part cannot be read: {' '.join(str(error).split())[:200]}",
            where=path.as_posix(),
            fix="Give the three files that the transform tabular wrote.",
        ) from error
    said = np.asarray([str(value) for value in table[recipe["target"]].to_pylist()])
    strange = set(said.tolist()) - set(recipe["classes"])
    if strange:
        raise Invalid(
            f"The target holds {sorted(strange)[0]!r}, which the recipe does not know.", where=path.as_posix()
        )
    numbers = np.column_stack([table[name].cast(pa.float64()).to_numpy().astype(np.float32) for name in features])
    label = (said == recipe["positive"]).astype(np.int64)
    return Part(table[recipe["row"]].to_numpy(), np.ascontiguousarray(numbers), label)


def _first(part: Part, fraction: float) -> Part:
    """The first share of the shuffled rows: a smaller fraction is always contained in a larger one."""
    rows = max(1, round(fraction * part.label.size))
    if len(set(part.label[:rows].tolist())) < 2:
        raise Invalid(f"{rows} training rows hold one class only.", where="task.fraction", fix="Use a larger fraction.")
    return Part(part.row[:rows], part.numbers[:rows], part.label[:rows])


def _written(
    model: Any, features: Sequence[str], metadata: Mapping[str, str], held: Part
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """The holdout's scores by the written file, and how far they lie from the fitted model's."""
    content = tabular_fit.as_onnx(model, features, metadata)
    (job.OUTPUTS / "model.onnx").write_bytes(content)
    score = tabular_fit.probabilities(content, held.numbers)
    apart = np.abs(score - model.predict_proba(held.numbers)[:, 1])
    if float(apart.max()) > TOLERANCE:
        raise Invalid(
            f"The ONNX file differs from the fitted model by {apart.max():.2g} in probability.",
            where="outputs/model.onnx",
            fix="Report this with the versions in result.json; the model must not be served.",
        )
    return score, {"max_abs_difference": float(apart.max()), "rows": int(apart.size), "bytes": len(content)}


def _leave_scores(used: Part, held: Part, score: NDArray[np.float64], features: Sequence[str], seed: int) -> None:
    """`scores.npz`, `reference.npz` and `holdout.json`: what comparing, watching and replaying need later."""
    judging.write(judging.Scores(held.row, held.label, score))
    count = min(REFERENCE_ROWS, used.label.size)
    chosen = np.sort(np.random.default_rng(seed).choice(used.label.size, count, replace=False))
    columns = {name: used.numbers[chosen, place].astype(np.float64) for place, name in enumerate(features)}
    np.savez(job.OUTPUTS / "reference.npz", **columns)
    replayed = slice(0, REPLAYED_ROWS)
    job.write_json(
        job.OUTPUTS / "holdout.json",
        {
            "features": list(features),
            "row": held.row[replayed].tolist(),
            "values": [[_short(value) for value in event] for event in held.numbers[replayed]],
            "label": held.label[replayed].tolist(),
        },
    )


def _short(value: np.float32) -> float | None:
    """The shortest decimal that is the same 32-bit number again; None for a missing value."""
    return None if np.isnan(value) else float(str(value))


def _leave_words(
    task: Mapping[str, Any],
    recipe: Mapping[str, Any],
    features: Sequence[str],
    metadata: Mapping[str, str],
    found: Mapping[str, Any],
) -> None:
    """`signature.json` and `card.json`: what the model takes and gives, and the facts of its card."""
    signature = {
        "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, len(features)]}],
        "outputs": [
            {"name": "label", "datatype": "INT64", "shape": [-1]},
            {"name": "probability", "datatype": "FP32", "shape": [-1, 2]},
        ],
        "metadata": dict(metadata),
    }
    job.write_json(job.OUTPUTS / "signature.json", signature)
    used, held, score = found["used"], found["held"], found["score"]
    card = {
        "algorithm": task["algorithm"],
        "parameters": task["parameters"],
        "target": recipe["target"],
        "positive": recipe["positive"],
        "classes": recipe["classes"],
        "features": [_range(name, used.numbers[:, place]) for place, name in enumerate(features)],
        "trained_on": {"rows": int(used.label.size), "positive": int(used.label.sum())},
        "judged_on": {"rows": int(held.label.size), "positive": int(held.label.sum())},
        "metrics": found["metrics"],
        "threshold": 0.5,
        "confusion": measures.confusion(held.label, score)._asdict(),
        "roc": _thinned(held, score),
        "split": {"holdout": recipe["holdout"], "seed": recipe["seed"], "rows": recipe["rows"]},
    }
    job.write_json(job.OUTPUTS / "card.json", card)


def _range(name: str, values: NDArray[np.float32]) -> dict[str, Any]:
    known = values[~np.isnan(values)]
    low, high = (_short(known.min()), _short(known.max())) if known.size else (None, None)
    return {"name": name, "minimum": low, "maximum": high, "missing": int(values.size - known.size)}


def _thinned(held: Part, score: NDArray[np.float64]) -> list[list[float]]:
    """At most about 100 points of the ROC curve, as [false positive rate, true positive rate]."""
    curve = measures.roc_curve(held.label, score)
    places = np.unique(np.linspace(0, curve.threshold.size - 1, 101).astype(int))
    return [[float(curve.false_positive_rate[at]), float(curve.true_positive_rate[at])] for at in places]


if __name__ == "__main__":
    sys.exit(main())
