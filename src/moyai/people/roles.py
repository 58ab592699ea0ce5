"""Roles: what a person may do, everywhere or for one organisation or project."""

from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Invalid
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.people import store
from moyai.people.events import RoleGranted, RoleRevoked
from moyai.people.schema import PeopleAsked, RoleAsked, RoleShown
from moyai.people.tables import Role


def grant(call: Call, asked: RoleAsked) -> RoleShown:
    """Give a person a role; giving the same one again changes nothing.

    Raises NotAllowed, NotFound (person, organisation or project), or Invalid when both scopes are named.
    """
    call.require("role.grant", _thing(asked))
    if asked.organisation and asked.project:
        raise Invalid("A role is for an organisation or for a project, not for both.", fix="Name one.", where="project")
    person = store.person(call.session, asked.person)
    scope = _scope(call, asked)
    same = store.same_role(call.session, (person.id, asked.role, scope))
    if same:
        return same
    row = Role(
        id=ids.new("rol"), person=person.id, role=asked.role, scope=scope, granted_by=call.who.person, at=call.now
    )
    store.add(call.session, row)
    shown = store.show_role(row)
    call.announce(RoleGranted(about=person.id, role=shown.role, organisation=shown.organisation, project=shown.project))
    return shown


def revoke(call: Call, role: str) -> None:
    """Take a role back; it counts within `policy_seconds`. Raises NotAllowed or NotFound."""
    shown = store.role(call.session, role)
    call.require("role.revoke", _thing(shown))
    store.drop_role(call.session, role)
    call.announce(
        RoleRevoked(about=shown.person, role=shown.role, organisation=shown.organisation, project=shown.project)
    )


def list(call: Call, asked: PeopleAsked) -> Page[RoleShown]:
    """Roles by person, role or scope; of other persons only for those who coordinate, train or lead."""
    call.require("role.read", Thing("role", attrs={"person": asked.person or ""}))
    return store.roles(call.session, asked)


def _scope(call: Call, asked: RoleAsked) -> str:
    if asked.project:
        return store.project(call.session, asked.project).id
    return store.organisation(call.session, asked.organisation).id if asked.organisation else ""


def _thing(asked: RoleAsked) -> Thing:
    attrs = {"role": str(asked.role), "person": asked.person}
    return Thing("role", organisation=asked.organisation, project=asked.project, attrs=attrs)
