"""A small consortium: Aoba leads the project `gamma`, Birch takes part, Cedar does not."""

from dataclasses import dataclass

import pytest

from moyai.governance import accountability, approvals, loops, procedures, provenance
from moyai.kernel import journal
from moyai.kernel.edge import Edge
from moyai.kernel.policy import Held, Who
from moyai.people import organisations, persons, projects, roles, tokens
from moyai.people.schema import OrganisationAsked, PersonAsked, ProjectAsked, RoleAsked

TABLES = (accountability, approvals, loops, procedures, provenance, tokens)
"""Imported, so that the tables of both rooms are known before a home is made."""


@dataclass(frozen=True)
class Consortium:
    edge: Edge
    owner: Who
    aoba: str
    birch: str
    cedar: str
    gamma: str

    def enter(self, name: str, role: str, *, organisation: str | None = None, project: str | None = None) -> Who:
        """A person on record who holds one role."""
        made = self.edge.run(self.owner, persons.create, PersonAsked(name=name, organisation=organisation))
        asked = RoleAsked.model_validate(
            {"person": made.id, "role": role, "organisation": organisation, "project": project}
        )
        self.edge.run(self.owner, roles.grant, asked)
        return Who(person=made.id, name=name, roles=(Held(role, organisation, project),), organisation=organisation)

    def names(self) -> list[str]:
        """Names of governance's entries in the journal, oldest first."""
        with self.edge.database.reading() as session:
            kept = ("Project", "Organisation", "Person", "Role")
            rows = session.query(journal.Entry).order_by(journal.Entry.seq)
            return [row.name for row in rows if not row.name.startswith(kept)]


def consortium_at(edge: Edge, owner: Who) -> Consortium:
    made = [
        edge.run(owner, organisations.create, OrganisationAsked(name=name, country="JP", currency="JPY")).id
        for name in ("Aoba", "Birch", "Cedar")
    ]
    asked = ProjectAsked(name="gamma", organisation=made[0], members=(made[1],))
    return Consortium(edge, owner, *made, edge.run(owner, projects.create, asked).id)


@pytest.fixture
def consortium(edge: Edge, owner: Who) -> Consortium:
    return consortium_at(edge, owner)
