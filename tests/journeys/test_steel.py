"""The second pilot: a plant's inspection, declared in the same words and run by the same code."""

import pytest

from tests.journeys.conftest import Ran

pytestmark = pytest.mark.slow


def test_every_plate_was_read_and_the_contract_holds(steel: Ran):
    dataset = steel.evidence["dataset"]
    assert (dataset["rows"], dataset["columns"], dataset["verdict"]) == (1941, 34, "passed")


def test_the_model_beats_the_simple_one(steel: Ran):
    auc = steel.evidence["metrics"]["roc_auc"]
    assert auc["low"] > 0.85
    assert steel.evidence["baseline"]["difference"]["roc_auc"]["low"] > 0.02


def test_the_declared_benefit_gives_a_range_of_months(steel: Ran):
    payback = steel.evidence["payback"]
    assert payback["currency"] == "JPY"
    assert 0 < payback["months_low"] < payback["months_high"]
    assert 0 < payback["benefit_low"] < payback["benefit_high"]
    assert payback["cost_low"] > 0


def test_the_inspector_decides(steel: Ran):
    decisions = steel.evidence["decisions"]
    assert (decisions["count"], decisions["scripted"], decisions["overridden"]) == (40, 40, 6)
    assert decisions["by"] == "Emi Sasaki"
    assert {reason["reason"]["ja"] for reason in decisions["reasons"]} <= {
        "打痕ではなく照明の反射",
        "ロール跡で問題なし",
        "手で触れて打痕と確認",
    }


def test_decisions_name_the_rules_that_they_were_taken_under(steel: Ran):
    taken = steel.moyai.json("decisions", "list", "steel-inspection")["items"]
    in_force = {one["procedure"] for one in taken}
    assert len(in_force) == 1
    rules = steel.moyai.json("procedures", "get", in_force.pop())
    assert rules["state"] == "in_force"
    assert [bool(comment["answer"]) for comment in rules["comments"]] == [True]
    assert steel.evidence["endpoint"]["comments"][0]["by"] == "Emi Sasaki"


def test_few_held_out_rows_are_enough_to_watch(steel: Ran):
    drift = steel.evidence["drift"]
    assert drift["reference"]["windows"] == 200
    assert drift["reference"]["false_alarms"] <= 4
    assert drift["shifted"]["alarm"]
    assert "Pixels_Areas" in drift["shifted"]["columns"]


def test_nobody_compares_yen_with_euros(steel: Ran):
    assert {line["currency"] for line in steel.evidence["cost"]} == {"JPY"}
    assert all(line["currency"] == "JPY" for line in steel.evidence["projection"])
