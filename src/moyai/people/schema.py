"""Shapes of people that travel: organisations, projects, persons, roles, qualifications, tokens."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from moyai.kernel.shapes import Instant, PageAsked, Shape

Name = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=120,
        strip_whitespace=True,
        pattern=r"^[^\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+$",
    ),
]
"""What a person calls something: no control characters, no marks that change the direction of writing."""
Label = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9-]*$")]
"""A short name for the command line: small letters, digits and hyphens."""
Scope = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z_*]+(\.[a-z_*]+)?$")]
"""Actions by name, where `*` stands for any text: `job.read`, `*.read`, `endpoint.*`, `*`."""


class RoleName(StrEnum):
    """The personas of Moyai, as roles that permissions ask for."""

    OWNER = "owner"
    EXECUTIVE = "executive"
    COORDINATOR = "coordinator"
    SITE_OPERATOR = "site_operator"
    STEWARD = "steward"
    KEY_USER = "key_user"
    LEADER = "leader"
    OPERATOR = "operator"
    TRAINER = "trainer"


class OrganisationAsked(Shape):
    name: Name
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(description="ISO 3166-1 code.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(description="ISO 4217 code.")


class OrganisationShown(OrganisationAsked):
    id: str
    at: datetime


class ProjectAsked(Shape):
    name: Label
    title: Name | None = None
    organisation: str = Field(description="The organisation that leads the project.")
    members: tuple[str, ...] = Field(default=(), max_length=200, description="Further organisations that take part.")


class ProjectShown(ProjectAsked):
    id: str
    at: datetime


class PersonAsked(Shape):
    name: Name
    organisation: str | None = None
    persona: bool = Field(default=False, description="Played by somebody else, for a demonstration; shown as such.")


class PersonShown(PersonAsked):
    id: str
    at: datetime


class RoleAsked(Shape):
    person: str
    role: RoleName
    organisation: str | None = Field(default=None, description="Only for what belongs to this organisation.")
    project: str | None = Field(default=None, description="Only for what belongs to this project.")


class RoleShown(RoleAsked):
    id: str
    granted_by: str
    at: datetime


class QualificationAsked(Shape):
    person: str
    name: Label = Field(description="What the certificate is called, e.g. `gate-approver`.")
    until: Instant = Field(description="When it expires.")


class QualificationShown(QualificationAsked):
    id: str
    awarded_by: str
    at: datetime
    revoked_at: datetime | None = None


class TokenAsked(Shape):
    person: str
    label: Name
    scopes: tuple[Scope, ...] = Field(
        default=("*",), min_length=1, max_length=20, description="Patterns of actions, e.g. `*.read`, `endpoint.*`."
    )
    hours: float = Field(default=12.0, gt=0, le=24 * 366, description="Hours until it expires.")
    scripted: bool = Field(default=False, description="A program decides with it: its decisions are labelled so.")


class TokenShown(Shape):
    id: str
    person: str
    label: str
    scopes: tuple[str, ...]
    scripted: bool
    at: datetime
    expires: datetime
    revoked_at: datetime | None = None


class TokenIssued(TokenShown):
    secret: str = Field(repr=False, description="Shown once; only its SHA-256 is kept.")


class PeopleAsked(PageAsked):
    """Which rows of a list of people."""

    person: str | None = None
    organisation: str | None = None
    project: str | None = None
    role: RoleName | None = None


class Me(Shape):
    """Who is asking, as the server sees it."""

    person: str
    name: str
    organisation: str | None
    roles: tuple[str, ...]
    qualifications: tuple[str, ...]
    scopes: tuple[str, ...]
    scripted: bool
    expires: datetime | None
