"""Predictions: logged on the hot path into a spool, moved into the database in bulk, listed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from moyai.kernel import ids, spool
from moyai.kernel.call import Call
from moyai.kernel.shapes import Page
from moyai.models import scopes
from moyai.models.schema import PredictionsAsked, PredictionShown
from moyai.models.store import endpoints, monitors
from moyai.models.store import predictions as store

TOPIC = "predictions"
BATCH = 256 << 10
"""Bytes of the spool moved in one transaction: about a thousand rows, so that the hot path waits little for it."""
WATCH = "models.monitoring"
"""The loop that looks at what an endpoint is asked."""


class Answered(msgspec.Struct, array_like=True):
    """One request as it stands in the spool: every row with its answer. Written before the answer is sent."""

    first: str
    """Id of the first row's prediction; the rows after it follow by one."""
    endpoint: str
    model_version: str
    source: str
    request: str
    at: float
    """Seconds since 1970."""
    millis: float
    inputs: dict[str, list[Any]]
    """By name, one entry a row."""
    outputs: dict[str, list[Any]]


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Answered)


def line(answered: Answered) -> bytes:
    """One line of the spool, without its newline."""
    return _encode(answered)


def read(line: bytes) -> Answered:
    return _decoder.decode(line)


def identifier(first: str, index: int) -> str:
    """Id of the row at `index` (from 0) of a request whose first row has the id `first`."""
    if not index:
        return first
    number = 0
    for digit in first.removeprefix("prd_"):
        number = number * 32 + ids.ALPHABET.index(digit)
    return f"prd_{ids.encode((number + index) % 32**ids.LENGTH)}"


def drain(call: Call, file: Path) -> int:
    """Move what is new in one spool file into the database, and wake the monitors of the endpoints concerned.

    Returns how many requests were moved; for the loop alone.
    """
    seen: set[str] = set()

    def apply(lines: Sequence[bytes]) -> None:
        rows = [row for one in map(read, lines) for row in _rows(one)]
        seen.update(row["endpoint"] for row in rows)
        if rows:
            store.insert_all(call.session, rows)

    moved = spool.drain(call.session, file, apply, BATCH)
    for monitor in monitors.of_endpoints(call.session, seen):
        call.later(WATCH, monitor)
    return moved


def get(call: Call, prediction: str) -> PredictionShown:
    """Raises NotFound or NotAllowed."""
    row = store.prediction(call.session, prediction)
    endpoint = endpoints.endpoint(call.session, row.endpoint)
    call.require("prediction.read", scopes.thing(call, ("prediction", row.id), endpoint.project))
    return store.show(call.session, row)


def list(call: Call, asked: PredictionsAsked) -> Page[PredictionShown]:
    """Predictions of one endpoint, newest first. Raises NotFound or NotAllowed."""
    endpoint = endpoints.endpoint(call.session, asked.endpoint)
    call.require("prediction.read", scopes.thing(call, ("prediction", ""), endpoint.project))
    return store.predictions(call.session, endpoint.id, asked)


def _rows(one: Answered) -> Iterable[dict[str, Any]]:
    at = datetime.fromtimestamp(one.at, UTC)
    count = len(next(iter(one.inputs.values()), ()))
    for index in range(count):
        yield {
            "id": identifier(one.first, index),
            "endpoint": one.endpoint,
            "model_version": one.model_version,
            "source": one.source,
            "request": one.request,
            "inputs": {name: rows[index] for name, rows in one.inputs.items()},
            "outputs": {name: rows[index] for name, rows in one.outputs.items()},
            "at": at,
            "millis": one.millis,
        }
