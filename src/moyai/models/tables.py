"""The tables of models. Keys to other rooms are ids."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moyai.kernel.database import Row

ID = String(40)
NAME = String(200)
DIGEST = String(80)


class Run(Row):
    __tablename__ = "models_run"
    __table_args__ = (Index("ix_models_run_fingerprint_state", "fingerprint", "state"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(NAME)
    project: Mapped[str] = mapped_column(ID, index=True)
    model: Mapped[str] = mapped_column(NAME)
    requester: Mapped[str] = mapped_column(ID)
    job: Mapped[str] = mapped_column(ID, unique=True)
    state: Mapped[str] = mapped_column(String(20))
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    """All that was asked, own code included: enough to train again."""
    fingerprint: Mapped[str] = mapped_column(DIGEST)
    code_digest: Mapped[str] = mapped_column(DIGEST)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`metrics`, `difference`, `environment`, `environment_digest`, `rows`, `digest` (of the model file)."""
    model_version: Mapped[str | None] = mapped_column(ID)
    repeats: Mapped[str | None] = mapped_column(ID)
    detail: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Model(Row):
    __tablename__ = "models_model"
    __table_args__ = (UniqueConstraint("project", "name"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(NAME)
    project: Mapped[str] = mapped_column(ID)
    versions: Mapped[int] = mapped_column(Integer)
    latest: Mapped[str | None] = mapped_column(ID)
    at: Mapped[datetime]


class ModelVersion(Row):
    __tablename__ = "models_version"
    __table_args__ = (UniqueConstraint("model", "number"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    model: Mapped[str] = mapped_column(ForeignKey("models_model.id"))
    name: Mapped[str] = mapped_column(NAME)
    number: Mapped[int] = mapped_column(Integer)
    project: Mapped[str] = mapped_column(ID, index=True)
    run: Mapped[str] = mapped_column(ID, unique=True)
    digest: Mapped[str] = mapped_column(DIGEST)
    reference: Mapped[str | None] = mapped_column(ID)
    features: Mapped[list[str]] = mapped_column(JSON)
    classes: Mapped[list[str]] = mapped_column(JSON)
    card: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]


class Gate(Row):
    __tablename__ = "models_gate"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    model_version: Mapped[str] = mapped_column(ForeignKey("models_version.id"), index=True)
    project: Mapped[str] = mapped_column(ID, index=True)
    requester: Mapped[str] = mapped_column(ID)
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    card: Mapped[dict[str, Any]] = mapped_column(JSON)
    verdict: Mapped[str] = mapped_column(String(20))
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    approval: Mapped[str | None] = mapped_column(ID, unique=True)
    refused: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Endpoint(Row):
    __tablename__ = "models_endpoint"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(NAME, unique=True)
    project: Mapped[str] = mapped_column(ID, index=True)
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    model_version: Mapped[str] = mapped_column(ForeignKey("models_version.id"))
    gate: Mapped[str] = mapped_column(ForeignKey("models_gate.id"))
    procedure: Mapped[str | None] = mapped_column(ID)
    qualification: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime]


class Deployment(Row):
    """History of an endpoint; rows are only added."""

    __tablename__ = "models_deployment"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    endpoint: Mapped[str] = mapped_column(ForeignKey("models_endpoint.id"), index=True)
    action: Mapped[str] = mapped_column(String(20))
    model_version: Mapped[str] = mapped_column(ID)
    gate: Mapped[str] = mapped_column(ID)
    by: Mapped[str] = mapped_column(ID)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Prediction(Row):
    """One row asked. `seq` is the order in which predictions arrived."""

    __tablename__ = "models_prediction"
    __table_args__ = (Index("ix_models_prediction_endpoint_source_seq", "endpoint", "source", "seq"),)

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(ID, unique=True)
    endpoint: Mapped[str] = mapped_column(ID)
    model_version: Mapped[str] = mapped_column(ID)
    source: Mapped[str] = mapped_column(String(80))
    request: Mapped[str] = mapped_column(String(80), index=True)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    outputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]
    millis: Mapped[float] = mapped_column(Float)


class Offer(Row):
    """A prediction that lies before somebody now, so that nobody else is asked about it."""

    __tablename__ = "models_offer"

    prediction: Mapped[str] = mapped_column(ID, primary_key=True)
    person: Mapped[str] = mapped_column(ID)
    until: Mapped[datetime]


class Decision(Row):
    __tablename__ = "models_decision"
    __table_args__ = (Index("ix_models_decision_endpoint_id", "endpoint", "id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    prediction: Mapped[str] = mapped_column(ID, unique=True)
    endpoint: Mapped[str] = mapped_column(ForeignKey("models_endpoint.id"))
    verdict: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    person: Mapped[str] = mapped_column(ID)
    scripted: Mapped[bool] = mapped_column(Boolean)
    procedure: Mapped[str | None] = mapped_column(ID)
    at: Mapped[datetime]


class Monitor(Row):
    __tablename__ = "models_monitor"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    endpoint: Mapped[str] = mapped_column(ForeignKey("models_endpoint.id"), index=True)
    reference: Mapped[str] = mapped_column(ID)
    digest: Mapped[str] = mapped_column(DIGEST)
    features: Mapped[list[str]] = mapped_column(JSON)
    window: Mapped[int] = mapped_column(Integer)
    alpha: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime]


class Window(Row):
    __tablename__ = "models_window"
    __table_args__ = (UniqueConstraint("monitor", "source", "number"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    monitor: Mapped[str] = mapped_column(ForeignKey("models_monitor.id"))
    source: Mapped[str] = mapped_column(String(80))
    number: Mapped[int] = mapped_column(Integer)
    first: Mapped[str] = mapped_column(ID)
    last: Mapped[str] = mapped_column(ID)
    through: Mapped[int] = mapped_column(BigInteger)
    """Sequence number of its last prediction."""
    rows: Mapped[int] = mapped_column(Integer)
    alarm: Mapped[bool] = mapped_column(Boolean)
    changed: Mapped[list[str]] = mapped_column(JSON)
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    at: Mapped[datetime]
