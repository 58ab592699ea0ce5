"""Shapes of governance that travel: asked, shown, filters. No decision is made here."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from moyai.kernel.shapes import Instant, PageAsked, Shape

LINE = r"^[^\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$"
"""One line: no control characters, no marks that change the direction of writing."""
Ref = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:@-]*$")]
"""Id of the thing that a record is about; of whatever room."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=r"^[^\x00]*\S[^\x00]*$")]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=LINE)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=LINE)]

ApprovalState = Literal["waiting", "granted", "denied"]
Verdict = Literal["granted", "denied"]
ProcedureState = Literal["draft", "withdrawn", "in_force", "superseded"]
Relation = Literal[
    "used",
    "generated",
    "derived_from",
    "revision_of",
    "attributed_to",
    "associated_with",
    "informed_by",
    "influenced_by",
]
"""Relations of W3C PROV. All but `generated` point from what came later to what it came from."""
Direction = Literal["up", "down", "both"]


class Scoped(Shape):
    """Where a record belongs: a project, an organisation, or (neither) the whole consortium."""

    project: Ref | None = None
    organisation: Ref | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.project and self.organisation:
            raise ValueError("give a project or an organisation, not both")
        return self


class AccountabilityAsked(Scoped):
    """That this person, in this role, answers for the subject."""

    subject: Ref
    person: Ref
    role: Name
    statement: Words


class AccountabilityShown(Scoped):
    id: str
    subject: str
    number: int
    """Counts the persons who answered for the subject, from 1; the highest answers now."""
    person: str
    role: str
    statement: str
    assigned_by: str
    at: datetime
    until: datetime | None = None
    """When somebody else took over; None while it holds."""


class ApprovalAsked(Scoped):
    """Ask that somebody with the role (and qualification) approves; not the one who asks, nor anybody in `not_by`."""

    subject: Ref
    purpose: Phrase
    role: Name
    qualification: Name | None = None
    not_by: tuple[Ref, ...] = Field(default=(), max_length=100)


class ApprovalDecision(Shape):
    verdict: Verdict
    reason: str = Field(default="", max_length=5_000, pattern=r"^[^\x00]*$")

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if self.verdict == "denied" and not self.reason.strip():
            raise ValueError("a denial needs a reason")
        return self


class ApprovalShown(Scoped):
    id: str
    subject: str
    purpose: str
    state: ApprovalState
    role: str
    qualification: str | None
    not_by: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    decided_by: str | None = None
    scripted: bool = False
    """The decision was sent by a program in the person's name."""
    reason: str = ""
    at: datetime
    """When it was decided; while it waits, when it was asked for."""


class ApprovalsAsked(PageAsked):
    """Which approvals: all that one may see, by subject, state or project."""

    subject: str | None = None
    state: ApprovalState | None = None
    project: str | None = None


class ProcedureAsked(Scoped):
    """The text of an operating rule about the subject; English, and Japanese where the floor reads it."""

    subject: Ref
    title: Phrase
    text: Words
    text_ja: Words | None = None


class CommentAsked(Shape):
    text: Words


class AnswerAsked(Shape):
    """The answer to a comment, and whether the comment is taken up in this or the next version."""

    text: Words
    taken: bool = False


class CommentShown(Shape):
    id: str
    procedure: str
    text: str
    by: str
    scripted: bool = False
    """The comment was sent by a program in the person's name."""
    at: datetime
    answer: str | None = None
    taken: bool | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None


class ProcedureShown(Scoped):
    """One version of an operating rule. Its text never changes; a change is a new version."""

    id: str
    subject: str
    number: int
    title: str
    text: str
    text_ja: str | None
    state: ProcedureState
    drafted_by: str
    drafted_at: datetime
    enacted_by: str | None = None
    enacted_at: datetime | None = None
    scripted: bool = False
    """It was put in force by a program in the person's name."""
    ended_at: datetime | None = None
    """When it was superseded or withdrawn."""
    comments: tuple[CommentShown, ...] = ()


class ProceduresAsked(PageAsked):
    """Which versions: by subject, state or project, newest first."""

    subject: str | None = None
    state: ProcedureState | None = None
    project: str | None = None


class Link(Shape):
    """`source` relation `target`, read as a sentence: a run used a dataset version; a run generated a model version."""

    source: Ref
    relation: Relation
    target: Ref

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.source == self.target:
            raise ValueError("a thing is not its own origin")
        return self


class WalkAsked(Shape):
    """How far to follow links."""

    depth: int = Field(default=3, ge=1, le=20, description="Steps from the start.")
    direction: Direction = Field(
        default="both", description="`up` to the origins, `down` to what came of it, or `both`."
    )


class Graph(Shape):
    """What was reached from `start`, and the links that led there."""

    start: str
    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    truncated: bool = False
    """There is more than the size limit lets through; more depth would not help."""


class LogAsked(PageAsked):
    """Which entries of the journal, newest first."""

    about: str | None = Field(default=None, description="Id of the thing that the entry is about.")
    name: str | None = Field(default=None, description="Name of the event, e.g. ApprovalGranted.")
    actor: str | None = Field(default=None, description="Id of the person who did it, or moyai:<room>.")
    since: Instant | None = Field(default=None, description="From this instant on.")
    until: Instant | None = Field(default=None, description="Before this instant.")
