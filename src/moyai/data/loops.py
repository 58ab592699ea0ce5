"""Inspection: read a published version outside any transaction, and apply the verdict if the lease still holds."""

from datetime import datetime

from moyai.data import profiles, validation
from moyai.data.schema import ValidationShown
from moyai.kernel import leases
from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Failure
from moyai.kernel.leases import Lease, Loop
from moyai.kernel.policy import moyai

WHO = moyai(validation.INSPECTION)
TRIES = 5
"""How often something outside may be unavailable before the version is rejected with that reason."""


def inspect(edge: Edge, lease: Lease) -> datetime | None:
    """Read one version and judge it; content that cannot be read is a verdict, not an error."""
    version, dataset = edge.read(WHO, validation.task, lease.key)
    try:
        profile = profiles.read(edge, version, dataset, edge.clock.now())
    except Failure as unreadable:
        if unreadable.retry and lease.failures < TRIES:
            raise
        reason = f"The files cannot be read. {unreadable}"

        def reject(call: Call) -> ValidationShown:
            leases.hold(call.session, lease)
            return validation.reject(call, version.id, reason)

        edge.run(WHO, reject)
        return None

    def judge(call: Call) -> ValidationShown:
        leases.hold(call.session, lease)
        return validation.judge(call, profile)

    edge.run(WHO, judge)
    return None


LOOPS = (Loop(validation.INSPECTION, inspect, seconds=600.0, at_once=2),)
