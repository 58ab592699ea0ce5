"""The transform `tabular`: a table from outside becomes a training part, a holdout part and the recipe of both.

The work itself is done inside a job, by `tabular_job`.
"""

from collections.abc import Mapping
from typing import Any

from moyai.compute.ports import Program
from moyai.engines.programs import tasks
from moyai.engines.programs.tasks import Key

JOB = "moyai.engines.transforms.tabular_job"
CODE = (
    JOB,
    "moyai.engines.transforms.tabular",
    "moyai.engines.programs.tables",
    "moyai.engines.programs.delimited",
    "moyai.engines.programs.job",
    "moyai.engines.programs.tasks",
)

KEYS: dict[str, Key] = {
    "target": Key("The column to predict; it must hold exactly two different values.", tasks.TEXT, required=True),
    "positive": Key("The value of the target that counts as 1.", (str, int, float, bool), required=True),
    "columns": Key("Column names in order, for a file without a header.", tasks.TEXTS),
    "header": Key("Whether the first line holds the column names (default true).", tasks.FLAG),
    "delimiter": Key("The character between values; found from the content when absent.", tasks.TEXT),
    "drop": Key("Columns that are not to be used as features.", tasks.TEXTS),
    "holdout": Key(
        "The share of rows kept back for judging the model (default 0.25).", tasks.NUMBER, between=(0.05, 0.5)
    ),
    "seed": Key("The number that fixes the shuffle and the split (default 0).", tasks.WHOLE, between=(0, 2**32 - 1)),
}


class Tabular:
    """CSV or Parquet in; `train.parquet`, `holdout.parquet` and `recipe.json` out."""

    def program(self, task: Mapping[str, Any]) -> Program:
        """The command for one declared split. Raises Invalid naming the wrong key of `task`."""
        return tasks.program(JOB, tasks.checked(task, KEYS), CODE)

    def keys(self) -> Mapping[str, str]:
        """Every key that `task` may have, with what it means in one line."""
        return tasks.meanings(KEYS)
