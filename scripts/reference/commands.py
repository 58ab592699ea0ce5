"""The page of the command, read from the groups that it loads."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import click

from scripts.reference import text


def root() -> click.Command:
    """The command `moyai` with every group."""
    return import_module("moyai.faces.cli.command").root()


def leaves(command: click.Command, words: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from leaves(inner, f"{words} {name}")
    else:
        yield words, command


def given(parameter: click.Parameter) -> tuple[str, str]:
    if isinstance(parameter, click.Option):
        return text.code(", ".join(parameter.opts)), with_default(parameter.help or "", parameter.default)
    return text.code((parameter.name or "").upper()), getattr(parameter, "help", None) or ""


def with_default(told: str, value: Any) -> str:
    shown = value is not None and value is not False and not callable(value) and "UNSET" not in repr(value)
    return f"{told} (default {value})" if shown else told


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
