"""Compute through the SDK."""

from collections.abc import Iterator
from typing import Any

from moyai.compute.schema import (
    AllocationAsked,
    AllocationsAsked,
    AllocationShown,
    ArtifactShown,
    JobAsked,
    JobsAsked,
    JobShown,
    LogAsked,
    LogShown,
    SiteAsked,
    SiteChecked,
    SiteShown,
    TransformAsked,
    TransformShown,
    UsageAsked,
    UsageShown,
    WhyShown,
)
from moyai.faces.sdk.transport import Transport
from moyai.kernel.shapes import Page, PageAsked

FIRST = PageAsked()


class Sites:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def register(self, asked: SiteAsked) -> SiteShown:
        return self._http.post("/sites", asked, SiteShown)

    def list(self, asked: PageAsked = FIRST) -> Page[SiteShown]:
        return self._http.get("/sites", Page[SiteShown], asked)

    def get(self, site: str) -> SiteShown:
        return self._http.get(f"/sites/{site}", SiteShown)

    def check(self, site: str) -> SiteChecked:
        return self._http.get(f"/sites/{site}/check", SiteChecked)


class Allocations:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def grant(self, asked: AllocationAsked) -> AllocationShown:
        return self._http.post("/allocations", asked, AllocationShown)

    def list(self, asked: AllocationsAsked | None = None) -> Page[AllocationShown]:
        return self._http.get("/allocations", Page[AllocationShown], asked)

    def get(self, allocation: str) -> AllocationShown:
        return self._http.get(f"/allocations/{allocation}", AllocationShown)


class Jobs:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def submit(self, asked: JobAsked) -> JobShown:
        return self._http.post("/jobs", asked, JobShown)

    def list(self, asked: JobsAsked | None = None) -> Page[JobShown]:
        return self._http.get("/jobs", Page[JobShown], asked)

    def get(self, job: str) -> JobShown:
        return self._http.get(f"/jobs/{job}", JobShown)

    def cancel(self, job: str) -> JobShown:
        return self._http.post(f"/jobs/{job}/cancel", None, JobShown)

    def why(self, job: str) -> WhyShown:
        return self._http.get(f"/jobs/{job}/why", WhyShown)

    def log(self, job: str, asked: LogAsked | None = None) -> LogShown:
        return self._http.get(f"/jobs/{job}/log", LogShown, asked)

    def result(self, job: str) -> dict[str, Any]:
        return self._http.get(f"/jobs/{job}/result", dict[str, Any])

    def artifacts(self, job: str) -> tuple[ArtifactShown, ...]:
        return self._http.get(f"/jobs/{job}/artifacts", tuple[ArtifactShown, ...])

    def open(self, artifact: str) -> Iterator[bytes]:
        """The bytes of an artifact, in pieces."""
        return self._http.stream(f"/artifacts/{artifact}/content")


class Transforms:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def start(self, asked: TransformAsked) -> TransformShown:
        return self._http.post("/transforms", asked, TransformShown)

    def get(self, transform: str) -> TransformShown:
        return self._http.get(f"/transforms/{transform}", TransformShown)


class Usage:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def list(self, asked: UsageAsked | None = None) -> Page[UsageShown]:
        return self._http.get("/usage", Page[UsageShown], asked)
