"""Markdown in small pieces."""

import inspect
from collections.abc import Iterable, Sequence

WRITTEN = "<!-- Written from the code by `make docs`: change the code. -->"


def page(title: str, intro: str, *parts: str) -> str:
    return "\n\n".join([WRITTEN, f"# {title}", intro, *filter(None, parts)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty when it would have no rows."""
    lines = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines]) if lines else ""


def code(value: object) -> str:
    """`value` as code; empty when there is nothing to show."""
    return f"`{value}`" if str(value) else ""


def said(thing: object) -> str:
    """The docstring of `thing`, on one line; empty when it has none of its own."""
    return " ".join(inspect.cleandoc(thing.__doc__ or "").split())


def first(thing: object) -> str:
    """The first paragraph of the docstring."""
    return " ".join(inspect.cleandoc(thing.__doc__ or "").split("\n\n")[0].split())


def _cell(cell: str) -> str:
    return " ".join(cell.replace("|", "\\|").split())
