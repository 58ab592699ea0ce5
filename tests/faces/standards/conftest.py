"""A server with nothing but the inference protocol, on loopback, and what its tests ask it with."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from moyai.faces.standards.inference import Inference
from moyai.kernel.edge import Edge
from moyai.kernel.policy import Who
from moyai.people.tokens import Door
from tests.models.stage import Stage, stage_at


@pytest.fixture
def stage(edge: Edge, owner: Who) -> Stage:
    return stage_at(edge, owner)


@dataclass
class Served:
    stage: Stage
    url: str
    token: str

    def client(self, token: str | None = None) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {token or self.token}"})


@pytest.fixture
def served(stage: Stage) -> Iterator[Served]:
    """The protocol over HTTP with one open endpoint, `gamma`, asked with a key user's token."""
    stage.endpoint("gamma")
    config = uvicorn.Config(Inference(stage.edge, Door(stage.edge)), port=0, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(stage, f"http://127.0.0.1:{port}", stage.token("key_user"))
    server.should_exit = True
    thread.join(5)
