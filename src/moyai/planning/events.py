"""What planning announces."""

from moyai.kernel.journal import Event


class PilotDeclared(Event):
    name: str
    digest: str


class StepRecorded(Event):
    """`about` is the pilot."""

    step: str
    state: str
    seconds: float


class IndicatorRecorded(Event):
    """`about` is the indicator's record."""

    pilot: str
    figure: str
    value: float | None
    reached: bool


class ReportMade(Event):
    pilot: str
    evidence: str
    document: str
