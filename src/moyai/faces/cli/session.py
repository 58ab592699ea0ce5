"""What each command stands on: a client for this home, and how answers are shown."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, TypeAdapter
from rich.console import Console
from rich.table import Column, Table

from moyai.faces.cli.root import roads
from moyai.faces.sdk.client import Client
from moyai.kernel.shapes import Page

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
out = Console(highlight=False, soft_wrap=True)


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
    table = Table(*(Column(name, overflow="fold") for name in columns), box=None, pad_edge=False, header_style="bold")
    for item in page.items:
        table.add_row(*(_text(getattr(item, column)) for column in columns))
    out.print(table)
    if page.next:
        out.print(f"more: --cursor {page.next}", style="dim")
    if not page.items:
        out.print("none", style="dim")


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(_text(part) for part in value) or "-"
    return str(value).replace("[", "\\[")
