"""Shapes that travel: a pilot's declaration, what its steps gave, its indicators and reports."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from moyai.kernel.shapes import PageAsked, Shape
from moyai.planning.schema.declared import PilotFile


class PilotAsked(Shape):
    """A pilot to be declared: the text of its file."""

    text: str = Field(max_length=1_000_000, description="The TOML text.")
    source: str = Field(default="pilot.toml", max_length=300, description="What the file is called in messages.")


class StepAsked(Shape):
    """What one step of a pilot gave."""

    name: str = Field(max_length=40, pattern=r"^[a-z][a-z-]*$")
    place: int = Field(ge=0, le=100, description="Its place in the order.")
    fingerprint: str = Field(max_length=80, description="Of everything that it depends on.")
    state: Literal["running", "done", "unchanged", "failed"] = Field(
        default="done", description="`unchanged`: taken over from another declaration of this pilot."
    )
    outcome: dict[str, Any] = Field(default={}, description="Ids of the records that it made, or has begun.")
    started: datetime
    seconds: float = Field(default=0, ge=0)


class StepShown(StepAsked):
    at: datetime


class PilotShown(Shape):
    """A declared pilot and where it stands."""

    id: str
    name: str
    digest: str
    declared: PilotFile
    code_digest: str = Field(description="Of the programs that this pilot's jobs run, as installed now.")
    by: str
    at: datetime
    steps: tuple[StepShown, ...]
    elsewhere: tuple[StepShown, ...] = Field(
        default=(), description="What other declarations of this pilot have done, newest first: not done twice."
    )


class PilotLine(Shape):
    """A pilot in a list."""

    id: str
    name: str
    digest: str
    by: str
    at: datetime


class PilotsAsked(PageAsked):
    name: str | None = Field(default=None, description="Only this pilot's declarations.")


class IndicatorShown(Shape):
    """One measured value of an indicator."""

    id: str
    pilot: str
    figure: str
    value: float | None
    target: float
    reached: bool
    at: datetime


class ReportShown(Shape):
    """An evidence pack: two documents, kept as blobs."""

    id: str
    pilot: str
    evidence: str
    document: str
    by: str
    at: datetime


class ReportAsked(Shape):
    """A report to be made from what the pilot's steps recorded."""

    portal: str = Field(default="http://127.0.0.1:8420", max_length=200, description="Where links in it lead.")


class DraftOf(Shape):
    """A table that a pilot is to be drafted for."""

    version: str = Field(description="The dataset version that was looked at.")


class DraftAsked(Shape):
    """A pilot to be drafted for somebody's own table."""

    version: str = Field(description="The dataset version that was looked at: id, or name@number.")
    file: str = Field(max_length=300, description="Path of the table as the pilot's file will name it.")
    answers: dict[str, str] = Field(default={}, max_length=60, description="Answers to the draft's questions, by key.")


class DraftQuestion(Shape):
    """One plain question about a table, before its pilot is drafted."""

    key: str = Field(description="The key of the answer.")
    ask: str = Field(description="The question, in the person's words.")
    proposed: str = Field(description="What is taken when nothing is answered; empty: an answer is needed.")


class Drafted(Shape):
    """The text of a valid pilot."""

    text: str
