"""Compute through the SDK: the same nouns and verbs as everywhere, and waiting for jobs."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Literal

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
    TransformState,
    UsageAsked,
    UsageShown,
    WhyShown,
)
from moyai.faces.sdk.transport import Transport
from moyai.kernel.errors import Conflict, Corrupt, Unavailable
from moyai.kernel.shapes import Page, PageAsked

FIRST = PageAsked()
EVERY_JOB, EVERY_SHARE, EVERY_USE = JobsAsked(), AllocationsAsked(), UsageAsked()
START = LogAsked()


class Sites:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def register(self, asked: SiteAsked) -> SiteShown:
        return self._http.post("/sites", asked, SiteShown)

    def get(self, site: str) -> SiteShown:
        return self._http.get(f"/sites/{site}", SiteShown)

    def list(self, asked: PageAsked = FIRST) -> Page[SiteShown]:
        return self._http.get("/sites", Page[SiteShown], asked)

    def check(self, site: str) -> SiteChecked:
        """What its engine finds on the machine, beside what it declares."""
        return self._http.get(f"/sites/{site}/check", SiteChecked)


class Allocations:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def grant(self, asked: AllocationAsked) -> AllocationShown:
        return self._http.post("/allocations", asked, AllocationShown)

    def get(self, allocation: str) -> AllocationShown:
        return self._http.get(f"/allocations/{allocation}", AllocationShown)

    def list(self, asked: AllocationsAsked = EVERY_SHARE) -> Page[AllocationShown]:
        return self._http.get("/allocations", Page[AllocationShown], asked)


class Jobs:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def submit(self, asked: JobAsked) -> JobShown:
        return self._http.post("/jobs", asked, JobShown)

    def get(self, job: str) -> JobShown:
        return self._http.get(f"/jobs/{job}", JobShown)

    def list(self, asked: JobsAsked = EVERY_JOB) -> Page[JobShown]:
        return self._http.get("/jobs", Page[JobShown], asked)

    def cancel(self, job: str) -> JobShown:
        return self._http.post(f"/jobs/{job}/cancel", None, JobShown)

    def why(self, job: str) -> WhyShown:
        return self._http.get(f"/jobs/{job}/why", WhyShown)

    def log(self, job: str, asked: LogAsked = START) -> LogShown:
        return self._http.get(f"/jobs/{job}/log", LogShown, asked)

    def follow(self, job: str, name: Literal["stdout", "stderr"] = "stdout", pause: float = 0.2) -> Iterator[str]:
        """What it writes, as it comes, until it has ended."""
        piece = self.log(job, LogAsked(name=name))
        while True:
            if piece.text:
                yield piece.text
            if piece.ended:
                return
            if not piece.text:
                time.sleep(pause)
            piece = self.log(job, LogAsked(name=name, offset=piece.offset))

    def wait(self, job: str, seconds: float = 3600.0) -> JobShown:
        """The job when it has ended. Raises Unavailable when it lives longer than `seconds`."""
        end, pause = time.monotonic() + seconds, 0.01
        while (shown := self.get(job)).ended_at is None:
            if time.monotonic() > end:
                raise Unavailable(f"The job is still {shown.state}.", fix="Ask why: moyai jobs why.", where=job)
            time.sleep(pause)
            pause = min(pause * 1.3, 0.5)
        return shown

    def artifacts(self, job: str) -> tuple[ArtifactShown, ...]:
        return self._http.get(f"/jobs/{job}/artifacts", tuple[ArtifactShown, ...])

    def result(self, job: str) -> dict[str, Any]:
        """The `result.json` that its program wrote."""
        return self._http.get(f"/jobs/{job}/result", dict[str, Any])

    def artifact(self, artifact: str) -> ArtifactShown:
        return self._http.get(f"/artifacts/{artifact}", ArtifactShown)

    def open(self, artifact: str) -> Iterator[bytes]:
        """The bytes of an artifact, in pieces, as they come."""
        return self._http.stream(f"/artifacts/{artifact}/content")

    def download(self, artifact: ArtifactShown, folder: Path) -> Path:
        """An artifact into `folder`, under its own name, checked. Raises Conflict (it is there already) or Corrupt."""
        target = folder.joinpath(*PurePosixPath(artifact.name).parts)
        if target.exists():
            raise Conflict("This file is there already.", fix="Choose another folder.", where=str(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        partial, hashed = target.with_name(f"{target.name}.part"), hashlib.sha256()
        with partial.open("wb") as file:
            for piece in self.open(artifact.id):
                hashed.update(piece)
                file.write(piece)
        if f"sha256:{hashed.hexdigest()}" != artifact.digest:
            partial.unlink()
            raise Corrupt("What arrived is not what was kept.", fix="Ask again.", where=artifact.id)
        return partial.replace(target)


class Transforms:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def start(self, asked: TransformAsked) -> TransformShown:
        return self._http.post("/transforms", asked, TransformShown)

    def get(self, transform: str) -> TransformShown:
        return self._http.get(f"/transforms/{transform}", TransformShown)

    def wait(self, transform: str, seconds: float = 3600.0) -> TransformShown:
        """The transform when it has ended. Raises Unavailable when it takes longer than `seconds`."""
        end, pause = time.monotonic() + seconds, 0.02
        while (shown := self.get(transform)).state is TransformState.RUNNING:
            if time.monotonic() > end:
                raise Unavailable("The transform is still running.", fix="Ask its job why.", where=shown.job)
            time.sleep(pause)
            pause = min(pause * 1.3, 0.5)
        return shown


class Usage:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def of(self, job: str) -> UsageShown | None:
        return self._http.get(f"/usage/{job}", UsageShown | None)

    def list(self, asked: UsageAsked = EVERY_USE) -> Page[UsageShown]:
        return self._http.get("/usage", Page[UsageShown], asked)
