"""The Open Inference Protocol V2 over HTTP: bare ASGI, mounted at /v2. Who asks and what answers is cached for at most
`policy_seconds`, and never beyond the next commit in this process; so the stop button works at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import anyio.to_thread
import msgspec

from moyai.faces.standards import messages, tensors
from moyai.faces.standards.tensors import Asked, Output
from moyai.kernel import ids
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Failure, Invalid, TooLarge, Unavailable
from moyai.kernel.spool import Spool
from moyai.models import predictions, serving
from moyai.models.ports import Loaded
from moyai.models.predictions import Answered
from moyai.models.schema import Answering
from moyai.models.shelf import Shelf
from moyai.people.tokens import Door

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Key = tuple[str, str, int | None]

OFF_LOOP_ROWS = 256
"""A request with more rows is calculated in a thread, so that others do not wait for it."""
MOST_KNOWN = 10_000
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known about one token and one model."""

    answering: Answering
    model: Loaded | None
    rung: int
    until: float


class Answer(msgspec.Struct):
    model_name: str
    model_version: str
    id: str
    parameters: dict[str, str]
    outputs: list[Output]


class Inference:
    """The protocol over one open home."""

    def __init__(self, edge: Edge, door: Door) -> None:
        self._edge, self._door = edge, door
        self._shelf = Shelf(edge)
        self._spool = Spool(edge.home.spool, predictions.TOPIC)
        self._known: dict[Key, Ready] = {}
        self._asking: dict[tuple[Key, int], asyncio.Future[Ready]] = {}
        self._most = edge.settings.body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        arrived = time.perf_counter()
        try:
            status, body = 200, await self._route(scope, receive, arrived)
        except Failure as failure:
            status, body = messages.problem(failure)
        except Exception as wrong:  # a runtime may fail in any way; the caller is told, and the server goes on
            status, body = messages.problem(Failure(f"The model could not answer: {type(wrong).__name__}."))
        headers = [(b"content-type", b"application/json" if status == 200 else b"application/problem+json")]
        headers.append((b"content-length", str(len(body)).encode()))
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _route(self, scope: Scope, receive: Receive, arrived: float) -> bytes:
        path: str = scope["path"]
        parts = path.strip("/").split("/")[1:]
        if parts[:1] == ["health"] and parts[1:] in (["live"], ["ready"]):
            return _encode({parts[1]: True})
        headers = dict(scope["headers"])
        secret = messages.secret(headers)
        if not parts:
            await anyio.to_thread.run_sync(self._door.who, secret)
            return _encode({"name": "moyai", "version": version("moyai"), "extensions": ["binary_tensor_data"]})
        name, number, verb = messages.target(parts, path)
        messages.method(scope["method"], verb)
        ready = await self._ready((secret, name, number))
        if verb == "infer":
            return await self._infer(ready, headers, await self._body(receive), arrived)
        model = _open(ready)
        if verb == "ready":
            return _encode({"name": name, "ready": True})
        return _encode(messages.metadata(ready.answering, model.signature))

    async def _ready(self, key: Key) -> Ready:
        """From memory, while it holds; else from the database and the shelf, once for all who ask at the same time."""
        rung = self._edge.bell.rung
        known = self._known.get(key)
        if known is not None and known.rung == rung and known.until > time.monotonic():
            return known
        asking = self._asking.get((key, rung))
        if asking is None:
            asking = asyncio.ensure_future(anyio.to_thread.run_sync(self._ask, key, rung))
            self._asking[key, rung] = asking
            asking.add_done_callback(lambda _: self._asking.pop((key, rung), None))
        return await asyncio.shield(asking)

    def _ask(self, key: Key, rung: int) -> Ready:
        secret, name, number = key
        until = time.monotonic() + self._edge.settings.policy_seconds
        answering = self._edge.read(self._door.who(secret), serving.answering, name, number)
        model = None if answering.stopped is not None else self._shelf.loaded(answering.digest)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        ready = self._known[key] = Ready(answering, model, rung, until)
        return ready

    async def _infer(self, ready: Ready, headers: dict[bytes, bytes], body: bytes, arrived: float) -> bytes:
        model = _open(ready)
        asked, tail = tensors.read(body, headers)
        given = tensors.inputs(asked, tail, model.signature)
        names = tensors.wanted(asked, model.signature)
        arrays = {name: one.array for name, one in given.items()}
        rows = max(one.rows for one in given.values())
        if rows > OFF_LOOP_ROWS:
            found = await anyio.to_thread.run_sync(partial(model.predict, arrays))
        else:
            found = model.predict(arrays)
        answered = self._answered(ready.answering, asked, arrived)
        answered.inputs = {name: one.by_row() for name, one in given.items()}
        answered.outputs = {name: values.tolist() for name, values in found.items()}
        answered.millis = round((time.perf_counter() - arrived) * 1000, 3)
        self._spool.append(predictions.line(answered))
        outputs = [Output.of(one, found[one.name]) for one in model.signature.outputs if one.name in names]
        parameters = {"prediction": answered.first}
        return _encode(Answer(ready.answering.name, str(ready.answering.number), answered.request, parameters, outputs))

    def _answered(self, answering: Answering, asked: Asked, arrived: float) -> Answered:
        source = asked.parameters.get("source", "")
        if not isinstance(source, str) or len(source) > 80:
            raise Invalid("It is a name of at most 80 characters.", where="parameters.source")
        if len(asked.id) > 80:
            raise Invalid("It has at most 80 characters.", where="id")
        first = ids.new("prd")
        return Answered(
            first, answering.endpoint, answering.model_version, source, asked.id or first, time.time(), 0.0, {}, {}
        )

    async def _body(self, receive: Receive) -> bytes:
        message = await receive()
        body: bytes = message.get("body", b"")
        while message.get("more_body") and len(body) <= self._most:
            message = await receive()
            body += message.get("body", b"")
        if len(body) > self._most:
            raise TooLarge(f"A request may have {self._most} bytes here.", fix="Send the rows in several requests.")
        return body


class InFront:
    """Middleware: what is under /v2 goes to the protocol, all else to the application."""

    def __init__(self, app: Any, inference: Inference) -> None:
        self._app, self._inference = app, inference

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        chosen = self._inference if path.startswith("/v2/") or path == "/v2" else self._app
        await chosen(scope, receive, send)


def _open(ready: Ready) -> Loaded:
    if ready.model is None:
        raise Unavailable(
            f"The endpoint {ready.answering.name} is stopped: {str(ready.answering.stopped).rstrip('.')}.",
            fix="Ask its leader to resume it.",
            where=ready.answering.endpoint,
        )
    return ready.model
