"""Every kind of record has a page; what one may not see looks like what is not there; nothing leaks, nothing runs."""

import re
from pathlib import Path

import html5lib
import pytest
from fastapi.testclient import TestClient
from html5lib.html5parser import ParseError

import moyai
from moyai.faces.portal import desk
from moyai.faces.portal.kinds import ELSEWHERE, KINDS, LISTINGS
from moyai.kernel import ids, wording
from moyai.kernel.edge import Edge
from moyai.kernel.policy import Who
from moyai.people import organisations
from moyai.people.schema import OrganisationAsked
from tests.faces.portal.conftest import Browse
from tests.faces.portal.shelf import fill
from tests.models.stage import Stage

HOUSE = Path(moyai.__file__).parent
SAFE = ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control")


def faults(text: str) -> str:
    """Why a strict parser does not accept it; empty when it does."""
    try:
        html5lib.HTMLParser(strict=True).parse(text)
    except ParseError as wrong:
        return str(wrong)
    return ""


def test_every_kind_of_id_has_a_page_or_a_reason() -> None:
    made = {
        prefix for path in HOUSE.rglob("*.py") for prefix in re.findall(r'ids\.new\("([a-z]+)"\)', path.read_text())
    }
    assert made and made <= KINDS.keys() | ELSEWHERE.keys()


def test_every_record_is_shown_in_both_languages(stage: Stage, browse: Browse) -> None:
    found, browser = fill(stage), browse(stage.owner)
    assert found.keys() >= KINDS.keys()
    for prefix, record in found.items():
        for language in wording.LANGUAGES:
            answer = browser.get(f"/r/{record}", params={"lang": language})
            assert answer.status_code == (404 if prefix in ELSEWHERE else 200), prefix
            assert not faults(answer.text), f"{prefix}: {faults(answer.text)}"
            assert f'<html lang="{language}">' in answer.text
            assert prefix in ELSEWHERE or f"<code>{record}</code>" in answer.text
            assert "secret" not in answer.text.lower().replace("their secrets are not kept", "")


def test_links_between_records_lead_to_records(stage: Stage, browse: Browse) -> None:
    found, browser = fill(stage), browse(stage.owner)
    pages = [browser.get(f"/r/{record}").text for record in found.values()]
    linked = {record for page in pages for record in re.findall(r'href="/r/([a-z]+_\w+)"', page)}
    assert len(linked) > 15
    for record in linked:
        answer = browser.get(f"/r/{record}")
        assert answer.status_code == (404 if ids.kind_of(record) in ELSEWHERE else 200), record


@pytest.mark.parametrize("path", ["/", "/journal", "/journal?check=true", *(f"/all/{word}" for word in LISTINGS)])
def test_lists_are_valid_pages(stage: Stage, browse: Browse, path: str) -> None:
    fill(stage)
    for language in wording.LANGUAGES:
        answer = browse(stage.owner).get(path, headers={"accept-language": language})
        assert answer.status_code == 200
        assert not faults(answer.text), faults(answer.text)
        assert f'<html lang="{language}">' in answer.text


def test_what_one_may_not_see_looks_like_what_is_not_there(stage: Stage, browse: Browse) -> None:
    found, browser = fill(stage), browse(stage.stranger("stranger"))
    for prefix in ("dst", "dsv", "job", "apr", "prd", "tok", "rol", "evt", "acc"):
        hidden, missing = (browser.get(f"/r/{record}") for record in (found[prefix], ids.new(prefix)))
        assert hidden.status_code == missing.status_code == 404, prefix
        assert hidden.text.replace(found[prefix], "") == re.sub(rf"{prefix}_[0-9a-z]{{26}}", "", missing.text)


def test_a_person_without_the_role_is_told_so(stage: Stage, browse: Browse) -> None:
    answer = browse(stage.people["operator"]).get("/journal")
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


def test_an_id_that_is_none_gets_a_page(browse: Browse, owner: Who) -> None:
    for record in ("nothing", "job_1", "job_" + "0" * 26, "../etc", "%00", "evt_" + "z" * 26):
        answer = browse(owner).get(f"/r/{record}")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith(("text/html", "application/"))


def test_names_are_text_and_never_markup(edge: Edge, owner: Who, browse: Browse) -> None:
    nasty = '"><script>alert(1)</script>{{ 7*7 }}'
    made = edge.run(owner, organisations.create, OrganisationAsked(name=nasty, country="JP", currency="JPY"))
    for path in (f"/r/{made.id}", "/all/organisations"):
        text = browse(owner).get(path).text
        assert "<script" not in text and "&lt;script&gt;" in text and "{{ 7*7 }}" in text


def test_every_answer_is_safe_for_a_browser(stage: Stage, browse: Browse, anybody: TestClient) -> None:
    browser = browse(stage.owner)
    for answer in (browser.get("/"), browser.get("/r/nothing"), browser.get("/journal?cursor=!"), anybody.get("/"),
                   anybody.get("/login"), anybody.get("/portal/style.css")):  # fmt: skip
        assert all(name in answer.headers for name in SAFE), answer.url
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "<script" not in answer.text and " style=" not in answer.text and "http://" not in answer.text


def test_a_report_is_shown_apart_from_the_session(stage: Stage, browse: Browse) -> None:
    found, browser = fill(stage), browse(stage.owner)
    answer = browser.get(f"/r/{found['rpt']}/document")
    assert answer.status_code == 200 and "<title>Report</title>" in answer.text
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    assert "allow-same-origin" not in answer.headers["content-security-policy"]
    assert browser.get(f"/r/{found['rpt']}/evidence").json() == {}
    assert browser.get(f"/r/{found['job']}/document").status_code == 404


def test_the_language_is_remembered(browse: Browse, owner: Who) -> None:
    browser = browse(owner)
    assert '<html lang="en">' in browser.get("/", headers={"accept-language": "fr, en;q=0.8"}).text
    assert '<html lang="ja">' in browser.get("/?lang=ja").text
    assert browser.cookies[desk.SPOKEN] == "ja"
    assert '<html lang="ja">' in browser.get("/").text
    assert '<html lang="ja">' in browser.get("/?lang=xx").text
