"""What every program of ours does inside its job's folder: read the task, record where it ran, end in one sentence.

The folder is the working directory. Runs in jobs only; `tasks` is the side that the server sees.
"""

import hashlib
import importlib.metadata
import json
import os
import platform
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from moyai.kernel.errors import Failure, Invalid

TASK, RESULT, METRICS = Path("task.json"), Path("result.json"), Path("metrics.jsonl")
INPUTS, OUTPUTS = Path("inputs"), Path("outputs")
REFUSED, BROKEN = 2, 1
"""Exit codes: the task or its data are wrong (the same job will fail again); the program stopped unexpectedly."""

Work = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def run(name: str, work: Work) -> int:
    """Do `work` on the task, write `result.json`, return the exit code.

    Whatever goes wrong, `result.json` holds `{"error": {kind, what, where, fix}}` and the last line of stderr is a
    sentence that says what was wrong, where, and what to do.
    """
    try:
        task = json.loads(TASK.read_text(encoding="utf-8"))
        OUTPUTS.mkdir(exist_ok=True)
        result = dict(work(task))
    except Failure as failure:
        return _ended(failure, REFUSED)
    except MemoryError:
        full = Failure(f"{name} ran out of memory.", fix="Ask for more memory, or use fewer rows.")
        return _ended(full, BROKEN)
    except Exception as error:
        traceback.print_exc()
        what = f"{name} stopped unexpectedly: {type(error).__name__}: {error}"
        return _ended(Failure(" ".join(what.split()), fix="See the traceback in stderr.txt."), BROKEN)
    write_json(RESULT, result)
    return 0


def facts(task: Mapping[str, Any], code_digest: str) -> dict[str, Any]:
    """What every result records beside its figures: environment, code, seed, digests of what went in and out."""
    here = environment()
    return {
        "environment": here,
        "environment_digest": digest_of_json(here),
        "code_digest": code_digest,
        "seed": task.get("seed", 0),
        "inputs": digests(INPUTS),
        "outputs": digests(OUTPUTS),
    }


def environment() -> dict[str, Any]:
    """The interpreter, the system, the thread count and every package imported so far, with its version."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "threads": os.environ.get("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0)))),
        "packages": _packages(),
    }


def digest_of_json(value: Any) -> str:
    """sha256 over the canonical JSON text of `value`."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def digests(folder: Path) -> dict[str, str]:
    """`sha256:...` of each file below `folder`, by its path there."""
    found: dict[str, str] = {}
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        with path.open("rb") as file:
            found[path.relative_to(folder).as_posix()] = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    return found


def write_json(path: Path, value: Any) -> None:
    """Write `value` so that nobody ever sees half of it; refuses NaN and infinity, which JSON does not have."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def read_json(path: Path, meaning: str) -> dict[str, Any]:
    """The JSON object in `path`. Raises Invalid, saying what the file is for, when it is not there or is not one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid(f"{meaning} cannot be read: {error}", where=path.as_posix()) from error
    if not isinstance(value, dict):
        raise Invalid(f"{meaning} is not a JSON object.", where=path.as_posix())
    return value


def log_metrics(rows: Iterable[Mapping[str, float]]) -> None:
    """Append one line a row to `metrics.jsonl`."""
    with METRICS.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row, allow_nan=False) + "\n" for row in rows)


def input_files(name: str) -> list[Path]:
    """The files of the input `name`, sorted, hidden ones left out. Raises Invalid when there is none."""
    folder = INPUTS / name
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not found:
        raise Invalid(
            f"The job has no input {name!r}.", where=f"{folder.as_posix()}/", fix=f"Give it an input named {name}."
        )
    return found


def _packages() -> dict[str, str]:
    """Versions by distribution name, of everything imported that is not Python's own."""
    imported = {name.partition(".")[0] for name in list(sys.modules) if name[0] != "_"} - sys.stdlib_module_names
    distributions = importlib.metadata.packages_distributions()
    names = {name for module in imported for name in distributions.get(module, ())}
    return {name: importlib.metadata.version(name) for name in sorted(names, key=str.casefold)}


def _ended(failure: Failure, code: int) -> int:
    error = {"kind": failure.kind, "what": failure.what, "where": failure.where, "fix": failure.fix}
    write_json(RESULT, {"error": error})
    sys.stderr.write(f"{failure}\n")
    sys.stderr.flush()
    return code
