"""Jobs from the queue to their end, on the real local engine."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from moyai.compute import allocations, folders, jobs, loops, sites, usage
from moyai.compute.loops import Watch
from moyai.compute.ports import Capability, Cause, Executor, Measured, Phase, Seen, Spec
from moyai.compute.schema import InputAsked, JobState, LogAsked
from moyai.governance import provenance
from moyai.kernel import leases
from moyai.kernel.errors import NotFound, Unavailable
from moyai.kernel.leases import Lease, LeaseLost
from tests.compute.conftest import GIB, Pool

Python = Callable[[str], tuple[str, ...]]


def test_a_job_runs_and_leaves_what_it_wrote(pool: Pool, python: Python):
    share = pool.share(pool.site())
    code = "import json; open('outputs/a.txt','w').write(open('words.txt').read()); print('hello')"
    code += "; json.dump({'metrics': {}}, open('result.json', 'w'))"
    job = pool.submit(*python(code), files={"words.txt": "moyai"})
    assert job.state is JobState.QUEUED
    pool.run()
    ended = pool.job(job)
    assert (ended.state, ended.code, ended.detail) == (JobState.SUCCEEDED, 0, "")
    assert set(pool.artifacts(job)) == {"outputs/a.txt", "result.json", "stdout.txt"}
    assert pool.text(job, "outputs/a.txt") == "moyai"
    assert pool.edge.read(pool.owner, jobs.result, job.id) == {"metrics": {}}
    assert pool.names("JobQueued", "JobPlaced", "JobStarted", "UsageRecorded", "JobFinished") == [
        "JobQueued", "JobPlaced", "JobStarted", "UsageRecorded", "JobFinished",
    ]  # fmt: skip
    after = pool.edge.read(pool.owner, allocations.get, share.id)
    assert after.reserved == 0
    assert 0 < after.used < Decimal("0.01")


def test_usage_is_what_the_system_measured(pool: Pool, python: Python):
    pool.share(pool.site())
    job = pool.submit(*python("x = bytearray(60 << 20)\nfor _ in range(3_000_000): pass"))
    pool.run()
    used = pool.edge.read(pool.owner, usage.of, job.id)
    assert used is not None
    assert pool.job(job).usage == used
    assert used.cpu_seconds > 0.02
    assert used.max_rss_bytes > 60 << 20
    assert (used.organisation, used.cores, used.engine) == (pool.north, 1, "local")
    assert used.native_id == pool.job(job).native_id


@pytest.mark.parametrize(
    ("code", "need", "state", "detail"),
    [
        ("raise ValueError('no events')", {}, JobState.FAILED, "exit code 1. Its last words: ValueError: no events"),
        ("import os; os.kill(os.getpid(), 11)", {}, JobState.FAILED, "ended by signal 11"),
        ("import time; time.sleep(60)", {"wall_seconds": 1}, JobState.KILLED, "longer than the 1.0 s it asked for"),
        ("x = b'1' * (600 << 20); input()", {}, JobState.KILLED, "more than the 268.4 MB of memory it asked for"),
    ],
)
def test_a_bad_end_is_told_in_words(
    pool: Pool, python: Python, code: str, need: dict[str, int], state: str, detail: str
):
    share = pool.share(pool.site())
    job = pool.submit(*python(code), need=need)
    pool.run()
    ended = pool.job(job)
    assert ended.state is state
    assert detail in ended.detail
    assert pool.why(job) == ended.detail
    assert pool.edge.read(pool.owner, allocations.get, share.id).reserved == 0


def test_a_program_that_does_not_exist_fails_in_words(pool: Pool):
    pool.share(pool.site())
    job = pool.submit("no-such-program")
    pool.run()
    assert pool.job(job).state is JobState.FAILED
    assert "could not be started" in pool.job(job).detail


def test_a_running_job_is_cancelled(pool: Pool):
    pool.share(pool.site())
    job = pool.submit("sleep", "60")
    with pool.running():
        pool.until(lambda: pool.job(job).state is JobState.RUNNING)
        pool.edge.run(pool.owner, jobs.cancel, job.id)
    assert pool.job(job).state is JobState.CANCELLED
    assert pool.names("JobCancelAsked", "JobFinished") == ["JobCancelAsked", "JobFinished"]


def test_never_more_run_than_cores_are_declared(pool: Pool, python: Python):
    site = pool.site(cores=2)
    pool.share(site)
    code = "import pathlib, time; place = pathlib.Path('../..'); mark = place / f'{time.monotonic_ns()}.run'"
    code += "; mark.touch(); print(len(list(place.glob('*.run')))); time.sleep(0.1); mark.unlink()"
    made = [pool.submit(*python(code), name=str(number)) for number in range(6)]
    pool.run()
    assert {pool.job(job).state for job in made} == {JobState.SUCCEEDED}
    assert max(int(pool.text(job, "stdout.txt")) for job in made) <= 2
    assert pool.edge.read(pool.owner, sites.get, site.id).in_use.cores == 0


def test_a_job_reads_its_inputs_and_cannot_change_them(pool: Pool, python: Python):
    pool.share(pool.site())
    version = pool.publish(pool.dataset(), {"a.csv": b"x\n1\n", "b.csv": b"x\n2\n"})
    code = "import os; print(open('inputs/data/a.csv').read(), open('inputs/data/b.csv').read())"
    code += "; print(oct(os.stat('inputs/data/a.csv').st_mode & 0o222))"
    job = pool.submit(*python(code), inputs=(InputAsked(name="data", version=version.id),))
    pool.run()
    assert pool.text(job, "stdout.txt").split() == ["x", "1", "x", "2", "0o0"]
    graph = pool.edge.read(pool.owner, provenance.of, job.id)
    assert {(link.source, link.relation) for link in graph.links if link.target == version.id} == {(job.id, "used")}
    made = {one.id for one in pool.artifacts(job).values()}
    assert {link.target for link in graph.links if link.relation == "generated"} == made


def test_a_job_learns_nothing_secret(pool: Pool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MOYAI_TOKEN", "secret")
    pool.share(pool.site())
    job = pool.submit("env")
    pool.run()
    told = dict(line.split("=", 1) for line in pool.text(job, "stdout.txt").splitlines())
    assert "secret" not in str(told)
    assert set(told) <= {
        "PATH", "HOME", "LANG", "PYTHONPATH", "TMPDIR", "PWD", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
    }  # fmt: skip
    assert Path(told["HOME"]).name == job.id


def test_links_and_special_files_are_not_kept(pool: Pool, python: Python, tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    pool.share(pool.site())
    code = f"import os; os.symlink({str(secret)!r}, 'outputs/link'); os.symlink({str(tmp_path)!r}, 'outputs/folder')"
    code += "; os.mkfifo('outputs/pipe'); open('outputs/plain', 'w').write('plain')"
    code += f"; os.symlink({str(secret)!r}, 'result.json')"
    job = pool.submit(*python(code))
    pool.run()
    assert [name for name in pool.artifacts(job) if name.startswith("outputs")] == ["outputs/plain"]
    ended = pool.job(job)
    assert ended.state is JobState.SUCCEEDED
    assert "4 files were not kept" in ended.detail
    with pytest.raises(NotFound):
        pool.edge.read(pool.owner, jobs.result, job.id)


def test_a_log_is_followed_while_it_grows(pool: Pool, python: Python):
    pool.share(pool.site())
    code = "import time\nfor word in ('一', '二', '三'): print(word, flush=True); time.sleep(0.2)"
    job = pool.submit(*python(code))
    read, offset = "", 0
    with pool.running():
        pool.until(lambda: pool.edge.read(pool.owner, jobs.log, job.id, LogAsked()).text != "")
        while True:
            piece = pool.edge.read(pool.owner, jobs.log, job.id, LogAsked(offset=offset))
            read, offset = read + piece.text, piece.offset
            if piece.ended:
                break
    assert read == "一\n二\n三\n"


def lease_of(pool: Pool, site: str) -> Lease:
    now = pool.edge.clock.now()
    (lease,) = pool.edge.change(lambda session: leases.take(session, jobs.LOOP, "one", now, (4, 60.0)))
    assert lease.key == site
    return lease


@dataclass
class Recorder:
    """An engine that counts what it is sent; its jobs end when told."""

    submitted: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    away: int = 0

    def submit(self, spec: Spec, tag: str) -> str:
        if self.away > 0:
            self.away -= 1
            raise Unavailable("The engine is away.")
        assert (spec.folder / "outputs").is_dir()
        self.submitted.append(tag)
        return f"native-{tag}"

    def find(self, tag: str, folder: Path) -> str | None:
        return f"native-{tag}" if tag in self.submitted else None

    def status(self, natives: Sequence[str]) -> Mapping[str, Seen]:
        ended = Seen(Phase.ENDED, Cause.EXITED, 0)
        return {one: ended if one.removeprefix("native-") in self.ended else Seen(Phase.RUNNING) for one in natives}

    def cancel(self, native: str) -> None: ...

    def usage(self, native: str) -> Measured | None:
        return Measured(7.2, 10.0, 1000, None, None, "told")

    def capability(self) -> Capability:
        return Capability(64, 64 * GIB, 0, "recorder")


@pytest.fixture
def engine(pool: Pool) -> Recorder:
    made: Executor = Recorder()
    pool.edge.engines.put("executors", "recorder", made)
    return made


def test_after_a_crash_nothing_is_sent_twice(pool: Pool, engine: Recorder):
    site = pool.site(engine="recorder")
    share = pool.share(site)
    job = pool.submit()
    crashed = Watch(pool.edge, lease_of(pool, site.id))
    crashed._look()
    crashed._send()
    assert (engine.submitted, pool.job(job).state) == ([job.id], JobState.PLACED)
    pool.edge.clock.move(seconds=61)
    engine.ended.add(job.id)
    pool.run()
    assert engine.submitted == [job.id]
    assert pool.job(job).state is JobState.SUCCEEDED
    used = pool.edge.read(pool.owner, allocations.get, share.id).used
    assert used == Decimal("0.002")
    crashed.moved = 0.0  # its patience with short jobs is over
    with pytest.raises(LeaseLost):
        crashed._poll()
        crashed._record()
    assert pool.names("JobFinished") == ["JobFinished"]


def test_a_crash_before_the_submission_sends_it_afterwards(pool: Pool, engine: Recorder):
    site = pool.site(engine="recorder")
    pool.share(site)
    job = pool.submit(files={"a.txt": "a"})
    Watch(pool.edge, lease_of(pool, site.id))._look()
    half = folders.of(pool.edge.home, site.id, job.id)
    (half / "inputs").mkdir(parents=True)
    (half / "inputs" / "left").write_text("half")
    pool.edge.clock.move(seconds=61)
    engine.ended.add(job.id)
    pool.run()
    assert engine.submitted == [job.id]
    assert not (half / "inputs").exists()


def test_an_engine_that_is_away_gets_the_job_later(pool: Pool, engine: Recorder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loops, "AGAIN", 0.02)
    engine.away = 3
    pool.share(pool.site(engine="recorder"))
    job = pool.submit()
    engine.ended.add(job.id)
    pool.run()
    assert pool.job(job).state is JobState.SUCCEEDED


def test_inputs_whose_bytes_are_gone_fail_the_job_in_words(pool: Pool):
    pool.share(pool.site())
    version = pool.publish(pool.dataset(), {"a.csv": b"x\n1\n"})
    job = pool.submit(inputs=(InputAsked(name="data", version=version.id),))
    pool.edge.engines.get("storage", "folder").remove(version.files[0].digest)
    pool.run()
    ended = pool.job(job)
    assert ended.state is JobState.FAILED
    assert ended.cause == "not started"
    assert "could not be started" in ended.detail


def test_what_is_held_elsewhere_is_removed_and_logs_stay(pool: Pool):
    site = pool.site()
    pool.share(site)
    version = pool.publish(pool.dataset(), {"a.csv": b"x\n1\n"})
    job = pool.submit("cp", "-v", "inputs/data/a.csv", "outputs", inputs=(InputAsked(name="data", version=version.id),))
    pool.run()
    folder = folders.of(pool.edge.home, site.id, job.id)
    assert not (folder / "inputs").exists()
    assert not (folder / "outputs").exists()
    assert (folder / "stdout.txt").read_text()


def test_an_idle_site_has_nothing_due(pool: Pool):
    pool.share(pool.site())
    pool.submit()
    pool.run()
    with pool.edge.database.reading() as session:
        assert leases.due_by_kind(session, [jobs.LOOP]) == {}


def test_a_result_that_is_no_object_is_said_to_be_none(pool: Pool, python: Python):
    pool.share(pool.site())
    job = pool.submit(*python(f"open('result.json','w').write({json.dumps([1])!r})"))
    pool.run()
    with pytest.raises(Exception, match="not a JSON object"):
        pool.edge.read(pool.owner, jobs.result, job.id)
