"""Requests a second of the V2 route (token, policy, checks, prediction log on) beside bare onnxruntime, in turns.

One server process, one client process with 16 connections, batch 1, a boosted model of ten features. Writes dated JSON.
"""

import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import psutil
import uvicorn

from moyai.app import build
from moyai.engines.trainers import tabular_fit
from moyai.faces.standards.inference import Inference
from moyai.kernel import policy, spool
from moyai.kernel.database import Database, Row
from moyai.kernel.edge import Edge, engines
from moyai.kernel.home import Home
from moyai.kernel.policy import Held, Who
from moyai.kernel.settings import Settings
from moyai.models import predictions
from moyai.models.loops import LOOPS
from moyai.people.tokens import Door
from moyai.worker import Worker
from tests.models.stage import stage_at

RESULTS = Path(__file__).parent / "results"
OWNER = Who(person="per_00000000000000000000000000", name="Owner", roles=(Held("owner"),))
CONNECTIONS, SECONDS, ROUNDS, FEATURES = 16, 3.0, 5, 10
ROUTES = ("bare route", "whole application")


def model_file() -> bytes:
    """Boosted trees as the tabular trainer makes them."""
    source = np.random.default_rng(0)
    rows = source.normal(size=(5000, FEATURES))
    label = (rows[:, 0] ** 2 + rows[:, 1] > 1).astype(int)
    fitted = tabular_fit.fitted("gradient_boosting", {"max_iter": 200}, 0, rows, label)
    return tabular_fit.as_onnx(fitted, [f"x{place}" for place in range(FEATURES)], {})


def options() -> onnxruntime.SessionOptions:
    """One thread, as the server has it."""
    made = onnxruntime.SessionOptions()
    made.intra_op_num_threads = made.inter_op_num_threads = 1
    return made


def bare(session: onnxruntime.InferenceSession, row: Any) -> float:
    """Runs a second of the model alone, on one row."""
    name, count = session.get_inputs()[0].name, 0
    end = time.perf_counter() + SECONDS / 3
    while time.perf_counter() < end:
        for _ in range(100):
            session.run(None, {name: row})
        count += 100
    return count / (SECONDS / 3)


class Asker(asyncio.Protocol):
    """One connection that asks again as soon as it is answered; notes how long each answer took."""

    def __init__(self, request: bytes, times: list[float], ended: asyncio.Future[None]) -> None:
        self._request, self._times, self._ended = request, times, ended
        self._seen = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._at = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, found, body = self._seen.partition(b"\r\n\r\n")
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]) if found else 0
        if not found or len(body) < length:
            return
        assert head.startswith(b"HTTP/1.1 200"), self._seen
        self._times.append(time.perf_counter() - self._at)
        self._seen = body[length:]
        if not self._ended.done():
            self._ask()


async def ask(port: int, token: str, seconds: float) -> dict[str, float]:
    """What 16 connections get in `seconds`."""
    row = [round(0.1 * place, 3) for place in range(FEATURES)]
    tensor = {"name": "features", "shape": [1, FEATURES], "datatype": "FP32", "data": row}
    body = json.dumps({"inputs": [tensor], "parameters": {"source": "bench"}}).encode()
    lines = ("POST /v2/models/bench/infer HTTP/1.1", "host: localhost", "content-type: application/json")
    head = "\r\n".join((*lines, f"authorization: Bearer {token}", f"content-length: {len(body)}", "", ""))
    times: list[float] = []
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: Asker(head.encode() + body, times, ended), "127.0.0.1", port)
    await asyncio.sleep(0.3)
    times.clear()
    start = time.perf_counter()
    await asyncio.sleep(seconds)
    took, kept = time.perf_counter() - start, sorted(times)
    ended.set_result(None)
    return {"rate": len(kept) / took, "p50_ms": kept[len(kept) // 2] * 1e3, "p99_ms": kept[len(kept) * 99 // 100] * 1e3}


@contextmanager
def served(edge: Edge, application: Any) -> Generator[int]:
    config = uvicorn.Config(application, port=0, log_config=None, access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


def client(port: int, token: str) -> dict[str, float]:
    asked = [sys.executable, "-m", "bench.inference", "client", str(port), str(SECONDS)]
    done = subprocess.run(
        asked, input=token, capture_output=True, text=True, check=True
    )  # not in argv: others see that
    return json.loads(done.stdout)


def measure(edge: Edge, name: str) -> dict[str, Any]:
    file = model_file()
    stage = stage_at(edge, OWNER)
    stage.endpoint("bench", file=file)
    session = onnxruntime.InferenceSession(file, options())
    row = np.array([[0.1 * place for place in range(FEATURES)]], dtype=np.float32)
    application = Inference(edge, Door(edge)) if name == "bare route" else build(edge, Worker(edge, (), LOOPS))
    token = stage.token("operator")
    rounds: list[dict[str, float]] = []
    with served(edge, application) as port:
        client(port, token)
        for _ in range(ROUNDS):
            alone = bare(session, row)
            rounds.append({"bare_rate": alone, **client(port, token)})
    logged = sum(file.read_bytes().count(b"\n") for file in spool.files(edge.home.spool, predictions.TOPIC))
    middle = {key: round(statistics.median(one[key] for one in rounds), 3) for key in rounds[0]}
    return {
        **middle,
        "ratio": round(statistics.median(r["rate"] / r["bare_rate"] for r in rounds), 4),
        "logged": logged,
    }


def main() -> None:
    found: dict[str, Any] = {}
    for name in ROUTES:
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder))
            home.make()
            settings = Settings(home=home.path)
            database = Database(settings.database_url)
            Row.metadata.create_all(database.engine)
            edge = Edge(settings, home, database, engines(home), policy.read(Path(policy.__file__).parents[1]))
            found[name] = measure(edge, name)
            edge.close()
    machine = {"cpus": os.cpu_count(), "memory": psutil.virtual_memory().total, "system": platform.platform()}
    at = datetime.now(UTC)
    record = {"bench": "inference", "at": at.isoformat(), "machine": machine, "connections": CONNECTIONS, **found}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"inference-{at:%Y%m%d-%H%M%S}.json").write_text(json.dumps(record, indent=2) + "\n")
    sys.stdout.write(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        answer = asyncio.run(ask(int(sys.argv[2]), sys.stdin.read(), float(sys.argv[3])))
        sys.stdout.write(json.dumps(answer))
    else:
        main()
