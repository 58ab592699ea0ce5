"""A browser at the portal: the application in this process, on a real database, with the clock of today."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from moyai.faces.portal import desk, login, pages
from moyai.faces.rest import desk as api
from moyai.faces.rest import people
from moyai.kernel.clock import System
from moyai.kernel.edge import Edge
from moyai.kernel.policy import Who, moyai
from moyai.people import tokens
from moyai.people.schema import TokenAsked
from moyai.people.tokens import Door
from tests.models.stage import Stage, stage_at

Browse = Callable[[Who], TestClient]


@pytest.fixture
def clock() -> System:
    """Ids carry the real time."""
    return System()


@pytest.fixture
def owner(edge: Edge) -> Who:
    """The owner as somebody on record."""
    issued = edge.run(moyai("app"), tokens.found, "Haruka")
    assert issued is not None
    return edge.read(moyai("app"), tokens.authenticate, issued.secret)


@pytest.fixture
def stage(edge: Edge, owner: Who) -> Stage:
    return stage_at(edge, owner)


@pytest.fixture
def app(edge: Edge) -> FastAPI:
    made = FastAPI()
    made.state.edge, made.state.door = edge, Door(edge)
    api.handle_problems(made)
    made.include_router(people.router, prefix="/api/v1")
    for router in (login.api, login.router, pages.router):
        made.include_router(router)
    return made


@pytest.fixture
def anybody(app: FastAPI) -> TestClient:
    """A browser that has not logged in."""
    return TestClient(app, base_url="http://127.0.0.1:8420", follow_redirects=False)


@pytest.fixture
def secret_of(edge: Edge) -> Callable[[Who], str]:
    """A token of that person, for everything."""
    return lambda who: edge.run(who, tokens.issue, TokenAsked(person=who.person, label="test")).secret


@pytest.fixture
def browse(app: FastAPI, secret_of: Callable[[Who], str]) -> Browse:
    """`browse(who)`: a browser with that person's session."""

    def opened(who: Who) -> TestClient:
        browser = TestClient(app, base_url="http://127.0.0.1:8420", follow_redirects=False)
        browser.cookies.set(desk.COOKIE, secret_of(who))
        return browser

    return opened
