"""Approvals: asked for by one person, decided by another who holds the role and the qualification."""

from moyai.governance import rules, scopes, store
from moyai.governance.events import ApprovalDenied, ApprovalGranted, ApprovalRefused, ApprovalRequested
from moyai.governance.schema import ApprovalAsked, ApprovalDecision, ApprovalsAsked, ApprovalShown
from moyai.governance.tables import Approval
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import NotAllowed
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page


def request(call: Call, asked: ApprovalAsked) -> ApprovalShown:
    """Ask for an approval; asking for the very same while it waits gives the request that waits.

    Raises NotAllowed or NotFound (project, organisation).
    """
    scope = scopes.settle(call, asked)
    call.require("approval.request", scopes.thing(call, "approval", scope))
    store.alone(call.session, asked.subject)
    row = Approval(
        id=ids.new("apr"), subject=asked.subject, purpose=asked.purpose, project=scope.project,
        organisation=scope.organisation, role=asked.role, qualification=asked.qualification,
        not_by=sorted(set(asked.not_by)), asked_by=call.who.person, asked_at=call.now, state="waiting",
        decided_by=None, decided_at=None, scripted=False, reason="",
    )  # fmt: skip
    if same := store.same_waiting(call.session, row):
        return store.show_approval(same)
    store.add(call.session, row)
    call.announce(ApprovalRequested(about=row.id, subject=row.subject, role=row.role))
    return store.show_approval(row)


def decide(call: Call, approval: str, decision: ApprovalDecision) -> ApprovalShown:
    """Grant or deny, for good; the same decision sent again changes nothing.

    Raises NotFound; NotAllowed for the one who asked, for whoever is in `not_by`, without the role or the
    qualification, and for Moyai itself: the attempt goes on record. Raises Conflict once it was decided otherwise.
    """
    row = store.approval(call.session, approval, deciding=True)
    _authorise(call, row)
    if not rules.decides(store.show_approval(row), call.who.person, decision):
        return store.show_approval(row)
    row.state, row.reason = decision.verdict, decision.reason
    row.decided_by, row.decided_at, row.scripted = call.who.person, call.now, call.who.scripted
    event = ApprovalGranted if decision.verdict == "granted" else ApprovalDenied
    call.announce(event(about=row.id, subject=row.subject, scripted=row.scripted))
    return store.show_approval(row)


def get(call: Call, approval: str) -> ApprovalShown:
    """Raises NotFound or NotAllowed."""
    row = store.approval(call.session, approval)
    call.require("approval.read", _thing(call, row))
    return store.show_approval(row)


def of(call: Call, subject: str) -> tuple[ApprovalShown, ...]:
    """The approvals of a subject that the caller may see, newest first. Raises NotAllowed by the token's scopes."""
    _may_look(call)
    rows = store.approvals_of(call.session, subject, call.who.person, scopes.readable(call))
    return tuple(store.show_approval(row) for row in rows)


def list(call: Call, asked: ApprovalsAsked) -> Page[ApprovalShown]:
    """The approvals that the caller may see, newest first. Raises NotAllowed by the token's scopes."""
    _may_look(call)
    return store.approvals(call.session, asked, call.who.person, scopes.readable(call))


def _may_look(call: Call) -> None:
    """Everybody may see what they asked for themselves, unless their token says otherwise; the filter does the rest."""
    call.require("approval.read", Thing("approval", attrs={"asked_by": call.who.person, "decided_by": ""}))


def _authorise(call: Call, row: Approval) -> None:
    """Policy says who may decide; a refused attempt is news even though the call is undone."""
    thing = _thing(call, row)
    if call.may("approval.decide", thing) and not call.who.is_moyai:
        return
    decision = call.policy.decide(call.who, "approval.decide", thing)
    reason = "a person approves, never Moyai itself" if decision.allowed else decision.reason
    qualified = f" with the qualification {row.qualification}" if row.qualification else ""
    raise NotAllowed(
        f"{call.who.name or call.who.person} may not decide this approval: {reason}.",
        fix=f"It takes a second person: a {row.role}{qualified}.",
        where=row.id,
        news=(ApprovalRefused(about=row.id, person=call.who.person, reason=reason),),
        action="approval.decide",
    )


def _thing(call: Call, row: Approval) -> Thing:
    attrs = {
        "asked_by": row.asked_by,
        "decided_by": row.decided_by or "",
        "not_by": row.not_by,
        "role": row.role,
        "qualification": row.qualification or "",
    }
    return scopes.thing_of(call, "approval", row, attrs)
