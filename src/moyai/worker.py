"""Runs every domain's loops and reactions over an open home; nothing else."""

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

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
from moyai.models import loops as models_loops
from moyai.models import reactions as models_reactions

log = logging.getLogger(__name__)
REACTIONS: tuple[Reaction, ...] = (
    *models_reactions.REACTIONS,
    *compute_reactions.REACTIONS,
    *data_reactions.REACTIONS,
)
LOOPS: tuple[Loop, ...] = (
    *models_loops.LOOPS,
    *compute_loops.LOOPS,
    *data_loops.LOOPS,
    *governance_loops.LOOPS,
)
STARTS: tuple[tuple[str, Callable[[Call], None]], ...] = tuple(("governance", verb) for verb in governance_loops.STARTS)
"""What a room does once when a worker starts: make its standing rows due."""
IDLE_SECONDS = 5.0
"""How long an idle thread sleeps when nothing rings: only other processes' work is found by looking."""
STOP_SECONDS = 5.0
"""How long the end waits for steps that are under way; what takes longer is taken up by the next worker."""
RETRY_SECONDS = 1.0


class Worker:
    """One thread that delivers news, one that looks for what is due, and one for each row that is worked on.

    All are daemons, so that a step which hangs does not keep the process alive: its lease says that it is unfinished.
    """

    def __init__(self, edge: Edge, reactions: Sequence[Reaction] = REACTIONS, loops: Sequence[Loop] = LOOPS) -> None:
        self._edge, self._reactions = edge, reactions
        self._loops = {loop.kind: loop for loop in loops}
        self._name = f"{os.uname().nodename}:{os.getpid()}"
        self._threads: set[threading.Thread] = set()
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    def start(self) -> None:
        reacting.start(self._edge, self._reactions)
        for room, verb in STARTS:
            self._edge.run(moyai(room), verb)
        if self._edge.database.sqlite:  # the home is this process's alone: whoever held a row is gone
            self._edge.change(leases.release)
        self._spawn("reactions", self._react)
        self._spawn("loops", self._look)

    def stop(self) -> None:
        """Let each thread end its step, for a few seconds."""
        self._edge.bell.stop()
        end = time.monotonic() + STOP_SECONDS
        with self._lock:
            threads = tuple(self._threads)
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, name=f"moyai-{name}", daemon=True)
        with self._lock:  # whoever stops the worker sees only threads that can be waited for
            self._threads.add(thread)
            thread.start()

    def _react(self) -> None:
        bell = self._edge.bell
        heard, pause = -1, IDLE_SECONDS
        while not bell.stopping:
            heard, pause = bell.wait(heard, pause), IDLE_SECONDS
            try:
                while not bell.stopping and reacting.deliver(self._edge, self._reactions):
                    pass
            except Exception:  # the database may be away for a while; news waits
                log.exception("reactions were interrupted")
                pause = RETRY_SECONDS

    def _look(self) -> None:
        bell = self._edge.bell
        heard, pause = -1, IDLE_SECONDS
        while not bell.stopping:
            heard = bell.wait(heard, pause)
            try:
                pause = self._begin()
            except Exception:  # the database may be away for a while; rows stay due
                log.exception("the loops could not look for what is due")
                pause = RETRY_SECONDS

    def _begin(self) -> float:
        """Begin what is due, as far as there is room; gives the seconds until the next look."""
        now, pause = self._edge.clock.now(), IDLE_SECONDS
        room = {kind: loop.at_once - self._running[kind] for kind, loop in self._loops.items()}
        with self._edge.database.reading() as session:
            due = leases.due_by_kind(session, [kind for kind, places in room.items() if places > 0])
        for kind, at in due.items():
            if at > now:
                pause = min(pause, (at - now).total_seconds())
            else:
                pause = min(pause, self._begin_kind(self._loops[kind], room[kind]))
        return pause

    def _begin_kind(self, loop: Loop, places: int) -> float:
        """Begin up to `places` rows of one loop; one whose places are full is looked at when a row ends."""
        now, limits = self._edge.clock.now(), (places, loop.seconds)
        taken = self._edge.change(lambda session: leases.take(session, loop.kind, self._name, now, limits))
        for lease in taken:
            with self._lock:
                self._running[loop.kind] += 1
            self._spawn(loop.kind, partial(self._work, loop, lease))
        return 0.0 if taken else RETRY_SECONDS

    def _work(self, loop: Loop, lease: Lease) -> None:
        try:
            again = loop.work(self._edge, lease)
            self._edge.change(lambda session: leases.finish(session, lease, self._edge.clock.now(), again))
        except LeaseLost:
            log.warning("the lease on %s %s was lost; its result is dropped", loop.kind, lease.key)
        except Exception:  # the row comes back after a pause
            log.exception("loop %s failed on %s", loop.kind, lease.key)
            self._put_back(lease)
        finally:
            with self._lock:
                self._running[loop.kind] -= 1
            self._edge.bell.ring()

    def _put_back(self, lease: Lease) -> None:
        try:
            self._edge.change(lambda session: leases.fail(session, lease, self._edge.clock.now()))
        except Exception:  # the lease was lost, or the database is away: the row comes back when the lease ends
            log.exception("the row %s %s comes back when its lease ends", lease.kind, lease.key)
