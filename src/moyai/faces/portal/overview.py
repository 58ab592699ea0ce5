"""The first page: pilots and how far they are, what is in production, newest jobs, what waits, the journal."""

from collections.abc import Iterable

from moyai.compute import jobs
from moyai.compute.schema import JobsAsked
from moyai.faces.portal.kinds import KINDS
from moyai.faces.portal.record import Block, View
from moyai.faces.portal.shown import NOTHING, Cell
from moyai.governance import approvals, audit
from moyai.governance.schema import ApprovalsAsked, LogAsked
from moyai.kernel.call import Call
from moyai.kernel.shapes import EntryShown, Page, PageAsked, Verified
from moyai.models import serving
from moyai.models.schema import ModelsAsked
from moyai.planning import pilots, reports
from moyai.planning.schema.records import PilotsAsked, PilotShown

ENTRY = ("seq", "at", "name", "about", "actor", "body")


def compose(call: Call, language: str) -> tuple[Block, ...]:
    """The blocks of the first page, as this person may see them."""
    return tuple(blocks(View(call, language, KINDS)))


def blocks(view: View) -> Iterable[Block]:
    yield Block(view.say("Pilots"), _pilots(view))
    opened = view.maybe(serving.list, ModelsAsked(limit=10))
    yield Block(view.say("In production"), _table(view, opened, ("id", "state", "model_version", "project", "at")))
    newest = view.maybe(jobs.list, JobsAsked(limit=8))
    yield Block(view.say("Newest jobs"), _table(view, newest, ("id", "state", "site", "requester", "queued_at")))
    waiting = view.maybe(approvals.list, ApprovalsAsked(state="waiting", limit=10))
    if waiting and waiting.items:
        yield view.block("Waiting for an approval", waiting, columns=("id", "subject", "role", "asked_by", "asked_at"))
    yield _journal(view)


def _pilots(view: View) -> Cell:
    found = view.maybe(pilots.list, PilotsAsked(limit=5))
    known = [view.maybe(pilots.get, line.id) for line in found.items] if found else []
    return Cell("pilots", items=tuple(_pilot(view, one) for one in known if one)) if any(known) else NOTHING


def _pilot(view: View, shown: PilotShown) -> tuple[Cell, str, tuple[tuple[str, Cell], ...], Cell]:
    declared = shown.declared.pilot
    japanese = view.write.language == "ja"
    question = (japanese and declared.question.ja) or declared.question.en
    steps = tuple((step.name, view.write.text(step.state, "state")) for step in shown.steps)
    made = view.maybe(reports.list, shown.id, PageAsked(limit=1))
    newest = NOTHING
    if made and made.items:
        newest = Cell("link", view.say("Open the newest report"), href=f"/r/{made.items[0].id}/document")
    title = Cell("id", (japanese and declared.title.ja) or declared.title.en, shown.id, f"/r/{shown.id}")
    return title, question, steps, newest


def _table(view: View, found: Page[EntryShown] | Page | None, columns: tuple[str, ...]) -> Cell:
    return view.write.table(found.items, columns) if found else NOTHING


def _journal(view: View) -> Block:
    newest = view.maybe(audit.log, LogAsked(limit=1))
    if newest is None or not newest.items:
        return Block(view.say("Journal"), NOTHING, view.say("The journal is for coordinators, leaders and the owner."))
    head = newest.items[0]
    words = view.say("{count} entries; the newest is {name}.", count=f"{head.seq:,}", name=head.name)
    return Block(view.say("Journal"), Cell("link", view.say("Read the journal"), href="/journal"), words)


def journal(call: Call, language: str, cursor: str | None) -> tuple[Cell, str | None]:
    """A page of the journal, newest first. Raises NotAllowed."""
    view = View(call, language, KINDS)
    found = audit.log(call, LogAsked(limit=50, cursor=cursor))
    return view.write.table(found.items, ENTRY), found.next


def checked(call: Call, language: str) -> Cell:
    """What a check of the whole journal found. Raises NotAllowed."""
    found: Verified = audit.verify(call)
    return View(call, language, KINDS).write.fields(found)


def listing(call: Call, word: str, language: str, cursor: str | None) -> tuple[Cell, str | None]:
    """A page of the list of a kind. Raises NotAllowed."""
    view = View(call, language, KINDS)
    chosen = next(kind.listing for kind in KINDS.values() if kind.listing and kind.listing.word == word)
    found = chosen.page(call, cursor)
    return view.write.table(found.items, chosen.columns), found.next
