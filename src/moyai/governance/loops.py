"""What governance does from time to time: anchor the journal's head outside the database."""

from datetime import datetime, timedelta

from moyai.governance import audit
from moyai.kernel import journal
from moyai.kernel.edge import Edge
from moyai.kernel.leases import Lease, Loop


def anchor(edge: Edge, lease: Lease) -> datetime:
    """Note the head if it moved, so that a cut tail or a recomputed chain is found; look again later."""
    with edge.database.reading() as session:
        journal.anchor(session, edge.home.anchors, edge.clock.now())
    return edge.clock.now() + timedelta(seconds=edge.settings.anchor_seconds)


LOOPS = (Loop(audit.ANCHOR, anchor),)
STARTS = (audit.begin,)
"""Verbs that a worker calls once, as Moyai, when it starts: they make the first rows due."""
