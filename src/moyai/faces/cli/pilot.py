"""`moyai pilot`: run a declared pilot, make one for one's own table, reproduce what was trained."""

from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len

from moyai.faces.cli.session import AsJson, client, out, served, show
from moyai.faces.cli.telling import Shown
from moyai.faces.sdk.drivers import drafting, pilot, reproducing
from moyai.kernel.wording import retell, say
from moyai.planning.schema.records import PilotAsked, PilotsAsked

group = typer.Typer(no_args_is_help=True, add_completion=False, help="Run, make and reproduce a pilot.")
PORTAL = "http://127.0.0.1:8420"


@group.command()
def run(
    file: Annotated[Path, typer.Argument(help="The pilot's declaration.")],
    fresh: Annotated[bool, typer.Option("--fresh", help="Do every step anew, also what is unchanged.")] = False,
    portal: Annotated[str, typer.Option(help="Where links in the report lead.")] = PORTAL,
) -> None:
    """Take the data of FILE through the whole pilot to its evidence pack; go on where it stood."""
    pilot.read(file)
    with served() as (moyai, home), Shown() as tell:
        told = pilot.run(moyai, file, tell, fresh=fresh, portal=portal)
        page, evidence = pilot.write(moyai, told.report, home / "pilots" / told.name)
    out.print()
    if set(told.states.values()) == {"unchanged"}:
        out.print(
            say("Nothing has changed: data, code, parameters and seed are those of the run before."), style="green"
        )
    _where_to_go(page, evidence, told.endpoint, portal)


def _where_to_go(page: Path, evidence: Path, endpoint: str, portal: str) -> None:
    """The last lines: what was written, and what a person does next."""
    lines = (
        (say("Report"), str(page)),
        (say("Evidence"), str(evidence)),
        (
            say("Portal"),
            say("`make up` in another terminal, then `.venv/bin/moyai portal`: a link to {url}", url=portal),
        ),
        (say("Decide"), say("`.venv/bin/moyai decisions next {name}`: one prediction, your word", name=endpoint)),
    )
    widest = max(cell_len(label) for label, _ in lines)
    for label, words in lines:
        out.print(f"{label}{' ' * (widest - cell_len(label))}  {words}", markup=False)


@group.command()
def check(file: Path, json: AsJson = False) -> None:
    """Whether FILE is a valid pilot: every mistake with its line."""
    with client() as moyai:
        found = moyai.pilots.check(PilotAsked(text=pilot.read(file), source=str(file)))
        show(found if json else f"{file}: {found.pilot.name} is a valid pilot.", json)


@group.command("list")
def list_(cursor: str | None = None, json: AsJson = False) -> None:
    """Declared pilots, newest first."""
    with client() as moyai:
        show(moyai.pilots.list(PilotsAsked(cursor=cursor)), json, ("id", "name", "digest", "at"))


@group.command()
def get(name: str, json: AsJson = False) -> None:
    """A pilot and where it stands: by id, or the newest declaration of a name."""
    with client() as moyai:
        found = moyai.pilots.get(name)
        if json:
            show(found, json)
            return
        out.print(f"{found.name}  {found.id}", markup=False)
        for step in found.steps:
            out.print(
                f"  {step.name:<12} {step.state:<8} {step.seconds:6.1f} s  {step.at:%Y-%m-%d %H:%M}", markup=False
            )


@group.command()
def reproduce(
    name: Annotated[str, typer.Argument(help="Pilot, by name or id.")] = "gamma-ray", json: AsJson = False
) -> None:
    """Run the recorded training again from its lineage alone, and say whether the metrics are equal."""
    with served() as (moyai, _):
        compared = reproducing.reproduce(moyai, name)
        show(compared if json else retell(compared.sentence), json)
        raise typer.Exit(0 if compared.equal else 1)


@group.command()
def init(
    table: Annotated[Path, typer.Argument(help="Your own table: CSV or Parquet.")],
    target: Annotated[str, typer.Option(help="Column to be predicted.")] = "",
    positive: Annotated[str, typer.Option(help="Its value that counts as found.")] = "",
    name: Annotated[str, typer.Option(help="Short name of the pilot.")] = "",
    output: Annotated[Path | None, typer.Option(help="Where to write it; left out: beside the table.")] = None,
    answer: Annotated[list[str] | None, typer.Option(help="Answer to a question, as key=value.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take what is proposed; ask nothing.")] = False,
) -> None:
    """Write a valid pilot for TABLE from a few plain questions."""
    given = {key: value for key, _, value in (part.partition("=") for part in answer or ())}
    given |= {key: value for key, value in (("target", target), ("positive", positive), ("name", name)) if value}
    ask = None if yes else (lambda question, proposed: typer.prompt(question, default=proposed or ""))
    if ask is not None:
        out.print(say("Looking at {table}. Enter takes what is proposed.", table=table), markup=False)
    with client() as moyai:
        made = drafting.draft(moyai, table, output, given, ask)
    out.print(say("Written: {path}. Look through it, then run it: `moyai pilot run {path}`", path=made), markup=False)
