"""The machinery as rooms use it: news with its change, one effect per reaction, leases that one worker holds."""

from datetime import timedelta

import pytest
from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from moyai.kernel import journal, leases, reacting
from moyai.kernel.call import Call
from moyai.kernel.clock import Fixed
from moyai.kernel.database import Row
from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotAllowed
from moyai.kernel.journal import Event
from moyai.kernel.policy import Who


class NoteWritten(Event):
    words: str


class NoteRefused(Event):
    words: str


class Note(Row):
    __tablename__ = "test_note"

    words: Mapped[str] = mapped_column(String(50), primary_key=True)


def write(call: Call, words: str) -> None:
    call.session.add(Note(words=words))
    call.announce(NoteWritten(about="job_1", words=words))


def echo(call: Call, event: NoteWritten) -> None:
    call.session.add(Note(words=f"echo {event.words}"))


def refuse(call: Call, words: str) -> None:
    call.session.add(Note(words=words))
    raise NotAllowed("No.", news=(NoteRefused(about="job_1", words=words),))


def break_down(call: Call, event: NoteWritten) -> None:
    raise ZeroDivisionError(event.words)


def notes(edge: Edge) -> list[str]:
    with edge.database.reading() as session:
        return sorted(session.execute(text("select words from test_note")).scalars())


def names(edge: Edge) -> list[str]:
    with edge.database.reading() as session:
        return [entry.name for entry in journal.since(session, 0, ["NoteWritten", "NoteRefused"], 100)]


def test_news_is_written_with_the_change_and_chained(edge: Edge, owner: Who):
    for words in ("one", "two", "three"):
        edge.run(owner, write, words)
    with edge.database.reading() as session:
        found = journal.verify(session, edge.home.anchors)
    assert (found.entries, found.verified) == (3, True)


def test_a_refusal_undoes_the_change_and_is_on_record(edge: Edge, owner: Who):
    with pytest.raises(NotAllowed):
        edge.run(owner, refuse, "secret")
    assert notes(edge) == []
    assert names(edge) == ["NoteRefused"]


@pytest.mark.parametrize(
    "tamper",
    [
        'update kernel_journal set body = \'{"words":"other"}\' where seq = 2',
        "delete from kernel_journal where seq = 2",
        "delete from kernel_journal where seq = 5",
        "update kernel_journal set actor = 'per_x' where seq = 5",
        "update kernel_journal set seq = 9 where seq = 1",
    ],
)
def test_a_changed_journal_is_found(edge: Edge, owner: Who, tamper: str):
    for words in "abcde":
        edge.run(owner, write, words)
    with edge.database.reading() as session:
        journal.anchor(session, edge.home.anchors, edge.clock.now())
    edge.change(lambda session: session.execute(text(tamper)))
    with edge.database.reading() as session:
        found = journal.verify(session, edge.home.anchors)
    assert not found.verified
    assert found.problems


def test_a_recomputed_chain_is_found_by_its_anchors(edge: Edge, owner: Who):
    for words in "abc":
        edge.run(owner, write, words)
    with edge.database.reading() as session:
        journal.anchor(session, edge.home.anchors, edge.clock.now())
    edge.change(lambda session: session.execute(text("delete from kernel_journal")))
    for words in ("x", "y", "z"):
        edge.run(owner, write, words)
    with edge.database.reading() as session:
        found = journal.verify(session, edge.home.anchors)
    assert any("recomputed" in problem for problem in found.problems)


def test_each_reaction_has_one_effect(edge: Edge, owner: Who):
    reactions = (reacting.on(NoteWritten, echo),)
    reacting.start(edge, reactions)
    edge.run(owner, write, "hello")
    assert reacting.deliver(edge, reactions)
    assert not reacting.deliver(edge, reactions)
    assert notes(edge) == ["echo hello", "hello"]


def test_a_broken_reaction_is_parked_and_holds_up_nobody_else(edge: Edge, owner: Who):
    reactions = (reacting.on(NoteWritten, break_down), reacting.on(NoteWritten, echo))
    reacting.start(edge, reactions)
    edge.run(owner, write, "hello")
    for _ in range(reacting.TRIES):
        reacting.deliver(edge, reactions)
    assert "echo hello" in notes(edge)
    with edge.database.reading() as session:
        (parked,) = reacting.given_up(session)
    assert parked.error == "ZeroDivisionError: hello"


def take(edge: Edge, who: str) -> list[leases.Lease]:
    return edge.change(lambda session: leases.take(session, "look", who, edge.clock.now(), (5, 60.0)))


def test_a_lease_is_held_by_one_worker_until_it_expires(edge: Edge, owner: Who, clock: Fixed):
    edge.run(owner, Call.later, "look", "sit_1")
    (first,) = take(edge, "one")
    assert take(edge, "two") == []
    clock.move(seconds=61)
    (second,) = take(edge, "two")
    with pytest.raises(leases.LeaseLost):
        edge.change(lambda session: leases.hold(session, first))
    edge.change(lambda session: leases.finish(session, second, edge.clock.now(), None))
    assert take(edge, "one") == []


def test_what_is_asked_for_while_held_is_not_forgotten(edge: Edge, owner: Who):
    edge.run(owner, Call.later, "look", "sit_1")
    (lease,) = take(edge, "one")
    edge.run(owner, Call.later, "look", "sit_1")
    edge.change(lambda session: leases.finish(session, lease, edge.clock.now(), None))
    assert len(take(edge, "one")) == 1


def test_a_failing_row_comes_back_later_and_later(edge: Edge, owner: Who, clock: Fixed):
    edge.run(owner, Call.later, "look", "sit_1")
    for _ in range(3):
        (lease,) = take(edge, "one")
        edge.change(lambda session, lease=lease: leases.fail(session, lease, edge.clock.now()))
        assert take(edge, "one") == []
        clock.at += timedelta(minutes=6)
