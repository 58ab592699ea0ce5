"""Runs every domain's loops and reactions over an open home; nothing else."""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from moyai.compute import loops as compute_loops
from moyai.compute import reactions as compute_reactions
from moyai.data import loops as data_loops
from moyai.data import reactions as data_reactions
from moyai.governance import loops as governance_loops
from moyai.kernel import leases, reacting
from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.leases import Lease, LeaseLost, Loop
from moyai.kernel.policy import moyai
from moyai.kernel.reacting import Reaction

log = logging.getLogger(__name__)
REACTIONS: tuple[Reaction, ...] = (
    *compute_reactions.REACTIONS,
    *data_reactions.REACTIONS,
)
LOOPS: tuple[Loop, ...] = (
    *compute_loops.LOOPS,
    *data_loops.LOOPS,
    *governance_loops.LOOPS,
)
STARTS: tuple[tuple[str, Callable[[Call], None]], ...] = tuple(("governance", verb) for verb in governance_loops.STARTS)
"""What a room does once when a worker starts: make its standing rows due."""
IDLE_SECONDS = 5.0
"""How long an idle thread sleeps when nothing rings: only other processes' work is found by looking."""


class Worker:
    """Threads for the reactions and for each loop; all stop with the edge's bell."""

    def __init__(self, edge: Edge, reactions: Sequence[Reaction] = REACTIONS, loops: Sequence[Loop] = LOOPS) -> None:
        self._edge, self._reactions, self._loops = edge, reactions, loops
        self._name = f"{os.uname().nodename}:{os.getpid()}"
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        reacting.start(self._edge, self._reactions)
        for room, verb in STARTS:
            self._edge.run(moyai(room), verb)
        work = [("reactions", self._react)] + [(loop.kind, lambda loop=loop: self._turn(loop)) for loop in self._loops]
        for name, target in work:
            thread = threading.Thread(target=target, name=f"moyai-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Let each thread end its step; work that takes longer is taken up by the next worker."""
        self._edge.bell.stop()
        for thread in self._threads:
            thread.join(10)

    def _react(self) -> None:
        bell = self._edge.bell
        heard = -1
        while not bell.stopping:
            heard = bell.wait(heard, IDLE_SECONDS)
            try:
                while not bell.stopping and reacting.deliver(self._edge, self._reactions):
                    pass
            except Exception:  # the database may be away for a while; news waits
                log.exception("reactions were interrupted")
                bell.wait(heard, 1.0)

    def _turn(self, loop: Loop) -> None:
        bell = self._edge.bell
        heard = -1
        running: set[str] = set()
        with ThreadPoolExecutor(loop.at_once, thread_name_prefix=f"moyai-{loop.kind}") as pool:
            while not bell.stopping:
                heard = bell.wait(heard, self._pause(loop))
                try:
                    taken = self._take(loop, loop.at_once - len(running))
                except Exception:
                    log.exception("loop %s could not look", loop.kind)
                    bell.wait(heard, 1.0)
                    continue
                for lease in taken:
                    running.add(lease.key)
                    pool.submit(self._work, loop, lease).add_done_callback(
                        lambda _, key=lease.key: running.discard(key)
                    )

    def _pause(self, loop: Loop) -> float:
        with self._edge.database.reading() as session:
            at = leases.next_due(session, loop.kind)
        if at is None:
            return IDLE_SECONDS
        return min(max((at - self._edge.clock.now()).total_seconds(), 0.0), IDLE_SECONDS)

    def _take(self, loop: Loop, most: int) -> list[Lease]:
        if most <= 0:
            return []
        now = self._edge.clock.now()
        with self._edge.database.reading() as session:
            if not leases.waiting(session, loop.kind, now):
                return []
        limits = (most, loop.seconds)
        return self._edge.change(lambda session: leases.take(session, loop.kind, self._name, now, limits))

    def _work(self, loop: Loop, lease: Lease) -> None:
        try:
            again = loop.work(self._edge, lease)
            self._edge.change(lambda session: leases.finish(session, lease, self._edge.clock.now(), again))
        except LeaseLost:
            log.warning("the lease on %s %s was lost; its result is dropped", loop.kind, lease.key)
        except Exception:  # the row comes back after a pause
            log.exception("loop %s failed on %s", loop.kind, lease.key)
            self._edge.change(lambda session: leases.fail(session, lease, self._edge.clock.now()))
        self._edge.bell.ring()
