"""The tables of compute; projects, organisations, persons and dataset versions of other rooms by id."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Float, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from moyai.kernel.database import Row

MICRO = 1_000_000


class Exact(TypeDecorator[Decimal]):
    """A decimal number kept exactly, as millionths: SQLite has no decimals of its own."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value * MICRO)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / MICRO


class Site(Row):
    __tablename__ = "compute_site"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    organisation: Mapped[str] = mapped_column(String(40), index=True)
    engine: Mapped[str] = mapped_column(String(100))
    cores: Mapped[int] = mapped_column(Integer)
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    gpus: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(String(3))
    core_hour: Mapped[Decimal] = mapped_column(Exact)
    memory_gb_hour: Mapped[Decimal] = mapped_column(Exact)
    storage_gb_month: Mapped[Decimal] = mapped_column(Exact)
    data: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime]


class Allocation(Row):
    __tablename__ = "compute_allocation"
    __table_args__ = (Index("ix_compute_allocation_project_site", "project", "site"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    project: Mapped[str] = mapped_column(String(40))
    site: Mapped[str] = mapped_column(String(40), index=True)
    core_hours: Mapped[Decimal] = mapped_column(Exact)
    reserved: Mapped[Decimal] = mapped_column(Exact)
    used: Mapped[Decimal] = mapped_column(Exact)
    start: Mapped[datetime]
    end: Mapped[datetime]
    granted_by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class Job(Row):
    __tablename__ = "compute_job"
    __table_args__ = (
        Index("ix_compute_job_site_state", "site", "state"),
        Index("ix_compute_job_project_state", "project", "state"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    project: Mapped[str] = mapped_column(String(40))
    requester: Mapped[str] = mapped_column(String(60), index=True)
    purpose: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(12))
    site: Mapped[str] = mapped_column(String(40))
    engine: Mapped[str] = mapped_column(String(100))
    native_id: Mapped[str | None] = mapped_column(String(400))
    argv: Mapped[list[str]] = mapped_column(JSON)
    cores: Mapped[int] = mapped_column(Integer)
    gpus: Mapped[int] = mapped_column(Integer)
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    wall_seconds: Mapped[int] = mapped_column(Integer)
    folder_bytes: Mapped[int] = mapped_column(BigInteger)
    inputs: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """As asked, each with the files it stands for: {name, version, artifact, files: [[path, digest]]}."""
    classification: Mapped[str] = mapped_column(String(12))
    seed: Mapped[int | None] = mapped_column(BigInteger)
    code_digest: Mapped[str] = mapped_column(String(80))
    allocation: Mapped[str] = mapped_column(String(40))
    reserved: Mapped[Decimal] = mapped_column(Exact)
    placement: Mapped[list[str]] = mapped_column(JSON)
    """Why it was placed there, in sentences."""
    cause: Mapped[str | None] = mapped_column(String(20))
    code: Mapped[int | None] = mapped_column(Integer)
    detail: Mapped[str] = mapped_column(Text)
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancel_at: Mapped[datetime | None]
    """When somebody asked for its end while it ran."""


class JobFile(Row):
    """A file that is written into a job's folder before it starts."""

    __tablename__ = "compute_job_file"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Artifact(Row):
    __tablename__ = "compute_artifact"
    __table_args__ = (UniqueConstraint("job", "name"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(400))
    digest: Mapped[str] = mapped_column(String(80))
    bytes: Mapped[int] = mapped_column(BigInteger)


class Usage(Row):
    __tablename__ = "compute_usage"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job: Mapped[str] = mapped_column(String(40), unique=True)
    project: Mapped[str] = mapped_column(String(40), index=True)
    site: Mapped[str] = mapped_column(String(40), index=True)
    organisation: Mapped[str] = mapped_column(String(40), index=True)
    engine: Mapped[str] = mapped_column(String(100))
    native_id: Mapped[str] = mapped_column(String(400))
    cpu_seconds: Mapped[float] = mapped_column(Float)
    wall_seconds: Mapped[float] = mapped_column(Float)
    max_rss_bytes: Mapped[int] = mapped_column(BigInteger)
    read_bytes: Mapped[int | None] = mapped_column(BigInteger)
    written_bytes: Mapped[int | None] = mapped_column(BigInteger)
    basis: Mapped[str] = mapped_column(Text)
    cores: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]


class Transform(Row):
    __tablename__ = "compute_transform"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job: Mapped[str] = mapped_column(String(40), unique=True)
    project: Mapped[str] = mapped_column(String(40), index=True)
    requester: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12))
    transform: Mapped[str] = mapped_column(String(100))
    task: Mapped[dict[str, Any]] = mapped_column(JSON)
    dataset: Mapped[str] = mapped_column(String(40), index=True)
    source: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
