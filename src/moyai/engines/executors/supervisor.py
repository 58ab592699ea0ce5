"""The small process that watches one job of the local engine: its own program, standard library only.

It starts the job, keeps its limits, counts what its whole process tree uses and writes down how it ended. It talks to
nobody: the death of Moyai changes nothing for it. How a tree of processes is found and ended is in `tree.py` beside it.
"""

import os
import signal
import time
from pathlib import Path
from typing import Any

from moyai.engines.executors import disk, records, tree
from moyai.engines.executors.bell import ring

BELL = signal.SIGUSR1
"""Sent to a supervisor: look at once whether a cancel is on record."""
HEARD = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, BELL}
RESET = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
FIRST_SAMPLE, SLOWEST_SAMPLE, SLOWEST_LIMITED = 0.005, 0.2, 0.05
STRAY_LINGER, STRAY_GRACE, KILL_AGAIN, GIVE_UP = 0.1, 1.0, 0.02, 30.0
NEVER = float("inf")


def main(folder: Path) -> None:
    """Supervise the job in `folder`, unless another supervisor ever began: then end at once."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    os.umask(0o077)
    engine, me = folder / records.ENGINE, os.getpid()
    if not records.keep_once(engine / records.BEGUN, {"pid": me, "ticks": tree.ticks(me), "boot": tree.boot()}):
        return
    tree.adopt_orphans()
    job = Job(folder, records.read(engine / records.CLAIM))
    ending = records.Ending(engine)
    try:
        ending.write(job.live())
    except BaseException:
        job.tree.destroy()
        raise
    ring(job.claim["bell"])


def refuse(folder: Path, reason: str) -> None:
    """Put on record that the job was never started, unless a supervisor has begun it."""
    engine = folder / records.ENGINE
    if records.keep_once(engine / records.BEGUN, records.NOBODY):
        job = Job(folder, records.read(engine / records.CLAIM))
        job.cause, job.detail = "not started", reason
        records.Ending(engine).write(job.record(None))


class Job:
    """One job from its start to the end of the last process of its tree."""

    def __init__(self, folder: Path, claim: dict[str, Any]) -> None:
        self.folder, self.claim = folder, claim
        self.limits: dict[str, float] = {kind: NEVER if v is None else v for kind, v in claim["limits"].items()}
        self.engine = folder / records.ENGINE
        self.tree = tree.Tree()
        self.cause, self.detail = "", ""
        self.code: int | None = None
        self.term_at = self.kill_at = self.give_up_at = NEVER
        self.terminated = False
        self.main, self.began, self.began_at = 0, 0.0, 0.0
        self.interval, self.next_sample, self.next_weighing = FIRST_SAMPLE, 0.0, 0.0
        self.staged_bytes = 0

    def live(self) -> dict[str, Any]:
        """Run to the end; the record of it."""
        self.cause, self.detail = self.refusal()
        if self.cause:
            return self.record(None)
        if self.limits["folder_bytes"] < NEVER:
            self.staged_bytes = disk.weigh(self.folder, records.ENGINE)
        bill = tree.Bill()
        if not self.start():
            return self.record(None)
        self.watch(bill)
        if self.cause in ("exited", "signalled"):
            self.judge_folder()
        measured = bill.settle(self.tree, time.monotonic() - self.began)
        disk.clear(self.folder)
        return self.record(measured)

    def refusal(self) -> tuple[str, str]:
        """Why the job is not to be started at all, as cause and reason; empty when it is."""
        if self.claim["boot"] != tree.boot():
            return "not started", "The machine was restarted between the order and the start."
        return ("cancelled", "Cancelled before it started.") if self.cancel_asked() else ("", "")

    def record(self, measured: dict[str, Any] | None) -> dict[str, Any]:
        times = {"started": self.began_at or None, "ended": time.time()}
        return {"cause": self.cause, "code": self.code, "detail": self.detail.strip(), "measured": measured, **times}

    def start(self) -> bool:
        """Fork and execute the program; False, with the reason in `detail`, when it could not be executed."""
        heard, told = os.pipe()
        self.began, began_at, me = time.monotonic(), time.time(), os.getpid()
        try:
            self.main = os.fork()
        except OSError as error:
            return self.not_started(f"No process could be made for it: {error.strerror}.")
        if self.main == 0:
            become(self.folder, self.claim, told, me)
        os.close(told)
        reason = os.read(heard, 1000).decode()
        if reason:
            os.waitpid(self.main, 0)
            return self.not_started(reason)
        self.began_at = began_at
        facts = {"pid": self.main, "ticks": tree.ticks(self.main), "started": self.began_at}
        records.keep_once(self.engine / records.STARTED, facts)
        return True

    def not_started(self, reason: str) -> bool:
        self.cause, self.detail = "not started", reason
        return False

    def watch(self, bill: tree.Bill) -> None:
        """Reap, sample, judge and, when it must end, press, until no process of the tree is left."""
        while self.reap(bill):
            now = time.monotonic()
            if now >= self.next_sample:
                self.sample(now)
            if not self.cause:
                self.judge(now)
            if not self.press(now):
                return
            due = min(self.next_sample, self.kill_at, NEVER if self.terminated else self.term_at, self.deadline())
            self.hear(max(0.001, due - now))

    def reap(self, bill: tree.Bill) -> bool:
        """Take the ends of all children that have ended; False when none is left."""
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            bill.add(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
            if pid == self.main and not self.cause:
                self.main_ended(os.waitstatus_to_exitcode(status))

    def main_ended(self, code: int) -> None:
        """The program itself is over; what it left running may end by itself for a moment, then it is ended."""
        self.cause, self.code = ("exited", code) if code >= 0 else ("signalled", -code)
        self.detail = "" if code >= 0 else f"Ended by signal {-code} ({signal.strsignal(-code)})."
        self.term_at = time.monotonic() + STRAY_LINGER
        self.kill_at = self.term_at + STRAY_GRACE

    def sample(self, now: float) -> None:
        limited = min(self.limits["memory_bytes"], self.limits["processes"]) < NEVER
        self.tree.sample()
        self.interval = min(self.interval * 1.5, SLOWEST_LIMITED if limited else SLOWEST_SAMPLE)
        self.next_sample = now + self.interval

    def judge(self, now: float) -> None:
        """Stop the job when it is cancelled or beyond a limit; the first reason found is the one on record."""
        most, processes = self.limits["memory_bytes"], self.limits["processes"]
        if self.cancel_asked():
            self.stop("cancelled", "")
        elif now >= self.deadline():
            self.stop("limit:walltime", f"It ran for {self.limits['wall_seconds']:g} s, the most it may.")
        elif self.tree.memory > most:
            self.stop("limit:memory", f"Its processes held {mib(self.tree.memory)}; the most they may is {mib(most)}.")
        elif self.tree.count > processes:
            self.stop("limit:processes", f"It ran {self.tree.count} processes; the most it may is {processes}.")
        elif now >= self.next_weighing and self.judge_folder():
            self.stop(self.cause, self.detail)

    def judge_folder(self) -> bool:
        """Weigh what the job wrote (spending at most a twentieth of the time on it); True when it is too much."""
        most = self.limits["folder_bytes"]
        if most == NEVER:
            self.next_weighing = NEVER
            return False
        before = time.monotonic()
        written = disk.weigh(self.folder, records.ENGINE) - self.staged_bytes
        took = time.monotonic() - before
        self.next_weighing = before + max(self.interval, 20 * took)
        if written > most:
            self.cause, self.code = "limit:folder", None
            self.detail = f"It wrote {mib(written)} into its folder; the most it may is {mib(most)}."
        return written > most

    def deadline(self) -> float:
        return NEVER if self.cause else self.began + self.limits["wall_seconds"]

    def stop(self, cause: str, detail: str) -> None:
        self.cause, self.detail = cause, detail
        self.term_at = time.monotonic()
        self.kill_at = self.term_at + self.claim["grace"]

    def press(self, now: float) -> bool:
        """Ask the tree to end, later end it; False when even that failed for long (one stuck in the kernel)."""
        if now >= self.give_up_at:
            self.detail += " Some of its processes could not be killed."
            return False
        if now >= self.kill_at:
            self.tree.destroy()
            self.give_up_at = min(self.give_up_at, now + GIVE_UP)
            self.kill_at = now + KILL_AGAIN
        elif now >= self.term_at and not self.terminated:
            self.terminated = True
            asked = self.tree.ask_to_end()
            if self.code is not None and asked:
                self.detail += f" {asked} of its processes outlived the program and were ended."
        return True

    def hear(self, seconds: float) -> None:
        """Sleep until something happens, at most `seconds`."""
        signalled = signal.sigtimedwait(HEARD, min(seconds, SLOWEST_SAMPLE))
        if signalled and signalled.si_signo in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) and not self.cause:
            self.stop("cancelled", f"Its supervisor was told to end (signal {signalled.si_signo}).")

    def cancel_asked(self) -> bool:
        return (self.engine / records.CANCEL).exists()


def become(folder: Path, claim: dict[str, Any], told: int, supervisor: int) -> None:
    """Turn this fork into the job's program; never returns. What goes wrong is written to `told`."""
    try:
        os.setsid()
        tree.die_with(supervisor)
        os.chdir(folder)
        Path(disk.SCRATCH).mkdir(0o700, exist_ok=True)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "stdout.txt"), (2, "stderr.txt")):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW
            os.dup2(os.open(name, flags, 0o600), number)
        for number in RESET:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvpe(claim["argv"][0], claim["argv"], claim["environ"])
    except BaseException as error:
        reason = getattr(error, "strerror", None) or repr(error)
        os.write(told, f"{claim['argv'][0]}: {reason}.".encode(errors="replace")[:1000])
    finally:
        os._exit(127)


def mib(size: float) -> str:
    return f"{size / 2**20:.1f} MiB"
