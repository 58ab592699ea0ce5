"""The house as files and syntax trees, for the checks beside this file. No rule lives here."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
"""The checkout."""
SOURCE = HERE / "src" / "moyai"
ROOMS = ("people", "governance", "data", "compute", "models", "learning", "planning")
FILES = ("schema", "events", "tables", "ports", "rules", "store", "reactions", "loops")
"""The names that a file in a room may have beside the room's nouns."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    """`compute/jobs.py`, as people say it."""
    return path.relative_to(SOURCE).as_posix()


def sources(under: str = ".") -> list[Path]:
    return sorted((SOURCE / under).rglob("*.py"))


def rooms() -> list[Path]:
    """The rooms that stand today."""
    return [SOURCE / room for room in ROOMS if (SOURCE / room).is_dir()]


def nouns(room: Path) -> list[str]:
    found = {path.relative_to(room).parts[0].removesuffix(".py") for path in room.rglob("*.py")}
    return sorted(found - {*FILES, "__init__"})


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, Function))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())
