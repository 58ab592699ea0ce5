"""Splits a table into a training and a holdout part, inside a job: reads `inputs/data/*`, writes `outputs/`.

Copies of a row stay on one side; both parts hold the classes in the same proportion; rows come out shuffled.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from moyai.data.ports import Bounds, Layout
from moyai.engines.programs import job, tables, tasks
from moyai.engines.transforms.tabular import CODE, KEYS
from moyai.kernel.errors import Invalid

ROW = "moyai_row"
"""The column that says which row of the original table this was, from 0."""

Rows = NDArray[np.int64]


def main() -> int:
    return job.run("The transform tabular", split)


def split(task: Mapping[str, Any]) -> dict[str, Any]:
    """The whole work: read, check, split, write. Returns what `result.json` holds."""
    task = tasks.checked(task, KEYS)
    opened = tables.opened(job.input_files("data"), _layout(task), Bounds())
    features = _features(task, opened.types)
    table = _numbered(opened)
    kept = table.filter(table[task["target"]].is_valid())
    classes = _classes(kept[task["target"]], task)
    label = pc.call_function("equal", [kept[task["target"]], pa.scalar(classes[1])]).to_numpy()
    numbers = _numbers(kept, features)
    holdout, train = _sides(numbers, label, task.get("holdout", 0.25), task.get("seed", 0))
    chosen = kept.select([ROW, *features, task["target"]])
    for name, rows in (("train", train), ("holdout", holdout)):
        pq.write_table(chosen.take(pa.array(rows)), job.OUTPUTS / f"{name}.parquet")
    counts = {
        "read": table.num_rows,
        "without_target": table.num_rows - kept.num_rows,
        "copies": int(label.size - np.unique(_groups(numbers)).size),
        **_counted("train", label[train]),
        **_counted("holdout", label[holdout]),
    }
    job.write_json(job.OUTPUTS / "recipe.json", _recipe(task, features, classes, counts))
    return {"rows": counts, **job.facts(task, tasks.code_digest(CODE))}


def _layout(task: Mapping[str, Any]) -> Layout:
    return Layout(
        header=task.get("header", True), columns=tuple(task.get("columns", ())), delimiter=task.get("delimiter", "")
    )


def _features(task: Mapping[str, Any], types: Mapping[str, str]) -> list[str]:
    """Every column but the target and those dropped; text and moments are refused by name."""
    dropped = task.get("drop", [])
    for name in (task["target"], *dropped):
        if name not in types:
            where = "task.target" if name == task["target"] else "task.drop"
            raise Invalid(f"The table has no column {name!r}.", where=where, fix=f"It has: {', '.join(types)[:500]}.")
    features = [name for name in types if name != task["target"] and name not in dropped]
    wrong = [name for name in features if types[name] not in ("integer", "number", "boolean")]
    if wrong:
        raise Invalid(
            f"Only numbers can be features, and {', '.join(wrong[:10])} {'holds' if len(wrong) == 1 else 'hold'} "
            f"{types[wrong[0]]} values.",
            where="inputs/data",
            fix="List such columns under drop, or turn them into numbers before publishing.",
        )
    if not features:
        raise Invalid("No column is left to learn from.", where="task.drop", fix="Drop fewer columns.")
    return features


def _numbered(opened: tables.Opened) -> pa.Table:
    if ROW in opened.types:
        raise Invalid(f"The table has a column {ROW!r}, a name that is used for row numbers.", fix="Rename it.")
    names = ", ".join(tables.quoted(name) for name in opened.types)
    table = opened.connection.execute(f"SELECT {names} FROM rows").to_arrow_table()
    return table.add_column(0, ROW, pa.array(np.arange(table.num_rows, dtype=np.int64)))


def _classes(target: pa.ChunkedArray, task: Mapping[str, Any]) -> tuple[Any, Any]:
    """(negative, positive). Raises Invalid unless the target holds two values and the positive one is among them."""
    values = target.unique().to_pylist()
    shown = ", ".join(repr(value) for value in values[:10])
    if len(values) != 2:
        raise Invalid(
            f"The target {task['target']!r} holds {len(values)} different values ({shown}); exactly two are needed.",
            where="task.target",
            fix="Choose a two-valued column, or make one (this value against all others) before publishing.",
        )
    positive = [value for value in values if _same(value, task["positive"])]
    if not positive:
        raise Invalid(
            f"The target never holds {task['positive']!r}; it holds {shown}.",
            where="task.positive",
            fix="Name one of them.",
        )
    return next(value for value in values if value != positive[0]), positive[0]


def _same(value: Any, wanted: Any) -> bool:
    """Whether a value of the table is the one a person wrote: 1, 1.0, "1" and true agree with their like."""
    if str(value) == str(wanted) or str(value).casefold() == str(wanted).casefold() in ("true", "false"):
        return True
    try:
        return float(value) == float(wanted)
    except (TypeError, ValueError):
        return False


def _numbers(table: pa.Table, features: Sequence[str]) -> NDArray[np.float32]:
    """The features as the model will see them. Raises Invalid for a value that 32 bits cannot hold."""
    numbers = np.empty((table.num_rows, len(features)), dtype=np.float32)
    for place, name in enumerate(features):
        wide = table[name].cast(pa.float64()).to_numpy()
        with np.errstate(over="ignore"):
            numbers[:, place] = wide
        beyond = np.flatnonzero(np.isinf(numbers[:, place]))
        if beyond.size:
            row = int(table[ROW][int(beyond[0])].as_py())
            raise Invalid(
                f"The column {name!r} holds {wide[beyond[0]]}, which is infinite or too large for a model input.",
                where=f"inputs/data, data row {row + 1}",
                fix="List the column under drop, or replace such values before publishing.",
            )
    return numbers


def _groups(numbers: NDArray[np.float32]) -> Rows:
    """For each row the number of its group: rows with the same features, missing values alike, are one group."""
    tidy = np.where(np.isnan(numbers), np.float32(np.nan), numbers + np.float32(0.0))
    keys = np.ascontiguousarray(tidy).view(np.dtype((np.void, tidy.dtype.itemsize * tidy.shape[1]))).ravel()
    return np.unique(keys, return_inverse=True)[1].ravel()


def _sides(numbers: NDArray[np.float32], label: NDArray[np.bool_], share: float, seed: int) -> tuple[Rows, Rows]:
    """(holdout, train): row places in random order. A group goes where its first row's class still needs rows."""
    random = np.random.default_rng(seed)
    groups = _groups(numbers)
    _, first = np.unique(groups, return_index=True)
    sizes = np.bincount(groups)
    held = np.zeros(sizes.size, dtype=bool)
    for value in (False, True):
        mine = random.permutation(np.flatnonzero(label[first] == value))
        before = np.cumsum(sizes[mine]) - sizes[mine]
        held[mine[before < round(share * sizes[mine].sum())]] = True
    side = held[groups]
    parts = random.permutation(np.flatnonzero(side)), random.permutation(np.flatnonzero(~side))
    for name, rows in zip(("holdout", "training"), parts, strict=True):
        if not 0 < label[rows].sum() < rows.size:
            raise Invalid(
                f"The {name} part ({rows.size} rows) would hold one class only.",
                where="task.holdout",
                fix="Give more rows of the rarer class, or another share.",
            )
    return parts


def _counted(name: str, label: NDArray[np.bool_]) -> dict[str, int]:
    return {name: int(label.size), f"{name}_positive": int(label.sum())}


def _recipe(
    task: Mapping[str, Any], features: Sequence[str], classes: tuple[Any, Any], counts: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "features": list(features),
        "target": task["target"],
        "positive": str(classes[1]),
        "classes": [str(one) for one in classes],
        "dropped": task.get("drop", []),
        "row": ROW,
        "holdout": task.get("holdout", 0.25),
        "seed": task.get("seed", 0),
        "rows": dict(counts),
    }


if __name__ == "__main__":
    sys.exit(main())
