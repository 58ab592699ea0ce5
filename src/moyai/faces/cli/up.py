"""`moyai up`: serve this home."""

from typing import Annotated

import typer

from moyai.faces.cli.root import roads

group = typer.Typer(help="Serve this home: API, portal, inference, worker, in one process.", add_completion=False)


@group.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.")] = None,
) -> None:
    """Serve this home until interrupted."""
    roads().serve(host, port)
