"""Pure decisions about jobs and allocations: the state machine, what an end means, who may hold how many hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import PurePosixPath

from moyai.compute.ports import Cause, Phase, Seen
from moyai.compute.schema import CLASSES, Classification, JobState, Need, Resources
from moyai.kernel.errors import Conflict, Invalid, QuotaExceeded

QUANTUM = Decimal("0.000001")
"""Hours are counted in millionths of a core-hour."""
FILES_BYTES = 8 << 20
"""All files sent along with one job."""
RESERVED_NAMES = frozenset(
    {"inputs", "outputs", "metrics.jsonl", "result.json", "stdout.txt", "stderr.txt", ".engine", ".tmp"}
)

NEXT: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.PLACED, JobState.CANCELLED}),
    JobState.PLACED: frozenset({JobState.STARTING, JobState.RUNNING, JobState.FAILED, JobState.CANCELLED}),
    JobState.STARTING: frozenset(
        {JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.KILLED}
    ),
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.KILLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.KILLED: frozenset(),
}
ENDED = frozenset(state for state, after in NEXT.items() if not after)
LIVE = frozenset({JobState.PLACED, JobState.STARTING, JobState.RUNNING})
"""States in which a job holds cores at its site."""


def move(state: JobState, to: JobState) -> JobState:
    """`to`, if a job may go there from `state`. Raises Conflict otherwise."""
    if to not in NEXT[state]:
        raise Conflict(f"A job that is {state} cannot become {to}.")
    return to


def end_of(seen: Seen) -> JobState:
    """What an end means: killed is a limit, cancelled was asked for, the rest is the program's own."""
    if seen.phase is Phase.LOST or seen.cause is None:
        return JobState.FAILED
    if seen.cause.value.startswith("limit:"):
        return JobState.KILLED
    if seen.cause is Cause.CANCELLED:
        return JobState.CANCELLED
    return JobState.SUCCEEDED if seen.cause is Cause.EXITED and seen.code == 0 else JobState.FAILED


def explain_end(seen: Seen, need: Need, last_line: str) -> str:
    """Why the job ended, in words; '' when it simply succeeded."""
    if seen.phase is Phase.LOST:
        return "The engine has no trace of this job: its machine was restarted, or its folder is gone."
    said = f" Its last words: {last_line}" if last_line else ""
    match seen.cause:
        case Cause.EXITED:
            return f"The program ended with exit code {seen.code}.{said}" if seen.code else ""
        case Cause.SIGNALLED:
            return f"The program was ended by signal {seen.code}.{said}"
        case Cause.CANCELLED:
            return "It was cancelled while it ran."
        case Cause.WALLTIME:
            return f"It ran longer than the {need.wall_seconds} s it asked for."
        case Cause.MEMORY:
            return f"It took more than the {need.memory_bytes} bytes of memory it asked for."
        case Cause.FOLDER:
            return f"It wrote more than the {need.folder_bytes} bytes it asked for into its folder."
        case Cause.PROCESSES:
            return f"It started more processes than are allowed. {seen.detail}".strip()
        case _:
            return f"The program could not be started: {seen.detail}"


# Hours ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Balance:
    """A project's share at one site: what was granted, what waiting and running jobs hold, what was used."""

    granted: Decimal
    reserved: Decimal
    used: Decimal
    until: datetime


def left(balance: Balance) -> Decimal:
    """What may still be reserved; never negative: overuse shows in `overdrawn`."""
    return max(balance.granted - balance.reserved - balance.used, Decimal(0))


def overdrawn(balance: Balance) -> Decimal:
    """What was used beyond what was granted."""
    return max(balance.used - balance.granted, Decimal(0))


def hours_of(need: Need) -> Decimal:
    """The most core-hours that a job may take: its cores for the whole time it asked for, rounded up."""
    return (Decimal(need.cores) * need.wall_seconds / 3600).quantize(QUANTUM, ROUND_CEILING)


def hours_used(cpu_seconds: float) -> Decimal:
    """Core-hours really used, by the processor time that the operating system counted, rounded up."""
    return (Decimal(repr(max(cpu_seconds, 0.0))) / 3600).quantize(QUANTUM, ROUND_CEILING)


def reserve(balance: Balance, wanted: Decimal, names: tuple[str, str]) -> Balance:
    """Hold `wanted` for a queued job; `names` are the project's and the site's.

    Raises QuotaExceeded, naming what is left and until when. Not worth a retry before then.
    """
    rest = left(balance)
    if wanted > rest:
        raise QuotaExceeded(
            f"Project {names[0]} has {plain(rest)} of {plain(balance.granted)} core-hours left at {names[1]} "
            f"until {balance.until:%Y-%m-%d}; this job asks for {plain(wanted)}.",
            fix="Ask the site's operator for more, or ask for fewer cores or a shorter time.",
            left=plain(rest),
            wanted=plain(wanted),
            until=balance.until.isoformat(),
        )
    return replace(balance, reserved=balance.reserved + wanted)


def settle(balance: Balance, reserved: Decimal, used: Decimal) -> Balance:
    """Give back what a job held and count what it used."""
    return replace(balance, reserved=max(balance.reserved - reserved, Decimal(0)), used=balance.used + used)


def plain(hours: Decimal) -> str:
    """Hours without trailing zeros or exponents: `7`, `0.5`."""
    return f"{hours.normalize():f}"


# Room at a site -------------------------------------------------------------------------------------------------------


def total(needs: Sequence[Need]) -> Resources:
    return Resources(
        cores=sum(need.cores for need in needs),
        memory_bytes=sum(need.memory_bytes for need in needs),
        gpus=sum(need.gpus for need in needs),
    )


def lacking(need: Need, room: Resources) -> list[str]:
    """What `room` has too little of for `need`, in words: '2 cores of the 4 it asks for'."""
    pairs = (
        (need.cores, room.cores, "cores"),
        (need.memory_bytes, room.memory_bytes, "bytes of memory"),
        (need.gpus, room.gpus, "GPUs"),
    )
    return [f"{max(has, 0)} {what} of the {asked} it asks for" for asked, has, what in pairs if asked > has]


def minus(room: Resources, taken: Resources) -> Resources:
    """What is free; never negative."""
    return Resources(
        cores=max(room.cores - taken.cores, 0),
        memory_bytes=max(room.memory_bytes - taken.memory_bytes, 0),
        gpus=max(room.gpus - taken.gpus, 0),
    )


def startable(waiting: Sequence[Need], free: Resources) -> int:
    """How many of those waiting, in their order, fit into what is free: nobody overtakes."""
    for count, need in enumerate(waiting):
        if lacking(need, free):
            return count
        free = minus(free, total([need]))
    return len(waiting)


# What a job brings ----------------------------------------------------------------------------------------------------


def most_guarded(found: Sequence[Classification]) -> Classification:
    """The strictest of some classifications; data made from nothing is open."""
    return max(found, key=CLASSES.index, default="open")


def check_files(files: Mapping[str, bytes]) -> None:
    """Files sent along must stay inside the folder and not pose as what Moyai or the program writes there.

    Raises Invalid naming the file.
    """
    for name in files:
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or "\0" in name or str(path) != name or len(name) > 200:
            raise Invalid(
                "This is not a plain path inside the job's folder.", fix="Use a/b.txt.", where=f"files.{name}"
            )
        if path.parts[0] in RESERVED_NAMES:
            raise Invalid(
                f"{path.parts[0]} is made by the job itself.", fix="Choose another name.", where=f"files.{name}"
            )
    size = sum(len(content) for content in files.values())
    if size > FILES_BYTES:
        raise Invalid(
            f"The files sent along have {size} bytes; at most {FILES_BYTES} travel with a job.",
            fix="Publish them as a dataset version and name it as an input.",
            where="files",
        )
