"""What a server said in English is said again in the person's language, or passed on as it is."""

from datetime import date

import pytest

from moyai.data import rules as data
from moyai.data.schema import Terms
from moyai.kernel.wording import catalogue, retell
from moyai.models import rules
from moyai.models.schema import Answer, Metric, Threshold

GOOD, WIDE = Metric(value=0.93, low=0.92, high=0.94), Metric(value=0.1, low=0.0, high=0.2)


@pytest.fixture
def japanese(monkeypatch):
    monkeypatch.setenv("MOYAI_LANGUAGE", "ja")


def checks():
    asked = [
        Threshold(metric="roc_auc", at_least=0.9, at_most=0.99, improvement_over_baseline=0.05),
        Threshold(metric="brier", at_most=0.12),
    ]
    yield from rules.thresholds(asked, {"roc_auc": GOOD, "brier": WIDE}, "run_1")
    for difference in (GOOD, WIDE):
        yield from rules.improvements(asked, {"roc_auc": difference}, "run_0", "run_0")
    yield rules.card({}, "mdv_1")
    yield rules.card(dict.fromkeys(rules.CARD, "said"), "mdv_1")
    yield rules.questionnaire([Answer(question=key, answer="yes") for key in rules.QUESTIONS])
    yield rules.reviewer("per_1", "Elena", ())


def test_what_a_gate_says_is_retold(japanese):
    for check in checks():
        assert retell(check.name) != check.name
        assert retell(check.detail) != check.detail


def test_figures_and_names_stay_what_they_were(japanese):
    said = retell("roc_auc is 0.9300 (0.9200 to 0.9400), as required: at least 0.9 over the whole interval.")
    assert said == "roc_aucは0.9300（0.9200～0.9400）。区間全体で0.9以上という条件を満たす。"


@pytest.mark.parametrize("until", [None, date(2027, 3, 31)])
def test_terms_are_retold(japanese, until):
    reason = data.verdict("dsv_1", (), Terms(licence="CC-BY-4.0", until=until), ("gamma", "operation")).reason
    assert "プロジェクトgamma" in retell(reason)
    assert ("2027-03-31" in retell(reason)) == (until is not None)


def test_each_reason_of_a_refusal_is_retold(japanese):
    reasons = ("whoever worked on it does not approve it", "nobody approves what they asked for themselves")
    said = retell(f"Haruka Ito may not decide this approval: {'; '.join(reasons)}.")
    words = catalogue("ja")
    assert said == f"Haruka Itoはこの承認を決められない：{words[reasons[0]]}、{words[reasons[1]]}。"


def test_what_no_pattern_fits_is_passed_on(japanese):
    assert retell("The moon is made of cheese.") == "The moon is made of cheese."


def test_in_english_nothing_is_changed(monkeypatch):
    monkeypatch.setenv("MOYAI_LANGUAGE", "en")
    assert retell("The model card is complete.") == "The model card is complete."
