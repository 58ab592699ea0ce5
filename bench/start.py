"""How long a person waits for the command and the server, and what a server costs that nobody asks.

`moyai --help`, a command in a new home and one beside a server, the first page, the memory and the processor time of
an idle `moyai up`, and how long it takes to end. Beside it: the interpreter alone, and one that loads the web library.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.record import machine, write

RUN = "from moyai.main import run; run()"
TIMES = 9
IDLE_SECONDS = 20.0


def command(home: Path, *words: str) -> None:
    environment = {**os.environ, "MOYAI_HOME": str(home), "MOYAI_PORT": "0"}
    subprocess.run([sys.executable, "-c", RUN, *words], env=environment, check=True, stdout=subprocess.DEVNULL)


def bare(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True)


def took(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def medians(times: int, **measured: Callable[[], Any]) -> dict[str, float]:
    """Milliseconds, in rounds, so that a slow moment of the machine hits all alike."""
    rounds = [{name: took(work) for name, work in measured.items()} for _ in range(times)]
    return {name: round(statistics.median(one[name] for one in rounds) * 1e3, 1) for name in measured}


def start(home: Path) -> tuple["subprocess.Popen[bytes]", str, float]:
    """A server, its address, and the seconds until it answered a first page."""
    began = time.perf_counter()
    environment = {**os.environ, "MOYAI_HOME": str(home), "MOYAI_PORT": "0"}
    server = subprocess.Popen([sys.executable, "-c", RUN, "up"], env=environment, stdout=subprocess.DEVNULL)
    record = home / "server.json"
    while not record.exists() or json.loads(record.read_text())["pid"] != server.pid:
        time.sleep(0.005)
    url = json.loads(record.read_text())["url"]
    httpx.get(f"{url}/login", timeout=30).raise_for_status()
    return server, url, time.perf_counter() - began


def idle(server: "subprocess.Popen[bytes]", url: str) -> dict[str, float]:
    """What it costs when it has answered a few requests and nobody asks any more."""
    for _ in range(50):
        httpx.get(f"{url}/health/live")
    time.sleep(2)
    watched = psutil.Process(server.pid)
    before = sum(watched.cpu_times()[:2])
    switches = watched.num_ctx_switches().voluntary
    time.sleep(IDLE_SECONDS)
    used = sum(watched.cpu_times()[:2]) - before
    return {
        "rss_megabytes": round(watched.memory_info().rss / 1e6, 1),
        "unique_megabytes": round(watched.memory_full_info().uss / 1e6, 1),
        "threads": watched.num_threads(),
        "cpu_percent": round(100 * used / IDLE_SECONDS, 3),
        "wakeups_per_second": round((watched.num_ctx_switches().voluntary - switches) / IDLE_SECONDS, 1),
    }


def measure(root: Path) -> dict[str, Any]:
    home = root / "served"
    commands = medians(
        TIMES,
        bare_interpreter=lambda: bare("pass"),
        bare_web_library=lambda: bare("import fastapi, uvicorn"),
        help=lambda: command(root / "none", "--help"),
    )
    new, first_page = root / "new", []
    in_process = {"first_command_in_a_new_home": round(took(lambda: command(new, "people", "me")) * 1e3, 1)}
    in_process |= medians(3, command_in_process=lambda: command(new, "people", "me", "--json"))
    for _ in range(3):
        server, url, seconds = start(home)
        first_page.append(round(seconds, 2))
        if len(first_page) < 3:
            end(server)
    beside = medians(3, command_beside_a_server=lambda: command(home, "people", "me", "--json"))
    resting = idle(server, url)
    return {
        "milliseconds": {**commands, **in_process, **beside},
        "first_page_seconds": {"new_home": first_page[0], "existing_home": statistics.median(first_page[1:])},
        "idle": resting,
        "end_seconds": round(end(server), 3),
        "targets": {"help_ms": 300, "first_page_seconds": 3, "idle_rss_megabytes": 300, "idle_cpu_percent": 0.5},
    }


def end(server: "subprocess.Popen[bytes]") -> float:
    began = time.perf_counter()
    server.send_signal(signal.SIGTERM)
    server.wait(30)
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        write("start", {"machine": machine(), **measure(Path(place))})


if __name__ == "__main__":
    main()
