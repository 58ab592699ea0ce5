"""Pages of planning: pilots with their steps, indicators, reports."""

from collections.abc import Iterable

from moyai.faces.portal.record import Block, Kind, Listing, View
from moyai.faces.portal.shown import Cell
from moyai.kernel.shapes import PageAsked
from moyai.kernel.wording import mark
from moyai.planning import indicators, pilots, reports
from moyai.planning.schema.declared import Text
from moyai.planning.schema.records import PilotsAsked, PilotShown, ReportShown


def said(view: View, text: Text) -> str:
    return text.ja if view.write.language == "ja" and text.ja else text.en


def of_pilot(view: View, shown: PilotShown) -> Iterable[Block]:
    declared = shown.declared.pilot
    yield view.block("What it asks", said(view, declared.question))
    if declared.request.en:
        yield view.block("What the meeting is asked to decide", said(view, declared.request))
    yield view.tiles("Time", {"start": declared.start, "end": declared.end})
    yield view.block("Steps", shown.steps, columns=("name", "state", "started", "seconds", "outcome"))
    if shown.elsewhere:
        columns = ("name", "state", "started", "seconds")
        yield view.block("What earlier declarations of it did", shown.elsewhere, columns=columns)
    asked = PageAsked(limit=20)
    if made := view.maybe(reports.list, shown.id, asked):
        yield view.block("Reports", made, columns=("id", "by", "at"))
    if measured := view.maybe(indicators.list, shown.id, asked):
        yield view.block("Indicators", measured, columns=("id", "value", "target", "reached", "at"))


def of_report(view: View, shown: ReportShown) -> Iterable[Block]:
    parts = (("document", "Open the report"), ("evidence", "Open the evidence behind it (JSON)"))
    links = tuple(Cell("link", view.say(words), href=f"/r/{shown.id}/{part}") for part, words in parts)
    yield Block(view.say("Documents"), Cell("list", items=links))


KINDS = (
    Kind("plt", mark("Pilot"), pilots.get, blocks=of_pilot, hidden=("declared", "steps", "elsewhere"), listing=Listing(
        "pilots", mark("Pilots"),
        lambda call, cursor: pilots.list(call, PilotsAsked(cursor=cursor)),
        ("id", "digest", "by", "at"),
    )),
    Kind("ind", mark("Indicator"), indicators.get, name=lambda shown: shown.figure),
    Kind("rpt", mark("Report"), reports.get, blocks=of_report),
)  # fmt: skip
