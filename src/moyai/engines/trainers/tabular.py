"""The trainer `tabular`: gradient boosting or a logistic baseline on a split table, as ONNX, judged on the holdout.

The work itself is done inside a job, by `tabular_job`.
"""

from collections.abc import Mapping
from typing import Any

from moyai.compute.ports import Program
from moyai.engines.programs import tasks
from moyai.engines.programs.tasks import Key
from moyai.kernel.errors import Invalid

JOB = "moyai.engines.trainers.tabular_job"
CODE = (
    JOB,
    "moyai.engines.trainers.tabular",
    "moyai.engines.trainers.tabular_fit",
    "moyai.engines.trainers.judging",
    "moyai.engines.programs.job",
    "moyai.engines.programs.tasks",
    "moyai.numerics.measures",
    "moyai.numerics.resampling",
)

DEFAULTS: dict[str, dict[str, float]] = {
    "gradient_boosting": {
        "max_iter": 300,
        "learning_rate": 0.06,
        "max_leaf_nodes": 31,
        "min_samples_leaf": 20,
        "l2_regularization": 0.0,
        "max_bins": 255,
    },
    "logistic": {"C": 1.0, "max_iter": 1000},
}
"""Each algorithm with the parameters that may be set, in scikit-learn's words."""

KEYS: dict[str, Key] = {
    "algorithm": Key("What to train.", tasks.TEXT, required=True, choices=tuple(DEFAULTS)),
    "target": Key("The column to predict; the recipe's target when absent.", tasks.TEXT),
    "positive": Key("The value that counts as 1; the recipe's when absent.", (str, int, float, bool)),
    "features": Key("The columns to learn from; all of the recipe's when absent.", tasks.TEXTS),
    "seed": Key("The number that fixes every random choice (default 0).", tasks.WHOLE, between=(0, 2**32 - 1)),
    "fraction": Key("The share of the training rows to use (default 1).", tasks.NUMBER, between=(0.001, 1)),
    "parameters": Key("The algorithm's own settings; see DEFAULTS in the reference.", tasks.TABLE),
    "bootstrap": Key(
        "How often the holdout is redrawn for the intervals (default 1000).", tasks.WHOLE, between=(100, 100_000)
    ),
}


class Tabular:
    """Learns one value of a two-valued target from numeric columns. More classes, regression and text are refused."""

    def program(self, task: Mapping[str, Any], files: Mapping[str, bytes]) -> Program:
        """The command for one declared training. Raises Invalid naming the wrong key of `task`."""
        if files:
            raise Invalid(
                "This trainer takes no code of your own.", where=next(iter(files)), fix="Use the trainer named script."
            )
        return tasks.program(JOB, checked(task), CODE)

    def keys(self) -> Mapping[str, str]:
        """Every key that `task` may have, with what it means in one line."""
        return tasks.meanings(KEYS)


def checked(task: Mapping[str, Any]) -> dict[str, Any]:
    """`task` with every parameter filled in. Raises Invalid naming the wrong key."""
    task = tasks.checked(task, KEYS)
    known = DEFAULTS[task["algorithm"]]
    given = dict(task.get("parameters", {}))
    for name, value in given.items():
        where = f"task.parameters.{name}"
        if name not in known:
            raise Invalid(f"{task['algorithm']} has no {name!r}.", where=where, fix=f"Known: {', '.join(known)}.")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise Invalid(f"{name!r} is {value!r}.", where=where, fix="Give a number of at least 0.")
    return {**task, "parameters": {**known, **given}}
