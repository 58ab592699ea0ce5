"""Results as dated JSON with the machine's description. Nothing is measured here."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """What the figures were taken on, without naming it."""
    processors = Path("/proc/cpuinfo")
    named = [line.partition(":")[2].strip() for line in processors.read_text().splitlines() if "model name" in line]
    return {
        "system": platform.platform(),
        "processor": named[0] if named else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gigabytes": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def write(bench: str, result: dict[str, Any]) -> Path:
    """Keep the result under today's date, and say it."""
    now = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{now:%Y-%m-%d}-{bench}.json"
    text = json.dumps({"bench": bench, "at": now.isoformat(timespec="seconds"), **result}, indent=2)
    file.write_text(text + "\n")
    sys.stdout.write(text + "\n")
    return file
