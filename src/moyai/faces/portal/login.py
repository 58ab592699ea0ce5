"""Login by token or by a one-time link, and logout. The secret travels in a form or a cookie, never in an address."""

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import APIRouter, FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse

from moyai.faces.portal import desk
from moyai.faces.portal.desk import COOKIE, PageRoute
from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotAllowed, NotAuthenticated, NotFound
from moyai.kernel.policy import Who
from moyai.kernel.shapes import Shape
from moyai.people import tokens
from moyai.people.schema import TokenAsked

SESSION = ("*.read", "dataset.download", "audit.verify", "token.revoke")
"""What a browser's session may ask for: to read, and to end itself."""
HOURS = 12.0
MARGIN = 0.001
"""Hours; so that a session made now does not outlive its token by the time this takes."""
SECONDS = 60
MOST_LINKS = 1000
router = APIRouter(route_class=PageRoute, include_in_schema=False)
api = APIRouter(tags=["portal"])


class LinkShown(Shape):
    """A one-time way into the portal."""

    path: str
    """Append it to the server's address; it works once."""
    seconds: int


@dataclass(slots=True)
class Links:
    """One-time codes of this process, by digest, each with who it lets in and until when."""

    _open: dict[str, tuple[float, Who]] = field(default_factory=dict[str, tuple[float, Who]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, who: Who, seconds: float) -> str:
        code, now = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            self._open = {key: kept for key, kept in self._open.items() if kept[0] > now}
            if len(self._open) >= MOST_LINKS:
                self._open.clear()
            self._open[_digest(code)] = (now + seconds, who)
        return code

    def redeem(self, code: str) -> Who:
        """Who the code lets in; it is spent. Raises NotFound, alike for unknown, spent and late ones."""
        with self._lock:
            until, who = self._open.pop(_digest(code), (0.0, None))
        if who is None or until <= time.monotonic():
            raise NotFound("This link was used before, or is too old.", fix="Ask for a new one.")
        return who


def offer(app: FastAPI, who: Who, seconds: float = SECONDS) -> str:
    """The path of a new one-time link, valid for `seconds`, that logs `who` in at this process."""
    return f"/login/{_links(app).issue(who, seconds)}"


@api.post("/api/v1/portal/links", status_code=201)
async def create_link(request: Request) -> LinkShown:
    """A one-time link for who asks, with the token in the header; a cookie does not count."""
    who = await desk.who_is(request, desk.bearer(request))
    return LinkShown(path=offer(request.app, who), seconds=SECONDS)


@router.get("/login")
async def login_page(request: Request, next: str = "/") -> Response:
    return desk.page(request, "login.html", next=_local(next), wrong=False)


@router.post("/login")
async def log_in(request: Request, token: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/") -> Response:
    _from_here(request)
    try:
        who = await desk.who_is(request, token.strip())
    except NotAuthenticated:
        return desk.page(request, "login.html", 401, next=_local(next), wrong=True)
    return await _enter(request, who, _local(next), token.strip())


@router.get("/login/{code}")
async def log_in_once(request: Request, code: str) -> Response:
    return await _enter(request, _links(request.app).redeem(code), "/", "")


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """Forget the session here, and end it at the server if it was made for the portal."""
    _from_here(request)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, path="/")
    try:
        who = await desk.who_is(request, request.cookies.get(COOKIE, ""))
    except NotAuthenticated:
        return answer
    if who.scopes == SESSION and who.token:
        await anyio.to_thread.run_sync(partial(request.app.state.edge.run, who, tokens.revoke, who.token))
    return answer


async def _enter(request: Request, who: Who, there: str, fallback: str) -> Response:
    """Start a session that may only read; a token too narrow to make one serves as it is."""
    try:
        secret = await anyio.to_thread.run_sync(_session, request.app, who)
    except NotAllowed:
        if not fallback:
            raise
        secret = fallback
    answer = RedirectResponse(there, 303)
    answer.set_cookie(
        COOKIE, secret, max_age=int(HOURS * 3600), path="/", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


def _session(app: FastAPI, who: Who) -> str:
    """A token for the browser; it ends with the one that it was made with, if that is sooner."""
    edge: Edge = app.state.edge
    left = (who.expires - edge.clock.now()).total_seconds() / 3600 - MARGIN if who.expires else HOURS
    hours = max(min(HOURS, left), MARGIN)
    asked = TokenAsked(person=who.person, label="portal", scopes=SESSION, hours=hours, scripted=who.scripted)
    return edge.run(who, tokens.issue, asked).secret


def _local(there: str) -> str:
    """An address on this server, or the overview."""
    parts = urlsplit(there)
    safe = there.startswith("/") and not there.startswith("//") and "\\" not in there and there.isprintable()
    return there if safe and not parts.scheme and not parts.netloc else "/"


def _from_here(request: Request) -> None:
    """Raises NotAllowed for a form that another site sent."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if origin is not None and urlsplit(origin).netloc != host:
        raise NotAllowed("This form was sent from another site.", fix="Open the portal itself.")


def _links(app: FastAPI) -> Links:
    if not hasattr(app.state, "links"):
        app.state.links = Links()
    return app.state.links


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
