"""The whole application over a small consortium: in this process, and on a Unix socket."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from moyai import app as application
from moyai.kernel.edge import Edge
from tests.people import town as towns
from tests.people.town import Town


class Idle:
    """Nobody works beside the application."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@pytest.fixture
def town(edge: Edge) -> Town:
    return towns.found(edge)


@pytest.fixture
def app(town: Town) -> FastAPI:
    return application.build(town.edge, Idle())


Web = Callable[..., TestClient]


@pytest.fixture
def web(app: FastAPI, town: Town) -> Web:
    """`web("owner")`: a client with that person's token; `web()`: one with none."""

    def make(name: str = "") -> TestClient:
        headers = {"authorization": f"Bearer {town.secrets[name]}"} if name else {}
        return TestClient(app, headers=headers, raise_server_exceptions=False)

    return make


@pytest.fixture
def socket(app: FastAPI, tmp_path: Path) -> Iterator[str]:
    """Path of the Unix socket on which the application listens."""
    path = str(tmp_path / "http.sock")
    server = uvicorn.Server(uvicorn.Config(app, uds=path, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield path
    server.should_exit = True
    thread.join(5)
