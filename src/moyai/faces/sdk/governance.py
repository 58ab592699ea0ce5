"""Governance through the SDK: the same nouns and verbs as everywhere."""

from moyai.faces.sdk.transport import Transport
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
    Direction,
    Graph,
    LogAsked,
    ProcedureAsked,
    ProceduresAsked,
    ProcedureShown,
    WalkAsked,
)
from moyai.kernel.shapes import EntryShown, Page, Verified

ANY_APPROVAL = ApprovalsAsked()
ANY_PROCEDURE = ProceduresAsked()
ANY_ENTRY = LogAsked()


class Accountability:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def assign(self, asked: AccountabilityAsked) -> AccountabilityShown:
        return self._http.post("/accountabilities", asked, AccountabilityShown)

    def of(self, subject: str) -> AccountabilityShown | None:
        """Who answers for it now."""
        return self._http.get(f"/accountabilities/{subject}", AccountabilityShown | None)

    def history(self, subject: str) -> tuple[AccountabilityShown, ...]:
        return self._http.get(f"/accountabilities/{subject}/history", tuple[AccountabilityShown, ...])


class Approvals:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def request(self, asked: ApprovalAsked) -> ApprovalShown:
        return self._http.post("/approvals", asked, ApprovalShown)

    def decide(self, approval: str, decision: ApprovalDecision) -> ApprovalShown:
        return self._http.post(f"/approvals/{approval}/decide", decision, ApprovalShown)

    def get(self, approval: str) -> ApprovalShown:
        return self._http.get(f"/approvals/{approval}", ApprovalShown)

    def of(self, subject: str) -> tuple[ApprovalShown, ...]:
        """The newest approvals of a subject, at most 200."""
        return self.list(ApprovalsAsked(subject=subject, limit=200)).items

    def list(self, asked: ApprovalsAsked = ANY_APPROVAL) -> Page[ApprovalShown]:
        return self._http.get("/approvals", Page[ApprovalShown], asked)


class Procedures:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def draft(self, asked: ProcedureAsked) -> ProcedureShown:
        return self._http.post("/procedures", asked, ProcedureShown)

    def comment(self, procedure: str, asked: CommentAsked) -> CommentShown:
        return self._http.post(f"/procedures/{procedure}/comments", asked, CommentShown)

    def answer(self, comment: str, asked: AnswerAsked) -> CommentShown:
        return self._http.post(f"/comments/{comment}/answer", asked, CommentShown)

    def enact(self, procedure: str) -> ProcedureShown:
        return self._http.post(f"/procedures/{procedure}/enact", None, ProcedureShown)

    def current(self, subject: str) -> ProcedureShown | None:
        """The version in force."""
        return self._http.get(f"/procedures/current/{subject}", ProcedureShown | None)

    def get(self, procedure: str) -> ProcedureShown:
        return self._http.get(f"/procedures/{procedure}", ProcedureShown)

    def list(self, asked: ProceduresAsked = ANY_PROCEDURE) -> Page[ProcedureShown]:
        return self._http.get("/procedures", Page[ProcedureShown], asked)


class Provenance:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def of(self, id: str, depth: int = 3, direction: Direction = "both") -> Graph:
        return self._http.get(f"/provenance/{id}", Graph, WalkAsked(depth=depth, direction=direction))


class Audit:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def log(self, asked: LogAsked = ANY_ENTRY) -> Page[EntryShown]:
        return self._http.get("/audit/log", Page[EntryShown], asked)

    def verify(self) -> Verified:
        return self._http.get("/audit/verify", Verified)
