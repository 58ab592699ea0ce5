"""Every query of planning."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from moyai.kernel.errors import NotFound
from moyai.kernel.listing import page
from moyai.kernel.shapes import Page, PageAsked
from moyai.planning.schema.records import IndicatorShown, PilotLine, PilotsAsked, ReportShown, StepAsked, StepShown
from moyai.planning.tables import Indicator, Pilot, Report, Step

MOST = 100
"""Steps of other declarations that are looked at."""


def add(session: Session, row: Pilot | Indicator | Report) -> None:
    session.add(row)
    session.flush()


def pilot(session: Session, ref: str) -> Pilot:
    """By id, or the newest declaration of a name."""
    row = session.get(Pilot, ref)
    if row is None:
        newest = select(Pilot).where(Pilot.name == ref).order_by(Pilot.id.desc()).limit(1)
        row = session.execute(newest).scalar()
    if row is None:
        raise NotFound(f"No pilot {ref!r}.", fix="See `moyai pilot list`.", where="pilot")
    return row


def same_pilot(session: Session, name: str, digest: str) -> Pilot | None:
    return session.execute(select(Pilot).where(Pilot.name == name, Pilot.digest == digest)).scalar()


def pilots(session: Session, asked: PilotsAsked) -> Page[PilotLine]:
    query = select(Pilot)
    if asked.name:
        query = query.where(Pilot.name == asked.name)
    return page(session, query, Pilot.id, asked, _line)


def steps(session: Session, ref: str) -> tuple[StepShown, ...]:
    """In their order."""
    rows = session.execute(select(Step).where(Step.pilot == ref).order_by(Step.place)).scalars()
    return tuple(_step(row) for row in rows)


def done_elsewhere(session: Session, pilot: Pilot) -> tuple[StepShown, ...]:
    """Steps that other declarations of the same name have done, newest first."""
    others = select(Step).join(Pilot, Step.pilot == Pilot.id).where(Pilot.name == pilot.name, Pilot.id != pilot.id)
    rows = session.execute(others.where(Step.state == "done").order_by(Step.at.desc()).limit(MOST)).scalars()
    return tuple(_step(row) for row in rows)


def put_step(session: Session, ref: str, asked: StepAsked) -> Step:
    """Write what a step gave over what it gave before."""
    row = session.get(Step, (ref, asked.name), with_for_update=True) or Step(pilot=ref, name=asked.name)
    for key in ("place", "fingerprint", "state", "outcome", "started", "seconds"):
        setattr(row, key, getattr(asked, key))
    session.add(row)
    return row


def indicators(session: Session, ref: str, asked: PageAsked) -> Page[IndicatorShown]:
    return page(session, select(Indicator).where(Indicator.pilot == ref), Indicator.id, asked, show_indicator)


def report(session: Session, ref: str) -> Report:
    row = session.get(Report, ref)
    if row is None:
        raise NotFound(f"No report {ref!r}.", where="report")
    return row


def reports(session: Session, ref: str, asked: PageAsked) -> Page[ReportShown]:
    return page(session, select(Report).where(Report.pilot == ref), Report.id, asked, show_report)


def indicator(session: Session, ref: str) -> IndicatorShown:
    row = session.get(Indicator, ref)
    if row is None:
        raise NotFound(f"No indicator {ref!r}.", where="indicator")
    return show_indicator(row)


def show_indicator(row: Indicator) -> IndicatorShown:
    return IndicatorShown(
        id=row.id,
        pilot=row.pilot,
        figure=row.figure,
        value=row.value,
        target=row.target,
        reached=row.reached,
        at=row.at,
    )


def show_report(row: Report) -> ReportShown:
    return ReportShown(id=row.id, pilot=row.pilot, evidence=row.evidence, document=row.document, by=row.by, at=row.at)


def _line(row: Pilot) -> PilotLine:
    return PilotLine(id=row.id, name=row.name, digest=row.digest, by=row.by, at=row.at)


def _step(row: Step) -> StepShown:
    return StepShown.model_validate({key: getattr(row, key) for key in StepShown.model_fields})
