"""What governance announces."""

from moyai.kernel.journal import Event


class AccountabilityAssigned(Event):
    """Somebody answers for `subject` from now on."""

    subject: str
    person: str
    role: str


class ApprovalRequested(Event):
    """An approval about `subject` waits for somebody with `role`."""

    subject: str
    role: str


class ApprovalGranted(Event):
    """A second person granted it; `scripted`: through a program."""

    subject: str
    scripted: bool


class ApprovalDenied(Event):
    """A second person denied it; `scripted`: through a program."""

    subject: str
    scripted: bool


class ApprovalRefused(Event):
    """Somebody tried to decide who may not; the approval still waits."""

    person: str
    reason: str


class ProcedureDrafted(Event):
    """A new version of the operating rules about `subject`, not yet in force."""

    subject: str
    number: int
    digest: str
    """SHA-256 over title and texts: what was in force can be proved later."""


class ProcedureCommented(Event):
    """`about` is the version of the operating rules."""

    comment: str


class CommentAnswered(Event):
    """`about` is the version; `taken`: the comment changes these rules or the next."""

    comment: str
    taken: bool


class ProcedureEnacted(Event):
    """A version of the operating rules about `subject` is in force; the one before it no longer is."""

    subject: str
    number: int


class ProvenanceLinked(Event):
    """`about` stands in `relation` (of W3C PROV) to `target`."""

    relation: str
    target: str
