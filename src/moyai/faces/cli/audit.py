"""`moyai audit`: the journal, its check, and where a thing came from."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from moyai.faces.cli.session import AsJson, client, out, show
from moyai.governance.schema import Direction, LogAsked, WalkAsked
from moyai.kernel.errors import Corrupt

group = typer.Typer(no_args_is_help=True, add_completion=False, help="The journal: read it, verify it.")
Instant = Annotated[datetime | None, typer.Option(help="Date, or date and time, in UTC.")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="Entries on the page.")]


@group.command()
def verify(json: AsJson = False) -> None:
    """Recompute the whole chain and compare it with its anchors; ends with code 7 when anything was altered."""
    with client() as moyai:
        found = moyai.audit.verify()
    if json:
        show(found, json)
    elif found.verified:
        out.print(f"{found.entries} entries, unaltered; compared with {found.anchors} anchors.", markup=False)
    else:
        out.print("\n".join(("The journal was altered:", *found.problems)), markup=False)
    if not found.verified:
        raise typer.Exit(Corrupt.exit_code)


@group.command()
def log(
    about: Annotated[str | None, typer.Option(help="Only about this id.")] = None,
    name: Annotated[str | None, typer.Option(help="Only this event, e.g. ApprovalGranted.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only by this person.")] = None,
    since: Instant = None,
    until: Instant = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    json: AsJson = False,
) -> None:
    """Entries of the journal, newest first."""
    asked = LogAsked(
        about=about, name=name, actor=actor, since=_utc(since), until=_utc(until), limit=limit, cursor=cursor
    )
    with client() as moyai:
        show(moyai.audit.log(asked), json, ("seq", "at", "actor", "name", "about"))


@group.command()
def lineage(
    id: str,
    depth: Annotated[int, typer.Option(min=1, max=20, help=str(WalkAsked.model_fields["depth"].description))] = 3,
    direction: Annotated[Direction, typer.Option(help="up: origins; down: what came of it.")] = "both",
    json: AsJson = False,
) -> None:
    """Where ID came from, and what came of it."""
    with client() as moyai:
        graph = moyai.provenance.of(id, depth, direction)
    if json:
        show(graph, json)
        return
    for link in graph.links:
        out.print(f"{link.source}  {link.relation}  {link.target}", markup=False)
    if graph.truncated or not graph.links:
        out.print("There is more than is shown." if graph.truncated else "Nothing is linked to it.", style="dim")


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None
