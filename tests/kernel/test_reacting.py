"""News is delivered however much of it waits, and whatever one reaction does."""

import pytest

from moyai.kernel import journal, reacting
from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotAllowed
from moyai.kernel.journal import Event
from moyai.kernel.policy import Who


class BellRang(Event):
    number: int


class BellBroke(Event):
    pass


seen: list[int] = []


def ring(call: Call, numbers: range) -> None:
    for number in numbers:
        call.announce(BellRang(about="bel_1", number=number))


def note(call: Call, event: BellRang) -> None:
    seen.append(event.number)


def mend(call: Call, event: BellBroke) -> None:
    raise AssertionError("it never broke")


def break_on_the_first(call: Call, event: BellRang) -> None:
    if event.number == 0:
        raise ZeroDivisionError


def drain(edge: Edge, reactions: tuple[reacting.Reaction, ...], most: int = 50) -> None:
    for _ in range(most):
        if not reacting.deliver(edge, reactions):
            return
    raise AssertionError("news is delivered without end")


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    seen.clear()


def test_more_news_than_a_page_reaches_a_reaction_beside_one_that_waits_for_none(edge: Edge, owner: Who):
    reactions = (reacting.on(BellBroke, mend), reacting.on(BellRang, note))
    reacting.start(edge, reactions)
    edge.run(owner, ring, range(3 * reacting.PAGE))
    drain(edge, reactions)
    assert seen == [*range(3 * reacting.PAGE)]


def test_a_reaction_that_fails_does_not_hold_up_another(edge: Edge, owner: Who):
    reactions = (reacting.on(BellRang, break_on_the_first), reacting.on(BellRang, note))
    reacting.start(edge, reactions)
    edge.run(owner, ring, range(10))
    reacting.deliver(edge, reactions)
    assert seen == [*range(10)]


def test_a_reaction_begins_with_what_happens_after_it_was_added(edge: Edge, owner: Who):
    edge.run(owner, ring, range(3))
    reactions = (reacting.on(BellRang, note),)
    reacting.start(edge, reactions)
    edge.run(owner, ring, range(3, 5))
    drain(edge, reactions)
    assert seen == [3, 4]


def refuse(call: Call) -> None:
    raise NotAllowed("No.", news=(BellRang(about="bel_1", number=1),))


def test_news_of_a_refusal_rings_the_bell(edge: Edge, owner: Who):
    heard = edge.bell.rung
    with pytest.raises(NotAllowed):
        edge.run(owner, refuse)
    assert edge.bell.rung > heard


def test_a_listener_hears_what_was_committed_and_nothing_else(edge: Edge, owner: Who):
    told: list[Event] = []
    edge.listeners.append(told.extend)
    edge.run(owner, ring, range(2))
    with pytest.raises(ZeroDivisionError):
        edge.run(owner, lambda call: (call.announce(BellBroke(about="bel_1")), 1 / 0))
    assert [type(event) for event in told] == [BellRang, BellRang]


def test_news_handed_over_together_has_one_effect_each_though_one_in_the_middle_fails(edge: Edge, owner: Who):
    def answer(call: Call, event: BellRang) -> None:
        call.announce(BellBroke(about=f"bel_{event.number}"))
        if event.number == 7:
            raise ZeroDivisionError

    reactions = (reacting.on(BellRang, answer),)
    reacting.start(edge, reactions)
    edge.run(owner, ring, range(2 * reacting.TOGETHER))
    for _ in range(reacting.TRIES + 2):
        reacting.deliver(edge, reactions)
    with edge.database.reading() as session:
        answered = [entry.about for entry in journal.since(session, 0, ["BellBroke"], 1000)]
        assert [parked.seq for parked in reacting.given_up(session)] == [8]
    assert answered == [f"bel_{number}" for number in range(2 * reacting.TOGETHER) if number != 7]
