"""The model at work: asked over the inference protocol, decided on by a person, stopped, resumed, watched."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from math import ceil
from typing import Any

from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.making import PATIENCE
from moyai.faces.sdk.drivers.story import Story
from moyai.faces.sdk.drivers.telling import Outcome, until
from moyai.governance.schema import ProcedureAsked
from moyai.kernel.errors import Failure, Unavailable
from moyai.models.schema import DecisionAsked, EndpointAsked, MonitorAsked, NextAsked, PredictionShown, Reason
from moyai.planning.schema.declared import PilotFile, Shift

SHIFTED = "shifted"
ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class Events:
    """Held-out rows, as the instrument would send them."""

    features: tuple[str, ...]
    rows: list[list[float]]
    labels: list[int]


def held_out(client: Client, run: str) -> Events:
    """The rows that the training kept away, from the run's own artifact."""
    job = client.training.get(run).job
    found = [artifact for artifact in client.jobs.artifacts(job) if artifact.name == "outputs/holdout.json"]
    if not found:
        raise Failure("This run kept no held-out rows to be sent.", fix="Write outputs/holdout.json.", where=job)
    told = json.loads(b"".join(client.jobs.open(found[0].id)))
    whole = [(row, label) for row, label in zip(told["values"], told["label"], strict=True) if None not in row]
    return Events(tuple(told["features"]), [row for row, _ in whole], [label for _, label in whole])


def ask(instrument: Client, endpoint: str, rows: Sequence[Sequence[float]], source: str) -> dict[str, Any]:
    """One request of the Open Inference Protocol V2. Raises Unavailable while the endpoint is stopped."""
    flat = [value for row in rows for value in row]
    tensor = {"name": "features", "datatype": "FP32", "shape": [len(rows), len(rows[0])], "data": flat}
    body = {"inputs": [tensor], "parameters": {"source": source}}
    return instrument.http.raw("POST", f"/v2/models/{endpoint}/infer", json=body).json()


def serve(story: Story) -> Outcome:
    """The leader opens the endpoint under its operating rules; events arrive; the stop button is used once."""
    d, passed = story.declared, story.outcome("gate")
    leader, operator = story.speak(_accountable(d)), story.speak(_operator(d))
    name = d.endpoint.name or d.pilot.name
    procedure = _rules(story, leader, operator, passed["model_version"])
    opened = leader.endpoints.open(
        EndpointAsked(
            name=name, model_version=passed["model_version"], gate=passed["gate"], project=story.project,
            procedure=procedure,
        )
    )  # fmt: skip
    instrument = story.speak(_operator(d), "endpoint.infer")
    events = held_out(leader, story.outcome("train")["run"])
    for row in events.rows[: d.traffic.singles]:
        ask(instrument, name, [row], "single")
    for night in range(d.traffic.nights):
        rows = shuffled(events.rows, d.preparation.seed + night)[: d.traffic.batch]
        ask(instrument, name, rows, f"night-{night + 1}")
    sent = min(d.traffic.singles, len(events.rows)) + d.traffic.nights * min(d.traffic.batch, len(events.rows))
    story.tell.detail(f"{name}: {sent} predictions over the Open Inference Protocol V2")
    stopped = (
        _rehearse(story, (operator, leader, instrument), (opened.id, name), events)
        if d.endpoint.rehearse_stop
        else None
    )
    return {"endpoint": opened.id, "name": name, "procedure": procedure, "sent": sent, "stop_seconds": stopped}


def _accountable(d: PilotFile) -> str:
    return d.gate.accountable or d.holder("leader")


def _operator(d: PilotFile) -> str:
    return d.decisions.by or d.holder("operator")


def _rules(story: Story, leader: Client, operator: Client, subject: str) -> str:
    """The operating rules, drafted, commented on by the floor, answered, and put in force."""
    rules, d = story.declared.endpoint.rules, story.declared
    drafted = leader.procedures.draft(
        ProcedureAsked(
            subject=d.endpoint.name or d.pilot.name, title=f"Operating rules of {d.endpoint.name or d.pilot.name}",
            text=rules.en, text_ja=rules.ja or None, project=story.project,
        )
    )  # fmt: skip
    return leader.procedures.enact(drafted.id).id


def shuffled(rows: Sequence[list[float]], seed: int) -> list[list[float]]:
    order = list(rows)
    random.Random(seed).shuffle(order)
    return order


def _rehearse(story: Story, who: tuple[Client, Client, Client], which: tuple[str, str], events: Events) -> float:
    """The operator presses stop, the next event is refused, the accountable person resumes."""
    operator, leader, instrument = who
    endpoint, name = which
    pressed = operator.endpoints.stop(endpoint, Reason(reason="rehearsal of the stop button"))
    try:
        ask(instrument, name, events.rows[:1], "single")
    except Unavailable as refused:
        story.tell.detail(f"stop button: refused. {refused.what}")
    else:
        raise Failure("The endpoint answered although it was stopped.", where=endpoint)
    resumed = leader.endpoints.resume(endpoint, Reason(reason="rehearsal ended; the model is in order"))
    until(lambda: _answers(instrument, name, events), bool, 10, "The endpoint")
    return max((resumed.history[0].at - pressed.history[0].at).total_seconds(), 0.0)


def _answers(instrument: Client, name: str, events: Events) -> bool:
    try:
        return bool(ask(instrument, name, events.rows[:1], "single"))
    except Unavailable:
        return False


def decide(story: Story) -> Outcome:
    """The shift person's final word on a sample, by a script that says so: the least certain are overridden."""
    d, endpoint = story.declared, story.outcome("serve")["endpoint"]
    operator = story.speak(_operator(d))
    sample: list[PredictionShown] = []
    for _ in range(d.decisions.sample):
        found = operator.decisions.next(NextAsked(endpoint=endpoint))
        if found is None:
            break
        sample.append(found)
    reasons = cycle(d.decisions.reasons)
    doubtful = sorted(sample, key=certainty)[: ceil(len(sample) * d.decisions.override_share)]
    overridden = {one.id for one in doubtful}
    for one in sample:
        if one.id in overridden:
            asked = DecisionAsked(
                prediction=one.id, verdict="overridden", outcome=str(1 - label(one)), reason=next(reasons).en
            )
        else:
            asked = DecisionAsked(prediction=one.id, verdict="accepted")
        operator.decisions.decide(asked)
    story.tell.detail(f"{len(sample)} decisions, {len(overridden)} overridden with a reason; labelled scripted")
    return {"endpoint": endpoint, "decisions": len(sample), "overridden": len(overridden)}


def label(prediction: PredictionShown) -> int:
    return int(prediction.outputs["label"])


def certainty(prediction: PredictionShown) -> float:
    """Distance of the positive class's probability from one half."""
    return abs(float(prediction.outputs["probability"][1]) - 0.5)


def watch(story: Story) -> Outcome:
    """Windows of the same distribution, to count false alarms; then the declared change, which must be noticed."""
    d, endpoint = story.declared, story.outcome("serve")
    leader, instrument = story.speak(_accountable(d)), story.speak(_operator(d), "endpoint.infer")
    monitor = leader.monitors.watch(
        MonitorAsked(endpoint=endpoint["endpoint"], window=d.monitor.window, alpha=d.monitor.alpha)
    )
    events = held_out(leader, story.outcome("train")["run"])
    wanted = d.monitor.windows * d.monitor.window
    sent = 0
    night = 0
    while sent < wanted:
        rows = shuffled(events.rows, d.preparation.seed + 1000 + night)[: wanted - sent]
        _send(instrument, endpoint["name"], rows, ORDINARY)
        sent, night = sent + len(rows), night + 1
    kept = _shift(events, d.monitor.shift, d)
    _send(instrument, endpoint["name"], kept, SHIFTED)
    windows = d.monitor.windows + len(kept) // d.monitor.window
    seen = until(lambda: leader.monitors.get(monitor.id), lambda m: m.windows >= windows, PATIENCE, "The drift watch")
    for source in seen.sources:
        story.tell.detail(
            f"{source.source}: {source.windows} windows, {source.alarms} alarms {', '.join(source.columns[:6])}"
        )
    lost = 1 - len(kept) / len(events.rows) if kept else 0.0
    return {"monitor": monitor.id, "lost_share": lost, "nights": night}


def _send(instrument: Client, name: str, rows: list[list[float]], source: str, batch: int = 500) -> None:
    for start in range(0, len(rows), batch):
        ask(instrument, name, rows[start : start + batch], source)


def _shift(events: Events, shift: Shift | None, d: PilotFile) -> list[list[float]]:
    """The held-out rows that the change leaves, twice over in different order."""
    if shift is None:
        return []
    if shift.column not in events.features:
        raise Failure(f"The model has no column {shift.column!r}.", where="monitor.shift.column")
    place = events.features.index(shift.column)
    values = sorted(row[place] for row in events.rows)
    bound = shift.drop_below
    if bound is None:
        bound = values[int((shift.drop_below_quantile or 0.0) * (len(values) - 1))]
    return shuffled([row for row in events.rows if row[place] >= bound], d.preparation.seed + 999)
