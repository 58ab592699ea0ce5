"""`moyai portal`: a way into the portal that carries no token."""

import typer

from moyai.faces.cli.root import roads
from moyai.faces.cli.session import AsJson, show
from moyai.faces.sdk.client import Client
from moyai.kernel.errors import Unavailable

group = typer.Typer(help="A link into the portal of the running server, good for one use.", add_completion=False)


@group.command()
def portal(json: AsJson = False) -> None:
    """Print a link that logs you in to the portal once, within a minute."""
    with roads().reached() as road, Client(road.url, road.token, road.socket) as moyai:
        if road.socket is not None:
            raise Unavailable("No server runs that a browser could reach.", fix="Start it: `make up` or `moyai up`.")
        link = moyai.portal.link()
        show(link if json else f"{moyai.url}{link.path}", json)
