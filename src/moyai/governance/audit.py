"""Audit: the journal as those who decide and document read it, and the proof that nobody altered it."""

from moyai.governance import store
from moyai.governance.schema import LogAsked
from moyai.kernel import journal
from moyai.kernel.call import Call
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import EntryShown, Page, Verified

ANCHOR = "governance.anchor"


def log(call: Call, asked: LogAsked) -> Page[EntryShown]:
    """Entries, newest first. Raises NotAllowed: all is for owner, coordinator and leader, one's own acts for all."""
    call.require("audit.read", Thing("audit", attrs={"actor": asked.actor or ""}))
    return store.entries(call.session, asked)


def verify(call: Call) -> Verified:
    """Recompute the whole chain and hold it against the anchors kept in the home. Reads every entry once."""
    call.require("audit.verify", Thing("audit"))
    return journal.verify(call.session, call.home.anchors)


def begin(call: Call) -> None:
    """Have the journal's head anchored from now on; asked for whenever a worker starts."""
    call.later(ANCHOR, "journal")
