"""The report: one file, two languages, every figure with its record, nothing from outside."""

import copy
import json
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest

from moyai.engines.documents.html import Html
from moyai.planning.evidence import Evidence
from moyai.planning.ports import Document

SAMPLE = json.loads((Path(__file__).parent / "sample.json").read_text("utf-8"))
PORTAL = SAMPLE["portal"]
SVG = "{http://www.w3.org/2000/svg}"


def rendered(evidence: dict[str, Any], records: dict[str, str] | None = None) -> str:
    return Html().render(evidence, evidence["records"] if records is None else records).decode()


def parsed(text: str) -> Element:
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def changed(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(SAMPLE), **parts}


def page(tree: Element, language: str) -> Element:
    return next(main for main in tree.iter("main") if main.get("lang") == language)


def words(node: Element, without: str = "") -> str:
    """The text under `node`, less everything with the class `without`."""
    if without and without in node.get("class", "").split():
        return ""
    return (node.text or "") + "".join(words(child, without) + (child.tail or "") for child in node)


def classed(tree: Element, name: str) -> list[Element]:
    return [node for node in tree.iter() if name in node.get("class", "").split()]


@pytest.fixture(scope="module")
def report() -> str:
    return rendered(SAMPLE)


@pytest.fixture(scope="module")
def tree(report: str) -> Element:
    return parsed(report)


def test_it_is_a_document_port() -> None:
    document: Document = Html()
    assert document.media_type.startswith("text/html")


def test_the_sample_is_evidence() -> None:
    Evidence.model_validate(SAMPLE)


def test_it_is_strict_html_with_two_languages(tree: Element) -> None:
    assert [main.get("lang") for main in tree.iter("main")] == ["en", "ja"]
    assert "Gate passed" in words(page(tree, "en"))
    assert "ゲート合格" in words(page(tree, "ja"))
    ids = [node.get("id") for node in tree.iter() if node.get("id")]
    assert len(ids) == len(set(ids))


def test_nothing_comes_from_outside(report: str, tree: Element) -> None:
    for node in tree.iter():
        assert node.tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert node.get("src") is None
        if node.tag == "a":
            assert node.get("href", "").startswith(f"{PORTAL}/r/")
    assert "@import" not in report
    assert "url(" not in report
    for address in re.findall(r"https?://[^\s\"'<)）]+", report):
        assert address.startswith(PORTAL)
    assert "default-src 'none'" in report


def test_every_figure_has_its_record(tree: Element) -> None:
    figures = classed(tree, "figure")
    assert len(figures) > 200
    known = set(SAMPLE["records"].values())
    for figure in figures:
        assert figure.tag == "a", words(figure)
        assert figure.get("href", "").removeprefix(f"{PORTAL}/r/") in known
        assert figure.find("sup") is not None


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_first_page_holds_no_number_without_a_record(tree: Element, language: str) -> None:
    first = classed(page(tree, language), "decision")[0]
    for name in ("key", "phrases", "labels"):
        for part in classed(first, name):
            assert not re.search(r"\d", words(part, "figure")), words(part, "figure")


def test_a_figure_without_a_record_is_marked() -> None:
    records = {path: record for path, record in SAMPLE["records"].items() if path != "metrics"}
    unsupported = classed(parsed(rendered(SAMPLE, records)), "unsupported")
    assert any("0.93" in words(figure) and "no record" in words(figure) for figure in unsupported)
    assert any("裏付けの記録なし" in words(figure) for figure in unsupported)


def test_what_was_not_measured_is_not_zero() -> None:
    evidence = changed()
    evidence["usage"][0]["read_bytes"] = None
    assert "not measured" in words(page(parsed(rendered(evidence)), "en"))


def test_every_record_is_printed_with_its_id(tree: Element) -> None:
    for language in ("en", "ja"):
        listed = words(classed(page(tree, language), "records")[0])
        numbers = {int(figure.find("sup").text or "0") for figure in classed(page(tree, language), "figure")}
        assert max(numbers) <= listed.count("_")
        for figure in classed(page(tree, language), "figure"):
            assert figure.get("title", "-") in listed


def test_pictures_are_told_in_words(tree: Element) -> None:
    pictures = list(tree.iter(f"{SVG}svg"))
    assert len(pictures) >= 2 * (4 + len(SAMPLE["curves"]["histograms"]))
    for picture in pictures:
        named = picture.get("aria-labelledby", "").split()
        told = {node.get("id"): words(node) for node in picture if node.tag in (f"{SVG}title", f"{SVG}desc")}
        assert all(told[name].strip() for name in named)


def test_tables_have_heads(tree: Element) -> None:
    for table in tree.iter("table"):
        assert table.find("caption") is not None
        assert all(head.get("scope") in ("col", "row") for head in table.iter("th"))


def test_it_says_what_is_played(tree: Element) -> None:
    told = words(classed(page(tree, "en"), "labels")[0])
    assert "One local engine on one machine plays the sites of 3" in told
    assert "decisions were taken by a script" in told
    assert "“bright-moon night” was made from held-out rows" in told
    assert "personas" in told


def test_no_benefit_reads_not_estimated(tree: Element) -> None:
    assert "not estimated" in words(classed(page(tree, "en"), "key")[0])


def test_a_payback_is_a_range_of_months() -> None:
    payback = {"months_low": 4.2, "months_high": 19.6, "currency": "JPY", "benefit_low": 1e6, "benefit_high": 4e6}
    evidence = changed(payback={**payback, "cost_low": 1.0, "cost_high": 2.0})
    assert "4.2 months – 20 months" in words(classed(page(parsed(rendered(evidence)), "en"), "key")[0])
    evidence["payback"]["months_high"] = None
    assert "4.2 months" in words(classed(page(parsed(rendered(evidence)), "en"), "key")[0])
    assert "or never" in words(classed(page(parsed(rendered(evidence)), "en"), "key")[0])


def test_a_gate_that_failed_is_the_first_thing_seen() -> None:
    evidence = changed(approvals=[])
    evidence["gate"]["verdict"] = "failed"
    first = words(classed(page(parsed(rendered(evidence)), "en"), "decision")[0])
    assert "Gate not passed" in first
    assert "Nobody has approved it." in first


def test_own_phrases_carry_the_figures_of_today() -> None:
    evidence = changed(phrases=[{"en": "We reach {metrics.roc_auc.value}.", "ja": ""}])
    said = classed(page(parsed(rendered(evidence)), "en"), "phrases")[0]
    assert "We reach 0.93" in words(said)
    assert classed(said, "figure")[0].get("href", "").endswith(SAMPLE["records"]["metrics"])


def test_words_of_persons_are_never_markup() -> None:
    evidence = changed()
    evidence["pilot"]["title"] = {"en": "<script>alert(1)</script> {x}", "ja": ""}
    evidence["accountable"]["person"] = "A & <b>B</b>"
    text = rendered(evidence)
    assert "<script>alert" not in text
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in text
    parsed(text)


def test_one_language_needs_no_switch() -> None:
    text = rendered(changed(languages=["ja"]))
    assert [main.get("lang") for main in parsed(text).iter("main")] == ["ja"]
    assert 'type="radio"' not in text
    assert "<script" not in text


def test_evidence_without_pictures_is_still_a_report() -> None:
    evidence = changed(curves={}, indicators=[], labels=[], organisations=[])
    evidence["drift"]["shifted"].update(tests=[], windows=0)
    parsed(rendered(evidence))
