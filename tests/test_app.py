"""The application as a whole: it describes itself, asks everybody who they are, and bounds what is sent."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from moyai.app import build
from moyai.kernel.edge import Edge
from tests.faces.conftest import Idle
from tests.people import town as towns
from tests.people.town import Town

PUBLIC = {"/health/live", "/api/v1/openapi.json", "/login", "/login/{code}", "/portal/style.css", "/portal/mark.svg"}
"""Whoever has no token sees that it lives, what it offers, and where to say who they are."""


@pytest.fixture
def town(edge: Edge) -> Town:
    return towns.found(edge)


@pytest.fixture
def app(town: Town) -> FastAPI:
    return build(town.edge, Idle())


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def offered(app: FastAPI) -> Iterator[tuple[str, str, Any]]:
    """Method, path and route of everything that is offered; a static folder stands for what is in it."""
    for place, route in flat(app.router.routes):
        for method in sorted(getattr(route, "methods", None) or {"GET"}):
            yield method, place, route


def flat(routes: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Routes with their whole path; FastAPI keeps an included router as one route."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from flat(route.original_router.routes, prefix + route.include_context.prefix)
        else:
            yield prefix + route.path, route


def test_nobody_without_a_token_gets_anything(app: FastAPI, stranger: TestClient):
    open_to_all: list[str] = []
    asked = 0
    for method, path, _ in offered(app):
        if path in PUBLIC:
            continue
        asked += 1
        answer = stranger.request(method, re.sub(r"\{[^}]+\}", "x", path))
        shown_the_door = answer.status_code == 303 and answer.headers["location"].startswith("/login")
        if answer.status_code != 401 and not shown_the_door:
            open_to_all.append(f"{method} {path}: {answer.status_code}")
    assert asked > 50
    assert not open_to_all


@pytest.mark.parametrize("path", ["/v2", "/v2/models/x", "/v2/models/x/infer", "/v2/repository/index"])
def test_inference_asks_for_a_token_too(stranger: TestClient, path: str):
    assert stranger.get(path).status_code in (401, 404)
    assert stranger.post(path, content=b"{}").status_code in (401, 404, 405)


def test_no_route_is_offered_twice(app: FastAPI):
    counted = Counter((method, place) for method, place, _ in offered(app))
    assert [each for each, times in counted.items() if times > 1] == []


def test_whoever_has_no_token_finds_the_way_in(stranger: TestClient):
    assert stranger.get("/").headers["location"].startswith("/login")
    assert stranger.get("/login").status_code == 200


def test_a_persona_whose_token_ends_soon_logs_in_until_then(town: Town, stranger: TestClient):
    town.settle("Maria")
    answer = stranger.post("/login", data={"token": town.secrets["Maria"]})
    assert answer.status_code == 303
    session = answer.cookies["moyai_session"]
    assert session != town.secrets["Maria"]
    stranger.cookies.set("moyai_session", session)
    told = stranger.get("/api/v1/me").json()
    assert told["name"] == "Maria"
    assert "*" not in told["scopes"]
    assert stranger.post("/logout").status_code == 303
    stranger.cookies.set("moyai_session", session)
    assert stranger.get("/api/v1/me").status_code == 401


def test_a_token_that_is_wrong_is_as_good_as_none(app: FastAPI, stranger: TestClient):
    for kind in ("Bearer moyai_wrong", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "moyai_wrong", "Bearer \xe9"):
        answer = stranger.get("/api/v1/me", headers={"authorization": kind.encode("latin-1")})
        assert answer.status_code == 401, kind
        assert answer.headers["www-authenticate"] == "Bearer"


def test_whether_it_lives_is_public(stranger: TestClient):
    assert stranger.get("/health/live").json() == {"status": "live"}


def document(stranger: TestClient) -> dict[str, Any]:
    return stranger.get("/api/v1/openapi.json").json()


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_openapi_document_holds_together(app: FastAPI, stranger: TestClient):
    told = document(stranger)
    assert told["openapi"].startswith("3.")
    operations = [(path, method, one) for path, item in told["paths"].items() for method, one in item.items()]
    ids = [one["operationId"] for _, _, one in operations]
    assert len(set(ids)) == len(ids)
    for reference in set(references(told)):
        *way, last = reference.removeprefix("#/").split("/")
        place = told
        for step in way:
            place = place[step]
        assert last in place, reference
    for path, _, one in operations:
        named = {each["name"] for each in one.get("parameters", ()) if each["in"] == "path"}
        assert named == set(re.findall(r"\{([^}:]+)", path)), path
        assert one["responses"], path


def test_every_route_of_the_api_is_described(app: FastAPI, stranger: TestClient):
    told = document(stranger)["paths"]
    described = {path for _, path, route in offered(app) if isinstance(route, APIRoute) and route.include_in_schema}
    assert len(described) > 30
    assert {re.sub(r":\w+\}", "}", path) for path in described} == set(told)


# Bounds.


@pytest.fixture
def narrow(town: Town) -> TestClient:
    """Bodies of at most 1,000 bytes."""
    town.edge.settings = town.edge.settings.model_copy(update={"body_bytes": 1000})
    headers = {"authorization": f"Bearer {town.secrets['owner']}", "content-type": "application/json"}
    return TestClient(build(town.edge, Idle()), headers=headers, raise_server_exceptions=False)


def organisation(size: int) -> bytes:
    """A good request of exactly this many bytes."""
    asked = json.dumps({"name": "gamma", "country": "JP", "currency": "JPY"}).encode()
    return asked + b" " * (size - len(asked))


def in_pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 100):
        yield body[start : start + 100]


def test_a_body_at_the_bound_is_taken(narrow: TestClient):
    assert narrow.post("/api/v1/organisations", content=organisation(1000)).status_code == 201


@pytest.mark.parametrize("chunked", [False, True], ids=["by its length", "in pieces"])
def test_a_body_beyond_the_bound_is_refused(narrow: TestClient, chunked: bool):
    body = organisation(1001)
    answer = narrow.post("/api/v1/organisations", content=in_pieces(body) if chunked else body)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["title"], "1000 bytes" in answer.json()["detail"]) == ("too-large", True)


def test_inference_is_bounded_too(narrow: TestClient):
    for body in (b"[" * 2000, in_pieces(b"[" * 2000)):
        assert narrow.post("/v2/models/x/infer", content=body).status_code in (404, 413)


def test_a_length_that_is_a_lie_is_not_believed(narrow: TestClient):
    answer = narrow.post("/api/v1/organisations", content=organisation(2000), headers={"content-length": "10"})
    assert answer.status_code in (400, 413)


def test_uploads_are_not_counted_as_bodies(narrow: TestClient):
    answer = narrow.post("/api/v1/blobs", content=b"x" * 5000, headers={"content-type": "application/octet-stream"})
    assert answer.status_code not in (413, 500)
