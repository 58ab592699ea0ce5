"""Errors by meaning. Domains raise them; faces map them to HTTP (RFC 9457) or an exit code, in one place each."""

from typing import Any, ClassVar


class Failure(Exception):
    """Something that a person can be told: what was wrong, where, and what to do.

    `what` is one sentence; `fix` says what to do; `where` names the place (a field, a line, a column, an id).
    `facts` travel with the error in machine-readable form. `news` are events to be journalled although the
    transaction is rolled back (a refused approval, for example).
    """

    status: ClassVar[int] = 500
    kind: ClassVar[str] = "failure"
    retry: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, fix: str = "", where: str = "", news: tuple[Any, ...] = (), **facts: Any) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.where = where
        self.news = news
        self.facts = facts

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what, self.fix]
        return " ".join(part for part in parts if part)


class Invalid(Failure):
    """The request itself is wrong; the same request will fail again."""

    status = 422
    kind = "invalid"
    exit_code = 2


class NotAuthenticated(Failure):
    """Nobody knows who is asking: no token, or one that is unknown, expired or revoked."""

    status = 401
    kind = "not-authenticated"
    exit_code = 4


class NotAllowed(Failure):
    """The person is known and may not do this."""

    status = 403
    kind = "not-allowed"
    exit_code = 4


class NotFound(Failure):
    """There is no such thing, or the person may not know of it."""

    status = 404
    kind = "not-found"
    exit_code = 5


class Conflict(Failure):
    """The thing is in a state that does not allow this now."""

    status = 409
    kind = "conflict"
    exit_code = 3


class QuotaExceeded(Failure):
    """An allocation, budget or limit has too little left."""

    status = 409
    kind = "quota-exceeded"
    exit_code = 3


class TooLarge(Failure):
    """More was sent than is accepted at once."""

    status = 413
    kind = "too-large"
    exit_code = 2


class Unavailable(Failure):
    """Something outside cannot be reached now; worth a retry."""

    status = 503
    kind = "unavailable"
    retry = True
    exit_code = 6


class Corrupt(Failure):
    """Stored bytes are no longer what they were; never read as data."""

    status = 500
    kind = "corrupt"
    exit_code = 7


KINDS: dict[str, type[Failure]] = {
    kind.kind: kind
    for kind in (
        Invalid,
        NotAuthenticated,
        NotAllowed,
        NotFound,
        Conflict,
        QuotaExceeded,
        TooLarge,
        Unavailable,
        Corrupt,
        Failure,
    )
}
"""Every kind by its name: how the SDK turns an answer back into the error that the server raised."""
