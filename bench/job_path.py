"""How long a trivial job takes from submit to its end being seen, over the whole path, and how many a second drain.

The whole path: policy, placement, reservation, journal, lease, staging, the engine, collection, usage, settlement.
Writes dated JSON.
"""

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from moyai.compute import allocations, jobs, sites
from moyai.compute.loops import LOOPS
from moyai.compute.reactions import REACTIONS
from moyai.compute.schema import (
    AllocationAsked,
    JobAsked,
    JobsAsked,
    JobState,
    Need,
    Prices,
    Resources,
    SiteAsked,
)
from moyai.kernel import policy
from moyai.kernel.database import Database, Row
from moyai.kernel.edge import Edge, engines
from moyai.kernel.home import Home
from moyai.kernel.policy import Held, Who
from moyai.kernel.settings import Settings
from moyai.people import organisations, projects
from moyai.people.schema import OrganisationAsked, ProjectAsked
from moyai.worker import Worker

RESULTS = Path(__file__).parent / "results"
OWNER = Who(person="per_00000000000000000000000000", name="Owner", roles=(Held("owner"),))
LATENCY_JOBS = 100
DRAINED_JOBS = int(os.environ.get("BENCH_JOBS", "2000"))
AT_ONCE = 4
GIB = 1 << 30


@contextmanager
def opened(folder: Path) -> Generator[Edge]:
    home = Home(folder)
    home.make()
    settings = Settings(home=folder)
    database = Database(settings.database_url)
    Row.metadata.create_all(database.engine)
    edge = Edge(settings, home, database, engines(home), policy.read(Path(policy.__file__).parents[1]))
    worker = Worker(edge, REACTIONS, LOOPS)
    worker.start()
    yield edge
    worker.stop()
    edge.close()


def consortium(edge: Edge) -> str:
    """One organisation, one site of `AT_ONCE` cores, one project with plenty of hours."""
    asked = OrganisationAsked(name="North", country="JP", currency="JPY")
    north = edge.run(OWNER, organisations.create, asked).id
    project = edge.run(OWNER, projects.create, ProjectAsked(name="gamma", organisation=north)).id
    room = Resources(cores=AT_ONCE, memory_bytes=16 * GIB)
    site = SiteAsked(name="North", organisation=north, resources=room, prices=Prices(currency="JPY"))
    placed = edge.run(OWNER, sites.register, site).id
    now = datetime.now(UTC)
    hours = AllocationAsked(
        project=project, site=placed, core_hours=Decimal(1_000_000), start=now, end=now + timedelta(days=1)
    )
    edge.run(OWNER, allocations.grant, hours)
    return project


def asked(project: str) -> JobAsked:
    need = Need(memory_bytes=GIB // 4, wall_seconds=60)
    return JobAsked(project=project, name="trivial", argv=("/bin/true",), need=need)


def once(edge: Edge, project: str) -> float:
    began = time.perf_counter()
    job = edge.run(OWNER, jobs.submit, asked(project)).id
    heard = edge.bell.rung
    while (state := edge.read(OWNER, jobs.get, job).state) is not JobState.SUCCEEDED:
        assert state not in (JobState.FAILED, JobState.KILLED), edge.read(OWNER, jobs.why, job)
        heard = edge.bell.wait(heard, 1.0)
    return time.perf_counter() - began


def drain(edge: Edge, project: str) -> tuple[float, float]:
    """Seconds until all are submitted, and until all have ended."""
    began = time.perf_counter()
    for _ in range(DRAINED_JOBS):
        edge.run(OWNER, jobs.submit, asked(project))
    submitted = time.perf_counter() - began
    while edge.read(OWNER, jobs.list, JobsAsked(live=True, limit=1)).items:
        time.sleep(0.2)
    return submitted, time.perf_counter() - began


def main() -> None:
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place, opened(Path(place) / "home") as edge:
        project = consortium(edge)
        once(edge, project)
        times = sorted(once(edge, project) for _ in range(LATENCY_JOBS))
        submitted, drained = drain(edge, project)
    now = datetime.now(UTC)
    result = {
        "bench": "job_path",
        "at": now.isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_before": round(busy, 2),
        },
        "submit_to_seen_finished_ms": {
            "jobs": LATENCY_JOBS,
            "median": round(statistics.median(times) * 1e3, 1),
            "p95": round(times[int(0.95 * LATENCY_JOBS)] * 1e3, 1),
            "target": 50,
        },
        "drained": {
            "jobs": DRAINED_JOBS,
            "at_once": AT_ONCE,
            "submitted_per_second": round(DRAINED_JOBS / submitted, 1),
            "ended_per_second": round(DRAINED_JOBS / drained, 1),
        },
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2)
    (RESULTS / f"{now:%Y-%m-%d}-job_path.json").write_text(text + "\n")
    os.write(1, f"{text}\n".encode())


if __name__ == "__main__":
    main()
