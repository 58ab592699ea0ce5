"""What people announces."""

from datetime import datetime

from moyai.kernel.journal import Event


class HomeFounded(Event):
    """A new home; `about` is the person it belongs to."""


class OrganisationCreated(Event):
    pass


class ProjectCreated(Event):
    organisation: str


class PersonCreated(Event):
    organisation: str | None
    persona: bool


class RoleGranted(Event):
    """`about` is the person."""

    role: str
    organisation: str | None
    project: str | None


class RoleRevoked(Event):
    role: str
    organisation: str | None
    project: str | None


class QualificationAwarded(Event):
    """`about` is the person."""

    name: str
    until: datetime


class QualificationRevoked(Event):
    name: str


class TokenIssued(Event):
    """`about` is the person; the secret is nowhere."""

    token: str
    scopes: tuple[str, ...]
    expires: datetime
    scripted: bool


class TokenRevoked(Event):
    token: str
