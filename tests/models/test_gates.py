"""Gates: everything in order waits for a second person; anything else fails at once, and says what."""

from typing import Any

import pytest

from moyai.governance import accountability, approvals
from moyai.governance.schema import ApprovalDecision
from moyai.kernel import journal
from moyai.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from moyai.models import gates, registry, rules
from moyai.models.schema import GateAsked, GateShown, ModelsAsked
from tests.fakes.pool import run_pool
from tests.models.field import publish
from tests.models.stage import Stage

CSV = b"size,width,alpha,class\n1,2,3,g\n2,3,4,h\n"
METRICS = {"roc_auc": {"value": 0.94, "low": 0.93, "high": 0.95}}
DIFFERENCE = {"roc_auc": {"value": 0.05, "low": 0.03, "high": 0.07}}


@pytest.fixture
def version(stage: Stage) -> str:
    data = publish(stage, "showers", CSV)
    result = {"metrics": METRICS, "difference": DIFFERENCE}
    return stage.version(trained=data, compare="run_baseline", result=result)


def asked(stage: Stage, version: str, **more: Any) -> GateAsked:
    given = {
        "model_version": version,
        "baseline": "run_baseline",
        "thresholds": [{"metric": "roc_auc", "at_least": 0.92, "improvement_over_baseline": 0.02}],
        "answers": [{"question": text, "answer": "said"} for text in rules.QUESTIONS.values()],
        "reviewer": stage.people["trainer"].person,
        "accountable": {"person": stage.people["leader"].person, "role": "leader", "statement": "I answer for it."},
        "approver": {"role": "leader"},
        "card": {"intended_use": "ranking", "not_for": "fluxes", "limitations": "dark nights"},
    }
    return GateAsked.model_validate({**given, **more})


def evaluate(stage: Stage, version: str, **more: Any) -> GateShown:
    return stage.edge.run(stage.people["key_user"], gates.evaluate, asked(stage, version, **more))


def decided(stage: Stage, gate: GateShown, verdict: str = "granted", who: str = "leader") -> GateShown:
    decision = ApprovalDecision.model_validate({"verdict": verdict, "reason": "seen"})
    try:
        stage.edge.run(stage.people[who], approvals.decide, gate.approval, decision)
    finally:
        run_pool(stage.edge)
    return stage.edge.read(stage.owner, gates.get, gate.id)


def failed(gate: GateShown) -> set[str]:
    return {check.name for check in gate.checks if check.passed is False}


def test_everything_in_order_waits_for_a_second_person(stage: Stage, version: str):
    gate = evaluate(stage, version)
    assert (gate.verdict, failed(gate)) == ("waiting", set())
    assert [check.name for check in gate.checks if check.passed is None] == [gates.APPROVAL]
    assert all(check.detail.endswith(".") for check in gate.checks)
    assert all(check.ref for check in gate.checks if check.name != "purpose and impact")
    found = stage.edge.read(stage.owner, accountability.of, version)
    assert found is not None and found.person == stage.people["leader"].person


def test_the_approval_of_a_second_person_passes_it(stage: Stage, version: str):
    gate = decided(stage, evaluate(stage, version))
    assert gate.verdict == "passed"
    assert stage.edge.read(stage.owner, registry.version, version).state == "passed"
    with stage.edge.database.reading() as session:
        (entry,) = journal.since(session, 0, ["GatePassed"], 10)
    assert entry.about == gate.id and stage.people["leader"].person in entry.body


def test_a_denial_fails_it(stage: Stage, version: str):
    gate = decided(stage, evaluate(stage, version), "denied")
    assert (gate.verdict, failed(gate)) == ("failed", {gates.APPROVAL})
    assert stage.edge.read(stage.owner, registry.version, version).state == "failed"


def test_the_trainers_own_approval_is_refused_and_kept(stage: Stage, version: str):
    stage.people["key_user"] = stage.people["key_user"]
    gate = evaluate(stage, version)
    with pytest.raises(NotAllowed):
        decided(stage, gate, who="key_user")
    kept = stage.edge.read(stage.owner, gates.get, gate.id)
    assert kept.verdict == "waiting"
    assert [one.person for one in kept.refused] == [stage.people["key_user"].person]
    assert decided(stage, gate).verdict == "passed"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a threshold": ({"thresholds": [{"metric": "roc_auc", "at_least": 0.935}]}, "roc_auc threshold"),
    "an improvement": (
        {"thresholds": [{"metric": "roc_auc", "improvement_over_baseline": 0.03}]},
        "roc_auc improvement over baseline",
    ),
    "another baseline": ({"baseline": "run_other"}, "roc_auc improvement over baseline"),
    "the terms": ({"purpose": "weapons"}, "data terms"),
    "no answers": ({"answers": []}, "purpose and impact"),
    "no reviewer": ({"reviewer": None}, "independent reviewer"),
    "nobody accountable": ({"accountable": None}, "accountable person"),
    "no card": ({"card": {}}, "model card"),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_thing_out_of_order_fails_it_at_once(stage: Stage, version: str, what: str):
    changed, name = WRONG[what]
    gate = evaluate(stage, version, **changed)
    assert (gate.verdict, gate.approval, failed(gate)) == ("failed", None, {name})
    assert stage.edge.read(stage.owner, registry.version, version).state == "failed"


@pytest.mark.parametrize("role", ["key_user", "operator", "trainer", "site_operator", "owner"])
def test_who_asks_for_a_gate_does_not_choose_a_colleague_as_its_judge(stage: Stage, version: str, role: str):
    with pytest.raises(Invalid, match="leader"):
        evaluate(stage, version, approver={"role": role})


def test_the_card_shows_the_figures_of_the_run_whatever_was_sent(stage: Stage, version: str):
    gate = evaluate(stage, version, card={"metrics": "0.999", "trained_on": "the moon"})
    assert gate.card["metrics"] == METRICS
    assert gate.card["trained_on"] != "the moon"


def test_the_trainer_does_not_review(stage: Stage, version: str):
    gate = evaluate(stage, version, reviewer=stage.people["key_user"].person)
    assert failed(gate) == {"independent reviewer"}


def test_a_reviewer_nobody_knows_is_refused(stage: Stage, version: str):
    with pytest.raises(NotFound):
        evaluate(stage, version, reviewer="per_nobody")


def test_data_that_were_rejected_do_not_pass(stage: Stage):
    data = publish(stage, "broken", b"a,b\n1\n2,3,4\n")
    version = stage.version(trained=data, compare="run_baseline", result={"metrics": METRICS, "difference": DIFFERENCE})
    assert "data validated" in failed(evaluate(stage, version))


def test_one_gate_waits_at_a_time(stage: Stage, version: str):
    first = evaluate(stage, version)
    with pytest.raises(Conflict, match="still waits"):
        evaluate(stage, version)
    decided(stage, first, "denied")
    assert evaluate(stage, version).verdict == "waiting"
    found = stage.edge.read(stage.owner, gates.list, ModelsAsked(model_version=version))
    assert [gate.verdict for gate in found.items] == ["waiting", "failed"]


@pytest.mark.parametrize("role", ["operator", "trainer"])
def test_who_may_not_ask_for_a_gate(stage: Stage, version: str, role: str):
    with pytest.raises(NotAllowed, match="a key user"):
        stage.edge.run(stage.people[role], gates.evaluate, asked(stage, version))
