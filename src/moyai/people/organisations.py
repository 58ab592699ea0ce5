"""Organisations: the members of the consortium."""

from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, Invalid
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.people import store
from moyai.people.events import OrganisationCreated
from moyai.people.schema import OrganisationAsked, OrganisationShown, PeopleAsked
from moyai.people.tables import Organisation


def create(call: Call, asked: OrganisationAsked) -> OrganisationShown:
    """Admit a member. Raises NotAllowed, Invalid for a name that is an id, or Conflict when the name is taken."""
    call.require("organisation.create", Thing("organisation"))
    if ids.kind_of(asked.name):
        raise Invalid("A name cannot be an id: members are found by either.", fix="Choose a name.", where="name")
    if store.organisation_named(call.session, asked.name):
        raise Conflict(f"There is an organisation {asked.name!r} already.", fix="Choose another name.", where="name")
    row = Organisation(id=ids.new("org"), name=asked.name, country=asked.country, currency=asked.currency, at=call.now)
    store.add(call.session, row)
    call.announce(OrganisationCreated(about=row.id))
    return store.organisation(call.session, row.id)


def get(call: Call, organisation: str) -> OrganisationShown:
    """By id or name. Raises NotFound."""
    call.require("organisation.read", Thing("organisation"))
    return store.organisation(call.session, organisation)


def list(call: Call, asked: PeopleAsked) -> Page[OrganisationShown]:
    """Every member, newest first."""
    call.require("organisation.read", Thing("organisation"))
    return store.organisations(call.session, asked)
