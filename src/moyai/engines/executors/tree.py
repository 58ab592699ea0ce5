"""A tree of processes as Linux shows it: who belongs to it, what it uses, how all of it is ended.

Standard library only: the supervisor of a job stands on it. Which limits hold is not decided here.
"""

import ctypes
import os
import signal
import time
from typing import Any

PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
STATE, PARENT, USER, SYSTEM, BORN, RESIDENT = 0, 1, 11, 12, 19, 21
"""Places in /proc/PID/stat, counted after the program's name."""
SET_PDEATHSIG, SET_CHILD_SUBREAPER = 1, 36
FULL_LOOK_EVERY = 25
STOPPING_PASSES = 50
LIBC = ctypes.CDLL(None)


def content(path: str) -> bytes:
    """What a small file of /proc says now; empty when the process is gone or closed to us."""
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(number, 65536)
    except OSError:
        return b""
    finally:
        os.close(number)


def stat(pid: int) -> list[bytes]:
    return content(f"/proc/{pid}/stat").rpartition(b")")[2].split()


def ticks(pid: int) -> int | None:
    """When `pid` was born, in clock ticks since boot: tells a recycled number apart. None when dead, or a zombie."""
    fields = stat(pid)
    return int(fields[BORN]) if fields and fields[STATE] not in (b"Z", b"X") else None


def processes() -> set[int]:
    with os.scandir("/proc") as entries:
        return {int(entry.name) for entry in entries if entry.name.isdigit()}


def boot() -> str:
    """This boot of the machine: process numbers of another one mean nothing."""
    return content("/proc/sys/kernel/random/boot_id").decode().strip()


def adopt_orphans() -> None:
    """Become the parent that orphans below this process fall back to: nothing leaves the tree by daemonising."""
    LIBC.prctl(SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """In a fresh child: be killed when `parent` is, so that nothing runs on unwatched; and first when memory ends."""
    LIBC.prctl(SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(127)
    try:
        number = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(number, b"500")
    except OSError:
        return


def send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


class Tree:
    """All descendants of this very process, also those that made an own session."""

    def __init__(self) -> None:
        self.me = os.getpid()
        self.strangers: set[int] = set()
        self.looks = 0
        self.memory = self.peak = self.count = 0
        self.shared = False
        self.next_exact = 0.0
        self.gone_ticks = 0
        self.live_ticks: dict[tuple[int, bytes], int] = {}

    def look(self, full: bool = False) -> dict[int, list[bytes]]:
        """Every living descendant with its /proc/PID/stat.

        A process known to be a stranger is not read again (it cannot become ours), until a full look forgives all:
        its number may have been given anew.
        """
        self.looks += 1
        pids = processes()
        self.strangers = set() if full or self.looks % FULL_LOOK_EVERY == 0 else self.strangers & pids
        seen = {pid: fields for pid in pids - self.strangers if (fields := stat(pid))}
        ours: dict[int, bool | None] = {self.me: True, 1: False, 0: False, **dict.fromkeys(self.strangers, False)}
        for pid in seen:
            self.place(pid, seen, ours)
        self.strangers |= {pid for pid in seen if ours[pid] is False}
        return {pid: fields for pid, fields in seen.items() if ours[pid] and pid != self.me}

    def place(self, pid: int, seen: dict[int, list[bytes]], ours: dict[int, bool | None]) -> None:
        """Follow the parents of `pid` to one that is known; one that vanished meanwhile leaves it open (None)."""
        path = []
        while pid not in ours and pid in seen:
            path.append(pid)
            pid = int(seen[pid][PARENT])
        ours.update(dict.fromkeys(path, ours.get(pid)))

    def sample(self) -> None:
        """Look at the tree once: how many processes, how much memory, how much processor time so far."""
        living = {pid: fields for pid, fields in self.look().items() if fields[STATE] not in (b"Z", b"X")}
        self.count = len(living)
        now = {(pid, f[BORN]): int(f[USER]) + int(f[SYSTEM]) for pid, f in living.items()}
        self.gone_ticks += sum(spent for key, spent in self.live_ticks.items() if key not in now)
        self.live_ticks = now
        self.memory = self.resident(living)
        self.peak = max(self.peak, self.memory)

    def resident(self, living: dict[int, list[bytes]]) -> int:
        """Memory held by all of them, pages that several share counted once.

        The plain sum counts shared pages again and again; the exact one is dear for big trees, so at most a twentieth
        of the time goes into it, and the latest one stands meanwhile.
        """
        plain = sum(int(fields[RESIDENT]) * PAGE for fields in living.values())
        before = time.monotonic()
        if len(living) <= 1:
            return plain
        if before < self.next_exact:
            return min(plain, self.memory)
        exact = sum(proportional(pid, int(fields[RESIDENT]) * PAGE) for pid, fields in living.items())
        self.next_exact, self.shared = before + 21 * (time.monotonic() - before), True
        return exact

    def seconds_seen(self) -> float:
        return (self.gone_ticks + sum(self.live_ticks.values())) / TICKS

    def ask_to_end(self) -> int:
        """TERM to all of them (stopped ones are woken to hear it); how many were asked."""
        asked = [pid for pid, fields in self.look(full=True).items() if fields[STATE] not in (b"Z", b"X")]
        for pid in asked:
            send(pid, signal.SIGTERM)
            send(pid, signal.SIGCONT)
        return len(asked)

    def destroy(self) -> None:
        """KILL all of them: first stopped, until no new one appears, so that a quick forker cannot outrun it."""
        stopped: set[int] = set()
        for _ in range(STOPPING_PASSES):
            fresh = self.look(full=True).keys() - stopped
            if not fresh:
                break
            for pid in fresh:
                send(pid, signal.SIGSTOP)
            stopped |= fresh
        for pid in stopped:
            send(pid, signal.SIGKILL)


def proportional(pid: int, otherwise: int) -> int:
    """Resident bytes of `pid`, pages shared with others divided among them."""
    _, found, rest = content(f"/proc/{pid}/smaps_rollup").partition(b"\nPss:")
    return int(rest.split(maxsplit=1)[0]) * 1024 if found else otherwise


class Bill:
    """What the tree has used, as the kernel counted it for processes that were waited for."""

    def __init__(self) -> None:
        self.seconds, self.largest = 0.0, 0
        self.transferred = self.transfers()

    def add(self, seconds: float, largest: int) -> None:
        """One child has ended; what wait4 reports of it includes all that it had itself waited for."""
        self.seconds += seconds
        self.largest = max(self.largest, largest)

    def transfers(self) -> dict[str, int] | None:
        """Bytes through read and write calls (rchar, wchar) and to and from disks, of all children waited for so far.

        A process's own account includes its waited-for children, a thread's does not: the difference is theirs.
        """
        me = os.getpid()
        both, own = table(f"/proc/{me}/io"), table(f"/proc/{me}/task/{me}/io")
        return {key: both[key] - own[key] for key in both} if both and own else None

    def settle(self, tree: Tree, wall: float) -> dict[str, Any]:
        """The measured use of the job, with where each figure came from."""
        after = self.transfers()
        io = {key: after[key] - self.transferred[key] for key in after} if after and self.transferred else {}
        sampled = tree.peak >= self.largest
        memory = (
            f"highest sum over the tree, sampled at least every 0.2 s ({'PSS' if tree.shared else 'RSS'})"
            if sampled
            else "peak of one process (ru_maxrss; the smallest show about 10 MB, the size of the fork they began as)"
        )
        return {
            "cpu_seconds": max(self.seconds, tree.seconds_seen()),
            "wall_seconds": wall,
            "max_rss_bytes": max(tree.peak, self.largest),
            "read_bytes": io.get("rchar"),
            "written_bytes": io.get("wchar"),
            "disk_read_bytes": io.get("read_bytes"),
            "disk_written_bytes": io.get("write_bytes"),
            "basis": f"processor time: wait4 over the whole process tree; memory: {memory}; bytes: rchar and wchar of "
            "/proc/PID/io over the same processes (read and write calls: page cache, pipes and sockets included, "
            "memory-mapped files not)",
        }


def table(path: str) -> dict[str, int]:
    lines = content(path).decode().splitlines()
    return {name: int(value) for name, _, value in (line.partition(":") for line in lines)}
