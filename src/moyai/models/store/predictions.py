"""Queries over predictions, the offers that lie before persons, and decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, insert, select
from sqlalchemy.orm import Session

from moyai.kernel.errors import NotFound
from moyai.kernel.listing import page
from moyai.kernel.shapes import Page
from moyai.models.schema import DecisionsAsked, DecisionShown, NextAsked, PredictionsAsked, PredictionShown
from moyai.models.tables import Decision, ModelVersion, Offer, Prediction


def insert_all(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    session.execute(insert(Prediction), rows)


def add(session: Session, row: Decision) -> None:
    session.add(row)
    session.flush()


def prediction(session: Session, ref: str, for_update: bool = False) -> Prediction:
    query = select(Prediction).where(Prediction.id == ref)
    row = session.execute(query.with_for_update() if for_update else query).scalar()
    if row is None:
        raise NotFound(
            f"No prediction {ref!r}.", fix="A prediction is listed about a second after its answer.", where="prediction"
        )
    return row


def predictions(session: Session, endpoint: str, asked: PredictionsAsked) -> Page[PredictionShown]:
    query = select(Prediction).where(Prediction.endpoint == endpoint)
    for column, value in ((Prediction.source, asked.source), (Prediction.request, asked.request)):
        if value is not None:
            query = query.where(column == value)
    columns: dict[str, Sequence[str]] = {}
    found = page(session, query, Prediction.seq, asked, lambda row: _shown(row, _features(session, row, columns), None))
    ids = [one.id for one in found.items]
    pairs = select(Decision.prediction, Decision.id).where(Decision.prediction.in_(ids))
    decided = dict(session.execute(pairs).tuples().all())
    items = tuple(
        one.model_copy(update={"decision": decided[one.id]}) if one.id in decided else one for one in found.items
    )
    return Page(items=items, next=found.next)


def waiting(endpoint: str, asked: NextAsked, person: str, now: datetime) -> tuple[Select[Any], Select[Any]]:
    """Predictions without a decision: those that lie before nobody now, and those that lie before `person`."""
    decided = exists().where(Decision.prediction == Prediction.id)
    offered = exists().where(Offer.prediction == Prediction.id, Offer.until > now)
    query = select(Prediction).where(Prediction.endpoint == endpoint, ~decided)
    if asked.source:
        query = query.where(Prediction.source == asked.source)
    return query.where(~offered), query.where(offered.where(Offer.person == person))


def oldest(session: Session, query: Select[Any], at_least: int = 0) -> Prediction | None:
    """The oldest of `query` from sequence number `at_least` on."""
    chosen = query.where(Prediction.seq >= at_least).order_by(Prediction.seq).limit(1)
    return session.execute(chosen.with_for_update(skip_locked=True)).scalar()


def ends(session: Session, endpoint: str) -> tuple[int, int]:
    """First and last sequence number of an endpoint's predictions; (0, 0) when there are none."""
    query = select(func.min(Prediction.seq), func.max(Prediction.seq)).where(Prediction.endpoint == endpoint)
    first, last = session.execute(query).one()
    return first or 0, last or 0


def offer(session: Session, prediction: str, person: str, until: datetime) -> None:
    session.merge(Offer(prediction=prediction, person=person, until=until))


def offer_of(session: Session, prediction: str) -> Offer | None:
    return session.get(Offer, prediction)


def decision(session: Session, ref: str) -> Decision:
    row = session.get(Decision, ref)
    if row is None:
        raise NotFound(f"No decision {ref!r}.", fix="See `moyai decisions list`.", where="decision")
    return row


def decision_on(session: Session, prediction: str) -> Decision | None:
    return session.execute(select(Decision).where(Decision.prediction == prediction)).scalar()


def decisions(session: Session, endpoint: str, asked: DecisionsAsked) -> Page[DecisionShown]:
    query = select(Decision).where(Decision.endpoint == endpoint)
    for column, value in ((Decision.verdict, asked.verdict), (Decision.person, asked.person)):
        if value is not None:
            query = query.where(column == value)
    return page(session, query, Decision.id, asked, show_decision)


def decided(session: Session, endpoint: str) -> tuple[int, int, int]:
    """Decisions, overridden ones, scripted ones."""
    query = select(Decision.verdict, Decision.scripted, func.count()).where(Decision.endpoint == endpoint)
    found = session.execute(query.group_by(Decision.verdict, Decision.scripted)).tuples().all()
    return (
        sum(count for _, _, count in found),
        sum(count for verdict, _, count in found if verdict == "overridden"),
        sum(count for _, scripted, count in found if scripted),
    )


def by_source(session: Session, endpoint: str) -> dict[str, int]:
    query = select(Prediction.source, func.count()).where(Prediction.endpoint == endpoint)
    return dict(session.execute(query.group_by(Prediction.source)).tuples().all())


def quantile(session: Session, endpoint: str, count: int, share: float) -> float | None:
    """The response time in milliseconds that `share` of the predictions stayed within."""
    if not count:
        return None
    query = select(Prediction.millis).where(Prediction.endpoint == endpoint).order_by(Prediction.millis)
    return session.execute(query.offset(min(int(share * count), count - 1)).limit(1)).scalar()


def show(session: Session, row: Prediction) -> PredictionShown:
    found = decision_on(session, row.id)
    return _shown(row, _features(session, row, {}), found.id if found else None)


def _shown(row: Prediction, features: Sequence[str], decision: str | None) -> PredictionShown:
    return PredictionShown(
        id=row.id, endpoint=row.endpoint, model_version=row.model_version, inputs=_named(row.inputs, features),
        outputs=row.outputs, source=row.source, request=row.request, at=row.at, millis=row.millis, decision=decision,
    )  # fmt: skip


def _features(session: Session, row: Prediction, known: dict[str, Sequence[str]]) -> Sequence[str]:
    """Columns of the model version that answered; asked once for each version."""
    if row.model_version not in known:
        version = session.get(ModelVersion, row.model_version)
        known[row.model_version] = version.features if version else []
    return known[row.model_version]


def _named(inputs: dict[str, Any], features: Sequence[str]) -> dict[str, Any]:
    """A single row of known columns by their names; anything else as it was sent."""
    values = next(iter(inputs.values())) if len(inputs) == 1 else None
    if isinstance(values, list) and len(values) == len(features):
        return dict(zip(features, values, strict=True))
    return inputs


def show_decision(row: Decision) -> DecisionShown:
    return DecisionShown.model_validate(row, from_attributes=True)


def sources(session: Session, endpoint: str) -> list[tuple[str, int]]:
    """The sources of an endpoint's predictions, and the last sequence number of each."""
    query = select(Prediction.source, func.max(Prediction.seq)).where(Prediction.endpoint == endpoint)
    return [(source, last) for source, last in session.execute(query.group_by(Prediction.source)).tuples()]


def following(session: Session, endpoint: str, source: str, after: int, most: int) -> list[Prediction]:
    """The next predictions of one source, in order of arrival."""
    query = select(Prediction).where(
        Prediction.endpoint == endpoint, Prediction.source == source, Prediction.seq > after
    )
    return list(session.execute(query.order_by(Prediction.seq).limit(most)).scalars())
