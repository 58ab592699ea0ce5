"""What models announces."""

from moyai.kernel.journal import Event


class TrainingStarted(Event):
    """About a run."""

    project: str
    job: str
    version: str
    repeats: str | None = None


class TrainingFinished(Event):
    """About a run; with the model version that it added, if any."""

    project: str
    state: str
    model_version: str | None = None


class ModelVersionAdded(Event):
    """About a model version."""

    model: str
    number: int
    run: str
    digest: str


class GateEvaluated(Event):
    """About a gate, when its checks were made; `waiting` means that a person has the word."""

    model_version: str
    verdict: str
    failed: tuple[str, ...] = ()


class GatePassed(Event):
    """About a gate."""

    model_version: str
    approval: str
    by: str


class GateFailed(Event):
    """About a gate: by its checks, or by a person."""

    model_version: str
    reason: str


class EndpointOpened(Event):
    """About an endpoint: this version is in production from now on."""

    name: str
    model_version: str
    gate: str
    project: str
    replaced: str | None = None


class EndpointStopped(Event):
    """About an endpoint."""

    reason: str


class EndpointResumed(Event):
    """About an endpoint."""

    reason: str


class DecisionTaken(Event):
    """About a decision."""

    prediction: str
    endpoint: str
    verdict: str
    scripted: bool
    procedure: str | None = None


class MonitorSet(Event):
    """About a monitor."""

    endpoint: str
    window: int


class DriftFound(Event):
    """About an endpoint, once when an alarm begins in a source; the next needs a quiet window between."""

    monitor: str
    window: str
    source: str
    columns: tuple[str, ...]
