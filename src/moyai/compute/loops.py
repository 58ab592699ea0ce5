"""The loop of a site: from the queue to the engine, and back with what a job left. All waiting is outside transactions.

While jobs live it stays inside the leased work and asks the engine every few milliseconds, without the database; the
bell, or a second gone by, lets it look for new jobs and cancellations. With nothing alive it ends, and costs nothing.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from moyai.compute import dispatch, folders, jobs, sites
from moyai.compute.dispatch import Begun, End
from moyai.compute.folders import Ticket
from moyai.compute.ports import Cause, Phase, Seen
from moyai.kernel import leases
from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Failure
from moyai.kernel.leases import Lease, Loop
from moyai.kernel.policy import moyai

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)
WHO = moyai("compute")
SECONDS = 60.0
"""How long a lease lasts; it is renewed after a third of that."""
LOOK = 1.0
"""How often to look for what another process has asked for, whose bell is not heard here."""
AGAIN = 2.0
"""How long to let something rest that could not be reached."""
PATIENCE = 0.05
"""How long a beginning may wait to be written down: a short job's is written together with its end."""
QUICK, CALM = 0.003, 0.05
"""Seconds between two questions to the engine: soon after something happened, and later on."""


def watch(edge: Edge, lease: Lease) -> datetime | None:
    """Run one site's jobs until none is alive and none can start."""
    return Watch(edge, lease).run()


class Watch:
    """One site under one lease."""

    def __init__(self, edge: Edge, lease: Lease) -> None:
        self.edge, self.lease, self.site = edge, lease, lease.key
        standing = edge.read(WHO, dispatch.standing, self.site)
        self.executor = sites.executor(edge.engines, standing.engine)
        self.tickets = {ticket.job: ticket for ticket, _, _ in standing.live}
        self.natives: dict[str, str] = {}
        self.unsent: dict[str, float] = {}
        """Jobs that the engine does not have yet, and when to try."""
        self.resting: dict[str, float] = {}
        """Ended jobs that could not be collected yet, and when to try."""
        self.told: dict[str, bool] = {}
        """Jobs written down as begun, and whether as running."""
        self.cancelled: set[str] = set()
        self.begun: list[Begun] = []
        self.ends: list[End] = []
        self.heard, self.looked, self.moved, self.renewed = -1, 0.0, time.monotonic(), time.monotonic()
        for ticket, native, running in standing.live:
            self._resume(ticket, native, running)

    def run(self) -> datetime | None:
        while not self.edge.bell.stopping:
            self._look()
            self._send()
            self._poll()
            if self._record():
                continue
            if not self.tickets:
                return None
            self.renew()
            self.edge.bell.wait(self.heard, self._pause())
        return self.edge.clock.now()

    def renew(self) -> None:
        """Keep the lease. Raises LeaseLost when somebody else has it."""
        if time.monotonic() - self.renewed > SECONDS / 3:
            until = self.edge.clock.now() + timedelta(seconds=SECONDS)
            self.edge.change(lambda session: leases.hold(session, self.lease, until))
            self.renewed = time.monotonic()

    def _resume(self, ticket: Ticket, native: str | None, running: bool) -> None:
        """After a crash: what is known to be sent is watched; the rest is looked for, and sent if it never was."""
        if native is None:
            self.unsent[ticket.job] = 0.0
            return
        self.natives[ticket.job] = native
        self.told[ticket.job] = running

    def _look(self) -> None:
        """New jobs and cancellations, when somebody rang or a while has passed."""
        rung, first = self.edge.bell.rung, self.heard < 0
        if rung == self.heard and time.monotonic() - self.looked < LOOK:
            return
        self.heard, self.looked = rung, time.monotonic()
        placeable, to_cancel = (True, []) if first and not self.tickets else self._news()
        for job in to_cancel:
            if job in self.natives and job not in self.cancelled:
                self.executor.cancel(self.natives[job])
                self.cancelled.add(job)
        if placeable:
            self._take(self._apply(dispatch.place, self.lease))

    def _news(self) -> tuple[bool, list[str]]:
        return self.edge.read(WHO, dispatch.news, self.site)

    def _take(self, tickets: tuple[Ticket, ...]) -> None:
        for ticket in tickets:
            self.tickets[ticket.job] = ticket
            self.unsent[ticket.job] = 0.0

    def _apply(self, verb: Callable[Concatenate[Call, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A transaction of our own, whose ringing tells us nothing new."""
        before = self.edge.bell.rung
        result = self.edge.run(WHO, verb, *args, **kwargs)
        if self.heard == before and self.edge.bell.rung == before + 1:
            self.heard = before + 1
        return result

    def _send(self) -> None:
        for job in [job for job, at in self.unsent.items() if at <= time.monotonic()]:
            try:
                self.natives[job] = self._submit(job)
            except leases.LeaseLost:
                raise
            except (Failure, OSError) as wrong:
                if isinstance(wrong, Failure) and wrong.retry:
                    self.unsent[job] = time.monotonic() + AGAIN
                    continue
                self.ends.append(End(job, Cause.NOT_STARTED.value, said=str(wrong)))
            del self.unsent[job]
            self.moved = time.monotonic()

    def _submit(self, job: str) -> str:
        """Stage and send, unless a folder is there under whose tag the engine has it already."""
        folder = folders.of(self.edge.home, self.site, job)
        found = self.executor.find(job, folder) if folder.exists() else None
        if found is not None:
            return found
        spec = folders.stage(self.edge, folder, self.tickets[job], self.renew)
        return self.executor.submit(spec, job)

    def _poll(self) -> None:
        """One question for all that the engine has."""
        waiting = {native: job for job, native in self.natives.items() if self.resting.get(job, 0) <= time.monotonic()}
        if not waiting:
            return
        try:
            seen = self.executor.status([*waiting])
        except Failure as away:
            log.warning("the engine of site %s does not answer: %s", self.site, away)
            self.resting |= {job: time.monotonic() + AGAIN for job in waiting.values()}
            return
        for native, job in waiting.items():
            self._saw(job, native, seen[native])

    def _saw(self, job: str, native: str, seen: Seen) -> None:
        running = seen.phase is not Phase.WAITING
        if job not in self.told or (running and not self.told[job]):
            self.begun.append(Begun(job, native, running, seen.started_at))
            self.told[job] = running
        if seen.phase in (Phase.ENDED, Phase.LOST):
            self._ended(job, native, seen)

    def _ended(self, job: str, native: str, seen: Seen) -> None:
        folder = folders.of(self.edge.home, self.site, job)
        try:
            measured = self.executor.usage(native)
            collected = folders.collect(self.edge, folder, self.tickets[job].need, self.renew)
        except leases.LeaseLost:
            raise
        except (Failure, OSError):
            log.exception("job %s has ended, but what it left could not be kept yet", job)
            self.resting[job] = time.monotonic() + AGAIN
            return
        cause = seen.cause.value if seen.cause else None
        self.ends.append(
            End(job, cause, seen.code, seen.detail, seen.started_at, seen.ended_at, measured, collected)
        )  # fmt: skip

    def _record(self) -> bool:
        """Write down what was seen; True when a job ended or another was placed in its room."""
        patient = time.monotonic() - self.moved < PATIENCE
        if not self.ends and (patient or not self.begun):
            return False
        begun, ends, self.begun, self.ends = self.begun, self.ends, [], []
        self._take(self._apply(dispatch.apply, self.lease, begun, ends))
        for end in ends:
            self._forget(end)
        return bool(ends)

    def _forget(self, end: End) -> None:
        folder = folders.of(self.edge.home, self.site, end.job)
        folders.tidy(folder, not end.collected.note and bool(end.cause))
        for known in (self.tickets, self.natives, self.told, self.resting):
            known.pop(end.job, None)
        self.cancelled.discard(end.job)
        self.moved = time.monotonic()

    def _pause(self) -> float:
        """Short after something happened, longer the longer nothing does."""
        return min(max((time.monotonic() - self.moved) / 20, QUICK), CALM)


LOOPS = (Loop(jobs.LOOP, watch, seconds=SECONDS, at_once=16),)
