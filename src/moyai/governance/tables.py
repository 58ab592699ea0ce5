"""The tables of governance; subjects and persons of other rooms by id."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moyai.kernel.database import Row


class Accountability(Row):
    __tablename__ = "governance_accountability"
    __table_args__ = (UniqueConstraint("subject", "number"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60))
    number: Mapped[int] = mapped_column(Integer)
    project: Mapped[str | None] = mapped_column(String(60))
    organisation: Mapped[str | None] = mapped_column(String(60))
    person: Mapped[str] = mapped_column(String(60), index=True)
    role: Mapped[str] = mapped_column(String(80))
    statement: Mapped[str] = mapped_column(Text)
    assigned_by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    until: Mapped[datetime | None]


class Approval(Row):
    __tablename__ = "governance_approval"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60), index=True)
    purpose: Mapped[str] = mapped_column(String(500))
    project: Mapped[str | None] = mapped_column(String(60), index=True)
    organisation: Mapped[str | None] = mapped_column(String(60), index=True)
    role: Mapped[str] = mapped_column(String(80))
    qualification: Mapped[str | None] = mapped_column(String(80))
    not_by: Mapped[list[str]] = mapped_column(JSON)
    asked_by: Mapped[str] = mapped_column(String(60), index=True)
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), index=True)
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    scripted: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)


class Comment(Row):
    __tablename__ = "governance_comment"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    procedure: Mapped[str] = mapped_column(ForeignKey("governance_procedure.id"), index=True)
    subject: Mapped[str] = mapped_column(String(60), index=True)
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(60))
    scripted: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Text)
    taken: Mapped[bool | None] = mapped_column(Boolean)
    answered_by: Mapped[str | None] = mapped_column(String(60))
    answered_at: Mapped[datetime | None]


class Procedure(Row):
    """One version of an operating rule."""

    __tablename__ = "governance_procedure"
    __table_args__ = (UniqueConstraint("subject", "number"), Index("ix_governance_procedure_state", "state"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60))
    number: Mapped[int] = mapped_column(Integer)
    project: Mapped[str | None] = mapped_column(String(60), index=True)
    organisation: Mapped[str | None] = mapped_column(String(60), index=True)
    title: Mapped[str] = mapped_column(String(500))
    text: Mapped[str] = mapped_column(Text)
    text_ja: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(12))
    drafted_by: Mapped[str] = mapped_column(String(60))
    drafted_at: Mapped[datetime]
    enacted_by: Mapped[str | None] = mapped_column(String(60))
    enacted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    scripted: Mapped[bool] = mapped_column(Boolean)
    comments: Mapped[list[Comment]] = relationship(lazy="selectin", order_by=Comment.id)


class ProvenanceLink(Row):
    """A link, and the same link in time: `later` came from `earlier`."""

    __tablename__ = "governance_link"

    source: Mapped[str] = mapped_column(String(60), primary_key=True)
    relation: Mapped[str] = mapped_column(String(20), primary_key=True)
    target: Mapped[str] = mapped_column(String(60), primary_key=True)
    later: Mapped[str] = mapped_column(String(60), index=True)
    earlier: Mapped[str] = mapped_column(String(60), index=True)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
