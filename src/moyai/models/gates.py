"""Gates: everything that is checked before a model version may serve, and the second person who has the last word."""

from typing import Any

from moyai.data import access, versions
from moyai.governance import accountability, approvals, provenance
from moyai.governance.schema import AccountabilityAsked, ApprovalAsked, Link
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, NotFound
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.models import rules, scopes
from moyai.models.events import GateEvaluated, GateFailed, GatePassed
from moyai.models.schema import CheckShown, GateAsked, GateShown, Metric, ModelsAsked, RefusalShown, Responsible
from moyai.models.store import endpoints as store
from moyai.models.store import runs
from moyai.models.tables import Gate, ModelVersion, Run
from moyai.people import persons

APPROVAL = "second person"


def evaluate(call: Call, asked: GateAsked) -> GateShown:
    """Check a model version; when all else holds, ask a second person, and the verdict waits for them.

    Names the accountable person on the way. Raises NotAllowed, NotFound (a version, run or person), Invalid (a
    threshold that asks nothing, an approver in a role that does not answer for the work), or Conflict while another
    gate of the version waits for its approval.
    """
    version = runs.version(call.session, asked.model_version)
    call.require("gate.evaluate", scopes.thing(call, ("gate", ""), version.project))
    rules.may_approve(asked.approver.role)
    _none_waits(call, version.id)
    run = runs.run(call.session, version.run)
    card = {**version.card, **asked.card, **_facts(version, run)}
    checks = (*_evidence(call, asked, run), *_people(call, asked, version, run), rules.card(card, version.id))
    row = Gate(
        id=ids.new("gat"), model_version=version.id, project=version.project, requester=call.who.person,
        asked=asked.model_dump(mode="json"), card=card, verdict=rules.verdict(checks), checks=[], approval=None,
        refused=[], at=call.now, settled_at=None,
    )  # fmt: skip
    _enter(call, row, checks, run)
    return store.show_gate(row)


def questions(call: Call) -> dict[str, str]:
    """The purpose-and-impact questionnaire that every gate asks: questions by key. Raises NotAllowed."""
    call.require("gate.read", Thing("gate"))
    return rules.QUESTIONS


def get(call: Call, gate: str) -> GateShown:
    """Raises NotAllowed or NotFound."""
    call.require("gate.read", Thing("gate", gate))
    return store.show_gate(store.gate(call.session, gate))


def list(call: Call, asked: ModelsAsked) -> Page[GateShown]:
    """Gates, newest first. Raises NotAllowed."""
    call.require("gate.read", Thing("gate"))
    return store.gates(call.session, asked)


def settle(call: Call, approval: str) -> None:
    """The second person has decided: the gate that waited for it, if any, passes or fails for good."""
    row = store.gate_of_approval(call.session, approval)
    if row is None or row.verdict != "waiting":
        return
    decided = approvals.get(scopes.as_moyai(call), approval)
    if decided.state == "waiting":
        return
    granted = decided.state == "granted"
    who = _name(call, decided.decided_by or "")
    detail = f"{'Approved' if granted else 'Denied'} by {who} as {decided.role}. {decided.reason}".strip()
    final = CheckShown(name=APPROVAL, passed=granted, detail=detail, ref=approval)
    row.checks = [one for one in row.checks if one["name"] != APPROVAL] + [final.model_dump()]
    _settle(call, row, decided.decided_by or "", detail)


def refused(call: Call, approval: str, person: str, reason: str) -> None:
    """Somebody who may not tried to decide: the gate keeps it, and still waits."""
    row = store.gate_of_approval(call.session, approval)
    if row is not None:
        row.refused = [*row.refused, RefusalShown(person=person, reason=reason, at=call.now).model_dump(mode="json")]


def _facts(version: ModelVersion, run: Run) -> dict[str, Any]:
    """What the card says as it is on record, whatever the one who asks writes into it."""
    said = version.card.get("trained_on")
    rows: dict[str, Any] = said if isinstance(said, dict) else {}
    return {"trained_on": {**rows, "version": run.asked["version"]}, "metrics": run.result.get("metrics")}


def _evidence(call: Call, asked: GateAsked, run: Run) -> tuple[CheckShown, ...]:
    """What the records say: metrics, the baseline, data terms, validation."""
    found = {name: Metric.model_validate(one) for name, one in run.result.get("metrics", {}).items()}
    apart = {name: Metric.model_validate(one) for name, one in run.result.get("difference", {}).items()}
    return (
        *rules.thresholds(asked.thresholds, found, run.id),
        *rules.improvements(asked.thresholds, apart, run.asked["compare"], asked.baseline),
        *_data(call, asked, run),
    )


def _data(call: Call, asked: GateAsked, run: Run) -> tuple[CheckShown, ...]:
    """Terms and validation of the data trained on and of everything that it was made from."""
    moyai = scopes.as_moyai(call)
    trained = run.asked["version"]
    terms = access.check(moyai, trained, run.project, asked.purpose)
    lineage = [versions.get(moyai, one) for one in _upstream(call, trained)]
    bad = [one for one in lineage if one.state != "validated"]
    said = "; ".join(f"{one.name} is {one.state}{': ' if one.reason else ''}{one.reason}" for one in bad)
    sound = f"Validated: {', '.join(one.name for one in lineage)}."
    return (
        CheckShown(name="data terms", passed=terms.allowed, detail=terms.reason, ref=terms.version),
        CheckShown(name="data validated", passed=not bad, detail=f"{said}." if bad else sound, ref=trained),
    )


def _upstream(call: Call, version: str) -> tuple[str, ...]:
    waiting, seen = [version], dict[str, None]()
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen[one] = None
            waiting += versions.get(scopes.as_moyai(call), one).derived_from
    return tuple(seen)


def _people(call: Call, asked: GateAsked, version: ModelVersion, run: Run) -> tuple[CheckShown, ...]:
    """Who has read the questionnaire, and who answers for the model."""
    involved = {run.requester, call.who.person}
    name = persons.get(scopes.as_moyai(call), asked.reviewer).name if asked.reviewer else ""
    return (
        rules.questionnaire(asked.answers),
        rules.reviewer(asked.reviewer, name, involved),
        _accountable(call, asked.accountable, version),
    )


def _accountable(call: Call, asked: Responsible | None, version: ModelVersion) -> CheckShown:
    if asked is not None:
        accountability.assign(
            call,
            AccountabilityAsked(
                subject=version.id, project=version.project, person=asked.person, role=asked.role,
                statement=asked.statement,
            ),
        )  # fmt: skip
    found = accountability.of(scopes.as_moyai(call), version.id)
    if found is None:
        detail = "Nobody is named who answers for this version."
        return CheckShown(name="accountable person", passed=False, detail=detail, ref=version.id)
    detail = f"{_name(call, found.person)} answers for it as {found.role}."
    return CheckShown(name="accountable person", passed=True, detail=detail, ref=found.id)


def _enter(call: Call, row: Gate, checks: tuple[CheckShown, ...], run: Run) -> None:
    """Keep the gate; ask a second person if all else holds, else it has failed."""
    if row.verdict == "passed":
        checks = (*checks, _ask(call, row, run))
        row.verdict = rules.verdict(checks)
    row.checks = [check.model_dump() for check in checks]
    store.add(call.session, row)
    provenance.link(
        call,
        Link(source=row.id, relation="used", target=row.model_version),
        Link(source=row.id, relation="used", target=run.id),
    )
    failed = tuple(check.name for check in checks if check.passed is False)
    call.announce(GateEvaluated(about=row.id, model_version=row.model_version, verdict=row.verdict, failed=failed))
    if failed:
        _settle(call, row, call.who.person, f"Failed: {', '.join(failed)}.")


def _ask(call: Call, row: Gate, run: Run) -> CheckShown:
    approver = row.asked["approver"]
    asked = approvals.request(
        call,
        ApprovalAsked(
            subject=row.id, purpose=f"Put the model version {row.model_version} into {row.asked['purpose']}",
            role=approver["role"], qualification=approver["qualification"], project=row.project,
            not_by=tuple({run.requester, row.requester}),
        ),
    )  # fmt: skip
    row.approval = asked.id
    qualified = f" with the qualification {asked.qualification}" if asked.qualification else ""
    detail = f"Waits for a {asked.role}{qualified} who neither trained the model nor asks for the gate."
    return CheckShown(name=APPROVAL, passed=None, detail=detail, ref=asked.id)


def _settle(call: Call, row: Gate, by: str, why: str) -> None:
    row.verdict = rules.verdict(CheckShown.model_validate(one) for one in row.checks)
    row.settled_at = call.now
    version = runs.version(call.session, row.model_version)
    if row.verdict == "passed":
        version.state = "passed"
        call.announce(GatePassed(about=row.id, model_version=version.id, approval=row.approval or "", by=by))
    else:
        version.state = "passed" if version.state == "passed" else "failed"
        call.announce(GateFailed(about=row.id, model_version=version.id, reason=why))


def _none_waits(call: Call, version: str) -> None:
    waiting = store.gates(call.session, ModelsAsked(model_version=version, state="waiting", limit=1)).items
    if waiting:
        raise Conflict(
            f"The gate {waiting[0].id} of this version still waits for its approval.",
            fix="Have it decided first.",
            where=waiting[0].id,
        )


def _name(call: Call, person: str) -> str:
    try:
        return persons.get(scopes.as_moyai(call), person).name
    except NotFound:
        return person
