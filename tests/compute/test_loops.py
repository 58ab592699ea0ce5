"""Jobs from the queue to their end, on the real local engine."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from moyai.compute import allocations, jobs, usage
from moyai.compute.schema import InputAsked, JobState, LogAsked
from moyai.data import blobs
from moyai.kernel import journal
from moyai.kernel.edge import Edge
from tests.compute.conftest import Pool
from tests.fakes.pool import run_pool

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
    kept = {one.name: one for one in pool.edge.read(pool.owner, jobs.artifacts, job.id)}
    assert set(kept) == {"outputs/a.txt", "result.json", "stdout.txt"}
    assert b"".join(blobs.open(pool.edge, kept["outputs/a.txt"].digest)) == b"moyai"
    assert pool.edge.read(pool.owner, jobs.result, job.id) == {"metrics": {}}
    used = pool.edge.read(pool.owner, usage.of, job.id)
    assert used is not None and ended.usage == used
    assert used.cpu_seconds > 0 and used.organisation == pool.north
    after = pool.edge.read(pool.owner, allocations.get, share.id)
    assert after.reserved == 0 and 0 < after.used < 1
