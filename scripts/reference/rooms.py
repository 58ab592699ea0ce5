"""Finds the files of one kind in every room, by the tree."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import moyai

PACKAGE = Path(moyai.__file__).parent
FLOORS = ("kernel", "people", "governance", "data", "compute", "models", "learning", "planning")


def each(kind: str) -> Iterator[tuple[str, ModuleType]]:
    """Room and module of every `kind` (`events`, `ports`), from the ground floor up."""
    for room in FLOORS:
        if (PACKAGE / room / f"{kind}.py").is_file():
            yield room, import_module(f"moyai.{room}.{kind}")
