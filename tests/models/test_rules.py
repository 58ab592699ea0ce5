"""The pure decisions of models, with plain values."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moyai.kernel.errors import Conflict, Invalid
from moyai.models import rules
from moyai.models.schema import Answer, CheckShown, GateShown, Metric, Threshold

AUC = Threshold(metric="roc_auc", at_least=0.92)


def test_a_threshold_is_asked_of_the_low_end_of_the_interval():
    (wide,) = rules.thresholds([AUC], {"roc_auc": Metric(value=0.93, low=0.91, high=0.95)}, "run_1")
    (narrow,) = rules.thresholds([AUC], {"roc_auc": Metric(value=0.93, low=0.925, high=0.935)}, "run_1")
    assert (wide.passed, narrow.passed) == (False, True)
    assert "0.9300 (0.9100 to 0.9500)" in wide.detail


def test_an_upper_threshold_is_asked_of_the_high_end():
    brier = Threshold(metric="brier", at_most=0.1)
    (check,) = rules.thresholds([brier], {"brier": Metric(value=0.09, low=0.08, high=0.11)}, "run_1")
    assert not check.passed


def test_a_metric_that_the_run_does_not_report_fails():
    (check,) = rules.thresholds([AUC], {}, "run_1")
    assert (check.passed, check.detail, check.ref) == (False, "The run reports no roc_auc.", "run_1")


def test_a_threshold_that_asks_nothing_is_refused():
    with pytest.raises(Invalid, match="roc_auc"):
        rules.thresholds([Threshold(metric="roc_auc")], {}, "run_1")


def test_an_improvement_counts_only_against_the_baseline_that_was_compared():
    asked = [Threshold(metric="roc_auc", improvement_over_baseline=0.01)]
    found = {"roc_auc": Metric(value=0.05, low=0.03, high=0.07)}
    (good,) = rules.improvements(asked, found, "run_1", "run_1")
    (other,) = rules.improvements(asked, found, "run_2", "run_1")
    (unnamed,) = rules.improvements(asked, found, None, None)
    (small,) = rules.improvements(asked, {"roc_auc": Metric(value=0.05, low=0.005, high=0.1)}, "run_1", "run_1")
    assert [check.passed for check in (good, other, unnamed, small)] == [True, False, False, False]


def test_a_card_names_what_it_lacks():
    full = dict.fromkeys(rules.CARD, "said")
    assert rules.card(full, "mdv_1").passed
    lacking = rules.card({**full, "limitations": "  "}, "mdv_1")
    assert (lacking.passed, lacking.detail) == (False, "The model card lacks: limitations.")


def test_every_question_has_to_be_answered_by_key_or_text():
    keys = list(rules.QUESTIONS)
    answers = [Answer(question=key, answer="yes") for key in keys[1:]]
    assert not rules.questionnaire(answers).passed
    assert rules.questionnaire([*answers, Answer(question=rules.QUESTIONS[keys[0]], answer="yes")]).passed
    assert not rules.questionnaire([*answers, Answer(question=keys[0], answer=" ")]).passed
    whole = [*answers, Answer(question=keys[0], answer="yes")]
    assert not rules.questionnaire([*whole, Answer(question="Own?", answer="")]).passed


def test_the_reviewer_is_somebody_else():
    involved = {"per_trainer", "per_requester"}
    assert not rules.reviewer(None, "", involved).passed
    assert not rules.reviewer("per_trainer", "T", involved).passed
    assert not rules.reviewer("per_requester", "R", involved).passed
    assert rules.reviewer("per_other", "O", involved).passed


checks = st.lists(st.sampled_from([True, False, None]))


@given(checks)
def test_one_failed_check_fails_and_only_all_passed_pass(answers: list[bool | None]):
    found = rules.verdict(CheckShown(name="x", passed=answer, detail="") for answer in answers)
    assert (found == "failed") == (False in answers)
    assert (found == "passed") == all(answer is True for answer in answers)


def test_only_a_passed_gate_of_the_same_version_opens():
    gate = GateShown(
        id="gat_1", model_version="mdv_1", project="prj_1", baseline=None, purpose="production", requester="per_1",
        verdict="passed", checks=(), approval=None, at=datetime(2027, 1, 4, tzinfo=UTC),
    )  # fmt: skip
    rules.may_open("mdv_1", gate)
    wrong = {"model_version": "mdv_2"}, {"verdict": "waiting"}, {"verdict": "failed"}, {"purpose": "research"}
    for change, said in zip(wrong, ("another version", "has not passed", "has not passed", "research"), strict=True):
        with pytest.raises(Conflict, match=said):
            rules.may_open("mdv_1", gate.model_copy(update=change))


def test_an_override_has_a_reason():
    rules.reasoned("accepted", "")
    rules.reasoned("overridden", "moonlight")
    with pytest.raises(Invalid, match="reason"):
        rules.reasoned("overridden", "  ")


figures = st.dictionaries(st.sampled_from("abc"), st.floats(allow_nan=False, allow_infinity=False))


@given(figures, figures)
def test_metrics_are_equal_only_when_every_one_is(first: dict[str, float], second: dict[str, float]):
    pairs = rules.pairs(rules.metrics(first), rules.metrics(second))
    assert all(pair.equal for pair in pairs) == (first == second)


def test_metrics_may_be_bare_numbers_or_intervals():
    found = rules.metrics({"a": 1, "b": {"value": 0.5, "low": 0.4, "high": 0.6, "replicas": 1000}})
    assert found == {"a": Metric(value=1.0), "b": Metric(value=0.5, low=0.4, high=0.6)}


@pytest.mark.parametrize("wrong", [{"a": "0.9"}, {"a": {"low": 1}}, {"a": float("nan")}, ["a"], {"a": None}])
def test_other_metrics_are_refused_with_their_place(wrong: object):
    with pytest.raises(Invalid) as refused:
        rules.metrics(wrong)
    assert refused.value.where.startswith("result.json, ")


def test_the_last_value_of_each_figure_counts():
    lines = ['{"step": 1, "loss": 2.0}', "not json", '{"step": 2, "loss": 1.5, "note": "x"}', "[1]"]
    assert rules.last_figures(lines) == {"loss": 1.5}


def test_the_same_parts_give_the_same_fingerprint_in_any_order():
    assert rules.fingerprint({"a": 1, "b": [2]}) == rules.fingerprint({"b": [2], "a": 1})
    assert rules.fingerprint({"a": 1}) != rules.fingerprint({"a": 2})


def test_drift_begins_once():
    alarms = [False, True, True, False, True]
    begun = [rules.onset(now, before) for before, now in zip([False, *alarms], alarms, strict=False)]
    assert begun == [False, True, False, False, True]


def test_logged_rows_become_columns_by_name():
    rows = [{"features": [1.0, 2.0]}, {"features": [3.0, 4.0]}]
    assert rules.columns(rows, ["x", "y"]) == {"x": (1.0, 3.0), "y": (2.0, 4.0)}
    assert rules.columns(rows, []) == {"features.0": (1.0, 3.0), "features.1": (2.0, 4.0)}
    assert rules.columns([{"a": 1.0}, {"b": 2.0}], []) == {}


def test_features_are_found_in_a_signature_however_written():
    assert rules.names_in({"features": ["a", "b"]}, "features") == ["a", "b"]
    assert rules.names_in({"metadata": {"features": '["a"]'}}, "features") == ["a"]
    assert rules.names_in({}, "features") == []
