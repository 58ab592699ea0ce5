"""A small consortium for compute: two organisations, a project, sites on the local engine, a share at each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from moyai.compute import allocations, jobs, sites
from moyai.compute.schema import (
    AllocationAsked,
    AllocationShown,
    JobAsked,
    JobShown,
    Need,
    Prices,
    Resources,
    SiteAsked,
    SiteShown,
)
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

    def run(self) -> None:
        run_pool(self.edge)

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
