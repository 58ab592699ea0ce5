"""Usage: what jobs really used, as the operating system of their site measured it. Never guessed."""

from moyai.compute import store
from moyai.compute.events import UsageRecorded
from moyai.compute.ports import Measured
from moyai.compute.schema import UsageAsked, UsageShown
from moyai.compute.tables import Job, Usage
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page


def record(call: Call, job: Job, measured: Measured) -> UsageShown:
    """Keep what an ended job used, in the transaction that ends it, and so once."""
    row = Usage(
        id=ids.new("usg"), job=job.id, project=job.project, site=job.site,
        organisation=store.site(call.session, job.site).organisation, engine=job.engine,
        native_id=job.native_id or "", cpu_seconds=round(measured.cpu_seconds, 6),
        wall_seconds=round(measured.wall_seconds, 6), max_rss_bytes=measured.max_rss_bytes,
        read_bytes=measured.read_bytes, written_bytes=measured.written_bytes, basis=measured.basis, cores=job.cores,
        at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(UsageRecorded(about=row.id, job=job.id))
    return store.show_usage(row)


def of(call: Call, job: str) -> UsageShown | None:
    """What a job used; None while it runs, or when its engine could not measure. Raises NotAllowed."""
    call.require("usage.read", Thing("usage"))
    return store.usages(call.session, [job]).get(job)


def list(call: Call, asked: UsageAsked) -> Page[UsageShown]:
    """Newest first, by project, by the organisation whose site it was, or by site."""
    call.require("usage.read", Thing("usage"))
    return store.list_usage(call.session, asked)
