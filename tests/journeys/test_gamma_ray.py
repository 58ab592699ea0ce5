"""The first pilot: real telescope data to an evidence pack, as a newcomer runs it."""

import json
import re
import time
from pathlib import Path

import html5lib
import jsonschema
import pytest

from tests.journeys.conftest import CHECKOUT, Ran

pytestmark = pytest.mark.slow


def test_the_evidence_is_what_its_schema_says(gamma: Ran):
    schema = json.loads((CHECKOUT / "docs/reference/evidence.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(gamma.evidence)


KEYS = {
    "pilot": "name started ended steps",
    "dataset": "version digest rows bytes verdict",
    "training": "run job engine site cpu_seconds wall_seconds max_rss_bytes read_bytes written_bytes seed"
    " environment_digest code_digest",
    "scaling": "rows cpu_seconds max_rss_bytes",
    "metrics": "roc_auc",
    "baseline": "",
    "accountable": "person role",
    "gate": "verdict checks refused",
    "approvals": "by role at",
    "endpoint": "name model model_version protocol",
    "predictions": "count p50_ms p99_ms",
    "decisions": "count scripted overridden reasons",
    "drift": "reference shifted",
    "usage": "job site engine native_id organisation",
    "cost": "organisation currency amount",
    "projection": "data_factor users low mid high basis",
    "payback": "",
    "indicators": "",
    "journal": "entries verified",
    "records": "",
}
"""What others read from evidence.json by name: never renamed."""


def test_the_evidence_has_the_keys_that_others_read(gamma: Ran):
    for name, keys in KEYS.items():
        found = gamma.evidence[name]
        for one in found if isinstance(found, list) else [found]:
            assert not keys or set(keys.split()) <= one.keys(), name
    assert {"windows", "false_alarms"} <= gamma.evidence["drift"]["reference"].keys()
    assert {"alarm", "columns"} <= gamma.evidence["drift"]["shifted"].keys()


def test_steps_are_told_in_both_languages(gamma: Ran):
    titles = [step["title"] for step in gamma.evidence["pilot"]["steps"]]
    assert len(titles) == 8
    assert all(title["en"] and title["ja"] and title["en"] != title["ja"] for title in titles)


def test_all_events_were_published_and_are_what_the_contract_says(gamma: Ran):
    dataset = gamma.evidence["dataset"]
    assert (dataset["rows"], dataset["duplicate_rows"], dataset["verdict"]) == (19020, 115, "passed")
    assert dataset["bytes"] == (CHECKOUT / "examples/gamma-ray/data/magic04.data").stat().st_size


def test_the_model_beats_the_yardstick_and_the_baseline(gamma: Ran):
    auc, simple = gamma.evidence["metrics"]["roc_auc"], gamma.evidence["baseline"]
    assert auc["value"] > 0.92
    assert auc["low"] < auc["value"] < auc["high"]
    assert simple["metrics"]["roc_auc"]["high"] < auc["low"]
    assert simple["difference"]["roc_auc"]["low"] > 0.02


def test_jobs_were_real_and_measured(gamma: Ran):
    used = gamma.evidence["usage"]
    assert len({job["job"] for job in used}) == len({job["native_id"] for job in used}) == 5
    for job in used:
        assert job["cpu_seconds"] > 0.1
        assert job["max_rss_bytes"] > 20_000_000
        assert job["read_bytes"] > 0
        assert job["written_bytes"] > 0
    assert len({job["organisation"] for job in used}) == 3


def test_cost_grows_by_measurement(gamma: Ran):
    sizes = gamma.evidence["scaling"]
    assert [size["rows"] for size in sizes] == sorted({size["rows"] for size in sizes})
    assert len(sizes) == 3
    assert all(size["amount"] > 0 for size in sizes)
    assert all(line["amount"] > 0 for line in gamma.evidence["cost"])
    for line in gamma.evidence["projection"]:
        assert line["low"] <= line["mid"] <= line["high"]
        assert line["basis"]
        assert not line["extrapolation"]


def test_nobody_declared_a_benefit_so_nothing_is_estimated(gamma: Ran):
    assert gamma.evidence["payback"] == "not estimated"


def test_the_trainer_was_refused_and_a_second_person_approved(gamma: Ran):
    (refused,), (approval,) = gamma.evidence["gate"]["refused"], gamma.evidence["approvals"]
    assert gamma.evidence["gate"]["verdict"] == "passed"
    assert refused["by"] == "Haruka Ito"
    assert approval["by"] == "Shinji Oka"
    assert gamma.evidence["accountable"]["person"] == "Marta Vidal"
    assert "tries to approve: refused" in gamma.said


def test_people_decided_and_the_script_says_that_it_was_one(gamma: Ran):
    decisions = gamma.evidence["decisions"]
    assert decisions["count"] == decisions["scripted"] == 40
    assert decisions["overridden"] == sum(reason["count"] for reason in decisions["reasons"]) == 6


def test_the_watch_is_silent_on_ordinary_nights_and_rings_in_moonlight(gamma: Ran):
    drift = gamma.evidence["drift"]
    assert drift["reference"]["windows"] >= 200
    assert drift["reference"]["false_alarms"] <= drift["reference"]["windows"] * 0.01
    assert drift["shifted"]["alarm"]
    assert "fSize" in drift["shifted"]["columns"]
    assert {"fLength", "fWidth", "fConc"} & set(drift["shifted"]["columns"])


def test_the_stop_button_was_used_once(gamma: Ran):
    history = gamma.moyai.json("endpoints", "get", "gamma-ray")["history"]
    actions = [line["action"] for line in history]
    assert (actions.count("stopped"), actions.count("resumed")) == (1, 1)
    assert gamma.evidence["endpoint"]["stopped"]
    assert 0 < gamma.evidence["endpoint"]["stop_seconds"] < 5


def test_the_floor_commented_on_the_rules_before_they_took_effect(gamma: Ran):
    (comment,) = gamma.evidence["endpoint"]["comments"]
    assert (comment["by"], comment["scripted"]) == ("Pau Serra", True)
    assert comment["answer"]["ja"]


def test_the_journal_is_whole(gamma: Ran):
    assert gamma.evidence["journal"]["verified"]
    assert gamma.evidence["journal"]["entries"] > 50
    assert gamma.moyai.json("audit", "verify")["verified"]


def test_the_report_needs_nothing_from_outside(gamma: Ran):
    html5lib.HTMLParser(strict=True).parse(gamma.report)
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//(?!127\.0\.0\.1)""", gamma.report)
    assert "ガンマ線" in gamma.report


def test_each_figure_leads_to_a_record(gamma: Ran):
    records = set(gamma.evidence["records"].values())
    linked = set(re.findall(r"/r/([a-z]+_[0-9a-z]{26})", gamma.report))
    assert linked
    assert linked <= records | {gamma.evidence["training"]["job"]} | {job["job"] for job in gamma.evidence["usage"]}


def test_no_secret_is_left_behind(gamma: Ran):
    for file in [*(gamma.moyai.home / "pilots").rglob("*"), gamma.moyai.home / "server.log"]:
        if file.is_file():
            assert not re.search(rb"moyai_[A-Za-z0-9_-]{40,}", file.read_bytes()), file


def test_a_second_run_recognises_what_is_unchanged_in_seconds(gamma: Ran):
    begun = time.monotonic()
    said = gamma.moyai("pilot", "run", "examples/gamma-ray/pilot.toml").stdout
    assert said.count("unchanged") == 9
    assert "Nothing has changed" in said
    assert time.monotonic() - begun < 30


def test_the_training_can_be_reproduced_from_its_lineage(gamma: Ran):
    compared = gamma.moyai.json("pilot", "reproduce", "gamma-ray")
    assert compared["equal"]
    assert compared["first"] != compared["second"]


def test_a_newcomer_decides_by_hand(gamma: Ran):
    before = gamma.moyai.json("endpoints", "get", "gamma-ray")
    said = gamma.moyai("decisions", "next", "gamma-ray", typed="\n").stdout
    assert "fAlpha" in said
    decided = gamma.moyai.json("decisions", "list", "gamma-ray")["items"]
    assert [one["scripted"] for one in decided].count(False) == 1
    assert before["state"] == "open"


def test_the_lineage_leads_from_the_model_to_the_file(gamma: Ran):
    version = gamma.evidence["endpoint"]["model_version"]
    graph = gamma.moyai.json("audit", "lineage", version)
    assert gamma.evidence["dataset"]["version"] in graph["nodes"]


def test_the_home_is_its_owners_alone(gamma: Ran):
    home: Path = gamma.moyai.home
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "owner.token").stat().st_mode & 0o177 == 0
