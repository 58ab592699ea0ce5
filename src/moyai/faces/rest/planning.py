"""Planning over REST: shape in, one call, shape out."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from moyai.faces.rest.desk import CallOf
from moyai.kernel.shapes import Page, PageAsked
from moyai.planning import drafts, indicators, pilots, reports
from moyai.planning.schema.declared import PilotFile
from moyai.planning.schema.records import (
    DraftAsked,
    Drafted,
    DraftOf,
    DraftQuestion,
    IndicatorShown,
    PilotAsked,
    PilotLine,
    PilotsAsked,
    PilotShown,
    ReportAsked,
    ReportShown,
    StepAsked,
    StepShown,
)

router = APIRouter(tags=["planning"])
Which = Annotated[PageAsked, Query()]


@router.post("/pilots", status_code=201)
async def declare_pilot(asked: PilotAsked, call: CallOf) -> PilotShown:
    return await call.run(pilots.declare, asked)


@router.post("/pilots/check")
async def check_pilot(asked: PilotAsked, call: CallOf) -> PilotFile:
    return await call.read(pilots.check, asked)


@router.get("/pilots/questions")
async def draft_questions(asked: Annotated[DraftOf, Query()], call: CallOf) -> tuple[DraftQuestion, ...]:
    return await call.read(drafts.questions, asked.version)


@router.post("/pilots/draft")
async def draft_pilot(asked: DraftAsked, call: CallOf) -> Drafted:
    return await call.read(drafts.draft, asked)


@router.get("/pilots")
async def list_pilots(asked: Annotated[PilotsAsked, Query()], call: CallOf) -> Page[PilotLine]:
    return await call.read(pilots.list, asked)


@router.get("/pilots/{pilot}")
async def get_pilot(pilot: str, call: CallOf) -> PilotShown:
    return await call.read(pilots.get, pilot)


@router.post("/pilots/{pilot}/steps")
async def record_step(pilot: str, asked: StepAsked, call: CallOf) -> StepShown:
    return await call.run(pilots.record, pilot, asked)


@router.get("/pilots/{pilot}/indicators")
async def list_indicators(pilot: str, asked: Which, call: CallOf) -> Page[IndicatorShown]:
    return await call.read(indicators.list, pilot, asked)


@router.post("/pilots/{pilot}/reports", status_code=201)
async def make_report(pilot: str, asked: ReportAsked, call: CallOf) -> ReportShown:
    written = await call.read(reports.write, pilot, asked)
    return await call.run(reports.keep, written)


@router.get("/pilots/{pilot}/reports")
async def list_reports(pilot: str, asked: Which, call: CallOf) -> Page[ReportShown]:
    return await call.read(reports.list, pilot, asked)


@router.get("/reports/{report}")
async def get_report(report: str, call: CallOf) -> ReportShown:
    return await call.read(reports.get, report)


@router.get("/reports/{report}/evidence", response_class=StreamingResponse)
async def get_evidence(report: str, call: CallOf) -> StreamingResponse:
    chunks: Iterator[bytes] = await call.read(reports.evidence, report)
    return StreamingResponse(chunks, media_type="application/json")


@router.get("/reports/{report}/document", response_class=StreamingResponse)
async def get_document(report: str, call: CallOf) -> StreamingResponse:
    chunks: Iterator[bytes] = await call.read(reports.document, report)
    return StreamingResponse(chunks, media_type="text/html; charset=utf-8")
