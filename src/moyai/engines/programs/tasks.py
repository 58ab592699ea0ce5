"""What a program's engine does before the job: check the declared task key by key, name the command, digest the code.

Light on purpose: the server imports it. What happens inside the job is in `job`.
"""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from moyai.compute.ports import Program
from moyai.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a task: what it means, which values it takes."""

    meaning: str
    kinds: tuple[type, ...]
    required: bool = False
    choices: tuple[str, ...] = ()
    between: tuple[float, float] | None = None
    """Both ends included."""


TEXT, NUMBER, WHOLE, FLAG, TEXTS, TABLE = (str,), (int, float), (int,), (bool,), (list, tuple), (Mapping, dict)
WORDS = {TEXT: "text", NUMBER: "a number", WHOLE: "a whole number", FLAG: "true or false", TEXTS: "a list of texts"}


def checked(task: Mapping[str, Any], keys: Mapping[str, Key]) -> dict[str, Any]:
    """`task` as plain values. Raises Invalid naming the first wrong key, what was expected and what was found."""
    for name in task:
        if name not in keys:
            raise Invalid(f"There is no key {name!r}.", where=f"task.{name}", fix=f"Known keys: {', '.join(keys)}.")
    for name, key in keys.items():
        if name in task:
            _check(name, key, task[name])
        elif key.required:
            raise Invalid(f"The key {name!r} is missing.", where="task", fix=f"It says: {key.meaning}")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in task.items()}


def program(
    module: str, task: Mapping[str, Any], code: Sequence[str], files: Mapping[str, bytes] | None = None
) -> Program:
    """The command that runs `module` on `task`; `code` are the modules that make up the program, for its digest."""
    content = json.dumps(task, ensure_ascii=False, sort_keys=True, indent=1).encode()
    own = dict(files or {})
    argv = (sys.executable, "-P", "-m", module)
    return Program(argv, {**own, "task.json": content}, code_digest(code, own))


def code_digest(modules: Sequence[str], files: Mapping[str, bytes] | None = None) -> str:
    """sha256 over the source of `modules` and the person's own `files`, each with its name."""
    digest = hashlib.sha256()
    for module in sorted(modules):
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise Invalid(f"The module {module} is not installed.", fix="Install moyai completely.")
        digest.update(_entry(module, Path(spec.origin).read_bytes()))
    for name, content in sorted((files or {}).items()):
        digest.update(_entry(name, content))
    return f"sha256:{digest.hexdigest()}"


def meanings(keys: Mapping[str, Key]) -> dict[str, str]:
    """Each key with its meaning in one line."""
    return {name: key.meaning for name, key in keys.items()}


def _entry(name: str, content: bytes) -> bytes:
    return f"{name}\0{len(content)}\0".encode() + content


def _check(name: str, key: Key, value: Any) -> None:
    where = f"task.{name}"
    wrong_kind = not isinstance(value, key.kinds) or (isinstance(value, bool) and bool not in key.kinds)
    if wrong_kind or (isinstance(value, (list, tuple)) and not all(isinstance(one, str) for one in value)):
        expected = WORDS.get(key.kinds, "text, a number, or true or false" if str in key.kinds else "a table")
        raise Invalid(f"{name!r} is {value!r}; {expected} is expected.", where=where, fix=key.meaning)
    if key.choices and value not in key.choices:
        raise Invalid(f"{name!r} is {value!r}.", where=where, fix=f"Choose one of: {', '.join(key.choices)}.")
    if key.between and isinstance(value, (int, float)) and not key.between[0] <= value <= key.between[1]:
        low, high = key.between
        raise Invalid(f"{name!r} is {value!r}.", where=where, fix=f"Choose a value from {low:g} to {high:g}.")
