"""Compute as clients meet it: the SDK over HTTP, with a person's own token and the errors raised again."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from moyai.compute.schema import AllocationsAsked, JobsAsked, JobState, UsageAsked
from moyai.faces.rest import compute, desk
from moyai.faces.sdk.compute import Allocations, Jobs, Sites, Usage
from moyai.faces.sdk.transport import Transport
from moyai.kernel.errors import Conflict, Invalid, NotFound, QuotaExceeded, Unavailable
from moyai.people import tokens
from moyai.people.tokens import Door
from tests.compute.conftest import Pool


@pytest.fixture
def http(pool: Pool, tmp_path: Path) -> Iterator[Transport]:
    """A connection that speaks for the home's owner, to a server on a Unix socket."""
    app = FastAPI()
    app.state.edge, app.state.door = pool.edge, Door(pool.edge)
    desk.handle_problems(app)
    app.include_router(compute.router, prefix="/api/v1")
    issued = pool.edge.run(pool.owner, tokens.found, "Owner")
    assert issued is not None
    path = str(tmp_path / "http.sock")
    server = uvicorn.Server(uvicorn.Config(app, uds=path, log_config=None, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    made = Transport("http://moyai", issued.secret, path)
    yield made
    made.close()
    server.should_exit = True
    thread.join(10)


def test_a_job_is_followed_from_submit_to_its_artifacts(pool: Pool, http: Transport, tmp_path: Path):
    pool.share(pool.site())
    jobs = Jobs(http)
    asked = pool.asked("sh", "-c", "echo one; sleep 0.1; echo two; echo kept > outputs/a.txt; echo '{}' > result.json")
    job = jobs.submit(asked)
    assert "Chosen: North" in jobs.why(job.id).sentences[0]
    with pool.running():
        assert "".join(jobs.follow(job.id, pause=0.01)) == "one\ntwo\n"
        assert jobs.wait(job.id, 20).state is JobState.SUCCEEDED
    kept = {one.name: one for one in jobs.artifacts(job.id)}
    saved = jobs.download(kept["outputs/a.txt"], tmp_path / "saved")
    assert saved.read_text() == "kept\n"
    assert saved == tmp_path / "saved" / "outputs" / "a.txt"
    with pytest.raises(Conflict):
        jobs.download(kept["outputs/a.txt"], tmp_path / "saved")
    assert jobs.result(job.id) == {}
    assert jobs.artifact(kept["result.json"].id) == kept["result.json"]
    assert [one.id for one in jobs.list(JobsAsked(live=False)).items] == [job.id]


def test_usage_and_what_is_left_come_with_exact_figures(pool: Pool, http: Transport):
    site = pool.site()
    pool.share(site)
    job = pool.submit()
    pool.run()
    used = Usage(http).of(job.id)
    assert used is not None
    assert Usage(http).list(UsageAsked(organisation=pool.north)).items == (used,)
    (share,) = Allocations(http).list(AllocationsAsked(site=site.id)).items
    assert share == Allocations(http).get(share.id)
    assert share.left + share.used == share.core_hours
    assert Sites(http).get("North").in_use.cores == 0


def test_errors_come_back_as_what_they_were(pool: Pool, http: Transport):
    site = pool.site()
    pool.share(site, "1")
    jobs = Jobs(http)
    with pytest.raises(Invalid, match="4 of the 9 cores"):
        jobs.submit(pool.asked(need={"cores": 9}))
    with pytest.raises(QuotaExceeded) as refused:
        jobs.submit(pool.asked(need={"wall_seconds": 7200}))
    assert refused.value.facts["left"] == "1"
    with pytest.raises(NotFound):
        jobs.get("job_none")
    waiting = jobs.submit(pool.asked())
    with pytest.raises(Unavailable, match="still queued"):
        jobs.wait(waiting.id, 0)
    assert jobs.cancel(waiting.id).state is JobState.CANCELLED


def test_a_site_is_checked(pool: Pool, http: Transport):
    checked = Sites(http).check(pool.site(cores=100_000).id)
    assert not {one.topic: one.fits for one in checked.findings}["cores"]
