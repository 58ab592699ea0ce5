"""How long the local engine takes from submit to the end being seen, and how many jobs a second it drains.

Beside it, in the same run, the same program started and waited for by `subprocess` alone. Writes dated JSON.
"""

import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from moyai.compute.ports import Phase, Spec
from moyai.engines.executors.local import Local

RESULTS = Path(__file__).parent / "results"
ENVIRON = {"PATH": "/usr/bin:/bin"}
LATENCY_JOBS = 100
DRAINED_JOBS = 2000
AT_ONCE = 4


def folder(root: Path, name: str) -> Path:
    made = root / name
    made.mkdir()
    return made


def engine_once(engine: Local, place: Path) -> float:
    began = time.perf_counter()
    native = engine.submit(Spec(("/bin/true",), place, environ=ENVIRON), place.name)
    while engine.status([native])[native].phase is not Phase.ENDED:
        engine.wait(0.5)
    return time.perf_counter() - began


def bare_once() -> float:
    began = time.perf_counter()
    subprocess.run(["/bin/true"], env=ENVIRON, check=True)
    return time.perf_counter() - began


def drain(engine: Local, root: Path) -> float:
    """Seconds to run all jobs, `AT_ONCE` of them living at any time."""
    waiting = [folder(root, f"drain-{number}") for number in range(DRAINED_JOBS)]
    living: set[str] = set()
    began = time.perf_counter()
    while waiting or living:
        while waiting and len(living) < AT_ONCE:
            place = waiting.pop()
            living.add(engine.submit(Spec(("/bin/true",), place, environ=ENVIRON), place.name))
        seen = engine.status(tuple(living))
        ended = {native for native, one in seen.items() if one.phase is Phase.ENDED}
        living -= ended
        if not ended:
            engine.wait(0.5)
    return time.perf_counter() - began


def idle_cost(engine: Local, root: Path) -> float:
    """Processor seconds that a supervisor spends per second of a job that sleeps."""
    place = folder(root, "idle")
    native = engine.submit(Spec(("sleep", "10"), place, environ=ENVIRON), "idle")
    time.sleep(1)
    pid = json.loads((place / ".engine" / "begun.json").read_text())["pid"]
    before, after = ticks(pid), None
    time.sleep(5)
    after = ticks(pid)
    engine.cancel(native)
    return (after - before) / os.sysconf("SC_CLK_TCK") / 5


def ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def interleaved(times: int, *measured: Callable[[int], float]) -> list[list[float]]:
    rounds = [[one(number) for one in measured] for number in range(times)]
    return [sorted(column) for column in zip(*rounds, strict=True)]


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        engine = Local(root)
        ours, bare = interleaved(
            LATENCY_JOBS,
            lambda number: engine_once(engine, folder(root, f"one-{number}")),
            lambda _: bare_once(),
        )
        seconds = drain(engine, root)
        idle = idle_cost(engine, root)
    now = datetime.now(UTC)
    result = {
        "bench": "local_engine",
        "at": now.isoformat(timespec="seconds"),
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()},
        "submit_to_seen_finished_ms": {
            "jobs": LATENCY_JOBS,
            "median": round(statistics.median(ours) * 1e3, 2),
            "p95": round(ours[int(0.95 * LATENCY_JOBS)] * 1e3, 2),
            "target": 50,
            "bare_subprocess_median": round(statistics.median(bare) * 1e3, 2),
        },
        "drained": {
            "jobs": DRAINED_JOBS,
            "at_once": AT_ONCE,
            "jobs_per_second": round(DRAINED_JOBS / seconds, 1),
            "target": 100,
        },
        "supervisor_cpu_share_while_idle": round(idle, 4),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2)
    (RESULTS / f"{now:%Y-%m-%d}-local_engine.json").write_text(text + "\n")
    os.write(1, f"{text}\n".encode())


if __name__ == "__main__":
    main()
