"""The command `moyai`: chooses the transport (a running server, else in-process) and hands over to the CLI."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from moyai.faces.cli import root
from moyai.faces.cli.root import Road


@contextmanager
def in_process(settings: Any) -> Generator[Road]:
    """The whole application in this process, for one command. Loaded only when it is needed: it is large."""
    with import_module("moyai.app").privately(settings) as served:
        yield Road(served.url, served.socket)


def serve(settings: Any) -> None:
    import_module("moyai.app").publicly(settings)


def run() -> None:
    root.start(in_process, serve)
