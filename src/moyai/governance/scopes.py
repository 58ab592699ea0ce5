"""Where a record of governance belongs: the project, organisation or consortium whose roles count for it."""

from dataclasses import replace

from moyai.governance.rules import Readable
from moyai.governance.schema import Scoped
from moyai.governance.tables import Approval, Procedure
from moyai.kernel.call import Call
from moyai.kernel.policy import Attributes, Thing, moyai
from moyai.people import organisations, projects
from moyai.people.schema import PeopleAsked, ProjectShown


def as_moyai(call: Call) -> Call:
    """The same call asked by Moyai: scopes are looked up whether or not the person's token could."""
    return replace(call, who=moyai("governance"))


def settle(call: Call, asked: Scoped) -> Scoped:
    """The scope by ids, where names were given. Raises NotFound."""
    if asked.project:
        return Scoped(project=projects.get(as_moyai(call), asked.project).id)
    if asked.organisation:
        return Scoped(organisation=organisations.get(as_moyai(call), asked.organisation).id)
    return Scoped()


def thing(call: Call, kind: str, scope: Scoped, attrs: Attributes | None = None) -> Thing:
    """Something new of that scope, as policies see it."""
    return _thing(call, (kind, ""), (scope.project, scope.organisation), attrs or {})


def thing_of(call: Call, kind: str, row: Approval | Procedure, attrs: Attributes | None = None) -> Thing:
    """A record, as policies see it: whose roles count is looked up now, so that a member who left has none."""
    return _thing(call, (kind, row.id), (row.project, row.organisation), attrs or {})


def readable(call: Call) -> Readable:
    """Where the caller holds a role, now."""
    held = call.who.roles
    everywhere = call.who.is_moyai or any(one.project is None and one.organisation is None for one in held)
    own = frozenset(one.organisation for one in held if one.organisation and not one.project)
    named = {one.project for one in held if one.project}
    if everywhere or not own:
        return Readable(everywhere, frozenset(named), own)
    shared = {one.id for one in _projects(call) if not own.isdisjoint((one.organisation, *one.members))}
    return Readable(False, frozenset(named | shared), own)


def _thing(call: Call, named: tuple[str, str], scope: tuple[str | None, str | None], attrs: Attributes) -> Thing:
    kind, identifier = named
    project, organisation = scope
    if project is None:
        return Thing(kind, identifier, organisation=organisation, attrs=attrs)
    found = projects.thing(projects.get(as_moyai(call), project))
    return replace(found, kind=kind, id=identifier, attrs=attrs)


def _projects(call: Call) -> list[ProjectShown]:
    asked, found = PeopleAsked(limit=200), list[ProjectShown]()
    while True:
        page = projects.list(as_moyai(call), asked)
        found.extend(page.items)
        if page.next is None:
            return found
        asked = PeopleAsked(limit=200, cursor=page.next)
