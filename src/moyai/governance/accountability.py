"""Accountability: who answers for what, by name; whoever did so before stays on record."""

from moyai.governance import scopes, store
from moyai.governance.events import AccountabilityAssigned
from moyai.governance.schema import AccountabilityAsked, AccountabilityShown
from moyai.governance.tables import Accountability
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, Invalid
from moyai.kernel.policy import Held, Thing
from moyai.people import persons, roles
from moyai.people.schema import PeopleAsked


def assign(call: Call, asked: AccountabilityAsked) -> AccountabilityShown:
    """Name the person who answers for the subject from now on; naming the same again changes nothing.

    The person holds the role where the record belongs. Raises NotAllowed, NotFound (person, project, organisation),
    Invalid (the role is not held), or Conflict (the subject belongs to another project or organisation).
    """
    scope = scopes.settle(call, asked)
    thing = scopes.thing(call, "accountability", scope)
    call.require("accountability.assign", thing)
    _holds(call, asked, thing)
    store.alone(call.session, asked.subject)
    before = store.accountabilities(call.session, asked.subject)
    if before:
        newest = before[0]
        if (newest.project, newest.organisation) != (scope.project, scope.organisation):
            raise Conflict(f"{asked.subject} belongs to another project or organisation.", where="subject")
        if (newest.person, newest.role, newest.statement) == (asked.person, asked.role, asked.statement):
            return store.show_accountability(newest)
        newest.until = call.now
    row = Accountability(
        id=ids.new("acc"), subject=asked.subject, number=len(before) + 1, project=scope.project,
        organisation=scope.organisation, person=asked.person, role=asked.role, statement=asked.statement,
        assigned_by=call.who.person, at=call.now, until=None,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(AccountabilityAssigned(about=row.id, subject=row.subject, person=row.person, role=row.role))
    return store.show_accountability(row)


def of(call: Call, subject: str) -> AccountabilityShown | None:
    """Who answers for the subject now, or None. Raises NotAllowed."""
    return next(iter(history(call, subject)), None)


def history(call: Call, subject: str) -> tuple[AccountabilityShown, ...]:
    """Everybody who answered for the subject, newest first. Raises NotAllowed."""
    call.require("accountability.read", Thing("accountability"))
    return tuple(store.show_accountability(row) for row in store.accountabilities(call.session, subject))


def _holds(call: Call, asked: AccountabilityAsked, thing: Thing) -> None:
    """A name alone does not answer for anything: the person has to hold the role there."""
    person = persons.get(scopes.as_moyai(call), asked.person)
    held = roles.list(scopes.as_moyai(call), PeopleAsked(person=person.id, limit=200)).items
    fitting = [Held(one.role, one.organisation, one.project) for one in held if one.role == asked.role]
    somewhere = thing.project is None and thing.organisation is None
    if not (fitting if somewhere else [one for one in fitting if one.covers(thing)]):
        raise Invalid(
            f"{person.name} does not hold the role {asked.role!r} there, so cannot answer in it.",
            fix="Name a role that the person holds, or have it granted first.",
            where="role",
        )
