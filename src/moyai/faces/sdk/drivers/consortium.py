"""The demonstration consortium of a pilot: members, sites, allocations, and personas with their own tokens.

One person plays them all; persons are entered as personas and tokens are marked scripted, so that every record says so.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from moyai.compute.schema import AllocationAsked, AllocationsAsked, Prices, Resources, SiteAsked
from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.telling import Outcome
from moyai.kernel.errors import Conflict, NotFound, Unavailable
from moyai.kernel.shapes import Page, PageAsked
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
from moyai.planning.schema.declared import Organisation, Person, PilotFile

EVERYWHERE = {"executive", "coordinator", "trainer"}
"""Roles that a pilot grants for the whole consortium; the others hold for an organisation or for the project."""
AT_HOME = {"steward", "site_operator"}
DAY = timedelta(days=1)
HOURS = 4
"""After which a persona's token expires, should nobody end it."""


def every(ask: Callable[[str | None], Page[Any]]) -> Iterator[Any]:
    """All rows of a list, page by page."""
    cursor: str | None = None
    while True:
        page = ask(cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def settle(owner: Client, pilot: PilotFile) -> Outcome:
    """Make what is missing; what is there already is used as it is."""
    organisations = {member.name: _organisation(owner, member) for member in pilot.organisation}
    project = _project(owner, pilot, organisations)
    sites = {member.name: _site(owner, member, organisations[member.name]) for member in pilot.organisation}
    for member in pilot.organisation:
        _allocate(owner, pilot, member, (project, sites[member.name]))
    persons = {one.name: _person(owner, one, organisations[one.organisation]) for one in pilot.person}
    for one in pilot.person:
        _roles(owner, one, persons[one.name], {"organisation": organisations[one.organisation], "project": project})
    for one in pilot.person:
        _qualify(owner, one, persons[one.name])
    return {"organisations": organisations, "project": project, "sites": sites, "persons": persons}


def _organisation(owner: Client, member: Organisation) -> str:
    try:
        found = owner.organisations.get(member.name)
    except NotFound:
        asked = OrganisationAsked(name=member.name, country=member.country, currency=member.currency)
        return owner.organisations.create(asked).id
    if found.currency != member.currency:
        raise Conflict(
            f"{member.name} settles in {found.currency} here; the pilot says {member.currency}.",
            fix="Use another name for it in the pilot's file.",
            where="organisation.currency",
        )
    return found.id


def _project(owner: Client, pilot: PilotFile, organisations: dict[str, str]) -> str:
    name = pilot.pilot.name
    try:
        return owner.projects.get(name).id
    except NotFound:
        lead, *members = organisations.values()
        asked = ProjectAsked(name=name, title=pilot.pilot.title.en[:120], organisation=lead, members=tuple(members))
        return owner.projects.create(asked).id


def _site(owner: Client, member: Organisation, organisation: str) -> str:
    """One site of the organisation, by its name. A change of what it lends or charges makes a new one."""
    asked = SiteAsked(
        name=member.name,
        organisation=organisation,
        resources=Resources(cores=member.cores, memory_bytes=int(member.memory_gb * 10**9)),
        prices=Prices(
            currency=member.currency, core_hour=member.price_core_hour, memory_gb_hour=member.price_memory_gb_hour,
            storage_gb_month=member.price_storage_gb_month,
        ),
        data=("open", "members", "restricted"),
    )  # fmt: skip
    known = every(lambda cursor: owner.sites.list(PageAsked(cursor=cursor, limit=200)))
    names = {site.name: site for site in known if site.organisation == organisation}
    same = next((site for site in names.values() if _lends(site) == _lends(asked)), None)
    if same is not None:
        return str(same.id)
    number = next(n for n in range(1, 1000) if _numbered(member.name, n) not in names)
    return owner.sites.register(asked.model_copy(update={"name": _numbered(member.name, number)})).id


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


def _lends(site: SiteAsked) -> tuple[Any, ...]:
    return site.engine, site.resources, site.prices, sorted(site.data)


def _allocate(owner: Client, pilot: PilotFile, member: Organisation, share: tuple[str, str]) -> None:
    project, site = share
    now = datetime.now(UTC)
    known = every(lambda cursor: owner.allocations.list(AllocationsAsked(project=project, site=site, cursor=cursor)))
    if any(one.start <= now < one.end and one.left > 0 for one in known):
        return
    end = max(datetime.combine(pilot.pilot.end, datetime.min.time(), UTC), now) + 365 * DAY
    asked = AllocationAsked(project=project, site=site, core_hours=member.allocation_core_hours, start=now, end=end)
    owner.allocations.grant(asked)


def _person(owner: Client, one: Person, organisation: str) -> str:
    known = every(lambda cursor: owner.persons.list(PeopleAsked(organisation=organisation, cursor=cursor)))
    same = next((person.id for person in known if person.name == one.name and person.persona), None)
    return same or owner.persons.create(PersonAsked(name=one.name, organisation=organisation, persona=True)).id


def _roles(owner: Client, one: Person, person: str, scope: dict[str, str]) -> None:
    for role in one.roles:
        kind = "organisation" if role in AT_HOME else "project"
        where = {} if role in EVERYWHERE else {kind: scope[kind]}
        owner.roles.grant(RoleAsked(person=person, role=RoleName(role), **where))


def _qualify(owner: Client, one: Person, person: str) -> None:
    now = datetime.now(UTC)
    known = every(lambda cursor: owner.qualifications.list(PeopleAsked(person=person, cursor=cursor)))
    held = {row.name for row in known if row.until > now + DAY and row.revoked_at is None}
    for name in set(one.qualifications) - held:
        owner.qualifications.award(QualificationAsked(person=person, name=name, until=now + 365 * DAY))


@dataclass(slots=True)
class Cast:
    """Who plays in the story: a client for each persona, with a token of its own for as long as the story lasts."""

    owner: Client
    persons: dict[str, str]
    label: str
    """Of the tokens, by which those that a killed story left are known."""
    clients: dict[str, Client] = field(default_factory=dict[str, Client])
    tokens: list[str] = field(default_factory=list[str])

    def speak(self, name: str, *scopes: str) -> Client:
        """The client of a persona; every token is marked as a script's."""
        key = " ".join((name, *scopes))
        if key not in self.clients:
            asked = TokenAsked(
                person=self.persons[name], label=self.label, scopes=scopes or ("*",), hours=HOURS,
                scripted=True,
            )  # fmt: skip
            issued = self.owner.tokens.issue(asked)
            self.tokens.append(issued.id)
            self.clients[key] = self.owner.speaking_for(issued.secret)
        return self.clients[key]

    def tidy(self) -> None:
        """End the tokens that this story left when it was killed."""
        now = datetime.now(UTC)
        for person in self.persons.values():
            known = every(
                lambda cursor, person=person: self.owner.tokens.list(PeopleAsked(person=person, cursor=cursor))
            )
            for token in known:
                if token.label == self.label and token.revoked_at is None and token.expires > now:
                    self.owner.tokens.revoke(token.id)

    def close(self) -> None:
        """End the tokens; nobody speaks for a persona after the story.

        Should the server be gone, they expire, and the next telling ends them.
        """
        for client in self.clients.values():
            client.close()
        with suppress(Unavailable):
            for token in self.tokens:
                self.owner.tokens.revoke(token)
        self.clients.clear()
        self.tokens.clear()
