"""Where a request for a page becomes a visit (who asks, in which language), and errors become pages."""

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote, urlencode

import anyio.to_thread
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from moyai.kernel import wording
from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Failure, Invalid, NotAuthenticated
from moyai.kernel.policy import Who
from moyai.people.tokens import Door

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)
COOKIE = "moyai_session"
SPOKEN = "moyai_language"
YEAR = 365 * 86400
STYLE = (files("moyai.faces.portal") / "static" / "portal.css").read_bytes()
MARK = (files("moyai.faces.portal") / "static" / "mark.svg").read_bytes()
STYLE_AT = f"/portal/style.css?{sha256(STYLE).hexdigest()[:12]}"
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-cache",
    "vary": "cookie, accept-language",
}
"""On every page; a route may set its own instead."""
ENVIRONMENT = Environment(
    loader=PackageLoader("moyai.faces.portal"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One page asked for: the open home, who asks, and the language to answer in."""

    edge: Edge
    who: Who
    language: str

    async def read(self, verb: Callable[Concatenate[Call, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """One verb that changes nothing, off the event loop."""
        return await anyio.to_thread.run_sync(partial(self.edge.read, self.who, verb, *args, **kwargs))


async def visit(request: Request) -> Visit:
    """Who asks for a page: by the session's cookie, or by a bearer token. Raises NotAuthenticated."""
    who = await who_is(request, bearer(request) or request.cookies.get(COOKIE, ""))
    return Visit(request.app.state.edge, who, language_of(request))


def bearer(request: Request) -> str:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


async def who_is(request: Request, secret: str) -> Who:
    """Raises NotAuthenticated."""
    if not secret:
        raise NotAuthenticated("Nobody is named.", fix="Log in.")
    door: Door = request.app.state.door
    return door.remembered(secret) or await anyio.to_thread.run_sync(door.who, secret)


VisitOf = Annotated[Visit, Depends(visit)]


def language_of(request: Request) -> str:
    """`?lang=`, then the cookie that it left, then what the browser prefers; else English."""
    preferred = [part.strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")]
    wanted = (request.query_params.get("lang"), request.cookies.get(SPOKEN), *preferred)
    return next((one for one in wanted if one in wording.LANGUAGES), wording.LANGUAGES[0])


def page(request: Request, template: str, status: int = 200, who: Who | None = None, **values: Any) -> HTMLResponse:
    """A page of the template, in the visitor's language."""
    language = language_of(request)
    other = next(one for one in wording.LANGUAGES if one != language)
    kept = {key: value for key, value in request.query_params.items() if key not in ("lang", "next")}
    body = ENVIRONMENT.get_template(template).render(
        t=partial(say, language), language=language, other=other, who=who, style=STYLE_AT, path=request.url.path,
        switch=f"{quote(request.url.path)}?{urlencode({**kept, 'lang': other})}", **values,
    )  # fmt: skip
    return HTMLResponse(body, status)


def say(language: str, text: str, **values: object) -> str:
    return wording.say(text, language, **values)


class PageRoute(APIRoute):
    """A route whose answers are for browsers: errors are pages, and every answer carries the safe headers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                response = await answer(request)
            except Exception as wrong:  # whatever it was, a person reads the answer
                response = failed(request, wrong)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            if request.query_params.get("lang") in wording.LANGUAGES:
                response.set_cookie(SPOKEN, language_of(request), max_age=YEAR, samesite="lax", path="/")
            return response

        return answered


def failed(request: Request, wrong: Exception) -> Response:
    """An error as a page; who is not known is asked to log in."""
    if isinstance(wrong, NotAuthenticated):
        return _unknown(request)
    if isinstance(wrong, RequestValidationError):
        wrong = Invalid("The address is not understood.", fix="Go back to the overview.")
    if not isinstance(wrong, Failure):
        log.error("unexpected error at %s %s", request.method, request.url.path, exc_info=wrong)
        wrong = Failure("Something unexpected happened; it is in the server's log.", fix="Tell the operator.")
    return page(request, "failure.html", wrong.status, failure=wrong)


def _unknown(request: Request) -> Response:
    """To the login; but a link from another site (a report on disk) comes without the strict cookie, so ask again."""
    there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("sec-fetch-site") == "cross-site":
        return page(request, "again.html", there=there)
    answer = RedirectResponse(f"/login?next={quote(there, safe='')}", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer
