"""Queries over runs, models and model versions."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moyai.kernel.errors import NotFound
from moyai.kernel.listing import page
from moyai.kernel.shapes import Page
from moyai.models.schema import ModelsAsked, ModelShown, ModelVersionShown, RunShown
from moyai.models.tables import Model, ModelVersion, Run


def add(session: Session, row: Run | Model | ModelVersion) -> None:
    session.add(row)
    session.flush()


def run(session: Session, ref: str) -> Run:
    row = session.get(Run, ref)
    if row is None:
        raise NotFound(f"No training run {ref!r}.", fix="See `moyai models runs`.", where="run")
    return row


def run_of_job(session: Session, job: str) -> Run | None:
    return session.execute(select(Run).where(Run.job == job)).scalar()


def equal(session: Session, fingerprint: str) -> Run | None:
    """The newest finished run with this fingerprint that is no repetition."""
    query = select(Run).where(Run.fingerprint == fingerprint, Run.state == "succeeded", Run.repeats.is_(None))
    return session.execute(query.order_by(Run.id.desc()).limit(1)).scalar()


def runs(session: Session, asked: ModelsAsked) -> Page[RunShown]:
    query = select(Run)
    for column, value in ((Run.project, asked.project), (Run.model, asked.model), (Run.state, asked.state)):
        if value is not None:
            query = query.where(column == value)
    return page(session, query, Run.id, asked, show_run)


def model(session: Session, ref: str) -> Model:
    row = session.get(Model, ref)
    if row is None:
        raise NotFound(f"No model {ref!r}.", fix="See `moyai models list`.", where="model")
    return row


def model_for_update(session: Session, project: str, name: str) -> Model | None:
    query = select(Model).where(Model.project == project, Model.name == name)
    return session.execute(query.with_for_update()).scalar()


def models(session: Session, asked: ModelsAsked) -> Page[ModelShown]:
    query = select(Model)
    if asked.project is not None:
        query = query.where(Model.project == asked.project)
    return page(session, query, Model.id, asked, show_model)


def version(session: Session, ref: str) -> ModelVersion:
    row = session.get(ModelVersion, ref)
    if row is None:
        raise NotFound(f"No model version {ref!r}.", fix="See `moyai models get`.", where="model_version")
    return row


def version_numbered(session: Session, name: str, number: int) -> ModelVersion | None:
    query = select(ModelVersion).where(ModelVersion.name == name, ModelVersion.number == number)
    return session.execute(query.limit(1)).scalar()


def versions(session: Session, asked: ModelsAsked) -> Page[ModelVersionShown]:
    query = select(ModelVersion)
    for column, value in ((ModelVersion.model, asked.model), (ModelVersion.project, asked.project)):
        if value is not None:
            query = query.where(column == value)
    return page(session, query, ModelVersion.id, asked, show_version)


def show_run(row: Run) -> RunShown:
    asked: dict[str, Any] = row.asked
    result: dict[str, Any] = row.result
    return RunShown.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "project": row.project,
            "model": row.model,
            "requester": row.requester,
            "job": row.job,
            "state": row.state,
            "trainer": asked["trainer"],
            "version": asked["version"],
            "compare": asked["compare"],
            "purpose": asked["purpose"],
            "parameters": asked["task"],
            "seed": asked["seed"],
            "fingerprint": row.fingerprint,
            "code_digest": row.code_digest,
            "environment_digest": result.get("environment_digest"),
            "environment": result.get("environment", {}),
            "metrics": result.get("metrics", {}),
            "difference": result.get("difference", {}),
            "rows": result.get("rows"),
            "model_version": row.model_version,
            "repeats": row.repeats,
            "detail": row.detail,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
        }
    )


def show_model(row: Model) -> ModelShown:
    return ModelShown(
        id=row.id, name=row.name, project=row.project, versions=row.versions, latest=row.latest, at=row.at
    )


def show_version(row: ModelVersion) -> ModelVersionShown:
    return ModelVersionShown.model_validate(row, from_attributes=True)
