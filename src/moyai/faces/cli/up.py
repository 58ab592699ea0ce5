"""`moyai up`: serve this home."""

import os
import signal
import sys
import threading
from typing import Annotated

import typer

from moyai.faces.cli.root import roads

group = typer.Typer(help="Serve this home: API, portal, inference, worker, in one process.", add_completion=False)


@group.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.")] = None,
    attended: Annotated[bool, typer.Option("--attended", help="End when standard input ends.")] = False,
) -> None:
    """Serve this home until interrupted."""
    if attended:
        threading.Thread(target=_outlive_nobody, name="moyai-attended", daemon=True).start()
    roads().serve(host, port)


def _outlive_nobody() -> None:
    """Whoever started this server holds its standard input open; when they are gone, it ends too."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
