"""Persons. Elsewhere, and in the journal, they appear by id only."""

from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.people import store
from moyai.people.events import PersonCreated
from moyai.people.schema import Me, PeopleAsked, PersonAsked, PersonShown
from moyai.people.tables import Person


def create(call: Call, asked: PersonAsked) -> PersonShown:
    """Enter a person, who can do nothing before a role is granted. Raises NotAllowed or NotFound (organisation)."""
    call.require("person.create", Thing("person", organisation=asked.organisation))
    organisation = store.organisation(call.session, asked.organisation).id if asked.organisation else None
    row = Person(id=ids.new("per"), name=asked.name, organisation=organisation, persona=asked.persona, at=call.now)
    store.add(call.session, row)
    call.announce(PersonCreated(about=row.id, organisation=organisation, persona=asked.persona))
    return store.person(call.session, row.id)


def get(call: Call, person: str) -> PersonShown:
    """Raises NotFound."""
    call.require("person.read", Thing("person", person))
    return store.person(call.session, person)


def list(call: Call, asked: PeopleAsked) -> Page[PersonShown]:
    """Every person, newest first."""
    call.require("person.read", Thing("person"))
    return store.persons(call.session, asked)


def me(call: Call) -> Me:
    """Who is asking."""
    who = call.who
    scope = {held: held.project or held.organisation or "" for held in who.roles}
    return Me(
        person=who.person, name=who.name, organisation=who.organisation,
        roles=tuple(f"{held.role} {scope[held]}".strip() for held in who.roles),
        qualifications=who.qualifications, scopes=who.scopes, scripted=who.scripted, expires=who.expires,
    )  # fmt: skip
