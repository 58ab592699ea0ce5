"""The local engine: the suite of its port, and what only it promises (its supervisors outlive everybody)."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from moyai.compute.ports import Cause, Phase, Spec
from moyai.engines.executors import records, tree
from moyai.engines.executors.local import Local
from tests.engines.executors.conformance import (
    ENVIRON,
    Conformance,
    Ends,
    Measures,
    Orders,
    Run,
    Stops,
    ended,
    living_in,
    python,
    ready,
    staged,
    until,
)

SUBMITTER = """
import os, sys, signal
from pathlib import Path
from moyai.compute.ports import Spec
from moyai.engines.executors.local import Local
root, folder = Path(sys.argv[1]), Path(sys.argv[2])
print(Local(root).submit(Spec(("sh", "-c", "sleep 0.3; exit 7"), folder, environ={"PATH": "/usr/bin:/bin"}), "tag"))
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
WRITE_OVER = (
    "import os; [open(f'.engine/{name}', 'w').write('[3') for name in ('begun.json', 'ended.json', 'spec.json')]"
)


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[Local]:
    engine = Local(tmp_path, grace=0.3)
    yield engine
    engine.close()


def engine_of(folder: Path) -> Path:
    return folder / records.ENGINE


def supervisor_of(folder: Path) -> int:
    until((engine_of(folder) / records.BEGUN).exists)
    return records.read(engine_of(folder) / records.BEGUN)["pid"]


class TestEnds(Ends): ...


class TestStops(Stops): ...


class TestOrders(Orders): ...


class TestMeasures(Measures): ...


class TestLocal(Conformance):
    def test_the_end_is_recorded_when_the_submitter_was_killed(self, executor: Local, tmp_path: Path) -> None:
        folder = tmp_path / "job"
        folder.mkdir()
        source = str(Path(records.__file__).parents[3])
        command = [sys.executable, "-c", SUBMITTER, str(tmp_path), str(folder)]
        done = subprocess.run(
            command, env={"PYTHONPATH": source, **ENVIRON}, capture_output=True, text=True, check=False
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        native = executor.find("tag", folder)
        assert native == done.stdout.strip()
        seen = ended(executor, native)
        assert (seen.cause, seen.code) == (Cause.EXITED, 7)

    def test_a_job_outlives_the_engine_object(self, executor: Local, run: Run, tmp_path: Path) -> None:
        native, folder = run(("sh", "-c", "sleep 0.2; exit 4"))
        executor.close()
        again = Local(tmp_path)
        assert again.find("tag of job", folder) == native
        assert ended(again, native).code == 4
        again.close()

    def test_a_claim_cut_short_before_its_supervisor_is_completed(self, executor: Local, tmp_path: Path) -> None:
        spec = staged(tmp_path, "job", ("sh", "-c", "echo once >> count"))
        engine_of(spec.folder).mkdir()
        records.keep_once(engine_of(spec.folder) / records.CLAIM, executor._claim(spec, spec.folder, "tag"))
        native = executor.find("tag", spec.folder)
        assert native
        assert ended(executor, native).code == 0
        assert (spec.folder / "count").read_text() == "once\n"

    def test_two_supervisors_run_a_job_once(self, executor: Local, tmp_path: Path) -> None:
        spec = staged(tmp_path, "job", ("sh", "-c", "echo once >> count"))
        native = executor.submit(spec, "tag")
        executor._forks.order(spec.folder)
        executor._forks.order(spec.folder)
        ended(executor, native)
        executor.close()
        assert (spec.folder / "count").read_text() == "once\n"

    def test_a_claim_of_before_a_restart_of_the_machine_is_not_begun(self, executor: Local, tmp_path: Path) -> None:
        spec = staged(tmp_path, "job", ("touch", "ran"))
        engine_of(spec.folder).mkdir()
        claim = executor._claim(spec, spec.folder, "tag") | {"boot": "another"}
        records.keep_once(engine_of(spec.folder) / records.CLAIM, claim)
        native = executor.submit(spec, "tag")
        assert ended(executor, native).cause is Cause.NOT_STARTED
        assert not (spec.folder / "ran").exists()

    def test_an_old_claim_that_nobody_took_up_is_given_up_for_good(self, executor: Local, tmp_path: Path) -> None:
        spec = staged(tmp_path, "job", ("touch", "ran"))
        engine_of(spec.folder).mkdir()
        claim = engine_of(spec.folder) / records.CLAIM
        records.keep_once(claim, executor._claim(spec, spec.folder, "tag"))
        os.utime(claim, (0, 0))
        assert executor.status(["job"])["job"].phase is Phase.LOST
        assert executor.submit(spec, "tag") == "job"
        executor.close()
        assert not (spec.folder / "ran").exists()

    def test_a_killed_supervisor_is_lost_and_takes_its_job_along(self, executor: Local, run: Run) -> None:
        native, folder = run(("sh", "-c", "setsid sleep 60 & echo x > ready; sleep 60"))
        ready(folder)
        os.kill(supervisor_of(folder), signal.SIGKILL)
        assert ended(executor, native).phase is Phase.LOST
        until(lambda: not living_in(folder))
        assert executor.submit(Spec(("true",), folder), "tag of job") == native
        assert executor.status([native])[native].phase is Phase.LOST

    def test_a_killed_fork_server_is_replaced(self, executor: Local, run: Run) -> None:
        ended(executor, run(("true",))[0])
        server = executor._forks.serving()
        assert server
        os.kill(server, signal.SIGKILL)
        assert ended(executor, run(("sh", "-c", "exit 5"), name="next")[0]).code == 5
        assert executor._forks.serving() != server

    def test_a_supervisor_told_to_end_ends_its_job_and_says_so(self, executor: Local, run: Run) -> None:
        native, folder = run(("sleep", "60"))
        until(lambda: executor.status([native])[native].phase is Phase.RUNNING)
        os.kill(supervisor_of(folder), signal.SIGTERM)
        seen = ended(executor, native)
        assert seen.cause is Cause.CANCELLED
        assert "supervisor" in seen.detail

    def test_a_recycled_process_number_is_not_the_supervisor(self, executor: Local, tmp_path: Path) -> None:
        spec = staged(tmp_path, "job", ("true",))
        engine_of(spec.folder).mkdir()
        records.keep_once(engine_of(spec.folder) / records.CLAIM, executor._claim(spec, spec.folder, "tag"))
        me = {"pid": os.getpid(), "ticks": (tree.ticks(os.getpid()) or 0) + 1, "boot": tree.boot()}
        records.keep_once(engine_of(spec.folder) / records.BEGUN, me)
        assert executor.status(["job"])["job"].phase is Phase.LOST

    def test_a_job_that_writes_over_its_bookkeeping_hides_nobody_else(self, executor: Local, run: Run) -> None:
        other, _ = run(("sh", "-c", "exit 9"), name="other")
        native, folder = run(python(WRITE_OVER + "; __import__('time').sleep(60)"))
        until(lambda: (engine_of(folder) / records.ENDED).exists())
        assert executor.status([other, native])[native].phase is Phase.LOST
        assert ended(executor, other).code == 9
        assert not living_in(folder)

    def test_no_secret_of_the_environment_is_in_any_command_or_open_to_others(
        self, executor: Local, tmp_path: Path
    ) -> None:
        spec = Spec(("sleep", "60"), tmp_path / "job", environ={"KEY": "s3cr3t", **ENVIRON})
        spec.folder.mkdir()
        native = executor.submit(spec, "tag")
        supervisor = supervisor_of(spec.folder)
        for pid in (supervisor, executor._forks.serving()):
            assert b"s3cr3t" not in tree.content(f"/proc/{pid}/cmdline") + tree.content(f"/proc/{pid}/environ")
        executor.cancel(native)
        ended(executor, native)
        open_to_others = [path for path in engine_of(spec.folder).iterdir() if path.stat().st_mode & 0o077]
        assert not open_to_others

    def test_the_scratch_folder_is_gone_at_the_end(self, executor: Local, run: Run) -> None:
        native, folder = run(("sh", "-c", 'mkdir "$TMPDIR/deep"; echo x > "$TMPDIR/deep/file"; ln -s / "$TMPDIR/link"'))
        assert ended(executor, native).code == 0
        assert {path.name for path in folder.iterdir()} == {".engine", "stdout.txt", "stderr.txt"}

    def test_the_bell_rings_when_a_job_ends(self, executor: Local, run: Run) -> None:
        assert not executor.wait(0.01)
        native, _ = run(("sleep", "0.1"))
        assert executor.wait(10)
        assert executor.status([native])[native].phase is Phase.ENDED
        assert not executor.wait(0.01)

    def test_no_zombies_stay_with_us(self, executor: Local, run: Run) -> None:
        for number in range(3):
            ended(executor, run(("true",), name=str(number))[0])
        mine = [pid for pid in tree.processes() if (fields := tree.stat(pid)) and int(fields[1]) == os.getpid()]
        assert mine == [executor._forks.serving()]

    def test_the_claim_keeps_what_was_asked(self, executor: Local, run: Run) -> None:
        native, folder = run(("true",))
        ended(executor, native)
        claim = json.loads((engine_of(folder) / records.CLAIM).read_text())
        assert (claim["tag"], claim["argv"]) == ("tag of job", ["true"])
