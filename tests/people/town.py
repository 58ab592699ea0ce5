"""A small consortium in a real home: two organisations, a project, persons with roles and tokens. No tests here."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from moyai.kernel.edge import Edge
from moyai.kernel.policy import Who, moyai
from moyai.people import organisations, persons, projects, qualifications, roles, tokens
from moyai.people.schema import (
    OrganisationAsked,
    PersonAsked,
    ProjectAsked,
    QualificationAsked,
    RoleAsked,
    RoleName,
    TokenAsked,
)


@dataclass
class Town:
    """`secrets` and `persons` by role name; `owner` made the home."""

    edge: Edge
    secrets: dict[str, str] = field(default_factory=dict)
    persons: dict[str, str] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)
    project: str = ""

    def who(self, name: str) -> Who:
        """As the server sees this person now."""
        return self.edge.read(moyai("test"), tokens.authenticate, self.secrets[name])

    def settle(self, name: str, *held: str, **scope: str) -> str:
        """A new person with roles (for the whole consortium unless `scope` says otherwise), and a token."""
        owner = self.who("owner")
        made = self.edge.run(owner, persons.create, PersonAsked(name=name, organisation=self.organisations["alpha"]))
        for role in held:
            self.edge.run(owner, roles.grant, RoleAsked(person=made.id, role=RoleName(role), **scope))
        self.persons[name] = made.id
        self.token(name)
        return made.id

    def token(self, name: str, **more: Any) -> str:
        asked = TokenAsked(person=self.persons[name], label=f"token of {name}", **{"hours": 12, **more})
        issued = self.edge.run(self.who("owner"), tokens.issue, asked)
        self.secrets[name] = issued.secret
        return issued.id

    def certify(self, name: str, certificate: str, days: float = 365) -> str:
        until = self.edge.clock.now() + timedelta(days=days)
        asked = QualificationAsked(person=self.persons[name], name=certificate, until=until)
        return self.edge.run(self.who("owner"), qualifications.award, asked).id


def found(edge: Edge) -> Town:
    """The owner, organisations alpha and beta, the project shower of alpha with beta, and nobody else yet."""
    town = Town(edge)
    issued = edge.run(moyai("test"), tokens.found, "Founder")
    assert issued is not None
    town.secrets["owner"], town.persons["owner"] = issued.secret, issued.person
    for name in ("alpha", "beta"):
        asked = OrganisationAsked(name=name, country="JP", currency="JPY")
        town.organisations[name] = edge.run(town.who("owner"), organisations.create, asked).id
    asked = ProjectAsked(name="shower", organisation=town.organisations["alpha"], members=(town.organisations["beta"],))
    town.project = edge.run(town.who("owner"), projects.create, asked).id
    return town
