"""The trainer `script`: a person's own training code, in files of their own. It runs in a job, by `script_job`.

The code reads `inputs/` and `task.json`, and writes `outputs/model.onnx`, `metrics.jsonl` and `result.json`.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from moyai.compute.ports import Program
from moyai.engines.programs import tasks
from moyai.engines.programs.tasks import Key
from moyai.kernel.errors import Invalid

JOB = "moyai.engines.trainers.script_job"
CODE = (
    JOB,
    "moyai.engines.trainers.script",
    "moyai.engines.trainers.script_run",
    "moyai.engines.trainers.judging",
    "moyai.engines.programs.job",
    "moyai.engines.programs.tasks",
    "moyai.numerics.measures",
    "moyai.numerics.resampling",
)
FOLDER = "code"
"""Where the person's files stand in the job's folder."""

KEYS: dict[str, Key] = {
    "script": Key("The Python file to run, one of the files given.", tasks.TEXT, required=True),
    "parameters": Key("Whatever the script wants to know; it finds it in task.json.", tasks.TABLE),
    "target": Key("The column to predict, for the script to read.", tasks.TEXT),
    "positive": Key("The value that counts as 1, for the script to read.", (str, int, float, bool)),
    "features": Key("The columns to learn from, for the script to read.", tasks.TEXTS),
    "fraction": Key("The share of the training rows to use, for the script to obey.", tasks.NUMBER, between=(0.001, 1)),
    "seed": Key("The number that fixes random choices; also Python's hash seed.", tasks.WHOLE, between=(0, 2**32 - 1)),
    "bootstrap": Key(
        "How often the scores are redrawn for the intervals (default 1000).", tasks.WHOLE, between=(100, 100_000)
    ),
}


class Script:
    """Runs code of one's own, and checks afterwards what it left."""

    def program(self, task: Mapping[str, Any], files: Mapping[str, bytes]) -> Program:
        """The command for one declared training by `files`. Raises Invalid naming the wrong key or file."""
        task = tasks.checked(task, KEYS)
        for name in files:
            _inside(name)
        if task["script"] not in files:
            given = f"The files given are: {', '.join(files)}." if files else "Give the file with the task."
            raise Invalid(f"There is no file {task['script']!r}.", where="task.script", fix=given)
        placed = {f"{FOLDER}/{name}": content for name, content in files.items()}
        return tasks.program(JOB, task, CODE, placed)

    def keys(self) -> Mapping[str, str]:
        """Every key that `task` may have, with what it means in one line."""
        return tasks.meanings(KEYS)


def _inside(name: str) -> None:
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise Invalid(f"{name!r} is not the name of a file in a folder.", where="files", fix="Use a relative path.")
