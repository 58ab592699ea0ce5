"""Planning through the SDK."""

from collections.abc import Iterator

from moyai.faces.sdk.transport import Transport
from moyai.kernel.shapes import Page, PageAsked
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

FIRST = PageAsked()


class Pilots:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def declare(self, asked: PilotAsked) -> PilotShown:
        return self._http.post("/pilots", asked, PilotShown)

    def check(self, asked: PilotAsked) -> PilotFile:
        return self._http.post("/pilots/check", asked, PilotFile)

    def draft(self, asked: DraftAsked) -> Drafted:
        return self._http.post("/pilots/draft", asked, Drafted)

    def questions(self, version: str) -> tuple[DraftQuestion, ...]:
        """What a draft needs to know about the table of a version."""
        return self._http.get("/pilots/questions", tuple[DraftQuestion, ...], DraftOf(version=version))

    def list(self, asked: PilotsAsked | None = None) -> Page[PilotLine]:
        return self._http.get("/pilots", Page[PilotLine], asked)

    def get(self, pilot: str) -> PilotShown:
        return self._http.get(f"/pilots/{pilot}", PilotShown)

    def record(self, pilot: str, asked: StepAsked) -> StepShown:
        return self._http.post(f"/pilots/{pilot}/steps", asked, StepShown)

    def indicators(self, pilot: str, asked: PageAsked = FIRST) -> Page[IndicatorShown]:
        return self._http.get(f"/pilots/{pilot}/indicators", Page[IndicatorShown], asked)


class Reports:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def make(self, pilot: str, asked: ReportAsked) -> ReportShown:
        return self._http.post(f"/pilots/{pilot}/reports", asked, ReportShown)

    def list(self, pilot: str, asked: PageAsked = FIRST) -> Page[ReportShown]:
        return self._http.get(f"/pilots/{pilot}/reports", Page[ReportShown], asked)

    def get(self, report: str) -> ReportShown:
        return self._http.get(f"/reports/{report}", ReportShown)

    def evidence(self, report: str) -> Iterator[bytes]:
        """`evidence.json`, in pieces."""
        return self._http.stream(f"/reports/{report}/evidence")

    def document(self, report: str) -> Iterator[bytes]:
        """`report.html`, in pieces."""
        return self._http.stream(f"/reports/{report}/document")
