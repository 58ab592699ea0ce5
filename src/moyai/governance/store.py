"""Every query of governance, and how its rows are shown."""

import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from moyai.governance.rules import MOST_LINKS, Readable
from moyai.governance.schema import (
    AccountabilityShown,
    ApprovalsAsked,
    ApprovalShown,
    CommentShown,
    Link,
    LogAsked,
    ProceduresAsked,
    ProcedureShown,
)
from moyai.governance.tables import Accountability, Approval, Comment, Procedure, ProvenanceLink
from moyai.kernel import database, journal, listing
from moyai.kernel.errors import NotFound
from moyai.kernel.shapes import EntryShown, Page

MOST_APPROVALS = 200
"""How many approvals of one subject are told at once."""


def add(session: Session, row: Accountability | Approval | Procedure | Comment) -> None:
    session.add(row)
    session.flush()


def alone(session: Session, subject: str) -> None:
    """Let one transaction at a time change what is recorded of a subject."""
    database.lock(session, zlib.crc32(subject.encode()))


def accountabilities(session: Session, subject: str) -> list[Accountability]:
    """Who answered for the subject, newest first."""
    query = select(Accountability).where(Accountability.subject == subject).order_by(Accountability.number.desc())
    return list(session.execute(query).scalars())


def approval(session: Session, ref: str, *, deciding: bool = False) -> Approval:
    """One approval; locked until commit when `deciding`. Raises NotFound."""
    row = session.get(Approval, ref, with_for_update=True if deciding else None, populate_existing=deciding)
    if row is None:
        raise NotFound(f"No approval {ref!r}.", fix="See `moyai approvals list`.", where="approval")
    return row


def same_waiting(session: Session, wanted: Approval) -> Approval | None:
    """A waiting request for the very same, by the same person."""
    same = ("subject", "purpose", "project", "organisation", "role", "qualification", "asked_by")
    query = select(Approval).where(
        Approval.state == "waiting", *(getattr(Approval, name) == getattr(wanted, name) for name in same)
    )
    found = session.execute(query.order_by(Approval.id)).scalars()
    return next((row for row in found if row.not_by == wanted.not_by), None)


def approvals(session: Session, asked: ApprovalsAsked, person: str, scope: Readable) -> Page[ApprovalShown]:
    query = _where(select(Approval), (Approval.subject, asked.subject), (Approval.state, asked.state))
    query = _where(query, (Approval.project, asked.project)).where(*_readable(person, scope))
    return listing.page(session, query, Approval.id, asked, show_approval)


def approvals_of(session: Session, subject: str, person: str, scope: Readable) -> list[Approval]:
    """Newest first, at most MOST_APPROVALS."""
    query = select(Approval).where(Approval.subject == subject, *_readable(person, scope))
    return list(session.execute(query.order_by(Approval.id.desc()).limit(MOST_APPROVALS)).scalars())


def _readable(person: str, scope: Readable) -> tuple[ColumnElement[bool], ...]:
    """The filter that says what policy says of `approval.read`, for a whole list."""
    if scope.everything:
        return ()
    return (
        or_(
            Approval.asked_by == person,
            Approval.decided_by == person,
            Approval.project.in_(scope.projects),
            Approval.organisation.in_(scope.organisations),
        ),
    )


def procedure(session: Session, ref: str) -> Procedure:
    row = session.get(Procedure, ref)
    if row is None:
        raise NotFound(f"No version {ref!r} of any operating rules.", fix="See `moyai procedures list`.", where="id")
    return row


def latest_procedure(session: Session, subject: str) -> Procedure | None:
    query = select(Procedure).where(Procedure.subject == subject).order_by(Procedure.number.desc()).limit(1)
    return session.execute(query).scalar()


def procedure_in_force(session: Session, subject: str) -> Procedure | None:
    return session.execute(
        select(Procedure).where(Procedure.subject == subject, Procedure.state == "in_force")
    ).scalar()


def procedures(session: Session, asked: ProceduresAsked) -> Page[ProcedureShown]:
    query = _where(select(Procedure), (Procedure.subject, asked.subject), (Procedure.state, asked.state))
    return listing.page(session, _where(query, (Procedure.project, asked.project)), Procedure.id, asked, show_procedure)


def comment(session: Session, ref: str) -> Comment:
    row = session.get(Comment, ref, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"No comment {ref!r}.", where="comment")
    return row


def unanswered(session: Session, subject: str) -> int:
    """Open comments on any version of the rules about the subject."""
    query = select(func.count()).select_from(Comment).where(Comment.subject == subject, Comment.answer.is_(None))
    return session.execute(query).scalar_one()


def link(session: Session, row: ProvenanceLink) -> bool:
    """Keep the link; False when it is there already."""
    if session.get(ProvenanceLink, (row.source, row.relation, row.target)) is not None:
        return False
    session.add(row)
    session.flush()
    return True


def origins(session: Session, things: Sequence[str]) -> list[tuple[str, Link]]:
    """Links from `things` to what they came from, each with the origin; one more than a step looks at, at most."""
    found = ProvenanceLink.later.in_(things)
    return [(row.earlier, show_link(row)) for row in _links(session, found)]


def outcomes(session: Session, things: Sequence[str]) -> list[tuple[str, Link]]:
    """Links from `things` to what came of them, each with the outcome; bounded in the same way."""
    found = ProvenanceLink.earlier.in_(things)
    return [(row.later, show_link(row)) for row in _links(session, found)]


def _links(session: Session, found: ColumnElement[bool]) -> list[ProvenanceLink]:
    order = (ProvenanceLink.at, ProvenanceLink.source, ProvenanceLink.relation, ProvenanceLink.target)
    query = select(ProvenanceLink).where(found).order_by(*order).limit(MOST_LINKS + 1)
    return list(session.execute(query).scalars())


def entries(session: Session, asked: LogAsked) -> Page[EntryShown]:
    entry = journal.Entry
    query = _where(select(entry), (entry.about, asked.about), (entry.name, asked.name), (entry.actor, asked.actor))
    if asked.since:
        query = query.where(entry.at >= asked.since)
    if asked.until:
        query = query.where(entry.at < asked.until)
    return listing.page(session, query, entry.seq, asked, journal.show)


def _where(query: Select[Any], *wanted: tuple[Any, str | None]) -> Select[Any]:
    for column, value in wanted:
        query = query.where(column == value) if value else query
    return query


def show_accountability(row: Accountability) -> AccountabilityShown:
    return AccountabilityShown(
        id=row.id, subject=row.subject, number=row.number, project=row.project, organisation=row.organisation,
        person=row.person, role=row.role, statement=row.statement, assigned_by=row.assigned_by, at=row.at,
        until=row.until,
    )  # fmt: skip


def show_approval(row: Approval) -> ApprovalShown:
    return ApprovalShown.model_validate(
        {
            "id": row.id, "subject": row.subject, "purpose": row.purpose, "state": row.state,
            "project": row.project, "organisation": row.organisation, "role": row.role,
            "qualification": row.qualification, "not_by": row.not_by, "asked_by": row.asked_by,
            "asked_at": row.asked_at, "decided_by": row.decided_by, "scripted": row.scripted,
            "reason": row.reason, "at": row.decided_at or row.asked_at,
        }
    )  # fmt: skip


def show_comment(row: Comment) -> CommentShown:
    return CommentShown(
        id=row.id, procedure=row.procedure, text=row.text, by=row.by, scripted=row.scripted, at=row.at,
        answer=row.answer, taken=row.taken, answered_by=row.answered_by, answered_at=row.answered_at,
    )  # fmt: skip


def show_procedure(row: Procedure) -> ProcedureShown:
    return ProcedureShown.model_validate(
        {
            "id": row.id, "subject": row.subject, "number": row.number, "project": row.project,
            "organisation": row.organisation, "title": row.title, "text": row.text, "text_ja": row.text_ja,
            "state": row.state, "drafted_by": row.drafted_by, "drafted_at": row.drafted_at,
            "enacted_by": row.enacted_by, "enacted_at": row.enacted_at, "ended_at": row.ended_at,
            "scripted": row.scripted, "comments": tuple(show_comment(one) for one in row.comments),
        }
    )  # fmt: skip


def show_link(row: ProvenanceLink) -> Link:
    return Link.model_validate({"source": row.source, "relation": row.relation, "target": row.target})
