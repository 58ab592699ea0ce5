"""Every query of compute."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from moyai.compute import rules
from moyai.compute.rules import Balance
from moyai.compute.schema import (
    AllocationsAsked,
    AllocationShown,
    ArtifactShown,
    JobsAsked,
    JobShown,
    JobState,
    Need,
    Prices,
    Resources,
    SiteShown,
    TransformShown,
    UsageAsked,
    UsageShown,
)
from moyai.compute.tables import Allocation, Artifact, Job, JobFile, Site, Transform, Usage
from moyai.kernel.database import Row
from moyai.kernel.errors import NotFound
from moyai.kernel.listing import page
from moyai.kernel.shapes import Page, PageAsked

NOT_ENDED = (JobState.QUEUED, *rules.LIVE)


def add(session: Session, *rows: Row) -> None:
    """They are written before the next question, or at the end."""
    session.add_all(rows)


def _one(found: Any, what: str, ref: str, fix: str) -> Any:
    if found is None:
        raise NotFound(f"No {what} {ref!r}.", fix=fix, where=what)
    return found


# Sites ----------------------------------------------------------------------------------------------------------------


def site(session: Session, ref: str) -> Site:
    """By id or by name."""
    row = session.get(Site, ref) or session.execute(select(Site).where(Site.name == ref)).scalar()
    return _one(row, "site", ref, "See `moyai sites list`.")


def site_named(session: Session, name: str) -> bool:
    return session.execute(select(Site.id).where(Site.name == name)).scalar() is not None


def sites(session: Session) -> list[Site]:
    return list(session.execute(select(Site).order_by(Site.name)).scalars())


def list_sites(session: Session, asked: PageAsked) -> Page[SiteShown]:
    return page(session, select(Site), Site.id, asked, lambda row: show_site(session, row))


def show_site(session: Session, row: Site) -> SiteShown:
    waiting = select(func.count()).where(Job.site == row.id, Job.state == JobState.QUEUED)
    return SiteShown.model_validate(
        {"id": row.id, "name": row.name, "organisation": row.organisation, "engine": row.engine,
         "resources": resources(row), "prices": prices(row), "data": row.data,
         "in_use": held(session, row.id, rules.LIVE), "waiting": session.execute(waiting).scalar_one(), "at": row.at}
    )  # fmt: skip


def resources(row: Site) -> Resources:
    return Resources(cores=row.cores, memory_bytes=row.memory_bytes, gpus=row.gpus)


def prices(row: Site) -> Prices:
    return Prices(
        currency=row.currency, core_hour=row.core_hour, memory_gb_hour=row.memory_gb_hour,
        storage_gb_month=row.storage_gb_month,
    )  # fmt: skip


def held(session: Session, site: str, states: Iterable[JobState]) -> Resources:
    """What jobs in these states hold, or ask for, at a site."""
    sums = (func.coalesce(func.sum(column), 0) for column in (Job.cores, Job.memory_bytes, Job.gpus))
    query = select(*sums).where(Job.site == site, Job.state.in_(list(states)))
    cores, memory, gpus = session.execute(query).one()
    return Resources(cores=int(cores), memory_bytes=int(memory), gpus=int(gpus))


# Allocations ----------------------------------------------------------------------------------------------------------


def allocation(session: Session, ref: str, lock: bool = False) -> Allocation:
    """With `lock` as it stands now, whatever this transaction read before; nobody else changes it until commit."""
    row = session.get(Allocation, ref, with_for_update=lock, populate_existing=lock)
    return _one(row, "allocation", ref, "See /allocations.")


def overlapping(session: Session, project: str, site: str, start: datetime, end: datetime) -> Allocation | None:
    query = select(Allocation).where(
        Allocation.project == project, Allocation.site == site, Allocation.start < end, Allocation.end > start
    )
    return session.execute(query.limit(1)).scalar()


def allocations_at(session: Session, project: str, at: datetime) -> dict[str, Allocation]:
    """The project's shares that are in force, by site."""
    query = select(Allocation).where(Allocation.project == project, Allocation.start <= at, Allocation.end > at)
    return {row.site: row for row in session.execute(query).scalars()}


def list_allocations(session: Session, asked: AllocationsAsked) -> Page[AllocationShown]:
    query = _filtered(select(Allocation), {Allocation.project: asked.project, Allocation.site: asked.site})
    return page(session, query, Allocation.id, asked, show_allocation)


def balance(row: Allocation) -> Balance:
    return Balance(row.core_hours, row.reserved, row.used, row.end)


def show_allocation(row: Allocation) -> AllocationShown:
    held = balance(row)
    return AllocationShown(
        id=row.id, project=row.project, site=row.site, core_hours=row.core_hours, reserved=row.reserved,
        used=row.used, left=rules.left(held), overdrawn=rules.overdrawn(held), start=row.start, end=row.end,
    )  # fmt: skip


def _filtered(query: Select[Any], wanted: Mapping[Any, str | None]) -> Select[Any]:
    for column, value in wanted.items():
        query = query.where(column == value) if value is not None else query
    return query


# Jobs -----------------------------------------------------------------------------------------------------------------


def job(session: Session, ref: str, lock: bool = False) -> Job:
    row = session.get(Job, ref, with_for_update=lock, populate_existing=lock)
    return _one(row, "job", ref, "See `moyai jobs list`.")


def jobs(session: Session, refs: Sequence[str]) -> dict[str, Job]:
    """Locked until commit."""
    query = select(Job).where(Job.id.in_(refs)).order_by(Job.id).with_for_update()
    return {row.id: row for row in session.execute(query).scalars()}


def job_projects(session: Session) -> list[str]:
    return list(session.execute(select(Job.project).distinct()).scalars())


def list_jobs(
    session: Session, asked: JobsAsked, seen: tuple[str, Sequence[str], Sequence[str]] | None
) -> Page[JobShown]:
    """Newest first. `seen`: the person, and the projects and sites whose jobs they may see; None: all jobs."""
    query = _filtered(select(Job), {Job.project: asked.project, Job.site: asked.site, Job.state: asked.state})
    if asked.live is not None:
        query = query.where(Job.state.in_(NOT_ENDED) if asked.live else Job.state.not_in(NOT_ENDED))
    if seen is not None:
        person, projects, places = seen
        query = query.where(or_(Job.requester == person, Job.project.in_(projects), Job.site.in_(places)))
    found = page(session, query, Job.id, asked, lambda row: row)
    used = usages(session, [row.id for row in found.items])
    return Page(items=tuple(show_job(row, used.get(row.id)) for row in found.items), next=found.next)


def queued(session: Session, site: str, limit: int) -> list[Job]:
    """The first who wait at a site, in their order, locked until commit."""
    query = select(Job).where(Job.site == site, Job.state == JobState.QUEUED).order_by(Job.id).limit(limit)
    return list(session.execute(query.with_for_update()).scalars())


def ahead(session: Session, row: Job) -> list[Job]:
    query = select(Job).where(Job.site == row.site, Job.state == JobState.QUEUED, Job.id < row.id).order_by(Job.id)
    return list(session.execute(query).scalars())


def live(session: Session, site: str) -> list[Job]:
    query = select(Job).where(Job.site == site, Job.state.in_(list(rules.LIVE))).order_by(Job.id)
    return list(session.execute(query).scalars())


def to_cancel(session: Session, site: str) -> list[str]:
    query = select(Job.id).where(Job.site == site, Job.state.in_(list(rules.LIVE)), Job.cancel_at.is_not(None))
    return list(session.execute(query).scalars())


def files(session: Session, jobs: Sequence[str]) -> dict[str, dict[str, bytes]]:
    """What is written into each job's folder."""
    found: dict[str, dict[str, bytes]] = {job: {} for job in jobs}
    for row in session.execute(select(JobFile).where(JobFile.job.in_(jobs))).scalars():
        found[row.job][row.path] = row.content
    return found


def need_of(row: Job) -> Need:
    return Need(
        cores=row.cores, gpus=row.gpus, memory_bytes=row.memory_bytes, wall_seconds=row.wall_seconds,
        folder_bytes=row.folder_bytes,
    )  # fmt: skip


def show_job(row: Job, used: UsageShown | None = None) -> JobShown:
    inputs = [{key: one[key] for key in ("name", "version", "artifact")} for one in row.inputs]
    return JobShown.model_validate(
        {"id": row.id, "name": row.name, "project": row.project, "requester": row.requester, "purpose": row.purpose,
         "state": row.state, "site": row.site, "engine": row.engine, "native_id": row.native_id, "argv": row.argv,
         "need": need_of(row), "inputs": inputs, "classification": row.classification, "seed": row.seed,
         "cause": row.cause, "code": row.code, "detail": row.detail, "queued_at": row.queued_at,
         "started_at": row.started_at, "ended_at": row.ended_at, "code_digest": row.code_digest, "usage": used}
    )  # fmt: skip


# Artifacts and usage --------------------------------------------------------------------------------------------------


def artifact(session: Session, ref: str) -> Artifact:
    return _one(session.get(Artifact, ref), "artifact", ref, "See `moyai jobs artifacts JOB`.")


def artifacts(session: Session, job: str) -> tuple[ArtifactShown, ...]:
    rows = session.execute(select(Artifact).where(Artifact.job == job).order_by(Artifact.name)).scalars()
    return tuple(show_artifact(row) for row in rows)


def artifact_named(session: Session, job: str, name: str) -> Artifact | None:
    return session.execute(select(Artifact).where(and_(Artifact.job == job, Artifact.name == name))).scalar()


def show_artifact(row: Artifact) -> ArtifactShown:
    return ArtifactShown(id=row.id, job=row.job, name=row.name, digest=row.digest, bytes=row.bytes)


def usages(session: Session, jobs: Sequence[str]) -> dict[str, UsageShown]:
    rows = session.execute(select(Usage).where(Usage.job.in_(jobs))).scalars()
    return {row.job: show_usage(row) for row in rows}


def list_usage(session: Session, asked: UsageAsked) -> Page[UsageShown]:
    wanted = {Usage.project: asked.project, Usage.organisation: asked.organisation, Usage.site: asked.site}
    return page(session, _filtered(select(Usage), wanted), Usage.id, asked, show_usage)


def show_usage(row: Usage) -> UsageShown:
    return UsageShown(
        id=row.id, job=row.job, project=row.project, site=row.site, organisation=row.organisation, engine=row.engine,
        native_id=row.native_id, cpu_seconds=row.cpu_seconds, wall_seconds=row.wall_seconds,
        max_rss_bytes=row.max_rss_bytes, read_bytes=row.read_bytes, written_bytes=row.written_bytes, basis=row.basis,
        cores=row.cores, at=row.at,
    )  # fmt: skip


# Transforms -----------------------------------------------------------------------------------------------------------


def transform(session: Session, ref: str) -> Transform:
    return _one(session.get(Transform, ref), "transform", ref, "It is named when it starts.")


def transform_of(session: Session, job: str) -> Transform | None:
    return session.execute(select(Transform).where(Transform.job == job)).scalar()


def show_transform(row: Transform) -> TransformShown:
    return TransformShown.model_validate(
        {"id": row.id, "job": row.job, "project": row.project, "state": row.state, "transform": row.transform,
         "task": row.task, "dataset": row.dataset, "source": row.source, "version": row.version,
         "detail": row.detail, "at": row.at}
    )  # fmt: skip
