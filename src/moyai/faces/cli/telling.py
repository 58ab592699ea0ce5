"""How a long story is shown in a terminal: one line a step, what is going on below it. Plain lines where none is."""

import time
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner

from moyai.faces.cli.session import out
from moyai.kernel.wording import say

MARKS = {"done": "[green]✓[/]", "unchanged": "[cyan]=[/]", "failed": "[red]✗[/]"}


class Shown:
    """A teller for people: steps with a mark and their time; a spinner while one is at work."""

    def __init__(self, console: Console = out) -> None:
        self._console = console
        self._live: Live | None = None
        self._title = ""
        self._number = 0

    def begin(self, step: str, title: str) -> None:
        self._number += 1
        self._title = f"{self._number}. {title}"
        if self._console.is_terminal:
            self._live = Live(Spinner("dots", self._title), console=self._console, transient=True)
            self._live.start()
        self._began = time.monotonic()

    def detail(self, words: str) -> None:
        self._console.print(f"     {words}", markup=False, style="dim")

    def end(self, step: str, state: str, seconds: float) -> None:
        self._stop()
        took = say("unchanged") if state == "unchanged" else f"{seconds:.1f} s"
        self._console.print(f"{MARKS[state]} {self._title}  [dim]{took}[/]")

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
