"""What models does again and again: move logged predictions into the database, and look at windows of them."""

from datetime import datetime, timedelta
from pathlib import Path

import psutil

from moyai.kernel import leases, spool
from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.leases import Lease, Loop
from moyai.kernel.policy import moyai
from moyai.models import monitoring, predictions, serving
from moyai.models.monitoring import Look, Piece
from moyai.models.ports import Detector, Shift
from moyai.models.shelf import at_hand

BUSY, IDLE = timedelta(seconds=1), timedelta(seconds=2)
"""How soon to look for predictions again: after some came, and after none did."""
AT_ONCE = 40
"""Windows compared in one step."""
MOYAI = moyai("models")


def drain(edge: Edge, lease: Lease) -> datetime | None:
    """Move what was logged since, and clear away files that nobody writes to any more."""
    moved = 0
    for file in spool.files(edge.home.spool, predictions.TOPIC):
        while not _drained(edge, file) and (count := edge.run(MOYAI, _drain, lease, file)):
            moved += count
        if _left(file) and _drained(edge, file):
            file.unlink(missing_ok=True)
    return edge.clock.now() + (BUSY if moved else IDLE)


def watch(edge: Edge, lease: Lease) -> datetime | None:
    """Compare the windows of one monitor that are complete; drained predictions make it due again."""
    seen = edge.read(MOYAI, monitoring.look, lease.key, AT_ONCE)
    if not seen.pieces:
        return None
    detector: Detector = edge.engines.get("detectors", "ks")
    reference = detector.read(at_hand(edge, seen.digest, ".npz"))
    found = [(piece, reference.compare(piece.columns, seen.alpha)) for piece in seen.pieces]
    edge.run(MOYAI, _assessed, lease, seen, found)
    return edge.clock.now()


def _drain(call: Call, lease: Lease, file: Path) -> int:
    leases.hold(call.session, lease, call.now + timedelta(seconds=60))
    return predictions.drain(call, file)


def _assessed(call: Call, lease: Lease, seen: Look, found: list[tuple[Piece, tuple[Shift, ...]]]) -> None:
    leases.hold(call.session, lease)
    for piece, shifts in found:
        monitoring.assessed(call, seen.monitor, piece, shifts)


def _drained(edge: Edge, file: Path) -> bool:
    with edge.database.reading() as session:
        return spool.drained(session, file)


def _left(file: Path) -> bool:
    """Whether the process that wrote this file is gone, by the number in its name."""
    return not psutil.pid_exists(int(file.name.split("-")[1]))


LOOPS = (
    Loop(serving.DRAIN, drain, at_once=1),
    Loop(predictions.WATCH, watch, at_once=2),
)
