"""Governance over REST: shape in, one call, shape out. Links of provenance are recorded by rooms, so only read here."""

from typing import Annotated

from fastapi import APIRouter, Query

from moyai.faces.rest.desk import CallOf
from moyai.governance import accountability, approvals, audit, procedures, provenance
from moyai.governance.schema import (
    AccountabilityAsked,
    AccountabilityShown,
    AnswerAsked,
    ApprovalAsked,
    ApprovalDecision,
    ApprovalsAsked,
    ApprovalShown,
    CommentAsked,
    CommentShown,
    Graph,
    LogAsked,
    ProcedureAsked,
    ProceduresAsked,
    ProcedureShown,
    WalkAsked,
)
from moyai.kernel.shapes import EntryShown, Page, Verified

router = APIRouter(tags=["governance"])


@router.post("/accountabilities", status_code=201)
async def assign_accountability(asked: AccountabilityAsked, call: CallOf) -> AccountabilityShown:
    return await call.run(accountability.assign, asked)


@router.get("/accountabilities/{subject}")
async def get_accountability(subject: str, call: CallOf) -> AccountabilityShown | None:
    return await call.read(accountability.of, subject)


@router.get("/accountabilities/{subject}/history")
async def list_accountabilities(subject: str, call: CallOf) -> tuple[AccountabilityShown, ...]:
    return await call.read(accountability.history, subject)


@router.post("/approvals", status_code=201)
async def request_approval(asked: ApprovalAsked, call: CallOf) -> ApprovalShown:
    return await call.run(approvals.request, asked)


@router.get("/approvals")
async def list_approvals(asked: Annotated[ApprovalsAsked, Query()], call: CallOf) -> Page[ApprovalShown]:
    return await call.read(approvals.list, asked)


@router.get("/approvals/{approval}")
async def get_approval(approval: str, call: CallOf) -> ApprovalShown:
    return await call.read(approvals.get, approval)


@router.post("/approvals/{approval}/decide")
async def decide_approval(approval: str, decision: ApprovalDecision, call: CallOf) -> ApprovalShown:
    return await call.run(approvals.decide, approval, decision)


@router.post("/procedures", status_code=201)
async def draft_procedure(asked: ProcedureAsked, call: CallOf) -> ProcedureShown:
    return await call.run(procedures.draft, asked)


@router.get("/procedures")
async def list_procedures(asked: Annotated[ProceduresAsked, Query()], call: CallOf) -> Page[ProcedureShown]:
    return await call.read(procedures.list, asked)


@router.get("/procedures/current/{subject}")
async def current_procedure(subject: str, call: CallOf) -> ProcedureShown | None:
    return await call.read(procedures.current, subject)


@router.get("/procedures/{procedure}")
async def get_procedure(procedure: str, call: CallOf) -> ProcedureShown:
    return await call.read(procedures.get, procedure)


@router.post("/procedures/{procedure}/comments", status_code=201)
async def comment_on_procedure(procedure: str, asked: CommentAsked, call: CallOf) -> CommentShown:
    return await call.run(procedures.comment, procedure, asked)


@router.post("/comments/{comment}/answer")
async def answer_comment(comment: str, asked: AnswerAsked, call: CallOf) -> CommentShown:
    return await call.run(procedures.answer, comment, asked)


@router.post("/procedures/{procedure}/enact")
async def enact_procedure(procedure: str, call: CallOf) -> ProcedureShown:
    return await call.run(procedures.enact, procedure)


@router.get("/provenance/{id}")
async def get_provenance(id: str, asked: Annotated[WalkAsked, Query()], call: CallOf) -> Graph:
    return await call.read(provenance.of, id, asked.depth, asked.direction)


@router.get("/audit/log")
async def read_log(asked: Annotated[LogAsked, Query()], call: CallOf) -> Page[EntryShown]:
    return await call.read(audit.log, asked)


@router.get("/audit/verify")
async def verify_log(call: CallOf) -> Verified:
    return await call.read(audit.verify)
