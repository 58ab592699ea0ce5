"""A person's final word: once, by the right person, under the rule in force, one person at a time."""

from dataclasses import replace

import pytest

from moyai.governance import procedures
from moyai.governance.schema import ProcedureAsked
from moyai.kernel import journal
from moyai.kernel.clock import Fixed
from moyai.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from moyai.kernel.policy import Who
from moyai.models import decisions, serving
from moyai.models.schema import DecisionAsked, DecisionsAsked, DecisionShown, NextAsked
from tests.models.stage import Stage, log

ASK = NextAsked(endpoint="gamma")


def decide(stage: Stage, prediction: str, who: Who | None = None, **more: str) -> DecisionShown:
    asked = DecisionAsked.model_validate({"prediction": prediction, "verdict": "accepted", **more})
    return stage.edge.run(who or stage.people["operator"], decisions.decide, asked)


def following(stage: Stage, who: Who, asked: NextAsked = ASK) -> str | None:
    found = stage.edge.run(who, decisions.next, asked)
    return found.id if found else None


def test_the_oldest_comes_first_and_what_was_left_comes_again(stage: Stage):
    first, second = log(stage, stage.endpoint(), [[1, 2, 3], [4, 5, 6]])
    operator = stage.people["operator"]
    assert [following(stage, operator) for _ in range(3)] == [first, second, first]
    decide(stage, first)
    assert following(stage, operator) == second
    decide(stage, second)
    assert following(stage, operator) is None


def test_one_prediction_lies_before_one_person(stage: Stage, clock: Fixed):
    first, second = log(stage, stage.endpoint(), [[1, 2, 3], [4, 5, 6]])
    other = stage.enter("second operator", "operator")
    assert following(stage, stage.people["operator"]) == first
    assert following(stage, other) == second
    with pytest.raises(Conflict, match="before them"):
        decide(stage, first, other)
    clock.move(minutes=11)
    assert following(stage, other) == first
    decide(stage, first, other)


def test_a_sample_is_one_of_those_that_wait(stage: Stage):
    made = log(stage, stage.endpoint(), [[1, 2, 3]] * 20, "night-3")
    asked = NextAsked(endpoint="gamma", pick="sample", source="night-3")
    seen = set()
    for _ in made:
        found = following(stage, stage.people["operator"], asked)
        assert found in made
        decide(stage, found)
        seen.add(found)
    assert seen == set(made)
    assert following(stage, stage.people["operator"], NextAsked(endpoint="gamma", source="other")) is None


def test_a_decision_is_final(stage: Stage):
    (one,) = log(stage, stage.endpoint(), [[1, 2, 3]])
    decide(stage, one, verdict="overridden", reason="a muon ring", outcome="h")
    with pytest.raises(Conflict, match="overridden already"):
        decide(stage, one)


def test_an_override_says_why(stage: Stage):
    (one,) = log(stage, stage.endpoint(), [[1, 2, 3]])
    with pytest.raises(Invalid, match="reason"):
        decide(stage, one, verdict="overridden")


def test_what_a_program_decides_is_labelled_from_its_token(stage: Stage):
    one, two = log(stage, stage.endpoint(), [[1, 2, 3], [4, 5, 6]])
    operator = stage.people["operator"]
    assert decide(stage, one, replace(operator, scripted=True)).scripted
    assert not decide(stage, two, operator).scripted
    with pytest.raises(ValueError, match="scripted"):
        DecisionAsked.model_validate({"prediction": one, "verdict": "accepted", "scripted": False})


@pytest.mark.parametrize("role", ["leader", "key_user", "trainer"])
def test_only_an_operator_decides(stage: Stage, role: str):
    (one,) = log(stage, stage.endpoint(), [[1, 2, 3]])
    with pytest.raises(NotAllowed, match="an operator of the project"):
        decide(stage, one, stage.people[role])
    with pytest.raises(NotAllowed):
        following(stage, stage.people[role])


def test_the_endpoint_may_ask_for_a_qualification(stage: Stage):
    (one,) = log(stage, stage.endpoint(qualification="shift"), [[1, 2, 3]])
    with pytest.raises(NotAllowed, match="qualification"):
        decide(stage, one)
    decide(stage, one, replace(stage.people["operator"], qualifications=("shift",)))


def test_the_owner_may_decide_by_hand(stage: Stage):
    (one,) = log(stage, stage.endpoint(qualification="shift"), [[1, 2, 3]])
    assert decide(stage, one, stage.owner).person == stage.owner.person


def test_a_decision_cites_the_operating_rule_in_force(stage: Stage):
    endpoint = stage.endpoint()
    one, two, three = log(stage, endpoint, [[1, 2, 3]] * 3)
    leader = stage.people["leader"]
    assert decide(stage, one).procedure is None
    texts = []
    for text, prediction in (("Look twice.", two), ("Look three times.", three)):
        asked = ProcedureAsked(subject=endpoint.id, title="Shift", text=text, project=stage.project)
        drafted = stage.edge.run(leader, procedures.draft, asked)
        stage.edge.run(leader, procedures.enact, drafted.id)
        assert decide(stage, prediction).procedure == drafted.id
        texts.append(drafted.id)
    assert len(set(texts)) == 2


def test_the_rule_that_an_endpoint_opened_under_is_cited_in_its_newest_version(stage: Stage):
    leader = stage.people["leader"]
    asked = ProcedureAsked(subject="prj_rules", title="Shift", text="Look twice.", project=stage.project)
    drafted = stage.edge.run(leader, procedures.draft, asked)
    stage.edge.run(leader, procedures.enact, drafted.id)
    (one,) = log(stage, stage.endpoint(procedure=drafted.id), [[1, 2, 3]])
    assert decide(stage, one).procedure == drafted.id


def test_decisions_are_listed_and_counted(stage: Stage):
    one, two = log(stage, stage.endpoint(), [[1, 2, 3], [4, 5, 6]])
    decide(stage, one, verdict="overridden", reason="a muon ring")
    decide(stage, two, replace(stage.people["operator"], scripted=True))
    page = stage.edge.read(stage.owner, decisions.list, DecisionsAsked(endpoint="gamma", verdict="overridden"))
    assert [(item.prediction, item.reason) for item in page.items] == [(one, "a muon ring")]
    assert stage.edge.read(stage.owner, decisions.get, page.items[0].id) == page.items[0]
    found = stage.edge.read(stage.owner, serving.figures, "gamma")
    assert (found.decisions, found.overridden, found.scripted) == (2, 1, 1)


def test_a_decision_is_news(stage: Stage):
    (one,) = log(stage, stage.endpoint(), [[1, 2, 3]])
    made = decide(stage, one)
    with stage.edge.database.reading() as session:
        (entry,) = journal.since(session, 0, ["DecisionTaken"], 10)
    assert (entry.about, entry.actor) == (made.id, stage.people["operator"].person)


def test_an_unknown_prediction_is_said_to_come_soon(stage: Stage):
    with pytest.raises(NotFound, match="about a second"):
        decide(stage, "prd_x")
