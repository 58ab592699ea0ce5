"""Tables of people. Names of persons are here and nowhere else, so that erasing one touches this room only."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moyai.kernel.database import Row


class Organisation(Row):
    __tablename__ = "people_organisation"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]


class Project(Row):
    __tablename__ = "people_project"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str | None] = mapped_column(String(120))
    organisation: Mapped[str] = mapped_column(ForeignKey("people_organisation.id"))
    members: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime]


class Person(Row):
    __tablename__ = "people_person"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    organisation: Mapped[str | None] = mapped_column(ForeignKey("people_organisation.id"), index=True)
    persona: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]


class Role(Row):
    __tablename__ = "people_role"
    __table_args__ = (UniqueConstraint("person", "role", "scope"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people_person.id"))
    role: Mapped[str] = mapped_column(String(30), index=True)
    scope: Mapped[str] = mapped_column(String(40))
    """The organisation's or project's id; empty for the whole consortium (a unique key cannot see NULLs)."""
    granted_by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class Qualification(Row):
    __tablename__ = "people_qualification"
    __table_args__ = (Index("ix_people_qualification_person_name", "person", "name"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people_person.id"))
    name: Mapped[str] = mapped_column(String(60))
    until: Mapped[datetime]
    awarded_by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Token(Row):
    __tablename__ = "people_token"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people_person.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(120))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    scripted: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]
    expires: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
