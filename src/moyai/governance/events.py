"""What governance announces."""

from moyai.kernel.journal import Event


class AccountabilityAssigned(Event):
    subject: str
    person: str
    role: str


class ApprovalRequested(Event):
    subject: str
    role: str


class ApprovalGranted(Event):
    subject: str
    scripted: bool


class ApprovalDenied(Event):
    subject: str
    scripted: bool


class ApprovalRefused(Event):
    """Somebody tried to decide who may not; the approval still waits."""

    person: str
    reason: str


class ProcedureDrafted(Event):
    subject: str
    number: int
    digest: str
    """SHA-256 over title and texts: what was in force can be proved later."""


class ProcedureCommented(Event):
    comment: str


class CommentAnswered(Event):
    comment: str
    taken: bool


class ProcedureEnacted(Event):
    subject: str
    number: int


class ProvenanceLinked(Event):
    relation: str
    target: str
