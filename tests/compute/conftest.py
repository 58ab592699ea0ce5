"""A small consortium for compute: two organisations, a project, sites on the local engine, a share at each."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

from moyai.compute import allocations, jobs, sites
from moyai.compute.schema import (
    AllocationAsked,
    AllocationShown,
    ArtifactShown,
    JobAsked,
    JobShown,
    Need,
    Prices,
    Resources,
    SiteAsked,
    SiteShown,
)
from moyai.data import blobs, datasets, versions
from moyai.data.schema import DatasetAsked, FileAsked, VersionAsked, VersionShown
from moyai.kernel import journal
from moyai.kernel.edge import Edge
from moyai.kernel.policy import Held, Who
from moyai.people import organisations, projects
from moyai.people.schema import OrganisationAsked, ProjectAsked
from tests.fakes.pool import run_pool

GIB = 1 << 30


@dataclass
class Pool:
    """What the tests of compute stand on."""

    edge: Edge
    owner: Who
    north: str
    south: str
    project: str

    def member(self, *roles: str, person: str = "per_00000000000000000000000001") -> Who:
        """Somebody with roles in the project."""
        held = tuple(Held(role, project=self.project) for role in roles)
        return Who(person=person, name="Aoi", roles=held, organisation=self.north)

    def site(self, name: str = "North", organisation: str | None = None, **more: Any) -> SiteShown:
        given = {"cores": 4, "memory_bytes": 8 * GIB, "price": "10", "currency": "JPY", "data": ("open",), **more}
        asked = SiteAsked(
            name=name,
            organisation=organisation or self.north,
            resources=Resources(cores=given["cores"], memory_bytes=given["memory_bytes"]),
            prices=Prices(currency=given["currency"], core_hour=Decimal(given["price"])),
            data=given["data"],
            engine=given.get("engine", "local"),
        )
        return self.edge.run(self.owner, sites.register, asked)

    def share(self, site: SiteShown, hours: str = "100", days: int = 90) -> AllocationShown:
        now = self.edge.clock.now()
        asked = AllocationAsked(
            project=self.project, site=site.id, core_hours=Decimal(hours), start=now, end=now + timedelta(days=days)
        )
        return self.edge.run(self.owner, allocations.grant, asked)

    def asked(self, *argv: str, **more: Any) -> JobAsked:
        need = Need(**{"cores": 1, "memory_bytes": GIB // 4, "wall_seconds": 60, **more.pop("need", {})})
        return JobAsked.model_validate(
            {"project": self.project, "name": "a job", "argv": argv or ("true",), "need": need, **more}
        )

    def submit(self, *argv: str, who: Who | None = None, **more: Any) -> JobShown:
        return self.edge.run(who or self.owner, jobs.submit, self.asked(*argv, **more))

    def dataset(self, name: str = "showers", **more: Any) -> str:
        asked = {"name": name, "title": name, "organisation": self.north, "classification": "open", **more}
        return self.edge.run(self.owner, datasets.register, DatasetAsked.model_validate(asked)).id

    def publish(self, dataset: str, files: dict[str, bytes]) -> VersionShown:
        kept = {name: blobs.keep(self.edge, iter([content])) for name, content in files.items()}
        for one in kept.values():
            self.edge.run(self.owner, blobs.sent, one)
        named = tuple(FileAsked(name=name, digest=one.digest) for name, one in kept.items())
        return self.edge.run(self.owner, versions.publish, VersionAsked(dataset=dataset, files=named))

    def artifacts(self, job: JobShown) -> dict[str, ArtifactShown]:
        return {one.name: one for one in self.edge.read(self.owner, jobs.artifacts, job.id)}

    def text(self, job: JobShown, name: str) -> str:
        return b"".join(blobs.open(self.edge, self.artifacts(job)[name].digest)).decode()

    def why(self, job: JobShown) -> str:
        return self.edge.read(self.owner, jobs.why, job.id).sentences[-1]

    def names(self, *wanted: str) -> list[str]:
        """Names of journal entries, oldest first."""
        with self.edge.database.reading() as session:
            return [entry.name for entry in journal.since(session, 0, wanted, 1000)]

    def run(self) -> None:
        run_pool(self.edge)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The pool works beside the test until all is quiet."""
        thread = Thread(target=self.run)
        thread.start()
        yield
        thread.join(60)
        assert not thread.is_alive()

    def until(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "what was waited for has not happened"
            time.sleep(0.01)

    def job(self, job: JobShown) -> JobShown:
        return self.edge.read(self.owner, jobs.get, job.id)


@pytest.fixture
def pool(edge: Edge, owner: Who) -> Pool:
    def organisation(name: str) -> str:
        asked = OrganisationAsked(name=name, country="JP", currency="JPY")
        return edge.run(owner, organisations.create, asked).id

    north, south = organisation("North Institute"), organisation("South Works")
    asked = ProjectAsked(name="gamma", organisation=north, members=(south,))
    return Pool(edge, owner, north, south, edge.run(owner, projects.create, asked).id)


@pytest.fixture
def python() -> Callable[[str], tuple[str, ...]]:
    return lambda code: ("python", "-S", "-c", code)
