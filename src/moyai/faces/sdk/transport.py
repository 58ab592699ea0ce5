"""HTTP to a Moyai server: shapes out, shapes in, and the server's errors raised again as what they were."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from moyai.kernel.errors import KINDS, Corrupt, Failure, Unavailable

T = TypeVar("T")
API = "/api/v1"


class Transport:
    """One connection pool, one token."""

    def __init__(self, url: str, token: str, socket: str | None = None, timeout: float = 60.0) -> None:
        """`socket` is the path of a Unix socket on which the server listens instead of a port."""
        road = httpx.HTTPTransport(uds=socket, retries=1)
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=url, headers=headers, transport=road, timeout=timeout)

    def get(self, path: str, shape: Any, asked: BaseModel | None = None) -> Any:
        return self._ask("GET", path, shape, params=_query(asked))

    def post(self, path: str, asked: BaseModel | None, shape: Any) -> Any:
        return self._ask("POST", path, shape, content=_body(asked), headers=_JSON)

    def put(self, path: str, asked: BaseModel | None, shape: Any) -> Any:
        return self._ask("PUT", path, shape, content=_body(asked), headers=_JSON)

    def delete(self, path: str) -> None:
        self._ask("DELETE", path, None)

    def send(self, path: str, chunks: Iterator[bytes], shape: Any, **query: str) -> Any:
        """Upload a stream; nothing of it is held in memory."""
        kind = {"content-type": "application/octet-stream"}
        return self._ask("POST", path, shape, content=chunks, headers=kind, params=query, timeout=None)

    def stream(self, path: str, **query: Any) -> Iterator[bytes]:
        """Download in pieces."""
        with _reached(self.http), self.http.stream("GET", API + path, params=query) as answer:
            if answer.is_error:
                answer.read()
                raise failure_of(answer)
            yield from answer.iter_bytes()

    def raw(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request to any path (the inference protocol, say); errors are raised as elsewhere."""
        with _reached(self.http):
            answer = self.http.request(method, path, **options)
        if answer.is_error:
            raise failure_of(answer)
        return answer

    def close(self) -> None:
        self.http.close()

    def _ask(self, method: str, path: str, shape: Any, **options: Any) -> Any:
        answer = self.raw(method, API + path, **options)
        if shape is None or answer.status_code == 204:
            return None
        return understood(shape, answer)


def understood(shape: Any, answer: httpx.Response) -> Any:
    """The answer as its shape. Raises Corrupt for one that does not fit (another version, or not a Moyai at all)."""
    try:
        return TypeAdapter(shape).validate_json(answer.content)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Corrupt(
            f"The server's answer is not understood: {place} {first['msg']}.",
            fix="Use a client of the same version as the server.", where=str(answer.url),
        ) from wrong  # fmt: skip


_JSON = {"content-type": "application/json"}


def _body(asked: BaseModel | None) -> bytes:
    return b"" if asked is None else asked.model_dump_json().encode()


def _query(asked: BaseModel | None) -> dict[str, Any]:
    return {} if asked is None else asked.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


@contextmanager
def _reached(http: httpx.Client) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as wrong:
        what = str(wrong) or type(wrong).__name__
        raise Unavailable(
            f"The server does not answer: {what}.", fix="Start it with `moyai up`, or check MOYAI_URL.",
            where=str(http.base_url),
        ) from wrong  # fmt: skip


def failure_of(answer: httpx.Response) -> Failure:
    """The error that the server raised, from its problem details."""
    try:
        body = answer.json()
        kind, facts = _kind(body, answer.status_code), dict(body.get("facts") or {})
        told = (str(body.get(key) or "") for key in ("detail", "fix", "where"))
    except (ValueError, TypeError, AttributeError):
        status = answer.status_code
        kind = Unavailable if status in (502, 503, 504) else Corrupt
        return kind(f"Not an answer of Moyai: HTTP {status}.", fix="Check MOYAI_URL.", where=str(answer.url))
    what, fix, where = told
    failure = kind(what or f"HTTP {answer.status_code}.", fix=fix, where=where)
    failure.facts = {str(key): value for key, value in facts.items()}
    return failure


def _kind(body: Any, status: int) -> type[Failure]:
    """By name; one that this client does not know, by its status."""
    named = KINDS.get(str(body.get("title")))
    return named or next((kind for kind in KINDS.values() if kind.status == status), Failure)
