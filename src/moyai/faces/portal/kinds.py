"""Every kind of record that has a page, by the prefix of its id; and why the others have none."""

from moyai.faces.portal import compute, data, governance, models, people, planning
from moyai.faces.portal.record import Kind, Listing
from moyai.kernel.wording import mark

ROOMS = (planning, data, compute, models, governance, people)
KINDS: dict[str, Kind] = {kind.prefix: kind for room in ROOMS for kind in room.KINDS}
LISTINGS: dict[str, Listing] = {kind.listing.word: kind.listing for kind in KINDS.values() if kind.listing}

ELSEWHERE = {
    "cmt": mark("A comment is shown on the page of the operating rule that it is about."),
    "dep": mark("A change of what is in production is shown in the history of its endpoint."),
    "val": mark("A verdict is shown on the page of the dataset version that it judges."),
    "drf": mark("Drift is shown on the page of the monitor that found it."),
}
"""Ids that are parts of another record: no page of their own."""
