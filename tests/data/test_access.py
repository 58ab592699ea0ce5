"""Access: a project uses data only as its terms, and those of all it was made from, allow."""

from datetime import date

import pytest

from moyai.data import access, datasets
from moyai.data.schema import AccessAsked, Revision, Terms
from moyai.kernel.clock import Fixed
from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotAllowed, NotFound
from moyai.kernel.policy import Who
from moyai.people import organisations, projects
from moyai.people.schema import OrganisationAsked, ProjectAsked


@pytest.fixture
def members(edge: Edge, owner: Who) -> dict[str, str]:
    """Organisations A, B and C; project `gamma` of A with B."""

    def admit(name: str) -> str:
        return edge.run(owner, organisations.create, OrganisationAsked(name=name, country="JP", currency="JPY")).id

    found = {name: admit(name) for name in "ABC"}
    asked = ProjectAsked(name="gamma", organisation=found["A"], members=(found["B"],))
    edge.run(owner, projects.create, asked)
    return found


def check(edge: Edge, who: Who, version: str, purpose: str = "training"):
    return edge.read(who, access.check, version, "gamma", purpose)


def test_terms_allow_their_purposes_until_their_end(
    edge: Edge, owner: Who, clock: Fixed, members, register, send, publish
):
    terms = Terms(licence="CC-BY-4.0", purposes=("research", "training"), until=date(2027, 1, 31))
    register(owner, terms=terms)
    version = publish(owner, "showers", send(owner)).id
    allowed = check(edge, owner, version)
    assert (allowed.allowed, allowed.terms) == (True, terms)
    assert allowed.reason == "Project gamma may use it for training until 2027-01-31, under CC-BY-4.0."
    assert check(edge, owner, version, "production").reason == (
        "The terms of showers allow research, training, not production."
    )
    clock.move(days=40)
    assert check(edge, owner, version).reason == "The terms of showers ended on 2027-01-31."


def test_revised_terms_hold_at_once(edge: Edge, owner: Who, members, register, send, publish):
    register(owner)
    version = publish(owner, "showers", send(owner)).id
    assert check(edge, owner, version).allowed
    edge.run(owner, datasets.revise, "showers", Revision(terms=Terms(purposes=("research",))))
    with pytest.raises(NotAllowed, match="allow research, not training"):
        edge.read(owner, access.permit, version, "gamma", "training")


@pytest.mark.parametrize(("name", "allowed"), [("A", True), ("B", True), ("C", False)])
def test_restricted_data_is_for_projects_with_its_owner(
    edge: Edge, owner: Who, members, register, send, publish, name: str, allowed: bool
):
    register(owner, classification="restricted", organisation=members[name])
    version = publish(owner, "showers", send(owner)).id
    assert check(edge, owner, version).allowed is allowed


def test_the_terms_of_the_origins_bind_what_was_made_from_them(
    edge: Edge, owner: Who, members, register, send, publish
):
    register(owner, "raw", terms=Terms(purposes=("research",)))
    register(owner, "prepared"), register(owner, "model-input")
    raw = publish(owner, "raw", send(owner))
    prepared = publish(owner, "prepared", send(owner, data=b"size\n1\n"), derived_from=[raw.id])
    last = publish(owner, "model-input", send(owner, data=b"size\n2\n"), derived_from=[prepared.id])
    assert check(edge, owner, last.id, "research").allowed
    assert check(edge, owner, last.id).reason == "The terms of raw allow research, not training."


def test_a_refusal_does_not_tell_of_data_that_one_may_not_know_of(
    edge: Edge, owner: Who, members, register, send, publish, person
):
    register(owner, classification="restricted", organisation=members["C"])
    version = publish(owner, "showers", send(owner)).id
    with pytest.raises(NotFound):
        check(edge, person("key_user", organisation=members["A"]), version)
    assert not check(edge, person("key_user", organisation=members["C"]), version).allowed


def test_an_answer_does_not_tell_of_data_that_one_may_not_know_of(
    edge: Edge, owner: Who, members, register, send, publish, person
):
    register(owner, classification="restricted", organisation=members["B"])
    version = publish(owner, "showers", send(owner)).id
    question = AccessAsked(project="gamma", purpose="research")
    with pytest.raises(NotFound):
        edge.read(person("key_user", organisation=members["C"]), access.asked, version, question)
    assert edge.read(person("key_user", organisation=members["B"]), access.asked, version, question).allowed


def test_an_unknown_project_is_not_found(edge: Edge, owner: Who, register, send, publish):
    register(owner)
    with pytest.raises(NotFound, match="No project"):
        check(edge, owner, publish(owner, "showers", send(owner)).id)
