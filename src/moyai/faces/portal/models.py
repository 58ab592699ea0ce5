"""Pages of models: runs, the registry, gates, endpoints with their history, predictions, decisions, monitors."""

from collections.abc import Callable, Iterable
from typing import Any

from moyai.faces.portal.pictures import strip
from moyai.faces.portal.record import Block, Kind, Listing, View
from moyai.faces.portal.shown import Cell
from moyai.governance import accountability, approvals, procedures
from moyai.kernel.call import Call
from moyai.kernel.shapes import Page
from moyai.kernel.wording import mark
from moyai.models import decisions, gates, monitoring, predictions, registry, serving, training
from moyai.models.schema import (
    DecisionsAsked,
    EndpointShown,
    GateShown,
    ModelsAsked,
    ModelShown,
    ModelVersionShown,
    MonitorShown,
    PredictionsAsked,
    PredictionShown,
    RunShown,
    WindowsAsked,
    WindowShown,
)

VERSION = ("id", "number", "run", "state", "at")
GATE = ("id", "model_version", "purpose", "verdict", "requester", "at")
ENDPOINT = ("id", "project", "state", "model_version", "at")
DECISION = ("id", "prediction", "verdict", "outcome", "reason", "person", "scripted", "at")
FIGURES = ("predictions", "p50_ms", "p99_ms", "decisions", "overridden", "scripted")


def of_run(view: View, shown: RunShown) -> Iterable[Block]:
    if shown.metrics:
        yield view.tiles("Metrics on held-out rows", shown.metrics)
    if shown.difference:
        yield view.tiles("Difference to the compared run", shown.difference)
    yield view.block("Parameters", shown.parameters)
    if shown.environment:
        yield view.block("Environment", shown.environment)


def of_model(view: View, shown: ModelShown) -> Iterable[Block]:
    if found := view.maybe(registry.versions, ModelsAsked(model=shown.id)):
        yield view.block("Versions", found, columns=VERSION)
    if found := view.maybe(training.list, ModelsAsked(model=shown.name, limit=20)):
        yield view.block("Runs", found, columns=("id", "state", "job", "seed", "rows", "ended_at"))


def of_version(view: View, shown: ModelVersionShown) -> Iterable[Block]:
    yield view.block("Model card", shown.card)
    if found := view.maybe(gates.list, ModelsAsked(model_version=shown.id)):
        yield view.block("Gates", found, columns=GATE)


def numbered(shown: ModelVersionShown) -> str:
    return f"{shown.name} {shown.number}"


def of_gate(view: View, shown: GateShown) -> Iterable[Block]:
    rows = tuple(
        (view.write.cell(check.passed, "passed"), Cell("text", check.name.replace("_", " ")),
         view.write.cell(check.detail), view.write.cell(check.ref))
        for check in shown.checks
    )  # fmt: skip
    head = tuple(view.say(word) for word in ("Passed", "Check", "What was found", "Rests on"))
    yield Block(view.say("Checks"), Cell("checks", items=rows, head=head))
    if shown.refused:
        yield view.block("Refused attempts to approve", shown.refused)
    if found := view.maybe(approvals.of, shown.id):
        yield view.block("Approvals", found, columns=("id", "state", "role", "asked_by", "decided_by", "at"))
    if named := view.maybe(accountability.of, shown.model_version):
        yield view.block("Who answers for it", (named,), columns=("id", "person", "role", "statement", "at"))
    if shown.answers:
        yield view.block("Purpose and impact", shown.answers)
    if shown.card:
        yield view.block("Model card", shown.card)


def of_endpoint(view: View, shown: EndpointShown) -> Iterable[Block]:
    if figures := view.maybe(serving.figures, shown.id):
        yield view.tiles("In figures", {name: getattr(figures, name) for name in FIGURES})
    yield view.block("History", shown.history, view.say("What was in production, since when, and who said so."),
                     ("at", "action", "model_version", "gate", "by", "reason"))  # fmt: skip
    if rule := view.maybe(procedures.current, shown.id):
        yield view.block("Operating rule in force", (rule,), columns=("id", "number", "enacted_by", "enacted_at"))
    if watched := view.maybe(monitoring.of, shown.id):
        yield view.block("Monitors", watched, columns=("id", "window", "alpha", "windows", "alarms", "at"))
    if decided := view.maybe(decisions.list, DecisionsAsked(endpoint=shown.id, limit=12)):
        yield view.block("Newest decisions", decided, columns=DECISION)
    if answered := view.maybe(predictions.list, PredictionsAsked(endpoint=shown.id, limit=12)):
        yield view.block("Newest predictions", answered, columns=("id", "source", "outputs", "at", "decision"))


def of_prediction(view: View, shown: PredictionShown) -> Iterable[Block]:
    yield view.block("What was asked", shown.inputs)
    yield view.block("What the model answered", shown.outputs)
    if decision := shown.decision and view.maybe(decisions.get, shown.decision):
        yield view.block("A person's final word", decision)


def of_monitor(view: View, shown: MonitorShown) -> Iterable[Block]:
    yield view.tiles("In figures", {"windows": shown.windows, "alarms": shown.alarms})
    yield view.block("By source", shown.sources)
    for source in shown.sources:
        found = view.maybe(monitoring.windows, shown.id, WindowsAsked(source=source.source, limit=200))
        if found and found.items:
            yield Block(view.say("Windows of {source}", source=source.source), windows(view, found.items[::-1]))
            alarms = [one for one in found.items if one.alarm][:10]
            if alarms:
                yield view.block("Newest alarms", alarms, columns=("id", "index", "rows", "at"))


def windows(view: View, found: Iterable[WindowShown]) -> Cell:
    told = [(one.alarm, view.say("Window {index}", index=one.index)) for one in found]
    alarms = sum(alarm for alarm, _ in told)
    return strip(told, view.say("{alarms} alarms in {windows} windows", alarms=alarms, windows=len(told)))


def listing(word: str, title: str, verb: Callable[[Call, ModelsAsked], Page[Any]], columns: tuple[str, ...]) -> Listing:
    return Listing(word, title, lambda call, cursor: verb(call, ModelsAsked(cursor=cursor)), columns, word != "runs")


KINDS = (
    Kind("run", mark("Training run"), training.get, blocks=of_run,
         hidden=("metrics", "difference", "parameters", "environment"),
         listing=listing("runs", mark("Training runs"), training.list, ("id", "model", "state", "job", "started_at"))),
    Kind("mdl", mark("Model"), registry.model, blocks=of_model,
         listing=listing("models", mark("Models"), registry.models, ("id", "project", "versions", "latest", "at"))),
    Kind("mdv", mark("Model version"), registry.version, numbered, blocks=of_version, hidden=("card", "name")),
    Kind("gat", mark("Gate"), gates.get, name=lambda shown: shown.purpose, blocks=of_gate,
         hidden=("checks", "refused", "answers", "card"),
         listing=listing("gates", mark("Gates"), gates.list, GATE)),
    Kind("end", mark("Endpoint"), serving.get, blocks=of_endpoint, hidden=("history",),
         listing=listing("endpoints", mark("Endpoints"), serving.list, ENDPOINT)),
    Kind("prd", mark("Prediction"), predictions.get, blocks=of_prediction, hidden=("inputs", "outputs"), named=False),
    Kind("dec", mark("Decision"), decisions.get, named=False),
    Kind("mon", mark("Monitor"), monitoring.get, blocks=of_monitor, hidden=("windows", "alarms", "sources"),
         named=False),
    Kind("win", mark("Window of a monitor"), monitoring.window, named=False),
)  # fmt: skip
