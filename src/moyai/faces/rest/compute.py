"""Compute over REST: shape in, one call, shape out."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from moyai.compute import allocations, jobs, sites, transforms, usage
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
from moyai.data import blobs
from moyai.faces.rest.desk import CallOf
from moyai.kernel.shapes import Page, PageAsked

router = APIRouter(tags=["compute"])


@router.post("/sites", status_code=201)
async def register_site(asked: SiteAsked, call: CallOf) -> SiteShown:
    return await call.run(sites.register, asked)


@router.get("/sites")
async def list_sites(asked: Annotated[PageAsked, Query()], call: CallOf) -> Page[SiteShown]:
    return await call.read(sites.list, asked)


@router.get("/sites/{site}")
async def get_site(site: str, call: CallOf) -> SiteShown:
    return await call.read(sites.get, site)


@router.get("/sites/{site}/check")
async def check_site(site: str, call: CallOf) -> SiteChecked:
    return await call.read(sites.check, site)


@router.post("/allocations", status_code=201)
async def grant_allocation(asked: AllocationAsked, call: CallOf) -> AllocationShown:
    return await call.run(allocations.grant, asked)


@router.get("/allocations")
async def list_allocations(asked: Annotated[AllocationsAsked, Query()], call: CallOf) -> Page[AllocationShown]:
    return await call.read(allocations.list, asked)


@router.get("/allocations/{allocation}")
async def get_allocation(allocation: str, call: CallOf) -> AllocationShown:
    return await call.read(allocations.get, allocation)


@router.post("/jobs", status_code=201)
async def submit_job(asked: JobAsked, call: CallOf) -> JobShown:
    return await call.run(jobs.submit, asked)


@router.get("/jobs")
async def list_jobs(asked: Annotated[JobsAsked, Query()], call: CallOf) -> Page[JobShown]:
    return await call.read(jobs.list, asked)


@router.get("/jobs/{job}")
async def get_job(job: str, call: CallOf) -> JobShown:
    return await call.read(jobs.get, job)


@router.post("/jobs/{job}/cancel")
async def cancel_job(job: str, call: CallOf) -> JobShown:
    return await call.run(jobs.cancel, job)


@router.get("/jobs/{job}/why")
async def why_job(job: str, call: CallOf) -> WhyShown:
    return await call.read(jobs.why, job)


@router.get("/jobs/{job}/log")
async def log_of_job(job: str, asked: Annotated[LogAsked, Query()], call: CallOf) -> LogShown:
    return await call.read(jobs.log, job, asked)


@router.get("/jobs/{job}/result")
async def result_of_job(job: str, call: CallOf) -> dict[str, Any]:
    return await call.read(jobs.result, job)


@router.get("/jobs/{job}/artifacts")
async def list_artifacts(job: str, call: CallOf) -> tuple[ArtifactShown, ...]:
    return await call.read(jobs.artifacts, job)


@router.get("/artifacts/{artifact}")
async def get_artifact(artifact: str, call: CallOf) -> ArtifactShown:
    return await call.read(jobs.artifact, artifact)


@router.get("/artifacts/{artifact}/content", response_class=StreamingResponse)
async def open_artifact(artifact: str, call: CallOf) -> StreamingResponse:
    found = await call.read(jobs.artifact, artifact)
    chunks: Iterator[bytes] = blobs.open(call.edge, found.digest)
    return StreamingResponse(chunks, media_type="application/octet-stream")


@router.post("/transforms", status_code=201)
async def start_transform(asked: TransformAsked, call: CallOf) -> TransformShown:
    return await call.run(transforms.start, asked)


@router.get("/transforms/{transform}")
async def get_transform(transform: str, call: CallOf) -> TransformShown:
    return await call.read(transforms.get, transform)


@router.get("/usage")
async def list_usage(asked: Annotated[UsageAsked, Query()], call: CallOf) -> Page[UsageShown]:
    return await call.read(usage.list, asked)
