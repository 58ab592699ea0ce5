"""The model at work: asked over the inference protocol, stopped, resumed, decided on by a person."""

import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from math import ceil
from typing import Any

from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.story import Story
from moyai.faces.sdk.drivers.telling import PATIENCE, Outcome, until
from moyai.governance.schema import AnswerAsked, CommentAsked, ProcedureAsked
from moyai.kernel.errors import Failure, Unavailable
from moyai.kernel.wording import say
from moyai.models.schema import DecisionAsked, EndpointAsked, NextAsked, PredictionShown, Reason
from moyai.planning.schema.declared import PilotFile

STOPPING = 10.0
"""Seconds within which the stop button and its release have to work."""


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
    if not whole:
        raise Failure("No held-out row is complete, so none can be sent.", fix="Look at its empty cells.", where=job)
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
    leader, operator = story.speak(accountable(d)), story.speak(decider(d))
    name = d.endpoint.name or d.pilot.name
    procedure = _rules(story, leader, operator)
    opened = leader.endpoints.open(
        EndpointAsked(
            name=name, model_version=passed["model_version"], gate=passed["gate"], project=story.project,
            procedure=procedure,
        )
    )  # fmt: skip
    instrument = story.speak(decider(d), "endpoint.infer")
    events = held_out(leader, story.outcome("train")["run"])
    until(lambda: _answers(instrument, name, events), bool, STOPPING, "The endpoint")
    for row in events.rows[: d.traffic.singles]:
        ask(instrument, name, [row], "single")
    for night in range(d.traffic.nights):
        rows = shuffled(events.rows, d.preparation.seed + night)[: d.traffic.batch]
        ask(instrument, name, rows, f"night-{night + 1}")
    sent = min(d.traffic.singles, len(events.rows)) + d.traffic.nights * min(d.traffic.batch, len(events.rows))
    story.tell.detail(say("{name}: {sent} predictions over the Open Inference Protocol V2", name=name, sent=sent))
    stopped = (
        _rehearse(story, (operator, leader, instrument), (opened.id, name), events)
        if d.endpoint.rehearse_stop
        else None
    )
    return {"endpoint": opened.id, "name": name, "procedure": procedure, "sent": sent, "stop_seconds": stopped}


def accountable(d: PilotFile) -> str:
    return d.gate.accountable or d.holder("leader")


def decider(d: PilotFile) -> str:
    return d.decisions.by or d.holder("operator")


def _rules(story: Story, leader: Client, operator: Client) -> str:
    """The operating rules, drafted, commented on by the floor, every comment answered, and put in force."""
    declared, subject = story.declared.endpoint, story.declared.endpoint.name or story.declared.pilot.name
    drafted = leader.procedures.draft(
        ProcedureAsked(
            subject=subject, title=f"Operating rules of {subject}", text=declared.rules.en,
            text_ja=declared.rules.ja or None, project=story.project,
        )
    )  # fmt: skip
    said = {comment.text: comment for comment in drafted.comments}
    for remark in declared.comments:
        comment = said.get(remark.says.en) or operator.procedures.comment(drafted.id, CommentAsked(text=remark.says.en))
        if comment.answer is None:
            leader.procedures.answer(comment.id, AnswerAsked(text=remark.answer.en, taken=remark.taken))
    count = len(declared.comments)
    story.tell.detail(say("operating rules in force; comments of the floor: {count}, all answered", count=count))
    return leader.procedures.enact(drafted.id).id


def shuffled(rows: Sequence[list[float]], seed: int) -> list[list[float]]:
    order = list(rows)
    random.Random(seed).shuffle(order)
    return order


def _rehearse(story: Story, who: tuple[Client, Client, Client], which: tuple[str, str], events: Events) -> float:
    """The operator presses stop, the next event is refused, the accountable person resumes."""
    operator, leader, instrument = who
    endpoint, name = which
    pressed = time.monotonic()
    operator.endpoints.stop(endpoint, Reason(reason="rehearsal of the stop button"))
    until(lambda: _answers(instrument, name, events), lambda answers: not answers, STOPPING, "The stop button")
    seconds = time.monotonic() - pressed
    story.tell.detail(
        say("stop button: events are refused {millis} ms after it was pressed", millis=round(seconds * 1000))
    )
    leader.endpoints.resume(endpoint, Reason(reason="rehearsal ended; the model is in order"))
    until(lambda: _answers(instrument, name, events), bool, STOPPING, "The endpoint")
    return seconds


def _answers(instrument: Client, name: str, events: Events) -> bool:
    try:
        return bool(ask(instrument, name, events.rows[:1], "single"))
    except Unavailable:
        return False


def decide(story: Story) -> Outcome:
    """The shift person's final word on a sample, by a script that says so: the least certain are overridden."""
    d, endpoint = story.declared, story.outcome("serve")["endpoint"]
    operator = story.speak(decider(d))
    sample = _sample(story, operator, endpoint)
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
    story.tell.detail(
        say(
            "{count} decisions, {overridden} overridden with a reason; labelled scripted",
            count=len(sample),
            overridden=len(overridden),
        )
    )
    return {"endpoint": endpoint, "decisions": len(sample), "overridden": len(overridden)}


def _sample(story: Story, operator: Client, endpoint: str) -> list[PredictionShown]:
    """What is laid before the person, once what was sent has reached the log. Raises Failure when nothing waits."""
    sent = story.outcome("serve")["sent"]
    leader = story.speak(accountable(story.declared))
    until(lambda: leader.endpoints.figures(endpoint), lambda told: told.predictions >= sent, PATIENCE, "The log")
    asked = (operator.decisions.next(NextAsked(endpoint=endpoint)) for _ in range(story.declared.decisions.sample))
    sample = [found for found in asked if found is not None]
    if not sample:
        raise Failure("No prediction waits for a decision.", fix="Send more: [traffic] singles.", where=endpoint)
    return list({one.id: one for one in sample}.values())


def label(prediction: PredictionShown) -> int:
    return int(prediction.outputs["label"])


def certainty(prediction: PredictionShown) -> float:
    """Distance of the positive class's probability from one half."""
    return abs(float(prediction.outputs["probability"][1]) - 0.5)
