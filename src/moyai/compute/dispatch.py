"""Dispatch: what the database knows of jobs on their way to an engine and back. The way itself is in `loops`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from moyai.compute import allocations, rules, store, usage
from moyai.compute.events import JobFinished, JobPlaced, JobStarted
from moyai.compute.folders import Collected, Left, Ticket
from moyai.compute.ports import Measured
from moyai.compute.schema import JobState
from moyai.compute.tables import Artifact, Job
from moyai.governance import provenance
from moyai.governance.schema import Link
from moyai.kernel import ids, leases
from moyai.kernel.call import Call
from moyai.kernel.leases import Lease


@dataclass(frozen=True, slots=True)
class Begun:
    """The engine has the job; `running` once it says so."""

    job: str
    native: str
    running: bool
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """How a job ended, what it used and what it left; `cause` None: the engine lost it."""

    job: str
    cause: str | None
    code: int | None = None
    said: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    measured: Measured | None = None
    collected: Collected = field(default_factory=Collected)


@dataclass(frozen=True, slots=True)
class Standing:
    """A site's engine and the jobs that hold cores there, each with its native id if one is known."""

    engine: str
    live: tuple[tuple[Ticket, str | None, bool], ...]


def standing(call: Call, site: str) -> Standing:
    """Where the site stands: what a dispatcher that comes new, or back, has to watch."""
    rows = store.live(call.session, site)
    known = zip(_tickets(call, rows), rows, strict=True)
    live = tuple((ticket, row.native_id, row.state == JobState.RUNNING) for ticket, row in known)
    return Standing(store.site(call.session, site).engine, live)


def news(call: Call, site: str) -> tuple[bool, list[str]]:
    """Whether something could be placed at the site now, and which live jobs are to be cancelled."""
    return bool(_startable(call, site)), store.to_cancel(call.session, site)


def place(call: Call, lease: Lease) -> tuple[Ticket, ...]:
    """Hold room for as many waiting jobs as fit now, in their order. Raises LeaseLost."""
    leases.hold(call.session, lease)
    return _place(call, lease.key)


def _place(call: Call, site: str) -> tuple[Ticket, ...]:
    rows = _startable(call, site)
    for row in rows:
        row.state = rules.move(JobState(row.state), JobState.PLACED)
        call.announce(JobPlaced(about=row.id, site=row.site))
    return _tickets(call, rows)


def apply(call: Call, lease: Lease, begun: Sequence[Begun], ends: Sequence[End]) -> tuple[Ticket, ...]:
    """Write down what was seen outside, and place whom that makes room for, all in one transaction.

    What is known already changes nothing. An end brings its artifacts, its usage, the settled allocation and
    JobFinished with it. Raises LeaseLost.
    """
    leases.hold(call.session, lease)
    rows = store.jobs(call.session, [one.job for one in (*begun, *ends)])
    for one in begun:
        _begin(call, rows[one.job], one)
    fresh = {end.job: end for end in ends if JobState(rows[end.job].state) not in rules.ENDED}
    with call.session.no_autoflush:  # what all of them write goes to the database together
        for job, end in fresh.items():
            _finish(call, rows[job], end)
        _settle(call, [(rows[job], end) for job, end in fresh.items()])
    return _place(call, lease.key) if ends else ()


def _startable(call: Call, site: str) -> list[Job]:
    room = store.resources(store.site(call.session, site))
    free = rules.minus(room, store.held(call.session, site, rules.LIVE))
    waiting = store.queued(call.session, site, free.cores) if free.cores else []
    return waiting[: rules.startable([store.need_of(row) for row in waiting], free)]


def _tickets(call: Call, rows: Sequence[Job]) -> tuple[Ticket, ...]:
    files = store.files(call.session, [row.id for row in rows]) if rows else {}
    return tuple(
        Ticket(row.id, row.site, tuple(row.argv), store.need_of(row), files[row.id], _inputs(row)) for row in rows
    )


def _inputs(row: Job) -> tuple[tuple[str, str], ...]:
    return tuple((f"{one['name']}/{path}", digest) for one in row.inputs for path, digest in one["files"])


def _begin(call: Call, row: Job, begun: Begun) -> None:
    state, to = JobState(row.state), JobState.RUNNING if begun.running else JobState.STARTING
    if to not in rules.NEXT[state]:
        return
    row.state, row.native_id = to, begun.native
    row.started_at = begun.started_at
    if begun.running:
        call.announce(JobStarted(about=row.id, native_id=begun.native))


def _finish(call: Call, row: Job, end: End) -> None:
    to = rules.move(JobState(row.state), rules.end_of(end.cause, end.code))
    said = end.collected.last_line if end.cause in ("exited", "signalled") else end.said
    told = (rules.explain_end(end.cause, end.code, store.need_of(row), said), end.collected.note)
    row.state, row.cause, row.code = to, end.cause, end.code
    row.detail = " ".join(filter(None, told))
    row.started_at, row.ended_at = end.started_at or row.started_at, end.ended_at or call.now
    _keep(call, row, end.collected.files)
    if end.measured is not None:
        usage.record(call, row, end.measured)
    call.announce(JobFinished(about=row.id, state=to))


def _settle(call: Call, ended: Sequence[tuple[Job, End]]) -> None:
    """Give back what they held and count what they used: each allocation once, however many of its jobs ended."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for row, end in ended:
        used = rules.hours_used(end.measured.cpu_seconds) if end.measured else rules.NOTHING
        before = sums.get(row.allocation, (rules.NOTHING, rules.NOTHING))
        sums[row.allocation] = (before[0] + row.reserved, before[1] + used)
    for allocation, (reserved, used) in sorted(sums.items()):
        allocations.settle(call, allocation, reserved, used)


def _keep(call: Call, row: Job, files: Sequence[Left]) -> None:
    """Register the artifacts, and where they came from."""
    made = [Artifact(id=ids.new("art"), job=row.id, name=one.name, digest=one.digest, bytes=one.bytes) for one in files]
    store.add(call.session, *made)
    if not made and not row.inputs:
        return
    used = [one["version"] or one["artifact"] for one in row.inputs]
    links = [Link(source=row.id, relation="used", target=target) for target in dict.fromkeys(used)]
    links += [Link(source=row.id, relation="generated", target=artifact.id) for artifact in made]
    provenance.link(call, *links)
