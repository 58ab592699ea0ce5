"""What each command stands on: a client for this home, and how answers are shown."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, TypeAdapter
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape

from moyai.faces.cli.root import roads
from moyai.faces.sdk.client import Client
from moyai.kernel.shapes import Page

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
out = Console(highlight=False, soft_wrap=True)
DIGEST, SENTENCE = 20, 72


@contextmanager
def client() -> Generator[Client]:
    """A client for MOYAI_URL, else for the server of this home, else for the home in this process."""
    with roads().reached() as road, Client(road.url, road.token, road.socket) as made:
        yield made


@contextmanager
def served() -> Generator[tuple[Client, Path]]:
    """A client for a server that others reach too (started here where none runs), and the home's folder."""
    with roads().served() as road, Client(road.url, road.token, road.socket) as made:
        yield made, Path(road.home)


def show(answer: Any, json: bool, columns: Sequence[str] = ()) -> None:
    """A page as a table of `columns`, a shape as its fields, or either as JSON."""
    if json:
        sys.stdout.write(TypeAdapter(type(answer)).dump_json(answer, indent=2).decode() + "\n")
    elif isinstance(answer, Page):
        _table(answer, columns)
    elif isinstance(answer, BaseModel):
        for key, value in answer.model_dump(mode="json").items():
            if not columns or key in columns:
                out.print(f"[bold]{key:<14}[/] {escape(_plain(value))}")
    else:
        out.print(str(answer), markup=False)


def _table(page: Page[Any], columns: Sequence[str]) -> None:
    """One line a row, as wide as it must be: an id that is broken in two cannot be copied."""
    rows = [[_cell(getattr(item, column)) for column in columns] for item in page.items]
    widths = [max(map(cell_len, column)) for column in zip(columns, *rows, strict=True)]
    if rows:
        out.print(_line(columns, widths), style="bold", markup=False)
    for row in rows:
        out.print(_line(row, widths), markup=False)
    if page.next:
        out.print(f"more: --cursor {page.next}", style="dim", markup=False)
    if not rows:
        out.print("none", style="dim")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _cell(value: Any) -> str:
    """A value in a list: times without their fractions, digests and sentences cut short; `--json` has them whole."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    text = _plain(value)
    most = DIGEST if text.startswith("sha256:") else SENTENCE
    return text if len(text) <= most else text[: most - 1] + "…"


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(part) for part in value) or "-"
    if isinstance(value, dict):
        return (
            "; ".join(f"{key} {_plain(part)}" for key, part in value.items() if part not in (None, "", [], {})) or "-"
        )
    return str(value)
