"""Tokens: 256 random bits, kept only as SHA-256; scoped, expiring, revocable. Who is asking is answered here."""

import hashlib
import secrets
import threading
import time
from datetime import timedelta

from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotAuthenticated
from moyai.kernel.policy import Thing, Who, moyai
from moyai.kernel.shapes import Page
from moyai.people import events, store
from moyai.people.schema import PeopleAsked, RoleName, TokenAsked, TokenIssued, TokenShown
from moyai.people.tables import Person, Role, Token

PREFIX = "moyai_"
MOST_CACHED = 10_000
YEARS = timedelta(days=3650)


def issue(call: Call, asked: TokenAsked) -> TokenIssued:
    """A new token for a person; the secret is in the answer and nowhere else.

    Raises NotAllowed (only for oneself, or by the owner) or NotFound.
    """
    call.require("token.issue", Thing("token", attrs={"person": asked.person}))
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
    """Who is asking, remembered for `policy_seconds`, so that a hot path asks the database once."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._known: dict[str, tuple[float, Who]] = {}
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
        who = self._edge.read(moyai("people.tokens"), authenticate, secret)
        with self._lock:
            if len(self._known) >= MOST_CACHED:
                self._known.clear()
            self._known[_digest(secret)] = (time.monotonic() + self._edge.settings.policy_seconds, who)
        return who

    def forget(self) -> None:
        """Ask anew from now on (after a role or token has changed in this process)."""
        with self._lock:
            self._known.clear()

    def _lives(self, who: Who) -> bool:
        return who.expires is None or who.expires > self._edge.clock.now()
