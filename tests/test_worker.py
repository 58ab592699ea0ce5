"""The worker: due rows are worked on, failures come later, news is acted on at once, stopping is quick."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from moyai import worker
from moyai.kernel import leases, reacting
from moyai.kernel.call import Call
from moyai.kernel.clock import System
from moyai.kernel.edge import Edge
from moyai.kernel.journal import Event
from moyai.kernel.leases import Due, Lease, Loop
from moyai.kernel.policy import Who, moyai
from moyai.worker import Worker

Hire = Callable[..., Worker]


class DoorOpened(Event):
    pass


@pytest.fixture(autouse=True)
def no_standing_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "STARTS", ())


@pytest.fixture
def hire(edge: Edge) -> Iterator[Hire]:
    """`hire(loops=..., reactions=...)`: a worker over the real clock, at work until the test ends."""
    edge.clock = System()
    hired: list[Worker] = []

    def start(loops: tuple[Loop, ...] = (), reactions: tuple[reacting.Reaction, ...] = ()) -> Worker:
        hired.append(Worker(edge, reactions, loops))
        hired[-1].start()
        return hired[-1]

    yield start
    for one in hired:
        one.stop()


def until(true: Callable[[], Any], seconds: float = 5.0) -> float:
    """Wait for it; gives how long that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not happen"
        time.sleep(0.005)
    return time.monotonic() - began


def ask(edge: Edge, *keys: str, kind: str = "look", at: datetime | None = None) -> None:
    def later(call: Call) -> None:
        for key in keys:
            call.later(kind, key, at)

    edge.run(moyai("test"), later)


def rows(edge: Edge) -> dict[str, tuple[int, bool]]:
    """Failures of each row, and whether it is held."""
    with edge.database.reading() as session:
        return {row.key: (row.failures, row.owner is not None) for row in session.execute(select(Due)).scalars()}


def test_a_due_row_is_worked_on_once_and_gone(edge: Edge, hire: Hire):
    done: list[str] = []
    hire((Loop("look", lambda _, lease: done.append(lease.key)),))
    ask(edge, "one", "two")
    until(lambda: rows(edge) == {})
    assert sorted(done) == ["one", "two"]


def test_a_row_that_is_due_again_is_worked_on_again(edge: Edge, hire: Hire):
    done: list[datetime] = []

    def work(edge: Edge, lease: Lease) -> datetime | None:
        done.append(edge.clock.now())
        return None if len(done) == 3 else done[-1] + timedelta(seconds=0.1)

    hire((Loop("look", work),))
    ask(edge, "one")
    until(lambda: rows(edge) == {})
    assert done[2] - done[0] >= timedelta(seconds=0.2)


def test_what_fails_comes_back_later(edge: Edge, hire: Hire):
    tries: list[float] = []

    def work(_edge: Edge, _lease: Lease) -> None:
        tries.append(time.monotonic())
        if len(tries) == 1:
            raise ZeroDivisionError

    hire((Loop("look", work),))
    ask(edge, "one")
    until(lambda: rows(edge) == {"one": (1, False)})
    until(lambda: rows(edge) == {})
    assert 0.9 < tries[1] - tries[0] < 3


def test_a_lost_lease_is_not_applied(edge: Edge, hire: Hire):
    begun, go_on = threading.Event(), threading.Event()

    def work(_edge: Edge, _lease: Lease) -> None:
        begun.set()
        go_on.wait(5)

    hire((Loop("look", work),))
    ask(edge, "one")
    assert begun.wait(5)

    def taken_by_another(session: Any) -> None:
        session.get_one(Due, ("look", "one")).token = "other"

    edge.change(taken_by_another)
    go_on.set()
    time.sleep(0.2)
    assert rows(edge) == {"one": (0, True)}


def test_no_more_rows_at_once_than_the_loop_allows(edge: Edge, hire: Hire):
    lock, inside, most = threading.Lock(), [0], [0]

    def work(_edge: Edge, _lease: Lease) -> None:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.02)
        with lock:
            inside[0] -= 1

    hire((Loop("look", work, at_once=3),))
    ask(edge, *(f"key {number}" for number in range(12)))
    until(lambda: rows(edge) == {})
    assert most == [3]


def test_a_loop_whose_places_are_full_does_not_spin_and_goes_on_when_one_is_free(edge: Edge, hire: Hire):
    go_on, done = threading.Event(), []

    def work(_edge: Edge, lease: Lease) -> None:
        if lease.key == "slow":
            go_on.wait(10)
        done.append(lease.key)

    hire((Loop("look", work, at_once=1),))
    ask(edge, "slow")
    until(lambda: rows(edge).get("slow") == (0, True))
    ask(edge, "next")
    before = time.process_time()
    time.sleep(1)
    assert time.process_time() - before < 0.5
    go_on.set()
    assert until(lambda: done == ["slow", "next"]) < 1


def test_a_full_loop_holds_up_no_other(edge: Edge, hire: Hire):
    go_on, done = threading.Event(), []
    hire((Loop("slow", lambda *_: go_on.wait(10), at_once=1), Loop("look", lambda _, lease: done.append(lease.key))))
    ask(edge, "one", kind="slow")
    ask(edge, "two")
    until(lambda: done == ["two"])
    go_on.set()


def test_news_is_acted_on_at_once(edge: Edge, hire: Hire, owner: Who):
    done: list[str] = []
    hire(reactions=(reacting.on(DoorOpened, lambda _, event: done.append(event.about)),))
    time.sleep(0.3)
    waits = []
    for number in range(10):
        edge.run(owner, lambda call, about=f"dor_{number}": call.announce(DoorOpened(about=about)))
        waits.append(until(lambda wanted=number + 1: len(done) == wanted))
    assert sorted(waits)[5] < 0.2


def test_a_reaction_can_ask_for_work(edge: Edge, hire: Hire, owner: Who):
    done: list[str] = []
    hire(
        (Loop("look", lambda _, lease: done.append(lease.key)),),
        (reacting.on(DoorOpened, lambda call, event: call.later("look", event.about)),),
    )
    edge.run(owner, lambda call: call.announce(DoorOpened(about="dor_1")))
    assert until(lambda: done == ["dor_1"]) < 2


def test_rows_held_by_a_worker_that_is_gone_are_taken_up_at_once(edge: Edge, hire: Hire):
    edge.clock = System()
    ask(edge, "one")
    now = edge.clock.now()
    edge.change(lambda session: leases.take(session, "look", "gone:1", now, (1, 3600.0)))
    done: list[str] = []
    hire((Loop("look", lambda _, lease: done.append(lease.key)),))
    assert until(lambda: done == ["one"]) < 2


def test_an_expired_lease_is_taken_up(edge: Edge, hire: Hire):
    done: list[str] = []
    hire((Loop("look", lambda _, lease: done.append(lease.key)),))
    time.sleep(0.1)

    def held_by_another(session: Any) -> None:
        now = edge.clock.now()
        session.add(
            Due(kind="look", key="one", due_at=now, owner="o", token="t", asked=1, failures=0,
                expires_at=now + timedelta(seconds=0.5))
        )  # fmt: skip

    edge.change(held_by_another)
    edge.bell.ring()
    until(lambda: done == ["one"])


def test_stopping_an_idle_worker_is_quick(edge: Edge, hire: Hire):
    idle = hire((Loop("look", lambda *_: None),))
    time.sleep(0.2)
    began = time.monotonic()
    idle.stop()
    assert time.monotonic() - began < 4


def test_stopping_does_not_wait_for_ever_for_a_step_that_hangs(edge: Edge, hire: Hire, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.3)
    never = threading.Event()
    busy = hire((Loop("look", lambda *_: never.wait(30)),))
    ask(edge, "one")
    until(lambda: rows(edge).get("one") == (0, True))
    began = time.monotonic()
    busy.stop()
    assert time.monotonic() - began < 10
    assert rows(edge) == {"one": (0, True)}
    never.set()


def test_what_is_under_way_is_finished_when_stopping(edge: Edge, hire: Hire):
    busy = hire((Loop("look", lambda *_: time.sleep(0.3)),))
    ask(edge, "one")
    until(lambda: rows(edge).get("one") == (0, True))
    busy.stop()
    assert rows(edge) == {}


def test_an_idle_worker_uses_next_to_nothing(edge: Edge, hire: Hire):
    others = threading.active_count()
    hire(worker.LOOPS, worker.REACTIONS)
    time.sleep(0.5)
    before, threads = time.process_time(), threading.active_count() - others
    time.sleep(2)
    assert time.process_time() - before < 1
    assert threads <= 3
