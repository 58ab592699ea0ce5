"""Tables of planning: declared pilots, what each step gave, indicators, reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moyai.kernel.database import Row


class Pilot(Row):
    __tablename__ = "planning_pilot"
    __table_args__ = (UniqueConstraint("name", "digest"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(63), index=True)
    digest: Mapped[str] = mapped_column(String(80))
    """Of the declaration's text: the same text is the same pilot."""
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class Step(Row):
    __tablename__ = "planning_step"

    pilot: Mapped[str] = mapped_column(ForeignKey("planning_pilot.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
    started: Mapped[datetime]
    seconds: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime]


class Indicator(Row):
    __tablename__ = "planning_indicator"
    __table_args__ = (Index("ix_planning_indicator_pilot_figure", "pilot", "figure"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    pilot: Mapped[str] = mapped_column(ForeignKey("planning_pilot.id"))
    figure: Mapped[str] = mapped_column(String(120))
    value: Mapped[float | None] = mapped_column(Float)
    target: Mapped[float] = mapped_column(Float)
    reached: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]


class Report(Row):
    __tablename__ = "planning_report"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    pilot: Mapped[str] = mapped_column(ForeignKey("planning_pilot.id"), index=True)
    evidence: Mapped[str] = mapped_column(String(80))
    """Digest of `evidence.json`, kept as a blob."""
    document: Mapped[str] = mapped_column(String(80))
    """Digest of `report.html`, kept as a blob."""
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
