"""`moyai models`: training runs, models and their versions, gates."""

from typing import Annotated

import typer

from moyai.faces.cli.session import AsJson, client, out, show
from moyai.models.schema import ModelsAsked

group = typer.Typer(no_args_is_help=True, add_completion=False, help="Training runs, models, gates.")
Project = Annotated[str | None, typer.Option(help="Only of this project, by id.")]
Cursor = Annotated[str | None, typer.Option(help="Where the page before ended.")]


@group.command("list")
def list_(project: Project = None, cursor: Cursor = None, json: AsJson = False) -> None:
    """Models, newest first."""
    with client() as moyai:
        page = moyai.models.list(ModelsAsked(project=project, cursor=cursor))
        show(page, json, ("id", "name", "project", "versions", "latest"))


@group.command()
def versions(model: str | None = None, project: Project = None, cursor: Cursor = None, json: AsJson = False) -> None:
    """Model versions, newest first."""
    with client() as moyai:
        page = moyai.models.versions(ModelsAsked(model=model, project=project, cursor=cursor))
        show(page, json, ("id", "name", "number", "state", "run", "digest"))


@group.command()
def get(model: str, json: AsJson = False) -> None:
    """A model, a model version, a run or a gate, by its id."""
    with client() as moyai:
        road = {"mdv": moyai.models.version, "run": moyai.training.get, "gat": moyai.gates.get}
        show(road.get(model.partition("_")[0], moyai.models.get)(model), json)


@group.command()
def runs(
    project: Project = None,
    model: str | None = None,
    state: str | None = None,
    cursor: Cursor = None,
    json: AsJson = False,
) -> None:
    """Training runs, newest first."""
    with client() as moyai:
        page = moyai.training.list(ModelsAsked(project=project, model=model, state=state, cursor=cursor))
        show(page, json, ("id", "name", "model", "state", "job", "model_version"))


@group.command()
def repeat(run: str, json: AsJson = False) -> None:
    """Train RUN again from what is on record; `moyai models compare` then says whether the metrics are equal."""
    with client() as moyai:
        show(moyai.training.repeat(run), json)


@group.command()
def compare(run: str, other: str, json: AsJson = False) -> None:
    """Whether two finished runs gave equal metrics; ends with code 3 when they did not."""
    with client() as moyai:
        found = moyai.training.compare(run, other)
    if json:
        show(found, json)
    else:
        out.print(found.sentence, markup=False)
    if not found.equal:
        raise typer.Exit(3)


@group.command()
def gates(version: str | None = None, state: str | None = None, cursor: Cursor = None, json: AsJson = False) -> None:
    """Gates, newest first."""
    with client() as moyai:
        page = moyai.gates.list(ModelsAsked(model_version=version, state=state, cursor=cursor))
        show(page, json, ("id", "model_version", "verdict", "approval", "at"))


@group.command()
def gate(gate: str, json: AsJson = False) -> None:
    """One gate: its verdict, and each check in a sentence."""
    with client() as moyai:
        found = moyai.gates.get(gate)
    if json:
        show(found, json)
        return
    out.print(f"{found.id} for {found.model_version}: {found.verdict}", markup=False)
    marks = {True: "passed ", False: "FAILED ", None: "waiting"}
    for check in found.checks:
        out.print(f"  {marks[check.passed]}  {check.name}: {check.detail}", markup=False)
    for refusal in found.refused:
        out.print(f"  refused  {refusal.person}: {refusal.reason}", markup=False)


@group.command()
def questions(json: AsJson = False) -> None:
    """The purpose-and-impact questionnaire that every gate asks."""
    with client() as moyai:
        found = moyai.gates.questions()
    if json:
        show(found, json)
        return
    for key, text in found.items():
        out.print(f"{key:<10} {text}", markup=False)
