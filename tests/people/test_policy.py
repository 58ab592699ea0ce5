"""Who may do what among people: a table of role and action, and the ways in which somebody might climb."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotAllowed
from moyai.kernel.policy import Who
from moyai.people import organisations, persons, projects, qualifications, roles, tokens
from moyai.people.schema import (
    OrganisationAsked,
    PeopleAsked,
    PersonAsked,
    ProjectAsked,
    QualificationAsked,
    RoleAsked,
    RoleName,
    TokenAsked,
)
from tests.people.town import Town

ANYBODY = {role.value for role in RoleName}
ALLOWED = {
    "organisation.read": ANYBODY,
    "project.read": ANYBODY,
    "person.read": ANYBODY,
    "organisation.create": {"owner", "coordinator"},
    "project.create": {"owner", "coordinator"},
    "person.create": {"owner", "coordinator"},
    "role.grant steward": {"owner", "coordinator"},
    "role.grant owner": {"owner"},
    "role.grant coordinator": {"owner"},
    "role.revoke steward": {"owner", "coordinator"},
    "role.revoke owner": {"owner"},
    "role.read": {"owner", "coordinator", "trainer", "leader"},
    "role.read own": ANYBODY,
    "qualification.award": {"owner", "trainer"},
    "qualification.revoke": {"owner", "trainer"},
    "qualification.read": {"owner", "coordinator", "trainer", "leader"},
    "qualification.read own": ANYBODY,
    "token.issue": {"owner"},
    "token.issue own": ANYBODY,
    "token.revoke": {"owner"},
    "token.read": {"owner"},
    "token.read own": ANYBODY,
}


class Attempts:
    """Each action of the table as somebody would try it, on a person called `other`."""

    def __init__(self, town: Town) -> None:
        self.town, self.edge = town, town.edge
        self.other = town.settle("other", "operator")
        self.later = town.edge.clock.now() + timedelta(days=1)

    def role(self, name: str) -> str:
        self.town.settle("holder", name)
        asked = PeopleAsked(person=self.town.persons["holder"])
        return self.edge.read(self.town.who("owner"), roles.list, asked).items[0].id

    def of(self, action: str, who: Who) -> tuple[Callable[..., Any], Any]:
        """The verb and what it is asked."""
        verb, _, detail = action.partition(" ")
        whose = who.person if detail == "own" else self.other
        table: dict[str, Callable[[], tuple[Callable[..., Any], Any]]] = {
            "organisation.read": lambda: (organisations.list, PeopleAsked()),
            "project.read": lambda: (projects.list, PeopleAsked()),
            "person.read": lambda: (persons.list, PeopleAsked()),
            "organisation.create": lambda: (
                organisations.create, OrganisationAsked(name="c", country="JP", currency="JPY")),
            "project.create": lambda: (projects.create, ProjectAsked(name="new", organisation="alpha")),
            "person.create": lambda: (persons.create, PersonAsked(name="new")),
            "role.grant": lambda: (roles.grant, RoleAsked(person=self.other, role=RoleName(detail))),
            "role.revoke": lambda: (roles.revoke, self.role(detail)),
            "role.read": lambda: (roles.list, PeopleAsked(person=whose)),
            "qualification.award": lambda: (
                qualifications.award, QualificationAsked(person=self.other, name="x", until=self.later)),
            "qualification.revoke": lambda: (qualifications.revoke, self.town.certify("other", "x")),
            "qualification.read": lambda: (qualifications.list, PeopleAsked(person=whose)),
            "token.issue": lambda: (tokens.issue, TokenAsked(person=whose, label="x", hours=1)),
            "token.revoke": lambda: (tokens.revoke, self.town.token("other")),
            "token.read": lambda: (tokens.list, PeopleAsked(person=whose)),
        }  # fmt: skip
        return table[verb]()


@pytest.mark.parametrize("role", sorted(ANYBODY))
def test_the_table_of_roles_and_actions(town: Town, edge: Edge, role: str):
    attempts = Attempts(town)
    town.settle("somebody", role)
    who = town.who("somebody")
    wrong: list[str] = []
    for action, allowed in ALLOWED.items():
        verb, asked = attempts.of(action, who)
        try:
            edge.run(who, verb, asked)
            did = True
        except NotAllowed:
            did = False
        if did is not (role in allowed):
            wrong.append(f"{role} {'may' if did else 'may not'} {action}")
    assert not wrong


def test_the_table_speaks_of_every_action_of_people(edge: Edge):
    nouns = {"organisation", "project", "person", "role", "qualification", "token"}
    known = {action for action in edge.policy.actions() if action.partition(".")[0] in nouns}
    assert known <= {action.partition(" ")[0] for action in ALLOWED}


def refused(edge: Edge, who: Who, verb: Callable[..., Any], asked: Any) -> str:
    with pytest.raises(NotAllowed) as told:
        edge.run(who, verb, asked)
    return told.value.what


# Ways to climb.


@pytest.mark.parametrize("role", [RoleName.OWNER, RoleName.COORDINATOR])
@pytest.mark.parametrize("scope", [{}, {"organisation": "alpha"}, {"project": "shower"}])
def test_a_coordinator_makes_no_owner_or_coordinator_anywhere(
    town: Town, edge: Edge, role: RoleName, scope: dict[str, str]
):
    other = town.settle("other")
    town.settle("climber", "coordinator")
    why = refused(edge, town.who("climber"), roles.grant, RoleAsked(person=other, role=role, **scope))
    if not scope:
        assert "only the owner makes another owner or coordinator" in why


@pytest.mark.parametrize("role", sorted(ANYBODY))
def test_nobody_gives_a_role_to_themselves(town: Town, edge: Edge, role: str):
    climber = town.settle("climber", "coordinator")
    why = refused(edge, town.who("climber"), roles.grant, RoleAsked(person=climber, role=RoleName(role)))
    assert "nobody gives a role to themselves" in why


def test_nobody_awards_a_certificate_to_themselves(town: Town, edge: Edge):
    climber = town.settle("climber", "trainer")
    asked = QualificationAsked(person=climber, name="x", until=edge.clock.now() + timedelta(days=1))
    assert "to themselves" in refused(edge, town.who("climber"), qualifications.award, asked)


def test_a_coordinator_of_one_organisation_grants_nothing_elsewhere(town: Town, edge: Edge):
    other = town.settle("other")
    town.settle("climber", "coordinator", organisation=town.organisations["alpha"])
    who = town.who("climber")
    here = RoleAsked(person=other, role=RoleName.STEWARD, organisation=town.organisations["alpha"])
    assert edge.run(who, roles.grant, here).id
    for scope in ({}, {"organisation": town.organisations["beta"]}, {"organisation": "beta"}, {"project": "shower"}):
        refused(edge, who, roles.grant, RoleAsked(person=other, role=RoleName.STEWARD, **scope))
    both = here.model_copy(update={"project": town.project})
    with pytest.raises(Exception, match="not for both"):
        edge.run(who, roles.grant, both)


def test_an_owner_of_one_organisation_makes_no_owner_of_all(town: Town, edge: Edge):
    other = town.settle("other")
    town.settle("climber", "owner", organisation=town.organisations["alpha"])
    for role in (RoleName.OWNER, RoleName.COORDINATOR, RoleName.STEWARD):
        refused(edge, town.who("climber"), roles.grant, RoleAsked(person=other, role=role))


def test_a_coordinator_does_not_unseat_the_owner(town: Town, edge: Edge):
    town.settle("climber", "coordinator")
    asked = PeopleAsked(person=town.persons["owner"])
    (held,) = edge.read(town.who("owner"), roles.list, asked).items
    refused(edge, town.who("climber"), roles.revoke, held.id)


def test_a_name_that_looks_like_policy_gives_nothing(town: Town, edge: Edge):
    town.settle('x"; permit(principal, action, resource);//')
    refused(edge, town.who('x"; permit(principal, action, resource);//'), persons.create, PersonAsked(name="new"))
