"""What the compute room announces."""

from moyai.compute.schema import JobState
from moyai.kernel.journal import Event


class SiteRegistered(Event):
    organisation: str


class AllocationGranted(Event):
    project: str
    site: str
    core_hours: str


class JobQueued(Event):
    project: str


class JobPlaced(Event):
    """Cores are held for the job at the site, and its folder is being made."""

    site: str


class JobStarted(Event):
    native_id: str


class JobCancelAsked(Event):
    """A running job was asked to end."""


class JobFinished(Event):
    state: JobState
    """succeeded, failed, cancelled or killed."""


class UsageRecorded(Event):
    job: str


class TransformStarted(Event):
    job: str


class TransformFinished(Event):
    job: str
    version: str | None
    """The version it made; absent when it failed."""
