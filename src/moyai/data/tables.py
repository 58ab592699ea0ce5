"""Tables of the data room: who sent which bytes, datasets, versions with their files, profiles, verdicts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moyai.kernel.database import Row


class Upload(Row):
    """Bytes that a person sent: only who has them may publish them under a name of their own."""

    __tablename__ = "data_upload"

    digest: Mapped[str] = mapped_column(String(71), primary_key=True)
    person: Mapped[str] = mapped_column(String(60), primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


class Dataset(Row):
    __tablename__ = "data_dataset"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    organisation: Mapped[str | None] = mapped_column(String(40), index=True)
    classification: Mapped[str] = mapped_column(String(20), index=True)
    owner: Mapped[str] = mapped_column(String(60), index=True)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    terms_revision: Mapped[int]
    layout: Mapped[dict[str, Any]] = mapped_column(JSON)
    contract: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    versions: Mapped[int]
    """How many there are; the row is locked while one is added, so that numbers have no gaps."""
    at: Mapped[datetime]


class Version(Row):
    __tablename__ = "data_version"
    __table_args__ = (UniqueConstraint("dataset", "digest"), UniqueConstraint("dataset", "number"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    dataset: Mapped[str] = mapped_column(ForeignKey("data_dataset.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(71), index=True)
    file_count: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20), index=True)
    reason: Mapped[str] = mapped_column(Text)
    derived_from: Mapped[list[str]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text)
    published_by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class File(Row):
    __tablename__ = "data_file"
    __table_args__ = (Index("ix_data_file_digest", "digest"),)

    version: Mapped[str] = mapped_column(ForeignKey("data_version.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    digest: Mapped[str] = mapped_column(String(71))
    bytes: Mapped[int] = mapped_column(BigInteger)


class Profile(Row):
    __tablename__ = "data_profile"

    version: Mapped[str] = mapped_column(ForeignKey("data_version.id"), primary_key=True)
    rows: Mapped[int] = mapped_column(BigInteger)
    duplicate_rows: Mapped[int] = mapped_column(BigInteger)
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    notes: Mapped[list[str]] = mapped_column(JSON)
    tables: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime]


class Validation(Row):
    """One verdict; a version that is judged again has several, and the newest counts."""

    __tablename__ = "data_validation"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(ForeignKey("data_version.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(20))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    contract: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    at: Mapped[datetime]
