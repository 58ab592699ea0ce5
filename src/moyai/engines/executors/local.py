"""Jobs on this machine, each under its own supervisor process that outlives Moyai; all bookkeeping is small files.

How a job is run and measured is in `supervisor.py` and `tree.py`. How many may run at once is the caller's business.

Exactly once, at every instant of a crash: `submit` first puts the claim (`spec.json`, whole, atomically) on record,
then orders a supervisor. A supervisor first makes `begun.json` (atomically, one wins) and only then the job. So a claim
without a beginning has run nothing, and one more supervisor is always safe: `submit`, `find` and `status` order one.
A beginning whose supervisor is dead without `ended.json` is LOST, and is never begun again.
"""

import contextlib
import os
import platform
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from moyai.compute.ports import Capability, Cause, Measured, NativeId, Phase, Seen, Spec
from moyai.engines.executors import disk, records, supervisor, tree
from moyai.engines.executors.bell import Bell
from moyai.engines.executors.forkclient import ForkClient
from moyai.kernel.errors import Conflict, Invalid, Unavailable

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
UNBEGUN_SECONDS = 30.0
"""A claim this old that no supervisor took up (a full disk, a machine beyond its limits) is given up, for good."""
Kept = TypeVar("Kept")
REMEMBERED = 1000
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading bookkeeping can raise that a job has written over: it runs as the same user."""


class Local:
    """The engine for the machine that Moyai runs on. A native id is the job's folder, relative to `root` where inside.

    `grace` is the time in seconds between TERM and KILL. The thread counts of the usual numeric libraries are set to
    the job's cores unless the job sets them itself; nothing stops a job from using more cores than it declared.
    Needs Linux: elsewhere `submit` raises Unavailable, since process trees could be neither measured nor ended there.
    """

    def __init__(self, root: Path, cores: int | None = None, grace: float = 5.0) -> None:
        self.root = root.resolve()
        self.cores = cores
        self.grace = grace
        self.bell = Bell(self.root / ".bell")
        self._forks = ForkClient(self.root / ".forkserver.log")
        self._ordered: dict[NativeId, int] = {}
        self._ended: dict[NativeId, tuple[Seen, Measured | None]] = {}
        self._lost: dict[NativeId, Seen] = {}

    def submit(self, spec: Spec, tag: str) -> NativeId:
        """Start `spec` under `tag`; a second call with the same tag and folder changes nothing and gives the same id.

        Raises Invalid (no program, no folder), Conflict (the folder belongs to another tag), Unavailable (no process
        could be made now: worth a retry with the same tag).
        """
        folder = spec.folder.resolve()
        check(spec, folder)
        self.bell.listen()
        engine = folder / records.ENGINE
        engine.mkdir(mode=0o700, exist_ok=True)
        if not records.keep_once(engine / records.CLAIM, self._claim(spec, folder, tag), sync=True):
            known = tag_of(engine)
            if known != tag:
                raise Conflict(f"The folder already belongs to job {known}.", where=str(folder))
        return self._supervised(folder)

    def find(self, tag: str, folder: Path) -> NativeId | None:
        """The id under which `tag` was submitted there; a submission that a crash cut short is completed."""
        return self._supervised(folder.resolve()) if tag_of(folder / records.ENGINE) == tag else None

    def status(self, natives: Sequence[NativeId]) -> Mapping[NativeId, Seen]:
        """What is known of each: a look at a few small files for a living job, nothing for one seen ended before."""
        return {native: self._seen(native) for native in natives}

    def cancel(self, native: NativeId) -> None:
        """Put the wish on record, then wake the supervisor; one that has not begun yet will find it."""
        engine = self._engine(native)
        if not (engine / records.CLAIM).exists() or (engine / records.ENDED).exists():
            return
        (engine / records.CANCEL).touch(mode=0o600)
        with contextlib.suppress(*UNREADABLE):
            wake(**records.read(engine / records.BEGUN))

    def usage(self, native: NativeId) -> Measured | None:
        """What the whole process tree used; None before the end, and for a job that never started."""
        ended = self._end(native)
        return ended[1] if ended else None

    def capability(self) -> Capability:
        """The cores this process may use (or those declared, when fewer), the machine's memory, its NVIDIA devices."""
        usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        gpus = Path("/proc/driver/nvidia/gpus")
        version = f"local 1, {platform.system()} {platform.release()}, Python {platform.python_version()}"
        found = len(list(gpus.iterdir())) if gpus.is_dir() else 0
        return Capability(min(self.cores or usable, usable), memory, found, version, notes())

    def wait(self, seconds: float) -> bool:
        """Sleep until some job submitted here ends, at most `seconds`; True when one did. One waiter at a time."""
        return self.bell.wait(seconds)

    def close(self) -> None:
        """Let go of all that is open here; running jobs go on, and any later call works again."""
        self._forks.close()
        self.bell.close()

    def _claim(self, spec: Spec, folder: Path, tag: str) -> dict[str, Any]:
        environ = dict.fromkeys(THREADS, str(spec.cores)) | dict(spec.environ)
        return {
            "tag": tag,
            "argv": spec.argv,
            "environ": environ | {"TMPDIR": f"{folder}/{disk.SCRATCH}"},
            "limits": {name: getattr(spec.limits, name) for name in spec.limits.__dataclass_fields__},
            "grace": self.grace,
            "bell": str(self.bell.path),
            "boot": tree.boot(),
        }

    def _supervised(self, folder: Path) -> NativeId:
        """The id of a claimed job, for which a supervisor has begun, or is ordered from a living server, on return."""
        native = str(folder.relative_to(self.root) if folder.is_relative_to(self.root) else folder)
        begun = (folder / records.ENGINE / records.BEGUN).exists()
        if not begun and self._ordered.get(native, -1) != self._forks.serving():
            self._ordered[native] = self._forks.order(folder)
        return native

    def _engine(self, native: NativeId) -> Path:
        return self.root / native / records.ENGINE

    def _seen(self, native: NativeId) -> Seen:
        if native in self._lost:
            return self._lost[native]
        ended = self._end(native)
        if ended:
            return ended[0]
        living = self._living(native)
        # The end may have been written between the two looks.
        ended = self._end(native)
        if ended:
            return ended[0]
        return living or self._give_up(native)

    def _end(self, native: NativeId) -> tuple[Seen, Measured | None] | None:
        if native not in self._ended:
            with contextlib.suppress(*UNREADABLE):
                remember(self._ended, native, ending(records.read(self._engine(native) / records.ENDED)))
                self._ordered.pop(native, None)
        return self._ended.get(native)

    def _living(self, native: NativeId) -> Seen | None:
        """The job as its living supervisor has it; None when there is none (any more)."""
        engine = self._engine(native)
        if not (engine / records.BEGUN).exists():
            return Seen(Phase.WAITING) if self._to_begin(engine) else None
        try:
            if not alive(**records.read(engine / records.BEGUN)):
                return None
            started = records.read(engine / records.STARTED)
            return Seen(Phase.RUNNING, started_at=moment(started["started"])) if started else Seen(Phase.WAITING)
        except UNREADABLE:
            return None

    def _to_begin(self, engine: Path) -> bool:
        """Whether this claim may still begin, then with a supervisor ordered. An old one is barred from it for good."""
        claim = engine / records.CLAIM
        if not claim.exists():
            return False
        if time.time() - claim.stat().st_mtime < UNBEGUN_SECONDS:
            with contextlib.suppress(Unavailable):
                self._supervised(engine.parent)
            return True
        return not records.keep_once(engine / records.BEGUN, records.NOBODY)

    def _give_up(self, native: NativeId) -> Seen:
        """Neither alive nor ended: make sure that nothing of it runs on, and remember."""
        engine = self._engine(native)
        if not (engine / records.CLAIM).exists():
            return Seen(Phase.LOST, detail=f"No job is on record in {engine.parent}.")
        sweep(f"{engine.parent}/{disk.SCRATCH}")
        detail = "Its supervisor ended without a record of the job's end; the job's processes were ended."
        return remember(self._lost, native, Seen(Phase.LOST, detail=f"{detail} See {engine}/supervisor.log."))


def check(spec: Spec, folder: Path) -> None:
    if sys.platform != "linux":
        raise Unavailable("The local engine needs Linux.", fix="Use a site with another engine.")
    if not spec.argv or any("\0" in text for text in (*spec.argv, *spec.environ, *spec.environ.values())):
        raise Invalid("A job needs a program, and no text of its command or environment may hold a zero byte.")
    if not folder.is_dir():
        raise Invalid("The job's folder does not exist.", where=str(folder), fix="Stage it before the submission.")


def alive(pid: int, ticks: int, boot: str) -> bool:
    """Whether this very process lives: no later one of the same number, none of before a restart, no zombie."""
    return boot == tree.boot() and tree.ticks(pid) == ticks


def wake(pid: int, ticks: int, boot: str) -> None:
    """Ring at the supervisor, so that it looks at once whether it is cancelled."""
    with contextlib.suppress(OSError):
        number = os.pidfd_open(pid)
        try:
            if alive(pid, ticks, boot):
                signal.pidfd_send_signal(number, supervisor.BELL)
        finally:
            os.close(number)


def sweep(scratch: str) -> None:
    """Kill what a dead supervisor left running: processes with the job's own scratch folder in their environment."""
    mark = f"\0TMPDIR={scratch}\0".encode()
    for _ in range(tree.STOPPING_PASSES):
        left = [
            pid for pid in tree.processes() if mark in b"\0" + tree.content(f"/proc/{pid}/environ") and tree.ticks(pid)
        ]
        for pid in left:
            tree.send(pid, signal.SIGKILL)
        if not left:
            return


def ending(facts: dict[str, Any]) -> tuple[Seen, Measured | None]:
    """An end as it was written down, in the port's words."""
    times = moment(facts["started"]), moment(facts["ended"])
    seen = Seen(Phase.ENDED, Cause(facts["cause"]), facts["code"], facts["detail"], *times)
    used = facts["measured"]
    return seen, Measured(**{name: used[name] for name in Measured.__dataclass_fields__}) if used else None


def tag_of(engine: Path) -> str | None:
    with contextlib.suppress(*UNREADABLE):
        return records.read(engine / records.CLAIM)["tag"]
    return None


def remember(kept: dict[NativeId, Kept], native: NativeId, what: Kept) -> Kept:
    """Keep the answer for the next question; the oldest is forgotten first (and read again when asked for)."""
    kept[native] = what
    if len(kept) > REMEMBERED:
        kept.pop(next(iter(kept)), None)
    return what


def moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def notes() -> tuple[str, ...]:
    if sys.platform != "linux":
        return ("Runs jobs on Linux only: elsewhere process trees can be neither measured nor ended.",)
    return (
        "Cores and GPUs are as declared: not enforced.",
        "Memory is the sum over a job's processes, sampled; a burst shorter than the sampling may pass the limit.",
        "Jobs run as the user of Moyai: one job could read or stop another.",
    )
