"""Pages of compute: sites, allocations, jobs with why, use, log and artifacts, transforms."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

from moyai.compute import allocations, jobs, sites, transforms, usage
from moyai.compute.schema import (
    AllocationsAsked,
    AllocationShown,
    JobsAsked,
    JobShown,
    LogAsked,
    SiteShown,
    UsageAsked,
    UsageShown,
)
from moyai.faces.portal.record import Block, Kind, Listing, View, unknown
from moyai.faces.portal.shown import Cell
from moyai.kernel.call import Call
from moyai.kernel.shapes import PageAsked
from moyai.kernel.wording import mark

ALLOCATION = ("id", "project", "site", "core_hours", "reserved", "used", "left", "end")
JOB = ("id", "project", "site", "state", "requester", "queued_at", "ended_at")
TAIL = 6000
"""Characters of a log that a page shows."""
PIECES = 64
"""Pieces read in search of the end; a longer log is for the command."""


def used(call: Call, record: str) -> UsageShown:
    """One usage record by its id."""
    cursor = None
    while True:
        page = usage.list(call, UsageAsked(limit=200, cursor=cursor))
        found = next((row for row in page.items if row.id == record), None)
        if found is not None:
            return found
        if page.next is None:
            raise unknown(record)
        cursor = page.next


def of_site(view: View, shown: SiteShown) -> Iterable[Block]:
    if shares := view.maybe(allocations.list, AllocationsAsked(site=shown.id)):
        yield view.block("Allocations", shares, columns=ALLOCATION)
    if newest := view.maybe(jobs.list, JobsAsked(site=shown.id, limit=10)):
        yield view.block("Newest jobs", newest, columns=JOB)


def of_allocation(view: View, shown: AllocationShown) -> Iterable[Block]:
    if newest := view.maybe(jobs.list, JobsAsked(project=shown.project, site=shown.site, limit=10)):
        yield view.block("Newest jobs of the project there", newest, columns=JOB)


def of_job(view: View, shown: JobShown) -> Iterable[Block]:
    if why := view.maybe(jobs.why, shown.id):
        yield view.block("Why", why.sentences)
    if found := shown.usage:
        names = ("cpu_seconds", "wall_seconds", "max_rss_bytes", "read_bytes", "written_bytes")
        yield view.tiles("What it used", {name: getattr(found, name) for name in names})
    for name in ("stdout", "stderr"):
        text = view.maybe(tail, shown.id, name)
        if text:
            yield Block(view.say("What it wrote ({name})", name=name), Cell("log", text))
    if left := view.maybe(jobs.artifacts, shown.id):
        yield view.block("What it left", left, columns=("id", "bytes", "digest"))


def tail(call: Call, job: str, name: Literal["stdout", "stderr"]) -> str:
    """The end of what a job wrote."""
    text, offset = "", 0
    for _ in range(PIECES):
        piece = jobs.log(call, job, LogAsked(name=name, offset=offset))
        text, moved = (text + piece.text)[-TAIL:], piece.offset > offset
        offset = piece.offset
        if not moved:
            break
    return text.strip("\n")


def of(attribute: str) -> Callable[[Any], str]:
    return lambda shown: str(getattr(shown, attribute))


KINDS = (
    Kind("sit", mark("Site"), sites.get, blocks=of_site, listing=Listing(
        "sites", mark("Sites"),
        lambda call, cursor: sites.list(call, PageAsked(cursor=cursor)),
        ("id", "organisation", "engine", "resources", "in_use", "waiting"),
    )),
    Kind("alc", mark("Allocation"), allocations.get, blocks=of_allocation, named=False, listing=Listing(
        "allocations", mark("Allocations"),
        lambda call, cursor: allocations.list(call, AllocationsAsked(cursor=cursor)),
        ALLOCATION, main=False,
    )),
    Kind("job", mark("Job"), jobs.get, blocks=of_job, hidden=("usage",), listing=Listing(
        "jobs", mark("Jobs"),
        lambda call, cursor: jobs.list(call, JobsAsked(cursor=cursor)),
        JOB,
    )),
    Kind("art", mark("Artifact"), jobs.artifact),
    Kind("trf", mark("Transform"), transforms.get, name=of("transform")),
    Kind("usg", mark("Usage record"), used, named=False),
)  # fmt: skip
