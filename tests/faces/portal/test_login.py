"""Who gets in and how: by a token, by a link that works once; what a session may do; how it ends."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from moyai.faces.portal import desk, login
from moyai.faces.rest import desk as api
from moyai.kernel import ids
from moyai.kernel.edge import Edge
from moyai.kernel.policy import Who
from moyai.people import tokens
from moyai.people.schema import TokenAsked
from tests.models.stage import Stage

Secret = Callable[[Who], str]


def test_the_cookie_is_the_one_that_the_api_reads() -> None:
    assert desk.COOKIE == api.COOKIE


def test_a_token_opens_a_session_that_keeps_it_out_of_sight(anybody: TestClient, owner: Who, secret_of: Secret) -> None:
    secret = secret_of(owner)
    answer = anybody.post("/login", data={"token": secret, "next": "/journal"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/journal")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("moyai_session=") and "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert secret not in str(answer.headers) and secret not in answer.text
    assert anybody.get("/journal").status_code == 200


def test_a_session_may_only_read(anybody: TestClient, owner: Who, secret_of: Secret) -> None:
    anybody.post("/login", data={"token": secret_of(owner)})
    asked = {"name": "New", "country": "JP", "currency": "JPY"}
    assert anybody.get("/api/v1/organisations").status_code == 200
    assert anybody.post("/api/v1/organisations", json=asked).status_code == 401
    bearer = {"authorization": f"Bearer {anybody.cookies[desk.COOKIE]}"}
    assert anybody.post("/api/v1/organisations", json=asked, headers=bearer).status_code == 403


def test_a_narrow_token_serves_as_it_is(anybody: TestClient, edge: Edge, owner: Who) -> None:
    asked = TokenAsked(person=owner.person, label="narrow", scopes=("organisation.read",))
    secret = edge.run(owner, tokens.issue, asked).secret
    assert anybody.post("/login", data={"token": secret}).status_code == 303
    assert anybody.cookies[desk.COOKIE] == secret


def test_a_wrong_token_is_refused_and_not_repeated(anybody: TestClient) -> None:
    answer = anybody.post("/login", data={"token": "moyai_wrong"})
    assert answer.status_code == 401 and "moyai_wrong" not in answer.text
    assert "set-cookie" not in answer.headers


def test_who_is_not_known_is_sent_to_the_login_and_back(anybody: TestClient) -> None:
    job = ids.new("job")
    answer = anybody.get(f"/r/{job}?lang=ja")
    assert answer.headers["location"] == f"/login?next=%2Fr%2F{job}%3Flang%3Dja"
    assert f'value="/r/{job}?lang=ja"' in anybody.get(answer.headers["location"]).text


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/a\r\nb"])
def test_the_login_leads_nowhere_else(anybody: TestClient, owner: Who, secret_of: Secret, there: str) -> None:
    answer = anybody.post("/login", data={"token": secret_of(owner), "next": there})
    assert answer.headers["location"] == "/"


def test_a_link_from_a_report_on_disk_is_followed_with_the_session(anybody: TestClient) -> None:
    answer = anybody.get("/r/job_1?a=1", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/r/job_1?a=1">' in answer.text


def test_a_link_works_once(anybody: TestClient, owner: Who, secret_of: Secret) -> None:
    bearer = {"authorization": f"Bearer {secret_of(owner)}"}
    made = anybody.post("/api/v1/portal/links", headers=bearer)
    assert (made.status_code, made.json()["seconds"]) == (201, 60)
    path = made.json()["path"]
    assert anybody.get(path).status_code == 303
    assert anybody.get("/").status_code == 200
    again = anybody.get(path)
    assert again.status_code == 404 and "set-cookie" not in again.headers


def test_a_link_is_asked_for_with_a_token_and_not_with_a_cookie(
    anybody: TestClient, owner: Who, secret_of: Secret
) -> None:
    assert anybody.post("/api/v1/portal/links").status_code == 401
    anybody.cookies.set(desk.COOKIE, secret_of(owner))
    answer = anybody.post("/api/v1/portal/links")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_link_that_is_too_late_is_refused_like_an_unknown_one(app: FastAPI, anybody: TestClient, owner: Who) -> None:
    late = login.offer(app, owner, seconds=0)
    assert anybody.get(late).text == anybody.get("/login/nothing").text.replace("/login/nothing", late)


def test_who_a_link_lets_in_is_who_it_was_made_for(app: FastAPI, anybody: TestClient, stage: Stage) -> None:
    anybody.get(login.offer(app, stage.people["operator"]))
    assert anybody.get("/api/v1/me").json()["name"] == "operator"


def test_a_session_ends_at_the_server_too(anybody: TestClient, owner: Who, secret_of: Secret) -> None:
    anybody.post("/login", data={"token": secret_of(owner)})
    session = anybody.cookies[desk.COOKIE]
    assert anybody.post("/logout").headers["location"] == "/login"
    assert desk.COOKIE not in anybody.cookies
    anybody.cookies.set(desk.COOKIE, session)
    assert anybody.get("/").status_code == 303


def test_leaving_with_a_token_of_ones_own_does_not_end_it(anybody: TestClient, owner: Who, secret_of: Secret) -> None:
    secret = secret_of(owner)
    anybody.cookies.set(desk.COOKIE, secret)
    assert anybody.post("/logout").status_code == 303
    assert anybody.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"}).status_code == 200


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_a_form_from_another_site_is_refused(anybody: TestClient, owner: Who, secret_of: Secret, path: str) -> None:
    data = {"token": secret_of(owner)}
    assert anybody.post(path, data=data, headers={"origin": "http://evil.example"}).status_code == 403
    assert anybody.post(path, data=data, headers={"origin": "null"}).status_code == 403
    assert anybody.post(path, data=data, headers={"origin": "http://127.0.0.1:8420"}).status_code == 303
