"""News delivered: each journal entry reaches every reaction that waits for its name, with exactly one effect.

The cursor of a reaction moves in the same transaction as the effect, so a crash repeats nothing and forgets nothing.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, takewhile
from typing import Any

from sqlalchemy import BigInteger, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from moyai.kernel import journal
from moyai.kernel.call import Call
from moyai.kernel.database import Row
from moyai.kernel.edge import Edge
from moyai.kernel.journal import Event
from moyai.kernel.policy import moyai

log = logging.getLogger(__name__)
TRIES = 5
PAGE = 500
"""Entries looked at in one go."""
LAG = 200
"""How far behind the cursor of a reaction without news may stay; smaller than a page, so that each page moves on."""
TOGETHER = 20
"""Entries of one name that a reaction is handed in one transaction, when so many wait."""


class Cursor(Row):
    """How far one reaction has read."""

    __tablename__ = "kernel_reaction"

    name: Mapped[str] = mapped_column(String(160), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    tries: Mapped[int] = mapped_column(default=0)


class Parked(Row):
    """An entry that a reaction could not handle; kept for a person to look at."""

    __tablename__ = "kernel_parked"

    name: Mapped[str] = mapped_column(String(160), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    error: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Reaction:
    event: type[Event]
    verb: Callable[[Call, Any], Any]

    @property
    def name(self) -> str:
        room = self.verb.__module__.removeprefix("moyai.")
        return f"{room}.{self.verb.__name__} < {self.event.__name__}"


def on(event: type[Event], verb: Callable[[Call, Any], Any]) -> Reaction:
    """When `event` happened, do `verb(call, event)`, as Moyai itself."""
    return Reaction(event, verb)


def start(edge: Edge, reactions: Sequence[Reaction]) -> None:
    """Give each new reaction its cursor: one added later begins with what happens from now on."""

    def begin(session: Session) -> None:
        known = set(session.execute(select(Cursor.name)).scalars())
        now = journal.head(session)[0]
        session.add_all(Cursor(name=one.name, seq=now, tries=0) for one in reactions if one.name not in known)

    edge.change(begin)


def deliver(edge: Edge, reactions: Sequence[Reaction]) -> bool:
    """Hand every waiting entry to its reactions, in order. True when something was delivered."""
    with edge.database.reading() as session:
        cursors = dict(session.execute(select(Cursor.name, Cursor.seq)).tuples().all())
        waiting = journal.since(
            session, min(cursors.values(), default=0), sorted({one.event.__name__ for one in reactions}), PAGE
        )
    moved = False
    stuck: set[str] = set()
    for entries in _alike(waiting):
        for one in reactions:
            new = [
                entry for entry in entries if entry.name == one.event.__name__ and entry.seq > cursors.get(one.name, 0)
            ]
            if not new or one.name in stuck:
                continue
            done = _deliver(edge, one, new)
            moved = moved or done > 0
            if done < len(new):
                stuck.add(one.name)
    _catch_up(edge, cursors, waiting, stuck)
    return moved or (len(waiting) == PAGE and not stuck)


def _alike(waiting: Sequence[journal.Entry]) -> Iterator[list[journal.Entry]]:
    """In their order, neighbours of one name together."""
    for _, run in groupby(waiting, lambda entry: entry.name):
        entries = [*run]
        yield from (entries[start : start + TOGETHER] for start in range(0, len(entries), TOGETHER))


def _deliver(edge: Edge, one: Reaction, entries: Sequence[journal.Entry]) -> int:
    """Hand over `entries` in one transaction, or, when that fails, each in one of its own; gives how many were."""
    try:
        edge.run(moyai(one.verb.__module__.removeprefix("moyai.")), _react, one, entries)
    except Exception as wrong:  # a reaction may fail in any way; the entry is tried again, then parked
        if len(entries) > 1:
            done = takewhile(bool, (_deliver(edge, one, (entry,)) for entry in entries))
            return sum(done)
        entry = entries[0]
        log.exception("reaction %s failed on entry %s", one.name, entry.seq)
        error = f"{type(wrong).__name__}: {wrong}"[:2000]
        parked = Parked(name=one.name, seq=entry.seq, at=edge.clock.now(), error=error)
        return int(edge.change(lambda session: _failed(session, parked)))
    return len(entries)


def _react(call: Call, one: Reaction, entries: Sequence[journal.Entry]) -> None:
    cursor = call.session.get_one(Cursor, one.name, with_for_update=True)
    for entry in entries:
        if cursor.seq < entry.seq:
            one.verb(call, one.event.of(entry))
            cursor.seq, cursor.tries = entry.seq, 0


def _failed(session: Session, parked: Parked) -> bool:
    """Count the failure; True once the entry was given up, so that the reaction goes on with the next."""
    cursor = session.get_one(Cursor, parked.name, with_for_update=True)
    cursor.tries += 1
    if cursor.tries < TRIES:
        return False
    session.add(parked)
    cursor.seq, cursor.tries = parked.seq, 0
    return True


def _catch_up(edge: Edge, cursors: dict[str, int], waiting: list[journal.Entry], stuck: set[str]) -> None:
    """Move idle cursors forward now and then, so that the scan stays short; never past what was not delivered."""
    if not waiting or stuck:
        return
    last = waiting[-1].seq
    behind = [name for name, seq in cursors.items() if seq < last - LAG]
    if behind:
        edge.change(lambda session: _forward(session, behind, last))


def _forward(session: Session, names: list[str], seq: int) -> None:
    for cursor in session.execute(select(Cursor).where(Cursor.name.in_(names)).with_for_update()).scalars():
        cursor.seq = max(cursor.seq, seq)


def given_up(session: Session) -> list[Parked]:
    """Entries that some reaction could not handle, oldest first."""
    return list(session.execute(select(Parked).order_by(Parked.seq)).scalars())
