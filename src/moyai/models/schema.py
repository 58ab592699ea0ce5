"""Shapes of models that travel: runs, the registry, gates; endpoints, predictions, decisions, monitors."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from moyai.compute.schema import Need
from moyai.kernel.shapes import PageAsked, Shape

Ref = Annotated[str, Field(min_length=1, max_length=60)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A name that is also a part of an address."""
Words = Annotated[str, Field(max_length=20_000)]
RunState = Literal["queued", "running", "succeeded", "failed"]
VersionState = Literal["candidate", "passed", "failed"]
Verdict = Literal["waiting", "passed", "failed"]


class ModelsAsked(PageAsked):
    """Which runs, models, versions, gates or endpoints, newest first; what is absent does not matter."""

    project: str | None = None
    model: str | None = Field(default=None, description="Runs: its name; versions: its id.")
    model_version: str | None = None
    state: str | None = Field(default=None, description="State, or for gates the verdict.")


class Metric(Shape):
    """A figure and, where it was estimated, its interval (95 %). A bare number is a figure without one."""

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)

    value: float
    low: float | None = None
    high: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        return {"value": given} if isinstance(given, int | float) else given


class TrainingAsked(Shape):
    """A training: which trainer, on which prepared data, with which parameters and seed."""

    project: Ref
    name: Annotated[str, Field(min_length=1, max_length=200)]
    model: Name = Field(description="Name of the model that a finished run adds a version to; made if it is new.")
    trainer: Annotated[str, Field(max_length=40)] = Field(default="tabular", description="`tabular` or `script`.")
    version: Ref = Field(description="The prepared dataset version, seen by the program as `inputs/data`.")
    task: dict[str, Any] = Field(default_factory=dict, description="The trainer's own keys.")
    files: dict[str, str] = Field(default_factory=dict, description="Own code: path in the job's folder -> text.")
    compare: Ref | None = Field(default=None, description="A finished run to be compared with, row by row.")
    seed: int = Field(default=0, ge=0, lt=2**31)
    need: Need | None = None
    site: Ref | None = Field(default=None, description="Run at this site or nowhere; absent: the best that fits.")
    purpose: Annotated[str, Field(min_length=1, max_length=80)] = "training"


class RunShown(Shape):
    id: str
    name: str
    project: str
    model: str
    requester: str
    job: str
    state: RunState
    trainer: str
    version: str
    compare: str | None
    purpose: str
    parameters: dict[str, Any]
    seed: int
    fingerprint: str
    code_digest: str
    environment_digest: str | None = None
    environment: dict[str, Any] = {}
    metrics: dict[str, Metric] = {}
    difference: dict[str, Metric] = Field(default={}, description="To the compared run, row by row (paired bootstrap).")
    rows: int | None = None
    model_version: str | None = None
    repeats: str | None = Field(default=None, description="The run that this one repeats, adding no model version.")
    detail: str = ""
    started_at: datetime
    ended_at: datetime | None = None


class MetricPair(Shape):
    name: str
    first: float | None
    second: float | None
    equal: bool


class ComparedShown(Shape):
    """Two runs beside each other: metrics are equal only if every figure is the same to the last bit."""

    first: str
    second: str
    equal: bool
    metrics: tuple[MetricPair, ...]
    same_code: bool
    same_environment: bool
    same_model: bool
    sentence: str


class ModelShown(Shape):
    id: str
    name: str
    project: str
    versions: int
    latest: str | None
    at: datetime


class ModelVersionShown(Shape):
    """One version of a model: the file by digest, and the run that made it."""

    id: str
    model: str
    name: str
    number: int
    project: str
    run: str
    digest: str
    reference: str | None = Field(description="The artifact with the reference rows for drift, if the run made one.")
    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    card: dict[str, Any] = {}
    state: VersionState
    at: datetime


class Threshold(Shape):
    """What a metric has to reach. Each is asked of the unfavourable end of the interval, not of the middle."""

    metric: Annotated[str, Field(min_length=1, max_length=80)]
    at_least: float | None = None
    at_most: float | None = None
    improvement_over_baseline: float | None = Field(
        default=None, description="Least difference to the baseline on the same rows (the interval's low end)."
    )


class Answer(Shape):
    question: Annotated[str, Field(min_length=1, max_length=500)]
    answer: Words


class Responsible(Shape):
    """Who answers for the model in production, and what he or she declares."""

    person: Ref
    role: Annotated[str, Field(min_length=1, max_length=80)]
    statement: Annotated[str, Field(min_length=1, max_length=20_000)]


class Approver(Shape):
    role: Annotated[str, Field(min_length=1, max_length=80)] = "leader"
    qualification: Annotated[str, Field(max_length=80)] | None = None


class GateAsked(Shape):
    """The way to production: everything that is checked before a model version may serve."""

    model_version: Ref
    baseline: Ref | None = None
    thresholds: tuple[Threshold, ...] = Field(min_length=1, max_length=50)
    purpose: Annotated[str, Field(min_length=1, max_length=80)] = "production"
    answers: tuple[Answer, ...] = Field(default=(), max_length=100)
    reviewer: Ref | None = None
    accountable: Responsible | None = None
    approver: Approver = Approver()
    card: dict[str, Words] = {}


class CheckShown(Shape):
    """One check of a gate: a sentence, and the id of the record that it rests on."""

    name: str
    passed: bool | None = Field(description="None while it waits for a person.")
    detail: str
    ref: str | None = None


class RefusalShown(Shape):
    person: str
    reason: str
    at: datetime


class GateShown(Shape):
    id: str
    model_version: str
    project: str
    baseline: str | None
    purpose: str
    requester: str
    verdict: Verdict
    checks: tuple[CheckShown, ...]
    approval: str | None
    refused: tuple[RefusalShown, ...] = ()
    answers: tuple[Answer, ...] = ()
    reviewer: str | None = None
    card: dict[str, Any] = {}
    at: datetime
    settled_at: datetime | None = None


class EndpointAsked(Shape):
    """Put a version into production under a name; the same name again replaces the version in service."""

    name: Name
    model_version: Ref
    gate: Ref
    project: Ref
    procedure: Ref | None = Field(default=None, description="Operating rule under which it opens, if one is drafted.")
    qualification: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="Certificate that whoever decides on its predictions must hold."
    )


class Reason(Shape):
    reason: Annotated[str, Field(min_length=3, max_length=2000)]


class DeploymentShown(Shape):
    """One line of an endpoint's history: what was in production from then on, and who said so."""

    id: str
    endpoint: str
    action: Literal["opened", "replaced", "stopped", "resumed"]
    model_version: str
    gate: str
    by: str
    reason: str
    at: datetime


class EndpointShown(Shape):
    id: str
    name: str
    project: str
    state: Literal["open", "stopped"]
    reason: str
    model_version: str
    gate: str
    procedure: str | None
    qualification: str | None
    at: datetime
    history: tuple[DeploymentShown, ...] = ()


class Answering(Shape):
    """What a face needs to answer for an endpoint."""

    endpoint: str
    name: str
    model_version: str
    number: int
    digest: str
    features: tuple[str, ...]
    stopped: str | None = Field(description="Why it is stopped; None while it answers.")


class FiguresShown(Shape):
    endpoint: str
    predictions: int
    p50_ms: float | None
    p99_ms: float | None
    decisions: int
    overridden: int
    scripted: int
    sources: dict[str, int] = Field(description="Predictions by source.")


class PredictionShown(Shape):
    """One row that a model was asked about, and what it answered."""

    id: str
    endpoint: str
    model_version: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    source: str
    request: str
    at: datetime
    millis: float = Field(description="From the request's arrival to the answer, for the whole request.")
    decision: str | None = None


class PredictionsAsked(PageAsked):
    """Which predictions of one endpoint, newest first."""

    endpoint: Ref
    source: str | None = None
    request: str | None = None


class DecisionsAsked(PageAsked):
    """Which decisions on one endpoint's predictions, newest first."""

    endpoint: Ref
    verdict: Literal["accepted", "overridden"] | None = None
    person: str | None = None


class NextAsked(Shape):
    """Ask for a prediction that waits for a person: the oldest, or one picked at random."""

    endpoint: Ref
    pick: Literal["oldest", "sample"] = "oldest"
    source: str | None = None


class DecisionAsked(Shape):
    """A person's final word. An override says what is right instead, if known, and why."""

    prediction: Ref
    verdict: Literal["accepted", "overridden"]
    outcome: Annotated[str, Field(max_length=200)] | None = None
    reason: Annotated[str, Field(max_length=2000)] = ""


class DecisionShown(Shape):
    id: str
    prediction: str
    endpoint: str
    verdict: Literal["accepted", "overridden"]
    outcome: str | None
    reason: str
    person: str
    scripted: bool = Field(description="Sent with a token that marks a program deciding in the person's name.")
    procedure: str | None = Field(description="The version of the operating rule in force when it was taken.")
    at: datetime


class MonitorAsked(Shape):
    """Watch what an endpoint is asked: windows of consecutive rows beside the reference."""

    endpoint: Ref
    reference: Ref | None = Field(default=None, description="Artifact; absent: the reference of the model version.")
    window: int = Field(default=200, ge=20, le=100_000, description="Rows of one source in a window.")
    alpha: float = Field(default=0.001, gt=0, lt=0.5, description="Highest chance of a false alarm in one window.")


class SourceShown(Shape):
    source: str
    windows: int
    alarms: int
    alarms_per_thousand: float
    columns: tuple[str, ...] = Field(description="Those that changed in any window, the most often changed first.")


class MonitorShown(Shape):
    id: str
    endpoint: str
    reference: str
    window: int
    alpha: float
    windows: int
    alarms: int
    sources: tuple[SourceShown, ...]
    at: datetime


class ColumnShown(Shape):
    """One column of a window beside the reference."""

    name: str
    statistic: float
    p: float = Field(description="Adjusted for the number of columns.")
    changed: bool


class WindowShown(Shape):
    """One window: `rows` consecutive predictions of one source, compared with the reference."""

    id: str
    monitor: str
    source: str
    index: int
    first: str
    last: str
    rows: int
    alarm: bool
    columns: tuple[ColumnShown, ...]
    at: datetime


class WindowsAsked(PageAsked):
    """Which windows of a monitor, newest first."""

    source: str | None = None
    alarm: bool | None = None
