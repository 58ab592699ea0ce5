"""Organisations, projects, persons, roles and qualifications as verbs on a real database."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from moyai.kernel import ids
from moyai.kernel.clock import Fixed
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from moyai.people import organisations, persons, projects, qualifications, roles
from moyai.people.schema import (
    OrganisationAsked,
    PeopleAsked,
    PersonAsked,
    ProjectAsked,
    QualificationAsked,
    RoleAsked,
    RoleName,
)
from tests.people.town import Town

CERN = OrganisationAsked(name="CERN", country="CH", currency="CHF")


def test_an_organisation_is_found_by_id_and_by_name(town: Town, edge: Edge):
    made = edge.run(town.who("owner"), organisations.create, CERN)
    for ref in (made.id, "CERN"):
        assert edge.read(town.who("owner"), organisations.get, ref) == made


def test_a_name_is_taken_once(town: Town, edge: Edge):
    edge.run(town.who("owner"), organisations.create, CERN)
    with pytest.raises(Conflict):
        edge.run(town.who("owner"), organisations.create, CERN)
    asked = ProjectAsked(name="shower", organisation=town.organisations["beta"])
    with pytest.raises(Conflict):
        edge.run(town.who("owner"), projects.create, asked)


def test_no_organisation_is_called_like_the_id_of_another(town: Town, edge: Edge):
    for name in (town.organisations["alpha"], ids.new("org"), ids.new("prj")):
        with pytest.raises(Invalid):
            edge.run(town.who("owner"), organisations.create, CERN.model_copy(update={"name": name}))


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x00", "\u202eevil", "x" * 121, "\x7f"])
def test_a_name_is_something_that_a_person_can_read(name: str):
    with pytest.raises(ValueError, match="name"):
        PersonAsked(name=name)


@pytest.mark.parametrize("name", ["山田 花子", "O'Neil", "Zoë", "x" * 120, "<b>", '"; drop table people_person'])
def test_a_name_may_be_in_any_writing(town: Town, edge: Edge, name: str):
    made = edge.run(town.who("owner"), persons.create, PersonAsked(name=name))
    assert edge.read(town.who("owner"), persons.get, made.id).name == name


def test_a_person_of_an_organisation_that_is_not_there(town: Town, edge: Edge):
    with pytest.raises(NotFound, match="organisation"):
        edge.run(town.who("owner"), persons.create, PersonAsked(name="x", organisation="nowhere"))


def test_the_lead_of_a_project_is_no_member_beside_itself(town: Town, edge: Edge):
    asked = ProjectAsked(name="other", organisation="alpha", members=("beta", "alpha"))
    made = edge.run(town.who("owner"), projects.create, asked)
    assert (made.organisation, made.members) == (town.organisations["alpha"], (town.organisations["beta"],))


def test_lists_are_newest_first_and_filtered(town: Town, edge: Edge):
    for name in ("one", "two", "three"):
        town.settle(name)
    listed = edge.read(town.who("owner"), persons.list, PeopleAsked(organisation=town.organisations["alpha"]))
    assert [person.name for person in listed.items] == ["three", "two", "one"]
    assert not edge.read(town.who("owner"), persons.list, PeopleAsked(organisation=town.organisations["beta"])).items


# Roles.


def test_a_role_is_held_where_it_was_granted(town: Town, edge: Edge):
    town.settle("user", "steward", organisation=town.organisations["alpha"])
    town.settle("leader", "leader", project="shower")
    assert town.who("user").roles[0].organisation == town.organisations["alpha"]
    assert town.who("leader").roles[0].project == town.project


def test_granting_twice_changes_nothing(town: Town, edge: Edge):
    person = town.settle("user")
    asked = RoleAsked(person=person, role=RoleName.STEWARD, organisation="alpha")
    first = edge.run(town.who("owner"), roles.grant, asked)
    again = asked.model_copy(update={"organisation": town.organisations["alpha"]})
    assert edge.run(town.who("owner"), roles.grant, again) == first
    assert len(town.who("user").roles) == 1


def test_the_same_role_may_be_held_in_two_places(town: Town, edge: Edge):
    town.settle("user", "steward", organisation=town.organisations["alpha"])
    asked = RoleAsked(person=town.persons["user"], role=RoleName.STEWARD, organisation="beta")
    edge.run(town.who("owner"), roles.grant, asked)
    assert len(town.who("user").roles) == 2


def test_a_revoked_role_is_gone(town: Town, edge: Edge):
    town.settle("user", "steward")
    (held,) = edge.read(town.who("owner"), roles.list, PeopleAsked(person=town.persons["user"])).items
    edge.run(town.who("owner"), roles.revoke, held.id)
    assert town.who("user").roles == ()
    with pytest.raises(NotFound):
        edge.run(town.who("owner"), roles.revoke, held.id)


def test_a_role_is_for_an_organisation_or_a_project(town: Town, edge: Edge):
    asked = RoleAsked(person=town.settle("user"), role=RoleName.STEWARD, organisation="alpha", project="shower")
    with pytest.raises(Invalid):
        edge.run(town.who("owner"), roles.grant, asked)


@pytest.mark.parametrize(
    "wrong", [{"person": "per_x"}, {"organisation": "nowhere"}, {"project": "nothing"}], ids=lambda wrong: [*wrong][0]
)
def test_a_role_for_something_that_is_not_there(town: Town, edge: Edge, wrong: dict[str, str]):
    asked = {"person": town.settle("user"), "role": RoleName.STEWARD} | wrong
    with pytest.raises(NotFound):
        edge.run(town.who("owner"), roles.grant, RoleAsked.model_validate(asked))


def test_who_holds_a_role_is_listed_by_role_and_place(town: Town, edge: Edge):
    town.settle("here", "steward", organisation=town.organisations["alpha"])
    town.settle("everywhere", "steward")
    town.settle("other", "leader", organisation=town.organisations["alpha"])

    def held(**asked: str) -> set[str]:
        return {role.person for role in edge.read(town.who("owner"), roles.list, PeopleAsked(**asked)).items}

    assert held(role="steward") == {town.persons["here"], town.persons["everywhere"]}
    assert held(organisation=town.organisations["alpha"]) == {town.persons["here"], town.persons["other"]}


# Qualifications.


def test_a_certificate_counts_until_it_expires(town: Town, edge: Edge, clock: Fixed):
    town.settle("user")
    town.certify("user", "gate-approver", days=0.25)
    assert town.who("user").qualifications == ("gate-approver",)
    clock.move(hours=5, minutes=59)
    assert town.who("user").qualifications == ("gate-approver",)
    clock.move(minutes=1)
    assert town.who("user").qualifications == ()


def test_a_certificate_counts_until_it_is_revoked(town: Town, edge: Edge, clock: Fixed):
    town.settle("user")
    given = town.certify("user", "gate-approver")
    first = edge.run(town.who("owner"), qualifications.revoke, given)
    assert town.who("user").qualifications == ()
    clock.move(hours=1)
    assert edge.run(town.who("owner"), qualifications.revoke, given) == first


def test_a_renewed_certificate_counts_once_and_outlives_the_old_one(town: Town, edge: Edge, clock: Fixed):
    town.settle("user")
    old = town.certify("user", "gate-approver", days=0.1)
    town.certify("user", "gate-approver", days=0.3)
    assert town.who("user").qualifications == ("gate-approver",)
    edge.run(town.who("owner"), qualifications.revoke, old)
    clock.move(hours=4)
    assert town.who("user").qualifications == ("gate-approver",)


def test_a_certificate_cannot_end_in_the_past_or_without_a_zone(town: Town, edge: Edge, clock: Fixed):
    person = town.settle("user")
    now = clock.now()
    for until in (now, now - timedelta(days=1)):
        with pytest.raises(Invalid, match="future"):
            asked = QualificationAsked(person=person, name="gate-approver", until=until)
            edge.run(town.who("owner"), qualifications.award, asked)
    with pytest.raises(ValidationError, match="timezone"):
        QualificationAsked(person=person, name="gate-approver", until=now.replace(tzinfo=None))


def test_who_begins_a_project_coordinates_every_organisation_in_it(town: Town, edge: Edge):
    alpha, beta = town.organisations["alpha"], town.organisations["beta"]
    town.settle("coordinator of alpha", "coordinator", organisation=alpha)
    who = town.who("coordinator of alpha")
    with pytest.raises(NotAllowed):
        edge.run(who, projects.create, ProjectAsked(name="grab", organisation="alpha", members=("beta",)))
    assert edge.run(who, projects.create, ProjectAsked(name="own", organisation="alpha")).organisation == alpha
    town.settle("coordinator", "coordinator")
    asked = ProjectAsked(name="both", organisation=alpha, members=(beta,))
    assert edge.run(town.who("coordinator"), projects.create, asked).members == (beta,)


def test_a_trainer_certifies_those_of_the_own_organisation(town: Town, edge: Edge, clock: Fixed):
    town.settle("trainer", "trainer", organisation=town.organisations["alpha"])
    town.settle("foreign trainer", "trainer", organisation=town.organisations["beta"])
    asked = QualificationAsked(person=town.settle("user"), name="x", until=clock.now() + timedelta(days=1))
    with pytest.raises(NotAllowed):
        edge.run(town.who("foreign trainer"), qualifications.award, asked)
    assert edge.run(town.who("trainer"), qualifications.award, asked).awarded_by == town.persons["trainer"]
