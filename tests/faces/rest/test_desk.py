"""Requests become calls, and each kind of error one kind of problem details."""

from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from moyai.faces.rest import desk
from moyai.kernel import errors
from moyai.kernel.errors import Failure
from moyai.people.tokens import Door
from tests.faces.conftest import Web
from tests.people.town import Town

FACTS: dict[str, Any] = {
    "count": 3, "share": 0.5, "all": True, "nothing": None, "names": ["a", "b"], "amount": Decimal("1.50"),
    "never": float("inf"), "odd": object,
}  # fmt: skip


def raising(failure: Exception, town: Town) -> TestClient:
    """A server with one route, which fails in this way."""
    app = FastAPI()
    app.state.edge, app.state.door = town.edge, Door(town.edge)
    desk.handle_problems(app)

    @app.get("/fail")
    async def fail() -> None:
        raise failure

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("kind", errors.KINDS.values(), ids=errors.KINDS)
def test_each_kind_of_error_is_a_kind_of_problem(kind: type[Failure], town: Town):
    answer = raising(kind("Not so.", fix="Do this.", where="here", **FACTS), town).get("/fail")
    told = answer.json()
    assert answer.status_code == kind.status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {key: told[key] for key in ("type", "title", "status", "detail", "fix", "where", "retry")} == {
        "type": f"urn:moyai:problem:{kind.kind}", "title": kind.kind, "status": kind.status, "detail": "Not so.",
        "fix": "Do this.", "where": "here", "retry": kind.retry,
    }  # fmt: skip
    assert told["facts"] == {
        **FACTS, "amount": "1.50", "never": "Infinity", "odd": "<class 'object'>",
    }  # fmt: skip
    assert ("retry-after" in answer.headers) is kind.retry


def test_an_unexpected_error_says_nothing_of_the_inside(town: Town, caplog: pytest.LogCaptureFixture):
    answer = raising(ZeroDivisionError("/home/secret/path"), town).get("/fail")
    assert (answer.status_code, answer.json()["title"]) == (500, "failure")
    assert "secret" not in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert "unexpected error at GET /fail" in caplog.text


def test_an_address_that_is_not_there(web: Web):
    told = web("owner").get("/api/v1/nothing").json()
    assert (told["title"], told["status"], told["where"]) == ("not-found", 404, "/api/v1/nothing")


def test_a_method_that_is_not_offered(web: Web):
    answer = web("owner").put("/api/v1/me")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


ORGANISATION = {"name": "gamma", "country": "JP", "currency": "JPY"}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({**ORGANISATION, "country": "Japan"}, "country"),
        ({**ORGANISATION, "colour": "red"}, "colour"),
        ({"name": "gamma", "country": "JP"}, "currency"),
        ({**ORGANISATION, "name": 7}, "name"),
        ([], "body"),
        ("text", "body"),
        (None, "body"),
    ],
)
def test_a_wrong_field_is_named(web: Web, body: Any, place: str):
    answer = web("owner").post("/api/v1/organisations", json=body)
    assert (answer.status_code, answer.json()["where"]) == (422, place)


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"{}{}", b"[" * 100_000, b'{"name": NaN}', b""])
def test_a_body_that_is_no_json_is_refused(web: Web, body: bytes):
    answer = web("owner").post("/api/v1/organisations", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["title"] == "invalid"


def test_what_was_sent_is_not_said_back(web: Web):
    secret = "moyai_" + "s" * 43
    answer = web("owner").post("/api/v1/organisations", json={**ORGANISATION, "country": secret})
    assert answer.status_code == 422
    assert secret not in answer.text


@pytest.mark.parametrize(
    ("limit", "cursor"), [("0", ""), ("201", ""), ("x", ""), ("1", "!"), ("1", "%ff"), ("1", "a-_")]
)
def test_a_wrong_page_is_refused(web: Web, limit: str, cursor: str):
    assert web("owner").get(f"/api/v1/persons?limit={limit}&cursor={cursor}").status_code == 422


def test_an_unknown_question_is_refused(web: Web):
    answer = web("owner").get("/api/v1/persons?colour=red")
    assert (answer.status_code, answer.json()["where"]) == (422, "colour")


@pytest.mark.parametrize("name", ["token", "access_token", "authorization", "moyai_session", "bearer"])
def test_a_token_in_an_address_is_not_looked_at(web: Web, town: Town, name: str):
    assert web().get(f"/api/v1/me?{name}={town.secrets['owner']}").status_code == 401


def test_a_cookie_counts_for_reading_only(web: Web, town: Town):
    browser = web()
    browser.cookies.set(desk.COOKIE, town.secrets["owner"])
    assert browser.get("/api/v1/me").status_code == 200
    for ask in (
        browser.post("/api/v1/organisations", json=ORGANISATION),
        browser.delete("/api/v1/roles/rol_x"),
        browser.put("/api/v1/me"),
    ):
        assert ask.status_code in (401, 405)
    assert "gamma" not in web("owner").get("/api/v1/organisations").text


def test_the_header_counts_more_than_the_cookie(web: Web, town: Town):
    town.settle("user")
    browser = web("user")
    browser.cookies.set(desk.COOKIE, town.secrets["owner"])
    assert browser.get("/api/v1/me").json()["name"] == "user"


@pytest.mark.parametrize("word", ["Bearer", "bearer", "BEARER"])
def test_the_word_bearer_may_be_written_in_any_way(web: Web, town: Town, word: str):
    assert web().get("/api/v1/me", headers={"authorization": f"{word} {town.secrets['owner']}"}).status_code == 200


HUGE = 10**30
PLACE = {"cores": 1, "memory_bytes": 1, "gpus": HUGE}
PRICES = {"currency": "JPY"}
OUTSIDE = {"start": "0001-01-01T00:00:00+14:00", "end": "2027-02-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/jobs", {"project": "shower", "name": "x", "argv": ["true"], "seed": HUGE}),
        ("POST", "/jobs", {"project": "shower", "name": "x", "argv": ["true"], "need": {"folder_bytes": HUGE}}),
        ("POST", "/jobs", {"project": "shower", "name": "x", "argv": ["true"], "files": {".": "x"}}),
        ("POST", "/sites", {"name": "S", "organisation": "alpha", "resources": PLACE, "prices": PRICES}),
        ("POST", "/allocations", {"project": "shower", "site": "S", "core_hours": 1, **OUTSIDE}),
        ("GET", "/audit/log?since=0001-01-01T00:00:00%2B14:00", None),
        ("GET", f"/jobs/x/log?offset={HUGE}", None),
    ],
)
def test_a_number_or_time_that_nothing_could_keep_is_refused_in_words(web: Web, method: str, path: str, body: object):
    answer = web("owner").request(method, f"/api/v1{path}", json=body)
    assert (answer.status_code, answer.json()["title"]) == (422, "invalid"), answer.text
    assert answer.json()["where"]
