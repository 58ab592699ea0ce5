"""Monitors: windows of what an endpoint is asked, beside the rows that its model learned from; drift announced once."""

from collections.abc import Sequence
from dataclasses import dataclass

from moyai.compute import jobs
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, NotFound
from moyai.kernel.shapes import Page
from moyai.models import rules, scopes
from moyai.models.events import DriftFound, MonitorSet
from moyai.models.ports import Shift
from moyai.models.predictions import WATCH
from moyai.models.schema import ColumnShown, MonitorAsked, MonitorShown, WindowsAsked, WindowShown
from moyai.models.store import endpoints, predictions, runs
from moyai.models.store import monitors as store
from moyai.models.tables import Endpoint, ModelVersion, Monitor, Prediction, Window


@dataclass(frozen=True, slots=True)
class Piece:
    """A complete window that nobody has looked at yet."""

    source: str
    number: int
    first: str
    last: str
    through: int
    rows: int
    columns: dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to be compared for one monitor now, and with what."""

    monitor: str
    digest: str
    alpha: float
    pieces: tuple[Piece, ...]


def watch(call: Call, asked: MonitorAsked) -> MonitorShown:
    """Compare what an endpoint is asked, from its first prediction on, with the reference, window by window.

    A watch with the same figures that is there already is given back. Raises NotAllowed, NotFound, or Conflict when
    the model version has no reference of its own and none is named.
    """
    endpoint = endpoints.endpoint(call.session, asked.endpoint)
    call.require("monitor.set", scopes.thing(call, ("monitor", ""), endpoint.project))
    version = runs.version(call.session, endpoint.model_version)
    reference, digest = _reference(call, asked, version)
    same = store.same(call.session, (endpoint.id, reference, asked.window, asked.alpha))
    if same is not None:
        return store.show(call.session, same)
    row = Monitor(
        id=ids.new("mon"), endpoint=endpoint.id, reference=reference, digest=digest, features=version.features,
        window=asked.window, alpha=asked.alpha, at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(MonitorSet(about=row.id, endpoint=row.endpoint, window=row.window))
    call.later(WATCH, row.id)
    return store.show(call.session, row)


def get(call: Call, monitor: str) -> MonitorShown:
    """With windows and alarms counted by source. Raises NotFound or NotAllowed."""
    row = _read(call, monitor)
    return store.show(call.session, row)


def of(call: Call, endpoint: str) -> tuple[MonitorShown, ...]:
    """The monitors of an endpoint, newest first. Raises NotFound or NotAllowed."""
    row = endpoints.endpoint(call.session, endpoint)
    _may_read(call, row)
    return store.monitors(call.session, row.id)


def windows(call: Call, monitor: str, asked: WindowsAsked) -> Page[WindowShown]:
    """The windows of a monitor, newest first. Raises NotFound or NotAllowed."""
    return store.windows(call.session, _read(call, monitor).id, asked)


def window(call: Call, window: str) -> WindowShown:
    """Raises NotFound or NotAllowed."""
    row = store.window(call.session, window)
    _read(call, row.monitor)
    return store.show_window(row)


def look(call: Call, monitor: str, most: int) -> Look:
    """Up to `most` complete windows that were not compared yet, oldest first in each source; for the loop alone."""
    row = store.monitor(call.session, monitor)
    pieces: tuple[Piece, ...] = ()
    for source, last in predictions.sources(call.session, row.endpoint):
        if len(pieces) < most:
            pieces += _pieces(call, row, (source, last), most - len(pieces))
    return Look(row.id, row.digest, row.alpha, pieces)


def assessed(call: Call, monitor: str, piece: Piece, shifts: tuple[Shift, ...]) -> None:
    """Keep what the comparison of one window found, and announce drift when it begins; for the loop alone."""
    row = store.monitor(call.session, monitor)
    before = store.last(call.session, row.id, piece.source)
    if before is not None and before.number >= piece.number:
        return
    columns = [ColumnShown(name=one.name, statistic=one.statistic, p=one.p, changed=one.changed) for one in shifts]
    changed = [one.name for one in sorted(columns, key=lambda one: (one.p, -one.statistic)) if one.changed]
    made = Window(
        id=ids.new("win"), monitor=row.id, source=piece.source, number=piece.number, first=piece.first,
        last=piece.last, through=piece.through, rows=piece.rows, alarm=bool(changed), changed=changed,
        columns=[one.model_dump() for one in columns], at=call.now,
    )  # fmt: skip
    store.add(call.session, made)
    if rules.onset(made.alarm, before is not None and before.alarm):
        call.announce(
            DriftFound(about=row.endpoint, monitor=row.id, window=made.id, source=made.source, columns=tuple(changed))
        )


def _pieces(call: Call, row: Monitor, source: tuple[str, int], most: int) -> tuple[Piece, ...]:
    """Windows of one source, which never reach into another one."""
    name, last = source
    before = store.last(call.session, row.id, name)
    through, number = (before.through, before.number) if before else (0, 0)
    if last <= through:
        return ()
    rows = predictions.following(call.session, row.endpoint, name, through, row.window * most)
    starts = range(0, len(rows) - row.window + 1, row.window)
    return tuple(
        _piece(row, name, number + place, rows[start : start + row.window]) for place, start in enumerate(starts, 1)
    )


def _piece(row: Monitor, source: str, number: int, rows: Sequence[Prediction]) -> Piece:
    columns = rules.columns([one.inputs for one in rows], row.features)
    return Piece(source, number, rows[0].id, rows[-1].id, rows[-1].seq, len(rows), columns)


def _reference(call: Call, asked: MonitorAsked, version: ModelVersion) -> tuple[str, str]:
    """The artifact with the reference rows: its id and digest."""
    wanted = asked.reference or version.reference
    if wanted is None:
        raise Conflict(
            f"The model version {version.id} came without reference rows.",
            fix="Name an artifact that holds them.",
            where="reference",
        )
    run = runs.run(call.session, version.run)
    for artifact in jobs.artifacts(scopes.as_moyai(call), run.job):
        if artifact.id == wanted:
            return artifact.id, artifact.digest
    raise NotFound(f"The run {run.id} left no artifact {wanted!r}.", where="reference")


def _read(call: Call, monitor: str) -> Monitor:
    row = store.monitor(call.session, monitor)
    _may_read(call, endpoints.endpoint(call.session, row.endpoint))
    return row


def _may_read(call: Call, endpoint: Endpoint) -> None:
    call.require("monitor.read", scopes.thing(call, ("monitor", ""), endpoint.project))
