"""Qualifications: certificates that expire, and that a permission can require."""

from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Invalid
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.people import store
from moyai.people.events import QualificationAwarded, QualificationRevoked
from moyai.people.schema import PeopleAsked, PersonShown, QualificationAsked, QualificationShown
from moyai.people.tables import Qualification


def award(call: Call, asked: QualificationAsked) -> QualificationShown:
    """Certify a person until a date. Raises NotAllowed, NotFound, or Invalid for a date that has passed."""
    person = store.person(call.session, asked.person)
    call.require("qualification.award", _thing(person))
    until = asked.until
    if until <= call.now:
        raise Invalid("A qualification must end in the future.", fix="Give a later date.", where="until")
    row = Qualification(
        id=ids.new("qua"), person=person.id, name=asked.name, until=until, awarded_by=call.who.person,
        at=call.now, revoked_at=None,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(QualificationAwarded(about=person.id, name=asked.name, until=until))
    return store.show_qualification(row)


def revoke(call: Call, qualification: str) -> QualificationShown:
    """End a certificate now. Raises NotAllowed or NotFound; doing it twice changes nothing."""
    row = store.qualification(call.session, qualification)
    call.require("qualification.revoke", _thing(store.person(call.session, row.person)))
    if row.revoked_at is None:
        row.revoked_at = call.now
        call.announce(QualificationRevoked(about=row.person, name=row.name))
    return store.show_qualification(row)


def held(call: Call, person: str) -> tuple[str, ...]:
    """Names of the certificates of `person` that are in force now."""
    return store.qualified(call.session, person, call.now)


def list(call: Call, asked: PeopleAsked) -> Page[QualificationShown]:
    """Certificates by person, also the ended ones."""
    call.require("qualification.read", Thing("qualification", attrs={"person": asked.person or ""}))
    return store.qualifications(call.session, asked)


def _thing(person: PersonShown) -> Thing:
    """A trainer of the person's organisation counts too."""
    return Thing("qualification", organisation=person.organisation, attrs={"person": person.id})
