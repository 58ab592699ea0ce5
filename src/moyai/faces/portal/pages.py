"""The portal's routes: the overview, a page for every record, lists, the journal. All are read-only."""

from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from moyai.faces.portal import desk, overview
from moyai.faces.portal.desk import PageRoute, VisitOf
from moyai.faces.portal.kinds import ELSEWHERE, KINDS, LISTINGS
from moyai.faces.portal.record import compose, unknown
from moyai.kernel import ids
from moyai.kernel.errors import NotFound
from moyai.kernel.wording import say
from moyai.planning import reports

DOCUMENT = (
    "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; "
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A report brings its own style and switch; it is shown apart from the portal's session."""
router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
async def first(request: Request, visit: VisitOf) -> Response:
    blocks = await visit.read(overview.compose, visit.language)
    return desk.page(request, "overview.html", who=visit.who, blocks=blocks, listings=LISTINGS)


@router.get("/r/{record}")
async def show(request: Request, record: str, visit: VisitOf) -> Response:
    elsewhere = ELSEWHERE.get(ids.kind_of(record))
    if elsewhere:
        raise NotFound(say(elsewhere, visit.language), where=record)
    found = await visit.read(compose, record, visit.language, KINDS)
    return desk.page(request, "record.html", who=visit.who, record=found, listings=LISTINGS)


@router.get("/r/{record}/document")
async def document(record: str, visit: VisitOf) -> Response:
    chunks: Iterator[bytes] = await visit.read(reports.document, _report(record))
    headers = {"content-security-policy": DOCUMENT}
    return StreamingResponse(chunks, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/r/{record}/evidence")
async def evidence(record: str, visit: VisitOf) -> Response:
    chunks: Iterator[bytes] = await visit.read(reports.evidence, _report(record))
    return StreamingResponse(chunks, media_type="application/json")


@router.get("/all/{word}")
async def listed(request: Request, word: str, visit: VisitOf, cursor: str | None = None) -> Response:
    if word not in LISTINGS:
        raise NotFound("There is no such list.", fix="Go back to the overview.", where=word)
    cell, following = await visit.read(overview.listing, word, visit.language, cursor)
    return desk.page(
        request, "list.html", who=visit.who, title=LISTINGS[word].title, rows=cell, following=following,
        listings=LISTINGS, check=None,
    )  # fmt: skip


@router.get("/journal")
async def journal(request: Request, visit: VisitOf, cursor: str | None = None, check: bool = False) -> Response:
    """The journal; `?check=true` recomputes its whole chain."""
    cell, following = await visit.read(overview.journal, visit.language, cursor)
    found = await visit.read(overview.checked, visit.language) if check else None
    return desk.page(
        request, "list.html", who=visit.who, title="Journal", rows=cell, following=following, listings=LISTINGS,
        check=found,
    )  # fmt: skip


@router.get("/portal/style.css")
async def style() -> Response:
    return Response(desk.STYLE, media_type="text/css", headers={"cache-control": "public, max-age=86400"})


@router.get("/portal/mark.svg")
async def mark() -> Response:
    return Response(desk.MARK, media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"})


def _report(record: str) -> str:
    if ids.kind_of(record) != "rpt":
        raise unknown(record)
    return record
