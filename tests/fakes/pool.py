"""A worker without threads: every room's reactions and loops, in turn and in this process, until nothing is due."""

import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import moyai
from moyai.kernel import leases, reacting
from moyai.kernel.edge import Edge
from moyai.kernel.leases import Lease, Loop
from moyai.kernel.reacting import Cursor, Reaction

HOUSE = Path(moyai.__file__).parent


def run_pool(edge: Edge, until: Callable[[], bool] | None = None, seconds: float = 60.0) -> None:
    """Deliver news and work off what is due, from the first entry of the journal on, until all is quiet.

    A loop works as long as its jobs live, so a quiet pool has run them all. `until`: stop as soon as it is true.
    Fails when it takes longer than `seconds`, or when a loop or a reaction fails.
    """
    reactions, loops = tuple(_all("reactions", "REACTIONS")), tuple(_all("loops", "LOOPS"))
    edge.change(lambda session: _from_the_start(session, reactions))
    watchdog = threading.Timer(seconds, edge.bell.stop)
    watchdog.start()
    try:
        while not (until and until()):
            moved = _deliver(edge, reactions) or sum(_turn(edge, loop) for loop in loops)
            assert not edge.bell.stopping, f"the pool was not quiet after {seconds} s"
            if not moved:
                assert until is None, "the pool is quiet, but what was waited for has not happened"
                return
    finally:
        watchdog.cancel()


def _all(file: str, table: str) -> Iterator[Any]:
    """What the rooms declare that this test knows: only their tables are in its database."""
    for room in sorted(HOUSE.iterdir()):
        if f"moyai.{room.name}.tables" in sys.modules and (room / f"{file}.py").is_file():
            yield from getattr(import_module(f"moyai.{room.name}.{file}"), table)


def _from_the_start(session: Session, reactions: tuple[Reaction, ...]) -> None:
    known = set(session.execute(select(Cursor.name)).scalars())
    session.add_all(Cursor(name=one.name, seq=0, tries=0) for one in reactions if one.name not in known)


def _deliver(edge: Edge, reactions: tuple[Reaction, ...]) -> bool:
    moved = reacting.deliver(edge, reactions)
    with edge.database.reading() as session:
        parked = reacting.given_up(session)
    assert not parked, f"a reaction gave up: {parked[0].name}: {parked[0].error}"
    return moved


def _turn(edge: Edge, loop: Loop) -> bool:
    now = edge.clock.now()
    taken = edge.change(lambda session: leases.take(session, loop.kind, "pool", now, (loop.at_once, loop.seconds)))
    for lease in taken:
        again = loop.work(edge, lease)
        edge.change(lambda session, lease=lease, again=again: _finish(session, lease, edge, again))
    return bool(taken)


def _finish(session: Session, lease: Lease, edge: Edge, again: Any) -> None:
    leases.finish(session, lease, edge.clock.now(), again)
