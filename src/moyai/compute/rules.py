"""Pure decisions about jobs and allocations: the state machine, what an end means, who may hold how many hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import PurePosixPath

from moyai.compute.schema import CLASSES, Classification, JobState, Need, Resources
from moyai.kernel.errors import Conflict, Invalid, QuotaExceeded
from moyai.kernel.units import in_bytes, in_time

QUANTUM = Decimal("0.000001")
"""Hours are counted in millionths of a core-hour."""
NOTHING = Decimal(0)
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


def end_of(cause: str | None, code: int | None) -> JobState:
    """What an end means, by its cause in the engines' words: killed is a limit, cancelled was asked for.

    Without a cause the engine has lost the job: it failed.
    """
    if cause is not None and cause.startswith("limit:"):
        return JobState.KILLED
    if cause == "cancelled":
        return JobState.CANCELLED
    return JobState.SUCCEEDED if cause == "exited" and code == 0 else JobState.FAILED


def explain_end(cause: str | None, code: int | None, need: Need, said: str) -> str:
    """Why the job ended, in words; '' when it simply succeeded.

    `said` is its last line of errors, or the engine's words.
    """
    words = f" Its last words: {said}" if said else ""
    match cause:
        case "exited":
            return f"The program ended with exit code {code}.{words}" if code else ""
        case "signalled":
            return f"The program was ended by signal {code}.{words}"
        case "cancelled":
            return "It was cancelled while it ran."
        case "limit:walltime":
            return f"It ran longer than the {in_time(need.wall_seconds)} it asked for."
        case "limit:memory":
            return f"It took more than the {in_bytes(need.memory_bytes)} of memory it asked for."
        case "limit:folder":
            return f"It wrote more than the {in_bytes(need.folder_bytes)} it asked for into its folder."
        case "limit:processes":
            return "It started more processes than are allowed."
        case None:
            return f"The engine lost this job. {said}".strip()
        case _:
            return f"The program could not be started. {said}".strip()


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


def cores(count: int) -> str:
    return "1 core" if count == 1 else f"{count} cores"


def plain(hours: Decimal) -> str:
    """Hours without trailing zeros or exponents: `7`, `0.5`."""
    return f"{hours.normalize():f}"


# Room at a site -------------------------------------------------------------------------------------------------------


def sum_of(rooms: Sequence[Resources]) -> Resources:
    return Resources(
        cores=sum(room.cores for room in rooms),
        memory_bytes=sum(room.memory_bytes for room in rooms),
        gpus=sum(room.gpus for room in rooms),
    )


def total(needs: Sequence[Need]) -> Resources:
    """What some jobs hold together."""
    return sum_of([Resources(cores=need.cores, memory_bytes=need.memory_bytes, gpus=need.gpus) for need in needs])


def lacking(need: Need, room: Resources) -> list[str]:
    """What `room` has too little of for `need`, in words: '2 of the 4 cores it asks for'."""
    found: list[str] = []
    if need.cores > room.cores:
        found.append(f"{room.cores} of the {need.cores} cores it asks for")
    if need.memory_bytes > room.memory_bytes:
        found.append(f"{in_bytes(room.memory_bytes)} of the {in_bytes(need.memory_bytes)} of memory it asks for")
    if need.gpus > room.gpus:
        found.append(f"{room.gpus} of the {need.gpus} GPUs it asks for")
    return found


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
    least: Classification = "open"
    return max((least, *found), key=CLASSES.index)


def classified(word: str) -> Classification:
    """A classification as it was stored; what is unknown is treated as the most guarded."""
    if word == "open":
        return "open"
    return "members" if word == "members" else "restricted"


def check_files(files: Mapping[str, bytes]) -> None:
    """Files sent along must stay inside the folder and not pose as what Moyai or the program writes there.

    Raises Invalid naming the file.
    """
    for name in files:
        path = PurePosixPath(name)
        if (
            not path.parts
            or path.is_absolute()
            or ".." in path.parts
            or "\0" in name
            or str(path) != name
            or len(name) > 200
        ):
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
