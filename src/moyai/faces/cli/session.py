"""What each command stands on: a client for this home, and how answers are shown."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, TypeAdapter
from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table

from moyai.faces.cli.root import roads
from moyai.faces.sdk.client import Client
from moyai.kernel.shapes import Page

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
out = Console(highlight=False, soft_wrap=True)
WIDEST, DIGEST, SENTENCE = 2_000, 20, 72


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
                out.print(f"[bold]{key:<14}[/] {_text(value)}", markup=True)
    else:
        out.print(str(answer), markup=False)


def _table(page: Page[Any], columns: Sequence[str]) -> None:
    """One line a row, as wide as it must be: an id that is broken in two cannot be copied."""
    table = Table(*(Column(name, no_wrap=True) for name in columns), box=None, pad_edge=False, header_style="bold")
    for item in page.items:
        table.add_row(*(_cell(getattr(item, column)) for column in columns))
    if page.items:
        wide = out.options.update(max_width=WIDEST)
        out.print(table, width=Measurement.get(out, wide, table).maximum, crop=False)
    if page.next:
        out.print(f"more: --cursor {page.next}", style="dim")
    if not page.items:
        out.print("none", style="dim")


def _cell(value: Any) -> str:
    """A value in a list: times without their fractions, digests and sentences cut short; `--json` has them whole."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    text = _text(value)
    most = DIGEST if text.startswith("sha256:") else SENTENCE
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(_text(part) for part in value) or "-"
    return str(value).replace("[", "\\[")
