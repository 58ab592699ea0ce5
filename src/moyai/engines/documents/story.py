"""What the first page says in sentences, made from today's figures: risks, labels and phrases for the meeting."""

from collections.abc import Iterator
from typing import Any, Protocol

from markupsafe import Markup

from moyai.engines.documents.numbers import Writer
from moyai.kernel.wording import mark

WORDS = (
    mark("executive"),
    mark("coordinator"),
    mark("site_operator"),
    mark("steward"),
    mark("key_user"),
    mark("leader"),
    mark("operator"),
    mark("trainer"),
    mark("passed"),
    mark("failed"),
    mark("done"),
    mark("unchanged"),
    mark("gradient_boosting"),
    mark("logistic"),
    mark("data terms"),
    mark("model card"),
    mark("questions"),
    mark("accountable person"),
)
"""Names of things in the evidence that are shown to people."""


class Telling(Protocol):
    """What a page of the report offers to those who write its sentences."""

    evidence: Any
    write: Writer

    def say(self, text: str, **values: Any) -> Markup: ...
    def own(self, text: Any) -> Markup: ...
    def figure(self, path: str, unit: str = "number", shown: Any = None) -> Markup: ...
    def range(self, path: str, low: str, high: str, unit: str) -> Markup: ...
    def at(self, path: str) -> Any: ...


def risks(page: Telling) -> Iterator[Markup]:
    """What may go wrong after a yes, as far as it was measured."""
    far = page.at("projection")[-1] if page.at("projection") else {}
    last = f"projection.{len(page.at('projection') or ()) - 1}"
    if far.get("extrapolation"):
        yield page.say("Cost: fewer than three sizes were measured; the range is an extrapolation.")
    elif far.get("beyond", 0) > 1.005:
        times = page.figure(f"{last}.beyond")
        yield page.say("Cost: the range reaches ×{times} beyond the largest size measured.", times=times)
    shifted = page.at("drift.shifted") or {}
    if shifted.get("alarm"):
        columns = page.figure("drift.shifted", "text", len(shifted.get("columns") or ()))
        text = mark("Change: {name} alters {columns} columns; the alarm rings, and the model must then be stopped.")
        yield page.say(text, name=page.own(shifted.get("name")) or page.say("a change"), columns=columns)
    else:
        yield page.say("Change: no alarm has been seen to ring.")
    rate = page.figure("drift.reference.false_alarms_per_1000")
    yield page.say("False alarms: {rate} in 1,000 ordinary windows will call somebody for nothing.", rate=rate)
    if page.at("decisions.scripted"):
        scripted, count = (page.figure(f"decisions.{key}", "count") for key in ("scripted", "count"))
        text = mark(
            "Acceptance: {scripted} of {count} decisions were scripted; whether the floor agrees is not yet known."
        )
        yield page.say(text, scripted=scripted, count=count)


def labels(page: Telling) -> Iterator[Markup]:
    """What is played, scripted, made up or extrapolated."""
    told = {
        "one_engine": page.say(
            "One local engine on one machine plays the sites of {count} organisations.",
            count=page.figure("pilot", "count", len(page.at("organisations") or ())),
        ),
        "personas": page.say("All persons are personas, played by the one who ran this."),
        "scripted_decisions": page.say(
            "{count} decisions were taken by a script.", count=page.figure("decisions.scripted", "count")
        ),
        "synthetic_shift": page.say(
            "“{name}” was made from held-out rows by leaving {share} of them out; nobody observed it.",
            name=page.own(page.at("drift.shifted.name")),
            share=page.figure("drift.shifted.lost_share", "percent"),
        ),
        "extrapolation": page.say("Costs beyond the measured sizes are extrapolated."),
    }
    for label in page.at("labels") or ():
        yield told[label] if label in told else page.own(label)


def phrases(page: Telling) -> Iterator[Markup]:
    """Three sentences for the meeting with today's figures: quality, cost, responsibility."""
    scores = {
        "value": page.figure("metrics.roc_auc.value", "score"),
        "low": page.figure("metrics.roc_auc.low", "score"),
        "simple": page.figure("baseline.metrics.roc_auc.value", "score"),
    }
    quality = mark(
        "On rows it had never seen the model reaches a ROC AUC of {value}, at worst {low}; the simple method {simple}."
    )
    yield page.say(quality, **scores)
    sizes = page.at("scaling") or ()
    if sizes:
        at = f"scaling.{len(sizes) - 1}"
        cost = mark("One training on {rows} rows took {seconds} and cost {amount}: measured, not guessed.")
        yield page.say(
            cost,
            rows=page.figure(f"{at}.rows", "count"),
            seconds=page.figure(f"{at}.cpu_seconds", "core_seconds"),
            amount=page.figure(f"{at}.amount", sizes[-1].get("currency") or "XXX"),
        )
    who = page.figure("accountable", "text", page.at("accountable.person"))
    approved = [page.figure(f"approvals.{at}", "text", one["by"]) for at, one in enumerate(page.at("approvals") or ())]
    if approved:
        answers = mark("{who} answers for it by name, {approver} approved it, and the shift can stop it at once.")
        yield page.say(answers, who=who, approver=Markup(", ").join(approved))
    else:
        yield page.say("{who} answers for it by name; nobody has approved it yet.", who=who)
