"""Sizes of files, functions and rooms. Option lists of commands and routes are counted apart, by rule."""

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.house import tree

FILE, FACE, FUNCTION, PARAMETERS, NOUNS = 400, 200, 50, 5, 10
OPTION_LISTS = ("faces/cli/", "faces/rest/", "simulator/")


class Size(NamedTuple):
    count: int
    of: str
    limit: int


def files() -> list[Size]:
    return [
        Size(tree.lines(path), tree.name_of(path), FACE if tree.name_of(path).startswith("faces/") else FILE)
        for path in tree.sources()
    ]


def body(function: tree.Function, path: Path) -> int:
    """Lines of a function; of one with an option list, those after its signature."""
    end = function.end_lineno or function.lineno
    if tree.name_of(path).startswith(OPTION_LISTS):
        return end - function.body[0].lineno + 1
    return end - function.lineno + 1


def functions() -> list[Size]:
    return [
        Size(body(function, path), f"{tree.name_of(path)}:{function.name}", FUNCTION)
        for path in tree.sources()
        for function in tree.functions(path)
    ]


def asked(function: tree.Function) -> int:
    """Parameters that a caller thinks about: not `self`, not `cls`."""
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    extra = [rest for rest in (given.vararg, given.kwarg) if rest]
    return len(names) - (names[:1] in (["self"], ["cls"])) + len(extra)


def parameters() -> list[Size]:
    return [
        Size(asked(function), f"{tree.name_of(path)}:{function.name}", PARAMETERS)
        for path in tree.sources()
        if not tree.name_of(path).startswith(OPTION_LISTS)
        for function in tree.functions(path)
    ]


def rooms() -> list[Size]:
    return [Size(len(tree.nouns(room)), tree.name_of(room), NOUNS) for room in tree.rooms()]


def judge(what: str, sizes: Iterable[Size]) -> None:
    """Print the worst ten; fail on those beyond the hard line."""
    ordered = sorted(sizes, key=lambda size: size.count - size.limit, reverse=True)
    print(f"\n{what}, worst ten:")
    for size in ordered[:10]:
        print(f"  {size.count:4} of {size.limit}  {size.of}")
    assert not [f"{size.of}: {size.count} (at most {size.limit})" for size in ordered if size.count > size.limit]


def test_files_stay_short() -> None:
    judge("lines in a file", files())


def test_functions_stay_short() -> None:
    judge("lines in a function", functions())


def test_functions_ask_for_little() -> None:
    judge("parameters of a function", parameters())


def test_rooms_hold_few_nouns() -> None:
    judge("nouns in a room", rooms())


def test_an_option_list_is_counted_apart() -> None:
    source = "def submit(\n    one: int,\n    two: int,\n) -> None:\n    print(one)\n    print(two)\n"
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert body(function, tree.SOURCE / "faces/cli/jobs.py") == 2
    assert body(function, tree.SOURCE / "compute/jobs.py") == 6
