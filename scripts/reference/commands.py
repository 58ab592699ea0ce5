"""The page of the command, read from the groups that it loads."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer

from scripts.reference import text


def root() -> Any:
    """The command `moyai` with every group."""
    return typer.main.get_command(import_module("moyai.faces.cli.root").command)


def groups(command: Any) -> list[str]:
    """Groups that stand today, in the order in which help lists them."""
    return [name for name in command.list_commands(None) if find_spec(f"moyai.faces.cli.{name}")]


def leaves(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    """Every command below `command` that does something, with the words that call it."""
    if not hasattr(command, "list_commands"):
        yield words, command
        return
    for name in groups(command) if words == "moyai" else command.list_commands(None):
        inner = command.get_command(None, name)
        if not inner.hidden:
            yield from leaves(inner, f"{words} {name}")


def given(parameter: Any) -> tuple[str, str]:
    """An option or argument, and its meaning."""
    told = getattr(parameter, "help", None) or ""
    if parameter.param_type_name == "argument":
        return text.code((parameter.name or "").upper()), told
    return text.code(", ".join([*parameter.opts, *parameter.secondary_opts])), with_default(told, parameter.default)


def with_default(told: str, value: Any) -> str:
    shown = isinstance(value, str | int | float) and not isinstance(value, bool)
    return f"{told} (default {value})".strip() if shown else told


def page() -> str:
    parts: list[str] = []
    for words, command in leaves(root(), "moyai"):
        listed = [given(each) for each in command.params if each.name != "help" and not getattr(each, "hidden", False)]
        parts += [f"## {words}", (command.help or "").strip(), text.table(("", "meaning"), listed)]
    return text.page(
        "Command",
        "`moyai` talks to the server of its home when one runs, and works in-process when none does. Every command "
        "that reads has `--json`. Exit codes: see [errors](errors.md).",
        *parts,
    )
