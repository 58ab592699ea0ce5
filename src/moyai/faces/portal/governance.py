"""Pages of governance: who answers for what, approvals, operating rules, entries of the journal."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from moyai.faces.portal.record import Block, Kind, Listing, View, unknown
from moyai.governance import accountability, approvals, audit, procedures
from moyai.governance.schema import (
    AccountabilityShown,
    ApprovalsAsked,
    ApprovalShown,
    LogAsked,
    ProceduresAsked,
    ProcedureShown,
)
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.shapes import EntryShown
from moyai.kernel.wording import mark

NEAR = timedelta(seconds=60)
"""An entry is written within this of the time that its id carries."""


def accountable(call: Call, record: str) -> AccountabilityShown:
    """By its id, through the journal: that names the subject, and the subject has a history."""
    page = audit.log(call, LogAsked(about=record, name="AccountabilityAssigned", limit=1))
    for entry in page.items:
        for shown in accountability.history(call, str(entry.body["subject"])):
            if shown.id == record:
                return shown
    raise unknown(record)


def entry(call: Call, record: str) -> EntryShown:
    """By its id, near the time that the id carries."""
    at = made_at(record)
    cursor = None
    while True:
        page = audit.log(call, LogAsked(since=at - NEAR, until=at + NEAR, limit=200, cursor=cursor))
        found = next((one for one in page.items if one.id == record), None)
        if found is not None:
            return found
        if page.next is None:
            raise unknown(record)
        cursor = page.next


def made_at(record: str) -> datetime:
    number = 0
    for digit in record.partition("_")[2]:
        number = number * 32 + ids.ALPHABET.index(digit)
    try:
        return datetime.fromtimestamp((number >> 80) / 1000, UTC)
    except (ValueError, OverflowError, OSError) as wrong:
        raise unknown(record) from wrong


def of_approval(view: View, shown: ApprovalShown) -> Iterable[Block]:
    refused = view.maybe(audit.log, LogAsked(about=shown.id, name="ApprovalRefused"))
    if refused and refused.items:
        yield view.block("Refused attempts", refused, columns=("at", "actor", "body"))


def of_procedure(view: View, shown: ProcedureShown) -> Iterable[Block]:
    words = shown.text_ja if view.write.language == "ja" and shown.text_ja else shown.text
    yield view.block("The rule", words)
    if shown.comments:
        yield view.block("Comments", shown.comments, columns=("at", "by", "text", "answer", "taken", "answered_by"))
    others = view.maybe(procedures.list, ProceduresAsked(subject=shown.subject))
    if others and len(others.items) > 1:
        yield view.block("Versions", others, columns=("id", "number", "state", "enacted_at", "ended_at"))


def of_accountability(view: View, shown: AccountabilityShown) -> Iterable[Block]:
    before = view.maybe(accountability.history, shown.subject)
    if before and len(before) > 1:
        yield view.block("Everybody who answered for it", before, columns=("number", "person", "role", "at", "until"))


KINDS = (
    Kind("acc", mark("Accountability"), accountable, name=lambda shown: shown.statement, blocks=of_accountability,
         named=False),
    Kind("apr", mark("Approval"), approvals.get, name=lambda shown: shown.purpose, blocks=of_approval, listing=Listing(
        "approvals", mark("Approvals"),
        lambda call, cursor: approvals.list(call, ApprovalsAsked(cursor=cursor)),
        ("id", "subject", "state", "asked_by", "decided_by", "at"),
    )),
    Kind("prc", mark("Operating rule"), procedures.get, blocks=of_procedure, hidden=("text", "text_ja", "comments"),
         listing=Listing(
        "procedures", mark("Operating rules"),
        lambda call, cursor: procedures.list(call, ProceduresAsked(cursor=cursor)),
        ("id", "subject", "number", "state", "enacted_at"),
    )),
    Kind("evt", mark("Journal entry"), entry, named=False),
)  # fmt: skip
