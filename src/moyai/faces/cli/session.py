"""What each command stands on: a client for this home, and how answers are shown."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from pydantic import BaseModel, TypeAdapter
from rich.console import Console
from rich.table import Table

from moyai.faces.cli.root import roads
from moyai.faces.sdk.client import Client
from moyai.kernel.errors import NotAuthenticated
from moyai.kernel.home import Home
from moyai.kernel.settings import Settings, read
from moyai.kernel.shapes import Page

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
out = Console(highlight=False, soft_wrap=True)


@contextmanager
def client() -> Generator[Client]:
    """A client for MOYAI_URL, else for the server of this home, else for the home in this process."""
    settings = read()
    if settings.url:
        with Client(settings.url, _token(settings)) as made:
            yield made
        return
    served = Home(settings.home.absolute()).served()
    if served:
        with Client(served.url, _token(settings)) as made:
            yield made
        return
    if roads.in_process is None:
        raise NotAuthenticated("No server is known.", fix="Set MOYAI_URL.")
    with roads.in_process(settings) as road, Client(road.url, _token(settings), road.socket) as made:
        yield made


def _token(settings: Settings) -> str:
    if settings.token is not None:
        return settings.token.get_secret_value()
    file = Home(settings.home.absolute()).owner_token
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as wrong:
        raise NotAuthenticated(
            f"No token: {file} cannot be read.", fix="Set MOYAI_TOKEN, or ask the home's owner for a token."
        ) from wrong


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
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
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
