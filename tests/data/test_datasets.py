"""Datasets: registered once, seen by whom their classification lets, revised on record."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moyai.data import datasets
from moyai.data.schema import ColumnRule, Contract, DatasetsAsked, Layout, Revision, Terms
from moyai.data.tables import Dataset
from moyai.kernel import ids
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from moyai.kernel.policy import Held, Who
from moyai.people import organisations
from moyai.people.schema import OrganisationAsked

CLASSES = ("open", "members", "restricted")


def organisation(edge: Edge, owner: Who, name: str) -> str:
    asked = OrganisationAsked(name=name, country="JP", currency="JPY")
    return edge.run(owner, organisations.create, asked).id


def test_a_dataset_is_found_by_id_and_by_name(edge: Edge, owner: Who, register, news):
    made = register(owner, terms=Terms(licence="CC-BY-4.0", purposes=("research",)))
    assert edge.read(owner, datasets.get, made.id) == edge.read(owner, datasets.get, "showers") == made
    assert (made.owner, made.organisation, made.versions) == (owner.person, None, 0)
    (entry,) = news("DatasetRegistered")
    assert entry.about == made.id


def test_a_name_is_given_once(owner: Who, register):
    register(owner)
    with pytest.raises(Conflict, match="already"):
        register(owner)


def test_it_takes_a_steward_or_key_user_of_the_owning_organisation(edge: Edge, owner: Who, register, person):
    mine, theirs = organisation(edge, owner, "A"), organisation(edge, owner, "B")
    steward = person("steward", organisation=mine)
    assert register(steward).organisation == mine
    with pytest.raises(NotAllowed, match="a steward or key user"):
        register(steward, "other", organisation=theirs)
    with pytest.raises(NotFound):
        register(owner, "other", organisation="org_unknown")


def test_column_names_of_a_layout_differ(owner: Who, register):
    with pytest.raises(Invalid, match="'a' comes twice"):
        register(owner, layout=Layout(header=False, columns=("a", "b", "a")))


def test_what_one_may_not_know_of_is_not_found(owner: Who, register, edge: Edge, person):
    made = register(owner, classification="restricted")
    with pytest.raises(NotFound):
        edge.read(person("key_user", organisation="org_other"), datasets.get, made.id)


def test_revised_terms_are_on_record(edge: Edge, owner: Who, register, news):
    made = register(owner)
    stricter = Terms(purposes=("research",))
    after = edge.run(owner, datasets.revise, made.id, Revision(terms=stricter))
    assert (after.terms, after.terms_revision) == (stricter, 2)
    again = edge.run(owner, datasets.revise, made.id, Revision(terms=stricter))
    assert again.terms_revision == 2
    (entry,) = news("TermsRevised")
    assert '"purposes":["research"]' in entry.body


def test_a_revised_contract_is_on_record(edge: Edge, owner: Who, register, news):
    made = register(owner)
    contract = Contract(columns=(ColumnRule(name="size"),))
    after = edge.run(owner, datasets.revise, made.id, Revision(contract=contract, title="Showers"))
    assert (after.contract, after.title, after.terms_revision) == (contract, "Showers", 1)
    (entry,) = news("DatasetRevised")
    assert '"changed":["title","contract"]' in entry.body


def test_only_its_owner_or_a_steward_revises(edge: Edge, owner: Who, register, person):
    mine = organisation(edge, owner, "A")
    user = person("key_user", organisation=mine, name="user")
    made = register(user)
    edge.run(user, datasets.revise, made.id, Revision(title="Mine"))
    edge.run(person("steward", organisation=mine, name="steward"), datasets.revise, made.id, Revision(title="Ours"))
    with pytest.raises(NotAllowed):
        edge.run(person("key_user", organisation=mine, name="else"), datasets.revise, made.id, Revision(title="No"))


def test_pages_follow_each_other(edge: Edge, owner: Who, register):
    names = [register(owner, f"set-{number}").name for number in range(5)]
    first = edge.read(owner, datasets.list, DatasetsAsked(limit=3))
    second = edge.read(owner, datasets.list, DatasetsAsked(limit=3, cursor=first.next))
    assert sorted(one.name for one in (*first.items, *second.items)) == names
    assert second.next is None


def test_a_token_for_other_things_lists_nothing(edge: Edge, register, owner: Who):
    register(owner)
    with pytest.raises(NotAllowed, match="limited to job"):
        edge.read(Who("per_1", roles=(Held("owner"),), scopes=("job.*",)), datasets.list, DatasetsAsked())


SCOPES = st.sampled_from([(None, None), ("org_a", None), ("org_b", None), (None, "prj_a")])
PEOPLE = st.builds(
    lambda roles, home, person: Who(
        person, roles=tuple(Held(name, *scope) for name, scope in roles), organisation=home
    ),
    st.lists(st.tuples(st.sampled_from(["steward", "key_user", "operator", "owner"]), SCOPES), max_size=3),
    st.sampled_from([None, "org_a", "org_c"]),
    st.sampled_from(["per_1", "per_2"]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(who=PEOPLE)
def test_a_list_holds_exactly_what_single_decisions_permit(edge: Edge, owner: Who, who: Who):
    shelves = edge.read(owner, datasets.list, DatasetsAsked(limit=200)).items or shelve(edge)
    listed = {one.name for one in edge.read(who, datasets.list, DatasetsAsked(limit=200)).items}
    permitted = {one.name for one in shelves if edge.policy.decide(who, "dataset.read", datasets.thing(one)).allowed}
    assert listed == permitted


def shelve(edge: Edge):
    """One dataset of each kind: every classification, organisation and owner."""
    from_moyai = Who("moyai:test")

    def fill(call):
        for classification in CLASSES:
            for of in ("org_a", "org_b", None):
                for person in ("per_1", "per_3"):
                    call.session.add(
                        row(f"{classification}-{of}-{person}".lower(), classification, of, person, call.now)
                    )

    edge.run(from_moyai, fill)
    return edge.read(from_moyai, datasets.list, DatasetsAsked(limit=200)).items


def row(name: str, classification: str, of: str | None, person: str, at):
    return Dataset(
        id=ids.new("dst"), name=name, title=name, organisation=of, classification=classification, owner=person,
        terms={}, terms_revision=1, layout={}, contract=None, versions=0, at=at,
    )  # fmt: skip
