"""What every `compute.ports.Executor` must do, whatever runs the job. An engine's tests inherit these classes.

A suite gives the fixture `executor`; jobs are small programs of the standard library. Nothing here asserts a speed.
"""

import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from moyai.compute.ports import Cause, Executor, Limits, NativeId, Phase, Seen, Spec
from moyai.kernel.errors import Conflict, Invalid

MIB = 2**20
ENVIRON = {"PATH": "/usr/bin:/bin"}
FREE = Limits()
Run = Callable[..., tuple[NativeId, Path]]

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
open("ready", "a").write("x")
time.sleep(60)
"""
DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        end = time.process_time() + 0.3
        while time.process_time() < end:
            pass
        open("daemon", "w").write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
os.wait()
while not os.path.exists("daemon") or not open("daemon").read():
    time.sleep(0.01)
"""
GRANDCHILD_EATS = """
import os, time
if os.fork() == 0:
    if os.fork() == 0:
        kept = bytearray(200 * 2**20)
        time.sleep(60)
    os.wait()
os.wait()
"""
FLOOD = """
import os
while True:
    os.write(1, b"x" * 65536)
"""
BOMB = """
import os, time
for _ in range(200):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
SHARE = """
import os, time
kept = bytearray(b"x") * (100 * 2**20)
if os.fork() == 0 or os.fork() == 0 or os.fork() == 0:
    time.sleep(0.4)
    os._exit(0)
for _ in range(3):
    os.wait()
"""
TELL = """
import json, os
facts = {"environ": dict(os.environ), "files": sorted(os.listdir("/proc/self/fd")), "umask": oct(os.umask(0))}
print(json.dumps(facts))
"""
BURN = """
import time
kept = bytearray(b"x") * (100 * 2**20)
with open("outputs.bin", "wb", buffering=0) as file:
    for _ in range(50):
        file.write(b"x" * 2**20)
with open("outputs.bin", "rb", buffering=0) as file:
    for _ in range(20):
        file.read(2**20)
end = time.process_time() + 0.7
while time.process_time() < end:
    pass
"""


def python(source: str) -> tuple[str, ...]:
    return sys.executable, "-I", "-S", "-c", source


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that must become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def ended(executor: Executor, native: NativeId) -> Seen:
    """The end of a job, which must come."""
    until(lambda: executor.status([native])[native].phase in (Phase.ENDED, Phase.LOST))
    return executor.status([native])[native]


def ready(folder: Path, name: str = "ready", count: int = 1) -> None:
    """Wait until the job has written that much into a file of its folder."""
    until(lambda: (folder / name).exists() and len((folder / name).read_text()) >= count)


def living_in(folder: Path) -> list[int]:
    """Processes whose working directory is the job's folder."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink() == folder:
                found.append(int(process.name))
        except OSError:
            continue
    return found


class Conformance:
    """The promises of the port, and the tools its tests share."""

    @pytest.fixture
    def run(self, executor: Executor, tmp_path: Path) -> Run:
        """`run(argv, limits, ...)` submits a job in a fresh folder: its id and its folder."""

        def submitted(argv: tuple[str, ...], limits: Limits = FREE, name: str = "job") -> tuple[NativeId, Path]:
            spec = staged(tmp_path, name, argv, limits)
            return executor.submit(spec, f"tag of {name}"), spec.folder

        return submitted


def staged(place: Path, name: str, argv: tuple[str, ...], limits: Limits = FREE) -> Spec:
    folder = place.resolve() / name
    folder.mkdir()
    return Spec(argv, folder, environ=ENVIRON, limits=limits)


class Ends(Conformance):
    """How jobs end, told apart."""

    @pytest.mark.parametrize("code", [0, 3, 255])
    def test_the_exit_code_is_what_the_program_returned(self, executor: Executor, run: Run, code: int) -> None:
        before = datetime.now(UTC)
        native, _ = run(("sh", "-c", f"exit {code}"))
        seen = ended(executor, native)
        assert (seen.phase, seen.cause, seen.code) == (Phase.ENDED, Cause.EXITED, code)
        assert seen.started_at and seen.ended_at
        assert before - timedelta(seconds=1) <= seen.started_at <= seen.ended_at <= datetime.now(UTC)

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
    def test_a_signal_is_told_apart_from_an_exit(self, executor: Executor, run: Run, number: int) -> None:
        native, _ = run(python(f"import os; os.kill(os.getpid(), {int(number)})"))
        seen = ended(executor, native)
        assert (seen.cause, seen.code) == (Cause.SIGNALLED, number)

    @pytest.mark.parametrize("executable", [None, False], ids=["missing", "not executable"])
    def test_a_program_that_cannot_run_says_why(
        self, executor: Executor, run: Run, tmp_path: Path, executable: bool | None
    ) -> None:
        program = tmp_path / "program"
        if executable is False:
            program.write_text("#!/bin/sh\n")
            program.chmod(0o644)
        native, _ = run((str(program),))
        seen = ended(executor, native)
        assert (seen.phase, seen.cause) == (Phase.ENDED, Cause.NOT_STARTED)
        assert str(program) in seen.detail
        assert ("No such file" if executable is None else "Permission denied") in seen.detail
        assert executor.usage(native) is None

    def test_output_and_errors_land_in_their_files(self, executor: Executor, run: Run) -> None:
        native, folder = run(("sh", "-c", "pwd; echo wrong >&2"))
        ended(executor, native)
        assert (folder / "stdout.txt").read_text() == f"{folder}\n"
        assert (folder / "stderr.txt").read_text() == "wrong\n"

    def test_the_environment_is_the_declared_one_and_nothing_of_ours(
        self, executor: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MOYAI_TOKEN", "secret")
        spec = replace(staged(tmp_path, "job", python(TELL)), environ={"A": "é", **ENVIRON}, cores=2)
        ended(executor, executor.submit(spec, "tag"))
        told = json.loads((spec.folder / "stdout.txt").read_text())
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "2")
        assert Path(told["environ"].pop("TMPDIR")).is_relative_to(spec.folder)
        told["environ"].pop("LC_CTYPE", None)  # Python's own doing
        assert told["environ"] == {"A": "é", **ENVIRON, **threads}
        assert told["files"] == ["0", "1", "2", "3"], "3 is the listing itself"
        assert told["umask"] == "0o77"

    def test_what_the_job_leaves_running_is_ended_and_counted(self, executor: Executor, run: Run) -> None:
        native, folder = run(python(DAEMON))
        seen = ended(executor, native)
        assert (seen.cause, seen.code) == (Cause.EXITED, 0)
        assert not living_in(folder)
        used = executor.usage(native)
        assert used and used.cpu_seconds >= 0.3, "the daemon's time is the job's time"


class Stops(Conformance):
    """Cancelling, and limits on the whole tree of processes."""

    def test_a_cancelled_job_says_so(self, executor: Executor, run: Run) -> None:
        native, folder = run(("sleep", "60"))
        until(lambda: executor.status([native])[native].phase is Phase.RUNNING)
        executor.cancel(native)
        seen = ended(executor, native)
        assert (seen.phase, seen.cause, seen.code) == (Phase.ENDED, Cause.CANCELLED, None)
        assert not living_in(folder)
        assert executor.usage(native)

    def test_a_cancel_right_after_the_submission_is_heard(self, executor: Executor, run: Run) -> None:
        native, _ = run(("sleep", "60"))
        executor.cancel(native)
        assert ended(executor, native).cause is Cause.CANCELLED

    def test_a_tree_that_ignores_term_is_killed(self, executor: Executor, run: Run) -> None:
        native, folder = run(python(STUBBORN))
        ready(folder, count=2)
        executor.cancel(native)
        assert ended(executor, native).cause is Cause.CANCELLED
        assert not living_in(folder)

    def test_a_job_may_tidy_up_when_asked_to_end(self, executor: Executor, run: Run) -> None:
        native, folder = run(("sh", "-c", "trap 'echo tidy; exit 0' TERM; touch begun; while :; do sleep 0.02; done"))
        until((folder / "begun").exists)
        executor.cancel(native)
        assert ended(executor, native).cause is Cause.CANCELLED
        assert (folder / "stdout.txt").read_text() == "tidy\n"

    def test_cancelling_what_has_ended_changes_nothing(self, executor: Executor, run: Run) -> None:
        native, _ = run(("true",))
        seen = ended(executor, native)
        executor.cancel(native)
        assert executor.status([native])[native] == seen

    def test_the_walltime_is_kept(self, executor: Executor, run: Run) -> None:
        native, folder = run(("sleep", "60"), Limits(wall_seconds=0.3))
        seen = ended(executor, native)
        assert seen.cause is Cause.WALLTIME
        assert "0.3 s" in seen.detail
        assert not living_in(folder)

    def test_memory_counts_over_the_whole_tree(self, executor: Executor, run: Run) -> None:
        native, folder = run(python(GRANDCHILD_EATS), Limits(memory_bytes=120 * MIB))
        seen = ended(executor, native)
        assert seen.cause is Cause.MEMORY
        assert "120.0 MiB" in seen.detail
        assert not living_in(folder)

    def test_memory_that_processes_share_counts_once(self, executor: Executor, run: Run) -> None:
        native, folder = run(python(SHARE), Limits(memory_bytes=200 * MIB))
        assert ended(executor, native).cause is Cause.EXITED
        used = executor.usage(native)
        assert used and 100 * MIB <= used.max_rss_bytes <= 200 * MIB

    def test_a_flood_of_output_is_stopped(self, executor: Executor, run: Run) -> None:
        native, folder = run(python(FLOOD), Limits(folder_bytes=5 * MIB))
        seen = ended(executor, native)
        assert seen.cause is Cause.FOLDER
        assert "5.0 MiB" in seen.detail
        assert not living_in(folder)

    def test_too_much_in_the_folder_is_found_however_quick_the_job_was(self, executor: Executor, run: Run) -> None:
        native, _ = run(("sh", "-c", "head -c 3000000 /dev/zero > big"), Limits(folder_bytes=MIB))
        assert ended(executor, native).cause is Cause.FOLDER

    def test_what_was_staged_does_not_count(self, executor: Executor, tmp_path: Path) -> None:
        spec = staged(tmp_path, "job", ("true",), Limits(folder_bytes=MIB))
        (spec.folder / "inputs").mkdir()
        (spec.folder / "inputs" / "big").write_bytes(bytes(3 * MIB))
        assert ended(executor, executor.submit(spec, "tag")).cause is Cause.EXITED

    def test_a_fork_bomb_is_stopped(self, executor: Executor, run: Run) -> None:
        native, folder = run(python(BOMB), Limits(processes=20))
        seen = ended(executor, native)
        assert seen.cause is Cause.PROCESSES
        assert "20" in seen.detail
        assert not living_in(folder)


class Orders(Conformance):
    """Exactly once, and found again."""

    def test_submitting_twice_runs_once(self, executor: Executor, tmp_path: Path) -> None:
        spec = staged(tmp_path, "job", ("sh", "-c", "echo once >> count"))
        natives = {executor.submit(spec, "tag") for _ in range(3)}
        ended(executor, natives.copy().pop())
        natives.add(executor.submit(spec, "tag"))
        assert len(natives) == 1
        time.sleep(0.1)
        assert (spec.folder / "count").read_text() == "once\n"

    def test_a_folder_belongs_to_one_job(self, executor: Executor, run: Run) -> None:
        native, folder = run(("true",))
        ended(executor, native)
        with pytest.raises(Conflict):
            executor.submit(Spec(("true",), folder), "another tag")

    def test_a_job_without_a_folder_is_refused(self, executor: Executor, tmp_path: Path) -> None:
        with pytest.raises(Invalid):
            executor.submit(Spec(("true",), tmp_path / "nowhere"), "tag")

    def test_many_at_once_are_all_answered(self, executor: Executor, run: Run) -> None:
        natives = [run(("sh", "-c", f"exit {number}"), name=f"job {number}")[0] for number in range(12)]
        for native in natives:
            ended(executor, native)
        seen = executor.status(natives)
        assert [seen[native].code for native in natives] == list(range(12))

    def test_an_unknown_id_is_lost_and_never_found(self, executor: Executor, tmp_path: Path) -> None:
        assert executor.status(["nothing/of/this/name"])["nothing/of/this/name"].phase is Phase.LOST
        assert executor.usage("nothing/of/this/name") is None
        executor.cancel("nothing/of/this/name")
        assert executor.find("tag", tmp_path) is None

    def test_another_tag_is_not_found_in_the_folder(self, executor: Executor, run: Run) -> None:
        native, folder = run(("true",))
        assert executor.find("another tag", folder) is None
        assert executor.find("tag of job", folder) == native


class Measures(Conformance):
    """What the operating system measured, held against jobs whose use is known."""

    def test_the_use_of_a_job_of_known_use(self, executor: Executor, run: Run) -> None:
        native, _ = run(python(BURN))
        assert ended(executor, native).code == 0
        used = executor.usage(native)
        assert used
        assert 0.7 <= used.cpu_seconds <= 1.8
        assert used.cpu_seconds <= used.wall_seconds * 2
        assert 100 * MIB <= used.max_rss_bytes <= 140 * MIB
        assert used.written_bytes is None or 50 * MIB <= used.written_bytes <= 51 * MIB
        assert used.read_bytes is None or 20 * MIB <= used.read_bytes <= 24 * MIB
        assert used.basis

    def test_a_pipeline_counts_all_its_parts(self, executor: Executor, run: Run) -> None:
        native, _ = run(("sh", "-c", "head -c 4194304 /dev/zero > a; cat a | cat > b"))
        ended(executor, native)
        used = executor.usage(native)
        assert used
        assert used.written_bytes is None or 12 * MIB <= used.written_bytes <= 12.1 * MIB

    def test_nothing_is_measured_before_the_end(self, executor: Executor, run: Run) -> None:
        native, _ = run(("sleep", "60"))
        assert executor.usage(native) is None
        executor.cancel(native)
        ended(executor, native)

    def test_the_machine_is_described(self, executor: Executor) -> None:
        found = executor.capability()
        assert found.cores >= 1
        assert found.memory_bytes > 64 * MIB
        assert found.version
