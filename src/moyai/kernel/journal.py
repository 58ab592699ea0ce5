"""The one record: an append-only, hash-chained table, audit trail and delivery queue at once. News goes up through it.

Persons appear by id only, so that erasing a person never touches the chain.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import BigInteger, Integer, String, Text, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from moyai.kernel import database, ids
from moyai.kernel.shapes import EntryShown, Shape, Verified

START = "0" * 64
TURN = 0x6D6F7961
"""The advisory lock under which PostgreSQL writers append one after the other."""


class Event(Shape):
    """Something that happened: past tense, small, about one thing."""

    about: str
    """Id of the thing that it happened to."""

    @classmethod
    def of(cls, entry: "Entry") -> Self:
        return cls.model_validate({**json.loads(entry.body), "about": entry.about})


class Entry(database.Row):
    __tablename__ = "kernel_journal"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    id: Mapped[str] = mapped_column(String(40), unique=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60), index=True)
    about: Mapped[str] = mapped_column(String(60), index=True)
    body: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def append(session: Session, actor: str, at: datetime, events: Sequence[Event]) -> None:
    """Chain `events` to the head, in the caller's transaction; the last thing that it does before commit."""
    if not events:
        return
    database.lock(session, TURN)
    seq, before = head(session)
    entries: list[dict[str, Any]] = []
    for event in events:
        seq += 1
        entry: dict[str, Any] = {
            "seq": seq,
            "id": ids.new("evt"),
            "at": at,
            "actor": actor,
            "name": type(event).__name__,
            "about": event.about,
            "body": _canonical(event.model_dump(mode="json", exclude={"about"})),
            "before": before,
        }
        before = entry["hash"] = _hash(*entry.values())
        entries.append(entry)
    session.connection().execute(insert(Entry), entries)


def show(entry: Entry) -> EntryShown:
    return EntryShown(
        seq=entry.seq,
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        name=entry.name,
        about=entry.about,
        body=json.loads(entry.body),
        hash=entry.hash,
    )


def head(session: Session) -> tuple[int, str]:
    """Sequence number and hash of the newest entry; (0, START) of an empty journal."""
    last = session.execute(select(Entry.seq, Entry.hash).order_by(Entry.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, START)


def since(session: Session, seq: int, names: Sequence[str], limit: int) -> list[Entry]:
    """Entries after `seq` of the given names, oldest first."""
    query = select(Entry).where(Entry.seq > seq, Entry.name.in_(names)).order_by(Entry.seq).limit(limit)
    return list(session.execute(query).scalars())


def verify(session: Session, anchors: Path) -> Verified:
    """Recompute every hash and compare with the anchors kept outside the database.

    Finds entries altered, removed, reordered or inserted, a tail cut off behind an anchor, and a chain that was
    recomputed as a whole (its hashes differ from the anchored ones). Streams: memory does not grow with the journal.
    """
    kept = {anchor.seq: anchor.hash for anchor in read_anchors(anchors)}
    problems: list[str] = []
    seq, before = 0, START
    for entry in session.execute(select(Entry).order_by(Entry.seq).execution_options(yield_per=1000)).scalars():
        problems += _faults(entry, seq, before, kept)
        seq, before = entry.seq, entry.hash
        session.expunge(entry)
    if kept and max(kept) > seq:
        problems.append(f"the journal ends at entry {seq}, but entry {max(kept)} was anchored: its tail is gone")
    return Verified(entries=seq, verified=not problems, head=before, anchors=len(kept), problems=tuple(problems[:20]))


def _faults(entry: Entry, seq: int, before: str, kept: dict[int, str]) -> Iterator[str]:
    if entry.seq != seq + 1:
        yield f"entry {seq + 1} is missing before entry {entry.seq}"
    if entry.before != before:
        yield f"entry {entry.seq} does not follow the entry before it"
    told = (entry.seq, entry.id, entry.at, entry.actor, entry.name, entry.about, entry.body, entry.before)
    if _hash(*told) != entry.hash:
        yield f"entry {entry.seq} was altered"
    if entry.seq in kept and kept[entry.seq] != entry.hash:
        yield f"entry {entry.seq} is not the one that was anchored: the chain was recomputed"


@dataclass(frozen=True, slots=True)
class Anchor:
    seq: int
    hash: str
    at: str


def anchor(session: Session, file: Path, at: datetime) -> Anchor | None:
    """Note the head outside the database, if it moved since the last anchor."""
    seq, digest = head(session)
    last = max((kept.seq for kept in read_anchors(file)), default=0)
    if seq <= last:
        return None
    made = Anchor(seq, digest, at.isoformat())
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"seq": made.seq, "hash": made.hash, "at": made.at}) + "\n")
    return made


def read_anchors(file: Path) -> list[Anchor]:
    if not file.exists():
        return []
    return [Anchor(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def count(session: Session) -> int:
    return session.execute(select(func.count()).select_from(Entry)).scalar_one()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hash(seq: int, id: str, at: datetime, *others: str) -> str:
    """Over an entry's columns in their order, all but the hash itself."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(_canonical([seq, id, instant, *others]).encode()).hexdigest()
