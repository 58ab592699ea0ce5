"""Data over REST: shape in, one call, shape out; uploads and downloads are streamed and never held in memory."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Annotated
from urllib.parse import quote

import anyio
import anyio.from_thread
import anyio.to_thread
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse

from moyai.data import access, blobs, datasets, profiles, validation, versions
from moyai.data.ports import Kept
from moyai.data.schema import (
    DIGEST,
    AccessAsked,
    AccessVerdict,
    BlobShown,
    Contract,
    DatasetAsked,
    DatasetsAsked,
    DatasetShown,
    FileShown,
    ProfileShown,
    Revision,
    RowsAsked,
    RowsShown,
    ValidationShown,
    VersionAsked,
    VersionsAsked,
    VersionShown,
)
from moyai.faces.rest.desk import CallOf, Desk
from moyai.kernel.shapes import Page

router = APIRouter(tags=["data"])
UPLOADS = anyio.CapacityLimiter(16)
"""Uploads at once: each keeps a thread while it lasts, and must not take those of short calls."""


@router.post("/blobs", status_code=201)
async def send_blob(
    request: Request, call: CallOf, digest: Annotated[str, Query(pattern=f"{DIGEST}|^$")] = ""
) -> BlobShown:
    """The body of the request, streamed into the store; `digest` is checked when given."""
    await call.read(blobs.allow)
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > call.edge.settings.upload_bytes:
        raise blobs.too_large(call.edge.settings.upload_bytes)
    receive = partial(blobs.receive, call.edge, _pieces(request), digest)
    kept: Kept = await anyio.to_thread.run_sync(receive, limiter=UPLOADS)
    return await call.run(blobs.sent, kept)


def _pieces(request: Request) -> Iterator[bytes]:
    """The body, pulled from the event loop by the thread that stores it, about a megabyte at a time."""
    body = request.stream()

    async def some() -> bytes:
        pieces, size = list[bytes](), 0
        while size < blobs.PIECE and (piece := await anext(body, None)) is not None:
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces)

    while piece := anyio.from_thread.run(some):
        yield piece


@router.get("/blobs/{digest}", response_class=StreamingResponse)
async def open_blob(digest: Annotated[str, Path(pattern=DIGEST)], call: CallOf) -> StreamingResponse:
    """Bytes that one sent, or may read in a version; checked against their digest as they pass."""
    return await _streamed(call, await call.read(blobs.get, digest), {})


@router.post("/datasets", status_code=201)
async def register_dataset(asked: DatasetAsked, call: CallOf) -> DatasetShown:
    return await call.run(datasets.register, asked)


@router.get("/datasets")
async def list_datasets(asked: Annotated[DatasetsAsked, Query()], call: CallOf) -> Page[DatasetShown]:
    return await call.read(datasets.list, asked)


@router.get("/datasets/{dataset}")
async def get_dataset(dataset: str, call: CallOf) -> DatasetShown:
    return await call.read(datasets.get, dataset)


@router.post("/datasets/{dataset}/revisions", status_code=201)
async def revise_dataset(dataset: str, revision: Revision, call: CallOf) -> DatasetShown:
    return await call.run(datasets.revise, dataset, revision)


@router.post("/versions", status_code=201)
async def publish_version(asked: VersionAsked, call: CallOf) -> VersionShown:
    return await call.run(versions.publish, asked)


@router.get("/versions")
async def list_versions(asked: Annotated[VersionsAsked, Query()], call: CallOf) -> Page[VersionShown]:
    return await call.read(versions.list, asked)


@router.get("/versions/{version}")
async def get_version(version: str, call: CallOf) -> VersionShown:
    return await call.read(versions.get, version)


@router.get("/versions/{version}/files")
async def list_files(version: str, call: CallOf) -> tuple[FileShown, ...]:
    return await call.read(versions.files, version)


@router.get("/versions/{version}/files/{name}", response_class=StreamingResponse)
async def download_file(version: str, name: str, call: CallOf) -> StreamingResponse:
    """The bytes of one file, checked against their digest as they pass."""
    file = await call.read(versions.file, version, name)
    name = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return await _streamed(call, file.digest, {"content-length": str(file.bytes), "content-disposition": name})


async def _streamed(call: Desk, digest: str, headers: dict[str, str]) -> StreamingResponse:
    """The first piece is taken before the answer begins, so that what is missing is said as an error."""
    pieces = blobs.open(call.edge, digest)
    first = await anyio.to_thread.run_sync(next, pieces, b"")
    headers |= {"etag": f'"{digest}"', "x-content-type-options": "nosniff"}
    return StreamingResponse(chain((first,), pieces), media_type="application/octet-stream", headers=headers)


@router.get("/versions/{version}/profile")
async def get_profile(version: str, call: CallOf) -> ProfileShown:
    return await call.read(profiles.of, version)


@router.get("/versions/{version}/rows")
async def get_rows(version: str, asked: Annotated[RowsAsked, Query()], call: CallOf) -> RowsShown:
    return await call.read(profiles.rows, version, asked)


@router.get("/versions/{version}/validation")
async def get_validation(version: str, call: CallOf) -> ValidationShown:
    return await call.read(validation.of, version)


@router.post("/versions/{version}/validation", status_code=202)
async def validate_again(version: str, call: CallOf) -> VersionShown:
    return await call.run(validation.again, version)


@router.get("/versions/{version}/contract")
async def draft_contract(version: str, call: CallOf) -> Contract:
    return await call.read(validation.draft, version)


@router.get("/versions/{version}/access")
async def check_access(version: str, asked: Annotated[AccessAsked, Query()], call: CallOf) -> AccessVerdict:
    return await call.read(access.asked, version, asked)
