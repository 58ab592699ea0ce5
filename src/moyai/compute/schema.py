"""Shapes of the compute room that travel: asked, shown, filters."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from moyai.kernel.shapes import Instant, PageAsked, Shape

GIB = 1 << 30
MOST_BYTES = 1 << 60
"""More than any site has, and far from where a database's numbers end."""
WORD = 1 << 63
CLASSES = ("open", "members", "restricted")
"""Classifications of data, from the least to the most guarded."""

Classification = Literal["open", "members", "restricted"]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]
InputName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Price = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=6)]
Hours = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=6)]


class JobState(StrEnum):
    QUEUED = "queued"
    PLACED = "placed"
    STARTING = "starting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    KILLED = "killed"


class Resources(Shape):
    """What a site lends, or what of it is in use."""

    cores: int = Field(ge=0, le=1_000_000)
    memory_bytes: int = Field(ge=0, le=MOST_BYTES)
    gpus: int = Field(default=0, ge=0, le=1_000_000)


class Prices(Shape):
    """What the site's organisation charges."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    core_hour: Price = Decimal(0)
    memory_gb_hour: Price = Decimal(0)
    storage_gb_month: Price = Decimal(0)


class SiteAsked(Shape):
    name: Label
    organisation: str
    engine: Label = Field(default="local", description="Name of the executor that runs jobs there.")
    resources: Resources
    prices: Prices
    data: tuple[Classification, ...] = Field(default=("open",), description="Classifications of data allowed there.")


class SiteShown(SiteAsked):
    id: str
    in_use: Resources
    waiting: int
    """Jobs that are queued for this site."""
    at: datetime


class Finding(Shape):
    """One thing looked at, in words; `fits` is False where somebody should act."""

    topic: str
    fits: bool
    words: str


class SiteChecked(Shape):
    """What the engine finds on its machine, beside what the site declares."""

    site: str
    engine: str
    version: str
    declared: Resources
    found: Resources
    findings: tuple[Finding, ...]


class AllocationAsked(Shape):
    """A project's share at one site, for a period."""

    project: str
    site: str
    core_hours: Hours
    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end must come after start")
        return self


class AllocationShown(Shape):
    id: str
    project: str
    site: str
    core_hours: Decimal
    reserved: Decimal
    used: Decimal
    left: Decimal
    overdrawn: Decimal
    """What jobs used beyond what was granted."""
    start: datetime
    end: datetime


class AllocationsAsked(PageAsked):
    project: str | None = None
    site: str | None = None


class Need(Shape):
    """What a job may use: its process tree is stopped where it takes more."""

    cores: int = Field(default=1, ge=1, le=100_000)
    gpus: int = Field(default=0, ge=0, le=10_000)
    memory_bytes: int = Field(default=GIB, ge=1 << 20, le=MOST_BYTES)
    wall_seconds: int = Field(default=3600, ge=1, le=366 * 86400)
    folder_bytes: int = Field(default=2 * GIB, ge=1 << 20, le=MOST_BYTES)


class InputAsked(Shape):
    """A dataset version, or an artifact of another job, found by the job under `inputs/<name>/`."""

    name: InputName
    version: str | None = None
    artifact: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.version is None) == (self.artifact is None):
            raise ValueError("give exactly one of version and artifact")
        return self


class JobAsked(Shape):
    project: str
    name: Label
    purpose: Label = Field(default="research", description="What the inputs are used for; their terms must allow it.")
    argv: tuple[str, ...] = Field(default=(), max_length=1000)
    need: Need = Need()
    inputs: tuple[InputAsked, ...] = Field(default=(), max_length=50)
    files: dict[str, str] = Field(default={}, description="Files written into the job's folder: path and text.")
    site: str | None = Field(default=None, description="Run at this site or nowhere; absent: the best that fits.")
    seed: int | None = Field(default=None, ge=-WORD, lt=WORD)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [given.name for given in self.inputs]
        if len(set(names)) < len(names):
            raise ValueError("two inputs have the same name")
        return self


class UsageShown(Shape):
    """What a job used, as the operating system of its site measured it."""

    id: str
    job: str
    project: str
    site: str
    organisation: str
    """Whose site it was."""
    engine: str
    native_id: str
    cpu_seconds: float
    wall_seconds: float
    max_rss_bytes: int
    read_bytes: int | None
    written_bytes: int | None
    basis: str
    cores: int
    at: datetime


class UsageAsked(PageAsked):
    project: str | None = None
    organisation: str | None = None
    site: str | None = None


class JobShown(Shape):
    id: str
    name: str
    project: str
    requester: str
    purpose: str
    state: JobState
    site: str
    engine: str
    native_id: str | None
    argv: tuple[str, ...]
    need: Need
    inputs: tuple[InputAsked, ...]
    classification: Classification
    """The most guarded classification among the inputs; artifacts inherit it."""
    seed: int | None
    cause: str | None
    code: int | None
    detail: str
    """Why it ended as it did, in words: the limit it passed, or the last line of its errors."""
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    code_digest: str
    usage: UsageShown | None = None


class JobsAsked(PageAsked):
    project: str | None = None
    site: str | None = None
    state: JobState | None = None
    live: bool | None = Field(default=None, description="True: not ended yet; False: ended.")


class WhyShown(Shape):
    """Why a job is where it is."""

    job: str
    state: JobState
    sentences: tuple[str, ...]


class LogAsked(Shape):
    name: Literal["stdout", "stderr"] = "stdout"
    offset: int = Field(default=0, ge=0, le=MOST_BYTES)


class LogShown(Shape):
    """A piece of what a job wrote, and where to go on; `ended` when nothing can follow."""

    text: str
    offset: int
    ended: bool


class ArtifactShown(Shape):
    """A file that a job left, kept as a blob: `outputs/...`, `result.json`, `metrics.jsonl`, ends of its logs."""

    id: str
    job: str
    name: str
    digest: str
    bytes: int


class TransformAsked(Shape):
    """Make a new version of `dataset` from `version` by a job."""

    project: str
    dataset: str
    version: str
    transform: Label = "tabular"
    task: dict[str, Any] = Field(default={}, description="What the transform is to do; its own keys.")
    need: Need = Need()
    purpose: Label = "research"
    site: str | None = None


class TransformState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class TransformShown(Shape):
    id: str
    job: str
    project: str
    state: TransformState
    transform: str
    task: dict[str, Any]
    dataset: str
    source: str
    """The version it reads."""
    version: str | None
    """The version it made."""
    detail: str
    at: datetime
