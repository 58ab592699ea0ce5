"""Queries over gates, endpoints and their history."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moyai.kernel.errors import NotFound
from moyai.kernel.listing import page
from moyai.kernel.shapes import Page
from moyai.models.schema import DeploymentShown, EndpointShown, GateShown, ModelsAsked
from moyai.models.tables import Deployment, Endpoint, Gate


def add(session: Session, row: Gate | Endpoint | Deployment) -> None:
    session.add(row)
    session.flush()


def gate(session: Session, ref: str) -> Gate:
    row = session.get(Gate, ref)
    if row is None:
        raise NotFound(f"No gate {ref!r}.", fix="See `moyai models gate --list`.", where="gate")
    return row


def gate_of_approval(session: Session, approval: str) -> Gate | None:
    return session.execute(select(Gate).where(Gate.approval == approval).with_for_update()).scalar()


def gates(session: Session, asked: ModelsAsked) -> Page[GateShown]:
    query = select(Gate)
    wanted = (
        (Gate.model_version, asked.model_version), (Gate.project, asked.project), (Gate.verdict, asked.state)
    )  # fmt: skip
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    return page(session, query, Gate.id, asked, show_gate)


def endpoint(session: Session, ref: str, for_update: bool = False) -> Endpoint:
    """By id or name."""
    row = endpoint_named(session, ref, for_update)
    if row is None:
        raise NotFound(f"No endpoint {ref!r}.", fix="See `moyai endpoints list`.", where="endpoint")
    return row


def endpoint_named(session: Session, ref: str, for_update: bool = False) -> Endpoint | None:
    query = select(Endpoint).where(or_(Endpoint.id == ref, Endpoint.name == ref))
    return session.execute(query.with_for_update() if for_update else query).scalar()


def endpoints(session: Session, asked: ModelsAsked) -> Page[EndpointShown]:
    query = select(Endpoint)
    for column, value in ((Endpoint.project, asked.project), (Endpoint.state, asked.state)):
        if value is not None:
            query = query.where(column == value)
    return page(session, query, Endpoint.id, asked, show_endpoint)


def history(session: Session, endpoint: str) -> tuple[DeploymentShown, ...]:
    """Everything that was ever done to the endpoint, newest first."""
    query = select(Deployment).where(Deployment.endpoint == endpoint).order_by(Deployment.id.desc())
    return tuple(_deployment(row) for row in session.execute(query).scalars())


def deployed(session: Session, endpoint: str, model_version: str) -> bool:
    query = select(Deployment.id).where(Deployment.endpoint == endpoint, Deployment.model_version == model_version)
    return session.execute(query.limit(1)).scalar() is not None


def show_gate(row: Gate) -> GateShown:
    return GateShown.model_validate(
        {
            "id": row.id,
            "model_version": row.model_version,
            "project": row.project,
            "baseline": row.asked["baseline"],
            "purpose": row.asked["purpose"],
            "requester": row.requester,
            "verdict": row.verdict,
            "checks": tuple(row.checks),
            "approval": row.approval,
            "refused": tuple(row.refused),
            "answers": tuple(row.asked["answers"]),
            "reviewer": row.asked["reviewer"],
            "card": row.card,
            "at": row.at,
            "settled_at": row.settled_at,
        }
    )


def show_endpoint(row: Endpoint, history: tuple[DeploymentShown, ...] = ()) -> EndpointShown:
    return EndpointShown.model_validate(row, from_attributes=True).model_copy(update={"history": history})


def _deployment(row: Deployment) -> DeploymentShown:
    return DeploymentShown.model_validate(row, from_attributes=True)
