"""`moyai endpoints`: what is in production, since when, by whose word; the stop button."""

from typing import Annotated

import typer

from moyai.faces.cli.session import AsJson, client, out, show
from moyai.models.schema import EndpointAsked, ModelsAsked, PredictionsAsked, Reason, WindowsAsked

group = typer.Typer(no_args_is_help=True, add_completion=False, help="What is in production; the stop button.")
Cursor = Annotated[str | None, typer.Option(help="Where the page before ended.")]
Why = Annotated[str, typer.Option("--reason", prompt="Reason", help="Why, in a few words.")]


@group.command("list")
def list_(project: str | None = None, cursor: Cursor = None, json: AsJson = False) -> None:
    """Endpoints, newest first."""
    with client() as moyai:
        page = moyai.endpoints.list(ModelsAsked(project=project, cursor=cursor))
        show(page, json, ("id", "name", "state", "model_version", "reason"))


@group.command()
def get(endpoint: str, json: AsJson = False) -> None:
    """An endpoint by name or id."""
    with client() as moyai:
        found = moyai.endpoints.get(endpoint)
        show(found, json, ("id", "name", "project", "state", "reason", "model_version", "gate", "procedure", "at"))


@group.command("open")
def open_(name: str, version: str, gate: str, project: str, json: AsJson = False) -> None:
    """Put model VERSION, which passed GATE, into production under NAME."""
    with client() as moyai:
        asked = EndpointAsked(name=name, model_version=version, gate=gate, project=project)
        show(moyai.endpoints.open(asked), json, ("id", "name", "state", "model_version"))


@group.command()
def stop(endpoint: str, why: Why, json: AsJson = False) -> None:
    """Stop answering, now."""
    with client() as moyai:
        show(moyai.endpoints.stop(endpoint, Reason(reason=why)), json, ("name", "state", "reason"))


@group.command()
def resume(endpoint: str, why: Why, json: AsJson = False) -> None:
    """Answer again."""
    with client() as moyai:
        show(moyai.endpoints.resume(endpoint, Reason(reason=why)), json, ("name", "state", "model_version"))


@group.command()
def history(endpoint: str, json: AsJson = False) -> None:
    """Which version was in production, when, and who said so."""
    with client() as moyai:
        found = moyai.endpoints.history(endpoint)
    if json:
        show(found, json)
        return
    for line in found:
        when = f"{line.at:%Y-%m-%d %H:%M:%S}"
        out.print(f"{when}  {line.action:<8} {line.model_version}  by {line.by}: {line.reason}", markup=False)


@group.command()
def figures(endpoint: str, json: AsJson = False) -> None:
    """Predictions, response times and decisions, counted."""
    with client() as moyai:
        show(moyai.endpoints.figures(endpoint), json)


@group.command()
def predictions(endpoint: str, source: str | None = None, cursor: Cursor = None, json: AsJson = False) -> None:
    """What the endpoint was asked and what it answered, newest first."""
    with client() as moyai:
        page = moyai.predictions.list(PredictionsAsked(endpoint=endpoint, source=source, cursor=cursor))
        show(page, json, ("id", "at", "source", "outputs", "millis", "decision"))


@group.command()
def monitors(endpoint: str, json: AsJson = False) -> None:
    """Windows and alarms of the endpoint's monitors, by source."""
    with client() as moyai:
        found = moyai.monitors.of(endpoint)
    if json:
        show(found, json)
        return
    for monitor in found:
        out.print(f"{monitor.id}: {monitor.alarms} alarms in {monitor.windows} windows of {monitor.window}")
        for one in monitor.sources:
            changed = f"; changed: {', '.join(one.columns)}" if one.columns else ""
            out.print(f"  {one.source or '(no source)'}: {one.alarms} of {one.windows}{changed}", markup=False)


@group.command()
def windows(
    monitor: str,
    source: str | None = None,
    alarm: bool | None = None,
    cursor: Cursor = None,
    json: AsJson = False,
) -> None:
    """Windows of a monitor, newest first."""
    with client() as moyai:
        page = moyai.monitors.windows(monitor, WindowsAsked(source=source, alarm=alarm, cursor=cursor))
        show(page, json, ("id", "source", "index", "rows", "alarm"))
