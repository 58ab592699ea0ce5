"""The page of ports: what an engine of each kind has to do, and which are installed."""

import ast
import inspect
import tomllib
from collections.abc import Iterator
from textwrap import dedent
from types import FunctionType, ModuleType

from scripts.reference import rooms, text


def roles(module: ModuleType) -> Iterator[type]:
    for thing in vars(module).values():
        if isinstance(thing, type) and getattr(thing, "_is_protocol", False) and thing.__module__ == module.__name__:
            yield thing


def methods(role: type) -> list[tuple[str, str]]:
    found = [(name, member) for name, member in vars(role).items() if inspect.isfunction(member)]
    return [(text.code(f"{name}{signature(member)}"), text.said(member)) for name, member in found if name[0] != "_"]


def signature(method: FunctionType) -> str:
    """As it is written in the source, without `self`."""
    written = ast.parse(dedent(inspect.getsource(method))).body[0]
    if not isinstance(written, ast.FunctionDef):
        raise TypeError(f"{method} is not a plain function")
    asked = ast.unparse(written.args).removeprefix("self").removeprefix(", ")
    return f"({asked}) -> {ast.unparse(written.returns)}" if written.returns else f"({asked})"


def engines() -> str:
    declared = tomllib.loads((rooms.PACKAGE.parents[1] / "pyproject.toml").read_text())["project"]["entry-points"]
    rows = [
        (text.code(group), text.code(name), text.code(target))
        for group, names in declared.items()
        for name, target in names.items()
    ]
    return text.table(("entry point group", "name", "engine"), rows)


def page() -> str:
    parts: list[str] = ["## Engines that come with Moyai", engines()]
    for room, module in rooms.each("ports"):
        for role in roles(module):
            parts += [f"## {room}: {role.__name__}", text.said(role), text.table(("method", "contract"), methods(role))]
    return text.page(
        "Ports",
        "What Moyai needs from the outside world. An engine is a class with these methods, found by entry point.",
        *parts,
    )
