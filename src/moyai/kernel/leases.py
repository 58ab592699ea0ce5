"""The one background mechanism: a row that is due, taken by one worker for a time, applied only if still held."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, Integer, String, case, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from moyai.kernel.database import Row
from moyai.kernel.errors import Conflict


class Due(Row):
    """Something to look at, at a time."""

    __tablename__ = "kernel_lease"
    __table_args__ = (Index("ix_kernel_lease_kind_due_at", "kind", "due_at"),)

    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime]
    owner: Mapped[str | None] = mapped_column(String(60))
    token: Mapped[str | None] = mapped_column(String(40))
    expires_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(Integer, default=0)
    """Counts requests, so that one that comes while the row is held is not forgotten."""
    failures: Mapped[int] = mapped_column(Integer, default=0)


class LeaseLost(Conflict):
    """Somebody else holds the row by now: throw the result away."""

    kind = "lease-lost"


@dataclass(frozen=True, slots=True)
class Lease:
    kind: str
    key: str
    token: str
    asked: int
    failures: int
    expires_at: datetime


def due(session: Session, kind: str, key: str, at: datetime) -> None:
    """Make `key` due for the loop `kind`, at the earlier of `at` and what was asked before."""
    row = session.get(Due, (kind, key), with_for_update=True)
    if row is None:
        session.add(Due(kind=kind, key=key, due_at=at, asked=1, failures=0))
        session.flush()
        return
    row.due_at = min(row.due_at, at)
    row.asked += 1


def take(session: Session, kind: str, owner: str, now: datetime, limits: tuple[int, float]) -> list[Lease]:
    """Take up to `limits[0]` due rows for `limits[1]` seconds; rows that another worker holds are left alone."""
    most, seconds = limits
    free = (Due.owner.is_(None)) | (Due.expires_at <= now)
    query = select(Due).where(Due.kind == kind, Due.due_at <= now, free).order_by(Due.due_at).limit(most)
    taken: list[Lease] = []
    for row in session.execute(query.with_for_update(skip_locked=True)).scalars():
        lease = Lease(
            row.kind, row.key, secrets.token_hex(16), row.asked, row.failures, now + timedelta(seconds=seconds)
        )
        row.owner, row.token, row.expires_at = owner, lease.token, lease.expires_at
        taken.append(lease)
    return taken


def hold(session: Session, lease: Lease, until: datetime | None = None) -> Due:
    """The row, locked until commit, if the lease still holds; `until` extends it. Raises LeaseLost otherwise."""
    row = session.get(Due, (lease.kind, lease.key), with_for_update=True)
    if row is None or row.token != lease.token:
        raise LeaseLost(f"The lease on {lease.kind} {lease.key} is held by somebody else.", where=lease.key)
    if until is not None:
        row.expires_at = until
    return row


def finish(session: Session, lease: Lease, now: datetime, again: datetime | None) -> None:
    """Give the row back: due `again` at that time, at once when it was asked for meanwhile, or gone."""
    row = hold(session, lease)
    if row.asked != lease.asked:
        again = now
    if again is None:
        session.delete(row)
        return
    row.owner = row.token = row.expires_at = None
    row.due_at, row.failures = again, 0


def fail(session: Session, lease: Lease, now: datetime) -> None:
    """Give the row back after an error: due again after a pause that doubles, at most five minutes."""
    row = hold(session, lease)
    row.owner = row.token = row.expires_at = None
    row.failures += 1
    row.due_at = now + timedelta(seconds=min(300.0, 0.5 * 2 ** min(row.failures, 12)))


def due_by_kind(session: Session, kinds: Sequence[str]) -> dict[str, datetime]:
    """When each loop of `kinds` has to look next, at the earliest; those without rows are left out. Asks only."""
    at = func.min(case((Due.owner.is_(None), Due.due_at), else_=Due.expires_at))
    query = select(Due.kind, at).where(Due.kind.in_(kinds)).group_by(Due.kind)
    return dict(session.execute(query).tuples().all())


def release(session: Session) -> None:
    """Give back every row that is held. Only for a worker that starts and is known to be the only one."""
    session.execute(update(Due).where(Due.owner.is_not(None)).values(owner=None, token=None, expires_at=None))


@dataclass(frozen=True, slots=True)
class Loop:
    """What a room does with its due rows.

    `work(edge, lease)` opens transactions with `edge.run`, does I/O outside them, and applies results only after
    `leases.hold`. It returns when to look again, or None when nothing is left to do.
    """

    kind: str
    work: Callable[[Any, Lease], datetime | None]
    seconds: float = 60.0
    """How long a lease lasts; work that takes longer renews it with `hold(..., until=...)`."""
    at_once: int = 4
    """Rows worked on in parallel by one worker."""
