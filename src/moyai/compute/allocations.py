"""Allocations: a project's share at one site, in core-hours: granted, held by jobs, used."""

from decimal import Decimal

from moyai.compute import rules, sites, store
from moyai.compute.events import AllocationGranted
from moyai.compute.rules import Balance
from moyai.compute.schema import AllocationAsked, AllocationsAsked, AllocationShown
from moyai.compute.tables import Allocation
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.people import projects


def grant(call: Call, asked: AllocationAsked) -> AllocationShown:
    """Give a project core-hours at a site for a period. Periods of one project at one site do not overlap.

    Raises NotAllowed, NotFound (project, site), or Conflict.
    """
    site = store.site(call.session, asked.site)
    call.require("allocation.grant", sites.thing(site))
    project = projects.get(call, asked.project)
    other = store.overlapping(call.session, project.id, site.id, asked.start, asked.end)
    if other is not None:
        raise Conflict(
            f"{project.name} has an allocation at {site.name} until {other.end:%Y-%m-%d} already.",
            fix="Let the new one start when that one ends.",
            where=other.id,
        )
    row = Allocation(
        id=ids.new("alc"), project=project.id, site=site.id, core_hours=asked.core_hours, reserved=Decimal(0),
        used=Decimal(0), start=asked.start, end=asked.end, granted_by=call.who.person, at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    hours = rules.plain(asked.core_hours)
    call.announce(AllocationGranted(about=row.id, project=project.id, site=site.id, core_hours=hours))
    return store.show_allocation(row)


def get(call: Call, allocation: str) -> AllocationShown:
    """Raises NotFound."""
    call.require("allocation.read", Thing("allocation"))
    return store.show_allocation(store.allocation(call.session, allocation))


def list(call: Call, asked: AllocationsAsked) -> Page[AllocationShown]:
    """Newest first, by project and site."""
    call.require("allocation.read", Thing("allocation"))
    return store.list_allocations(call.session, asked)


def reserve(call: Call, allocation: str, wanted: Decimal, names: tuple[str, str]) -> None:
    """Hold the most that a job may use, in the caller's transaction; `names` are the project's and the site's.

    Raises QuotaExceeded naming what is left and until when. Two jobs cannot both take the last hour: the row is locked.
    """
    row = store.allocation(call.session, allocation, lock=True)
    _put(row, rules.reserve(store.balance(row), wanted, names))


def settle(call: Call, allocation: str, reserved: Decimal, used: Decimal) -> None:
    """Give back what a job held, and count what it really used, which may be more than was left."""
    row = store.allocation(call.session, allocation, lock=True)
    _put(row, rules.settle(store.balance(row), reserved, used))


def _put(row: Allocation, balance: Balance) -> None:
    row.reserved, row.used = balance.reserved, balance.used
