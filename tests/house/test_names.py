"""Names of files and folders: always the same inside a room, and never a name that says nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import tree

FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "base", "service", "services", "manager", "models", "misc"}
FOLDERS = {"models", *tree.ROOMS}
"""`models` is a room; inside any room it would be a forbidden name."""
HANDED_DOWN = {"__getattr__", "__dir__"}


def said(path: Path) -> str:
    return tree.name_of(path)


@pytest.mark.parametrize("path", tree.sources(), ids=said)
def test_a_name_says_what_lives_there(path: Path) -> None:
    parts = [part.removesuffix(".py") for part in path.relative_to(tree.SOURCE).parts]
    deep = parts[1:] if parts[0] in FOLDERS else parts
    if parts[0] == "faces":  # a face names its files after the rooms
        deep = [part for part in deep if part not in tree.ROOMS]
    assert not FORBIDDEN & set(deep)


@pytest.mark.parametrize("room", tree.rooms(), ids=said)
def test_a_room_is_flat_but_for_shapes_and_queries_split_by_noun(room: Path) -> None:
    folders = {path.name for path in room.rglob("*") if path.is_dir() and path.name != "__pycache__"}
    assert folders <= {"schema", "store"}
    others = {path.name for path in room.iterdir() if path.is_file() and path.suffix != ".py"}
    assert others <= {"policy.cedar"}


@pytest.mark.parametrize("path", tree.sources(), ids=said)
def test_a_file_opens_by_saying_what_lives_in_it(path: Path) -> None:
    assert ast.get_docstring(tree.parsed(path)), "the first line of a file is a docstring"


def beyond_a_docstring(path: Path) -> Iterator[str]:
    """What an `__init__` holds that it should not; the house's own may offer a name lazily, without imports."""
    lazy = path == tree.SOURCE / "__init__.py"
    for node in tree.parsed(path).body[1:]:
        if lazy and isinstance(node, ast.FunctionDef) and node.name in HANDED_DOWN:
            continue
        if lazy and isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        if lazy and ast.unparse(node) in ("from importlib import import_module", "from typing import Any"):
            continue
        yield ast.unparse(node).splitlines()[0]


@pytest.mark.parametrize("path", [p for p in tree.sources() if p.name == "__init__.py"], ids=said)
def test_an_init_holds_only_its_docstring(path: Path) -> None:
    assert not list(beyond_a_docstring(path))


def test_an_init_that_imports_is_found(tmp_path: Path) -> None:
    init = tmp_path / "__init__.py"
    init.write_text('"""A room."""\nfrom moyai.kernel import errors\n')
    assert list(beyond_a_docstring(init)) == ["from moyai.kernel import errors"]


def test_every_part_of_the_house_is_in_its_description() -> None:
    described = (tree.HERE / "docs" / "explanation" / "house.md").read_text()
    tops = {path.stem for path in tree.SOURCE.iterdir() if path.name[0] not in "_."}
    groups = {path.name for face in ("faces", "engines") for path in (tree.SOURCE / face).iterdir() if path.is_dir()}
    assert {name for name in {*tops, *groups} - {"__pycache__"} if name not in described} == set()
