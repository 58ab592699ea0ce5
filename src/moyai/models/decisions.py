"""Decisions: a person's final word on a prediction, taken once, under the operating rule in force."""

import random
from datetime import timedelta

from moyai.governance import procedures
from moyai.governance.schema import ProcedureShown
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.models import rules, scopes
from moyai.models.events import DecisionTaken
from moyai.models.schema import DecisionAsked, DecisionsAsked, DecisionShown, NextAsked, PredictionShown
from moyai.models.store import endpoints
from moyai.models.store import predictions as store
from moyai.models.tables import Decision, Endpoint, Prediction

OFFERED = timedelta(minutes=10)
"""How long a prediction lies before one person alone."""


def next(call: Call, asked: NextAsked) -> PredictionShown | None:
    """A prediction for this person to decide, shown to nobody else for ten minutes; None when none waits.

    Each call hands out another one, and those not decided again when no other is left. Raises NotFound or NotAllowed.
    """
    endpoint = endpoints.endpoint(call.session, asked.endpoint)
    call.require("decision.take", _thing(call, endpoint))
    found = _pick(call, endpoint, asked)
    if found is None:
        return None
    store.offer(call.session, found.id, call.who.person, call.now + OFFERED)
    return store.show(call.session, found)


def decide(call: Call, asked: DecisionAsked) -> DecisionShown:
    """The final word on a prediction, once and for good.

    Whether a program sent it is known from the token, not from the request. Raises NotFound; NotAllowed (it takes an
    operator with the endpoint's qualification); Invalid for an override without a reason; Conflict when it was
    decided before, or lies before somebody else now.
    """
    prediction = store.prediction(call.session, asked.prediction, for_update=True)
    endpoint = endpoints.endpoint(call.session, prediction.endpoint)
    call.require("decision.take", _thing(call, endpoint))
    rules.reasoned(asked.verdict, asked.reason)
    _undecided(call, prediction)
    rule = _rule(call, endpoint)
    row = Decision(
        id=ids.new("dec"), prediction=prediction.id, endpoint=endpoint.id, verdict=asked.verdict,
        outcome=asked.outcome, reason=asked.reason, person=call.who.person, scripted=call.who.scripted,
        procedure=rule.id if rule else None, at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(
        DecisionTaken(
            about=row.id, prediction=row.prediction, endpoint=row.endpoint, verdict=row.verdict,
            scripted=row.scripted, procedure=row.procedure,
        )
    )  # fmt: skip
    return store.show_decision(row)


def get(call: Call, decision: str) -> DecisionShown:
    """Raises NotFound or NotAllowed."""
    row = store.decision(call.session, decision)
    call.require("decision.read", _thing(call, endpoints.endpoint(call.session, row.endpoint)))
    return store.show_decision(row)


def list(call: Call, asked: DecisionsAsked) -> Page[DecisionShown]:
    """Decisions on one endpoint's predictions, newest first. Raises NotFound or NotAllowed."""
    endpoint = endpoints.endpoint(call.session, asked.endpoint)
    call.require("decision.read", _thing(call, endpoint))
    return store.decisions(call.session, endpoint.id, asked)


def _pick(call: Call, endpoint: Endpoint, asked: NextAsked) -> Prediction | None:
    fresh, own = store.waiting(endpoint.id, asked, call.who.person, call.now)
    start = random.randint(*store.ends(call.session, endpoint.id)) if asked.pick == "sample" else 0
    for query, at_least in ((fresh, start), (fresh, 0), (own, 0)):
        if found := store.oldest(call.session, query, at_least):
            return found
    return None


def _rule(call: Call, endpoint: Endpoint) -> ProcedureShown | None:
    """The operating rule in force: the endpoint's own, else the one that it was opened under, in its newest version."""
    moyai = scopes.as_moyai(call)
    own = procedures.current(moyai, endpoint.id)
    if own is not None or endpoint.procedure is None:
        return own
    return procedures.current(moyai, procedures.get(moyai, endpoint.procedure).subject)


def _undecided(call: Call, prediction: Prediction) -> None:
    before = store.decision_on(call.session, prediction.id)
    if before is not None:
        raise Conflict(
            f"This prediction was {before.verdict} already.",
            fix="A decision is final; report a malfunction instead.",
            where=before.id,
        )
    offer = store.offer_of(call.session, prediction.id)
    if offer is not None and offer.person != call.who.person and offer.until > call.now:
        raise Conflict(
            "Somebody else has this prediction before them now.", fix="Ask for the next.", where=prediction.id
        )


def _thing(call: Call, endpoint: Endpoint) -> Thing:
    attrs = {"qualification": endpoint.qualification or ""}
    return scopes.thing(call, ("decision", endpoint.id), endpoint.project, attrs)
