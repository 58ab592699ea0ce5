"""Pages of people: organisations, projects, persons, roles, qualifications, tokens (never a secret)."""

from collections.abc import Callable, Iterable
from typing import Any

from moyai.faces.portal.record import Block, Kind, Listing, View, unknown
from moyai.kernel.call import Call
from moyai.kernel.errors import NotAllowed
from moyai.kernel.shapes import Page
from moyai.kernel.wording import mark
from moyai.people import organisations, persons, projects, qualifications, roles, tokens
from moyai.people.schema import OrganisationShown, PeopleAsked, PersonShown, ProjectShown

Lists = Callable[[Call, PeopleAsked], Page[Any]]
ROLE = ("id", "person", "role", "organisation", "project", "at")
HELD = ("id", "role", "organisation", "project", "granted_by", "at")
CERTIFICATE = ("id", "name", "until", "awarded_by", "revoked_at")
TOKEN = ("id", "label", "scopes", "scripted", "expires", "revoked_at")


def among(lists: Lists) -> Callable[[Call, str], Any]:
    """One row of a list by its id: of everybody's where the person may see those, else of one's own."""

    def read(call: Call, record: str) -> Any:
        try:
            return _find(call, lists, record, None)
        except NotAllowed:
            return _find(call, lists, record, call.who.person)

    return read


def _find(call: Call, lists: Lists, record: str, person: str | None) -> Any:
    cursor = None
    while True:
        page = lists(call, PeopleAsked(person=person, limit=200, cursor=cursor))
        found = next((row for row in page.items if row.id == record), None)
        if found is not None:
            return found
        if page.next is None:
            raise unknown(record)
        cursor = page.next


def of_organisation(view: View, shown: OrganisationShown) -> Iterable[Block]:
    held = view.maybe(roles.list, PeopleAsked(organisation=shown.id))
    if held and held.items:
        yield view.block("Roles here", held, columns=ROLE)


def of_project(view: View, shown: ProjectShown) -> Iterable[Block]:
    held = view.maybe(roles.list, PeopleAsked(project=shown.id))
    if held and held.items:
        yield view.block("Roles here", held, columns=ROLE)


def of_person(view: View, shown: PersonShown) -> Iterable[Block]:
    asked = PeopleAsked(person=shown.id)
    if held := view.maybe(roles.list, asked):
        yield view.block("Roles", held, columns=HELD)
    if certified := view.maybe(qualifications.list, asked):
        yield view.block("Qualifications", certified, columns=CERTIFICATE)
    if issued := view.maybe(tokens.list, asked):
        yield view.block("Tokens", issued, view.say("Their secrets are not kept, so nobody can see them."), TOKEN)


def role_name(shown: Any) -> str:
    return str(shown.role).replace("_", " ")


KINDS = (
    Kind("org", mark("Organisation"), organisations.get, blocks=of_organisation, listing=Listing(
        "organisations", mark("Organisations"),
        lambda call, cursor: organisations.list(call, PeopleAsked(cursor=cursor)),
        ("id", "country", "currency", "at"),
    )),
    Kind("prj", mark("Project"), projects.get, blocks=of_project, listing=Listing(
        "projects", mark("Projects"),
        lambda call, cursor: projects.list(call, PeopleAsked(cursor=cursor)),
        ("id", "organisation", "members", "at"), main=False,
    )),
    Kind("per", mark("Person"), persons.get, blocks=of_person, listing=Listing(
        "persons", mark("Persons"),
        lambda call, cursor: persons.list(call, PeopleAsked(cursor=cursor)),
        ("id", "organisation", "persona", "at"),
    )),
    Kind("rol", mark("Role"), among(roles.list), name=role_name, named=False),
    Kind("qua", mark("Qualification"), among(qualifications.list), named=False),
    Kind("tok", mark("Token"), among(tokens.list), name=lambda shown: shown.label, named=False),
)  # fmt: skip
