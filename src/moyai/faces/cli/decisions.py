"""`moyai decisions`: a person's final word on what a model recommends."""

from typing import Annotated, Literal

import typer

from moyai.faces.cli.session import AsJson, client, out, show
from moyai.faces.sdk.client import Client
from moyai.kernel.errors import Invalid
from moyai.kernel.wording import say
from moyai.models.schema import DecisionAsked, DecisionsAsked, DecisionShown, ModelsAsked, NextAsked, PredictionShown

group = typer.Typer(no_args_is_help=True, add_completion=False, help="A person's final word on predictions.")
Endpoint = Annotated[str | None, typer.Argument(help="Name or id of the endpoint; left out: the only open one.")]
Pick = Annotated[Literal["oldest", "sample"], typer.Option(help="The oldest that waits, or one at random.")]


@group.command("next")
def next_(
    endpoint: Endpoint = None,
    source: Annotated[str | None, typer.Option(help="Only predictions from this source.")] = None,
    pick: Pick = "oldest",
    accept: Annotated[bool, typer.Option("--accept", help="Accept without asking.")] = False,
    override: Annotated[str | None, typer.Option(help="Overrule without asking, for this reason.")] = None,
    outcome: Annotated[str | None, typer.Option(help="With --override: what is right instead.")] = None,
    json: AsJson = False,
) -> None:
    """Show what waits for a person's word, and ask for it. With --json and no option, only show it."""
    with client() as moyai:
        name = endpoint or _only(moyai)
        found = moyai.decisions.next(NextAsked(endpoint=name, pick=pick, source=source))
        if found is None:
            _say(json, say("Nothing waits for a decision."))
        elif accept or override:
            asked = _asked(found, override, outcome)
            _told(moyai.decisions.decide(asked), json)
        elif json:
            show(found, json)
        else:
            _print(found, _words(moyai, found))
            _told(moyai.decisions.decide(_interview(found)), json)


@group.command()
def decide(
    prediction: str,
    verdict: Annotated[Literal["accepted", "overridden"], typer.Argument(help="The final word.")],
    reason: Annotated[str, typer.Option(help="Why; an override needs it.")] = "",
    outcome: Annotated[str | None, typer.Option(help="What is right instead.")] = None,
    json: AsJson = False,
) -> None:
    """Decide on one prediction by its id."""
    asked = DecisionAsked(prediction=prediction, verdict=verdict, reason=reason, outcome=outcome)
    with client() as moyai:
        _told(moyai.decisions.decide(asked), json)


@group.command("list")
def list_(
    endpoint: Endpoint = None,
    verdict: Annotated[Literal["accepted", "overridden"] | None, typer.Option(help="Only these.")] = None,
    person: Annotated[str | None, typer.Option(help="Only by this person, by id.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    json: AsJson = False,
) -> None:
    """Decisions, newest first."""
    with client() as moyai:
        name = endpoint or _only(moyai)
        page = moyai.decisions.list(DecisionsAsked(endpoint=name, verdict=verdict, person=person, cursor=cursor))
        show(page, json, ("id", "prediction", "verdict", "outcome", "reason", "person", "scripted"))


def _only(moyai: Client) -> str:
    names = [one.name for one in moyai.endpoints.list(ModelsAsked(state="open")).items]
    if len(names) != 1:
        known = ", ".join(names) or "none"
        raise Invalid(
            f"Which endpoint? Open now: {known}.", fix="Name it: `moyai decisions next NAME`.", where="endpoint"
        )
    return names[0]


def _words(moyai: Client, found: PredictionShown) -> tuple[str, ...]:
    """Names of the classes that the model tells apart."""
    return moyai.models.version(found.model_version).classes


def _print(found: PredictionShown, classes: tuple[str, ...]) -> None:
    out.print(f"{found.id}  {found.at:%Y-%m-%d %H:%M:%S} UTC  {found.source}", markup=False)
    for name, value in found.inputs.items():
        out.print(f"  {name:<16} {value:.6g}" if isinstance(value, float) else f"  {name:<16} {value}", markup=False)
    label, shares = found.outputs.get("label"), found.outputs.get("probability")
    word, said = str(label), ""
    if isinstance(label, int) and label < len(classes):
        word = classes[label]
        if isinstance(shares, list) and label < len(shares):
            said = say("The model says: {word}, {sure} sure.", word=word, sure=f"{shares[label]:.1%}")
    out.print(said or say("The model says: {word}.", word=word), markup=False)


def _interview(found: PredictionShown) -> DecisionAsked:
    if typer.confirm(say("Accept?"), default=True):
        return _asked(found, None, None)
    reason = typer.prompt(say("Why not"))
    outcome = typer.prompt(say("What is right instead (empty: not known)"), default="", show_default=False)
    return _asked(found, reason, outcome or None)


def _asked(found: PredictionShown, override: str | None, outcome: str | None) -> DecisionAsked:
    verdict = "overridden" if override else "accepted"
    return DecisionAsked(prediction=found.id, verdict=verdict, reason=override or "", outcome=outcome)


def _told(made: DecisionShown, json: bool) -> None:
    if json:
        show(made, json)
        return
    said = say("Accepted: {decision}") if made.verdict == "accepted" else say("Overridden: {decision}")
    out.print(said.format(decision=made.id), markup=False)
    if made.procedure:
        out.print(say("Under the operating rules {procedure}.", procedure=made.procedure), markup=False, style="dim")


def _say(json: bool, words: str) -> None:
    out.print("null" if json else words, markup=False)
