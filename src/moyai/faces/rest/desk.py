"""Where a request becomes a call (who asks, one verb, the answer) and errors become problem details (RFC 9457)."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

import anyio.to_thread
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Failure, Invalid, NotAuthenticated, NotFound, TooLarge
from moyai.kernel.policy import Who
from moyai.people.tokens import Door

P = ParamSpec("P")
R = TypeVar("R")
COOKIE = "moyai_session"
PROBLEM = "application/problem+json"
BY_STATUS = {400: Invalid, 404: NotFound, 413: TooLarge}
"""What FastAPI itself may say of a request, in our words."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """One request: the open home and who asks."""

    edge: Edge
    who: Who

    async def run(self, verb: Callable[Concatenate[Call, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """One verb in one transaction, off the event loop."""
        return await anyio.to_thread.run_sync(partial(self.edge.run, self.who, verb, *args, **kwargs))

    async def read(self, verb: Callable[Concatenate[Call, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """One verb that changes nothing."""
        return await anyio.to_thread.run_sync(partial(self.edge.read, self.who, verb, *args, **kwargs))


def secret_of(request: Request) -> str:
    """The bearer token, or the session's cookie. Raises NotAuthenticated; a token in a URL is not looked at."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret:
        return secret.strip()
    cookie = request.cookies.get(COOKIE)
    if cookie and request.method in ("GET", "HEAD"):
        return cookie
    raise NotAuthenticated("Nobody is named.", fix="Send `Authorization: Bearer <token>`.")


async def desk(request: Request) -> Desk:
    door: Door = request.app.state.door
    secret = secret_of(request)
    who = door.remembered(secret) or await anyio.to_thread.run_sync(door.who, secret)
    return Desk(request.app.state.edge, who)


CallOf = Annotated[Desk, Depends(desk)]


class Refused(HTTPException):
    """A failure met while a body is read: FastAPI turns any other error there into one of its own."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.status, failure.what)
        self.failure = failure


def problem(failure: Failure) -> JSONResponse:
    """A failure as problem details; `facts` travel beside."""
    body: dict[str, Any] = {
        "type": f"urn:moyai:problem:{failure.kind}",
        "title": failure.kind,
        "status": failure.status,
        "detail": failure.what,
        "fix": failure.fix,
        "where": failure.where,
        "retry": failure.retry,
        "facts": json.loads(to_json(failure.facts, bytes_mode="base64", fallback=str, inf_nan_mode="strings")),
    }
    headers = {"www-authenticate": "Bearer"} if failure.status == 401 else {}
    if failure.retry:
        headers["retry-after"] = "1"
    return JSONResponse(body, failure.status, headers, media_type=PROBLEM)


def handle_problems(app: FastAPI) -> None:
    """Map every error of a request in this one place."""

    async def failed(_request: Request, failure: Failure) -> JSONResponse:
        return problem(failure)

    async def invalid(_request: Request, wrong: RequestValidationError) -> JSONResponse:
        return problem(invalid_from(wrong))

    async def unknown(request: Request, wrong: HTTPException) -> JSONResponse:
        if isinstance(wrong, Refused):
            return problem(wrong.failure)
        kind = BY_STATUS.get(wrong.status_code)
        if kind is not None:
            return problem(kind(f"{wrong.detail}.", fix="See /api/v1/openapi.json.", where=request.url.path))
        told = str(wrong.detail)
        body = {"type": "about:blank", "title": told, "status": wrong.status_code, "detail": told}
        return JSONResponse(body, wrong.status_code, wrong.headers, media_type=PROBLEM)

    async def broken(request: Request, wrong: Exception) -> JSONResponse:
        log.error("unexpected error at %s %s", request.method, request.url.path, exc_info=wrong)
        return problem(Failure("Something unexpected happened; it is in the server's log.", fix="Tell the operator."))

    app.exception_handler(Failure)(failed)
    app.exception_handler(RequestValidationError)(invalid)
    app.exception_handler(HTTPException)(unknown)
    app.exception_handler(Exception)(broken)


def invalid_from(wrong: RequestValidationError) -> Failure:
    """What was wrong with a request's fields, each with its place; never the whole value that was sent."""
    errors = [error for error in wrong.errors() if error["loc"]]
    places = [".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0]) for error in errors]
    told = "; ".join(f"{place}: {error['msg']}" for place, error in zip(places, errors, strict=True))
    return Invalid(
        told or "The request is not understood.", fix="See /api/v1/openapi.json.", where=places[0] if places else ""
    )
