"""`moyai up`: serve this home."""

from typing import Annotated

import typer

from moyai.faces.cli.root import roads
from moyai.kernel import logs
from moyai.kernel.errors import Unavailable
from moyai.kernel.settings import read

group = typer.Typer(help="Serve this home: API, portal, inference, worker, in one process.")


@group.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.")] = None,
) -> None:
    """Serve this home until interrupted."""
    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    settings = read(**given)
    logs.start(settings.log_level)
    if roads.serve is None:
        raise Unavailable("This command cannot serve.")
    roads.serve(settings)
