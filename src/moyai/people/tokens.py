"""Tokens: 256 random bits, kept only as SHA-256; scoped, expiring, revocable. Who is asking is answered here."""

import hashlib
import secrets
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from fnmatch import fnmatchcase

from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotAllowed, NotAuthenticated
from moyai.kernel.journal import Event
from moyai.kernel.policy import Thing, Who, moyai
from moyai.kernel.shapes import Page
from moyai.people import events, store
from moyai.people.schema import PeopleAsked, RoleName, TokenAsked, TokenIssued, TokenShown
from moyai.people.tables import Person, Role, Token

PREFIX = "moyai_"
MOST_CACHED = 10_000
YEARS = timedelta(days=3650)
CHANGES_WHO = (
    events.RoleGranted, events.RoleRevoked, events.QualificationAwarded, events.QualificationRevoked,
    events.TokenRevoked,
)  # fmt: skip
"""What a remembered answer to "who is asking" does not survive."""


def issue(call: Call, asked: TokenAsked) -> TokenIssued:
    """A new token for a person; the secret is in the answer and nowhere else.

    Raises NotAllowed (only for oneself, or by the owner; never wider, longer or less labelled than the token that
    asks) or NotFound.
    """
    call.require("token.issue", Thing("token", attrs={"person": asked.person}))
    _refuse_more(call, asked)
    person = store.person(call.session, asked.person)
    return _issue(call, asked.model_copy(update={"person": person.id}), timedelta(hours=asked.hours))


def revoke(call: Call, token: str) -> TokenShown:
    """End a token; it is refused within `policy_seconds`. Doing it twice changes nothing."""
    row = store.token(call.session, token)
    call.require("token.revoke", Thing("token", attrs={"person": row.person}))
    if row.revoked_at is None:
        row.revoked_at = call.now
        call.announce(events.TokenRevoked(about=row.person, token=row.id))
    return store.show_token(row)


def list(call: Call, asked: PeopleAsked) -> Page[TokenShown]:
    """One's own tokens, or for the owner those of anybody; never a secret."""
    call.require("token.read", Thing("token", attrs={"person": asked.person or ""}))
    return store.tokens(call.session, asked)


def authenticate(call: Call, secret: str) -> Who:
    """Who carries this token. Raises NotAuthenticated, with one answer for unknown, expired and revoked ones."""
    row = store.token_of(call.session, _digest(secret))
    if row is None or row.revoked_at is not None or row.expires <= call.now:
        raise NotAuthenticated("This token is not valid here: unknown, expired or revoked.", fix="Ask for a new one.")
    person = store.person(call.session, row.person)
    return Who(
        person=person.id, name=person.name, roles=store.held(call.session, person.id),
        qualifications=store.qualified(call.session, person.id, call.now), scopes=tuple(row.scopes),
        organisation=person.organisation, scripted=row.scripted, token=row.id, expires=row.expires,
    )  # fmt: skip


def found(call: Call, name: str) -> TokenIssued | None:
    """Give a new home to the person who made it: the owner, and a token for the command. None when it has people."""
    if store.anybody(call.session):
        return None
    person = Person(id=ids.new("per"), name=name, organisation=None, persona=False, at=call.now)
    store.add(call.session, person)
    role = Role(
        id=ids.new("rol"), person=person.id, role=RoleName.OWNER, scope="", granted_by=call.who.person, at=call.now
    )
    store.add(call.session, role)
    call.announce(events.HomeFounded(about=person.id))
    asked = TokenAsked(person=person.id, label="the command on this machine")
    return _issue(call, asked, YEARS)


def _refuse_more(call: Call, asked: TokenAsked) -> None:
    """A token gives nothing that it has not: a stolen one cannot be made into more."""
    who = call.who
    wide = [scope for scope in asked.scopes if not any(fnmatchcase(scope, mine) for mine in who.scopes)]
    long = who.expires is not None and call.now + timedelta(hours=asked.hours) > who.expires
    faults = (
        (wide, f"it is limited to {', '.join(who.scopes)}", "--scope"),
        (long, f"it ends at {who.expires:%Y-%m-%d %H:%M} UTC" if who.expires else "", "--hours"),
        (who.scripted and not asked.scripted, "it is one of a program, and so are those made with it", "scripted"),
    )
    for more, why, where in faults:
        if more:
            raise NotAllowed(f"This token cannot make that one: {why}.", fix="Ask for less.", where=where)


def _issue(call: Call, asked: TokenAsked, life: timedelta) -> TokenIssued:
    secret = PREFIX + secrets.token_urlsafe(32)
    row = Token(
        id=ids.new("tok"), person=asked.person, digest=_digest(secret), label=asked.label, scopes=[*asked.scopes],
        scripted=asked.scripted, at=call.now, expires=call.now + life, revoked_at=None,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(
        events.TokenIssued(
            about=row.person, token=row.id, scopes=asked.scopes, expires=row.expires, scripted=row.scripted
        )
    )
    return TokenIssued(**store.show_token(row).model_dump(), secret=secret)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Door:
    """Who is asking, remembered for `policy_seconds`, so that a hot path asks the database once.

    What this process itself changes counts at once; what another one changes, within `policy_seconds`.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        edge.listeners.append(self._hear)
        self._known: dict[str, tuple[float, Who]] = {}
        self._cleared = 0
        self._lock = threading.Lock()

    def remembered(self, secret: str) -> Who | None:
        """The answer without the database, or None when it has to be asked."""
        found = self._known.get(_digest(secret))
        return found[1] if found and found[0] > time.monotonic() and self._lives(found[1]) else None

    def who(self, secret: str) -> Who:
        """Raises NotAuthenticated."""
        known = self.remembered(secret)
        if known is not None:
            return known
        cleared = self._cleared
        who = self._edge.read(moyai("people.tokens"), authenticate, secret)
        with self._lock:
            if cleared != self._cleared:
                return who  # something changed while we asked: true for this request, not to be remembered
            if len(self._known) >= MOST_CACHED:
                self._known.clear()
            self._known[_digest(secret)] = (time.monotonic() + self._edge.settings.policy_seconds, who)
        return who

    def forget(self) -> None:
        """Ask anew from now on."""
        with self._lock:
            self._known.clear()
            self._cleared += 1

    def _hear(self, news: Sequence[Event]) -> None:
        if any(isinstance(event, CHANGES_WHO) for event in news):
            self.forget()

    def _lives(self, who: Who) -> bool:
        return who.expires is None or who.expires > self._edge.clock.now()
