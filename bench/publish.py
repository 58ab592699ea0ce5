"""How long publishing 1 GiB in 1,000 files takes, from the first byte read to the verdict.

Beside it, in the same rounds, `sha256sum` over the same files. The files are no tables, so that the profile has nothing
to read but their names: what is measured is digests, the store, the manifest and the database. Writes dated JSON.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from moyai.app import privately
from moyai.data.schema import DatasetAsked, VersionAsked
from moyai.faces.sdk.client import Client
from moyai.kernel.settings import Settings
from moyai.worker import Worker

RESULTS = Path(__file__).parent / "results"
FILES, BYTES, ROUNDS = 1000, 1 << 30, 3


def written(folder: Path) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"piece-{number:04d}.bin" for number in range(FILES)]
    for path in paths:
        path.write_bytes(os.urandom(BYTES // FILES))
    return paths


def summed(paths: list[Path]) -> None:
    subprocess.run(["sha256sum", "--", *map(str, paths)], stdout=subprocess.DEVNULL, check=True)


def published(moyai: Client, paths: list[Path], name: str) -> None:
    """As `moyai data import` does it, over HTTP."""
    dataset = moyai.datasets.register(DatasetAsked(name=name, title=name))
    files = moyai.blobs.keep_files(paths)
    version = moyai.versions.publish(VersionAsked(dataset=dataset.id, files=files))
    found = moyai.versions.examined(version.id)
    if (found.version.file_count, found.version.state) != (FILES, "validated"):
        raise SystemExit(f"not published as expected: {found.version}")


def timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def rounds(place: Path, paths: list[Path]) -> tuple[list[float], list[float]]:
    """Seconds of ours and of the peer, interleaved; each of ours into an empty home."""
    ours, bare = list[float](), list[float]()
    for number in range(ROUNDS):
        bare.append(timed(lambda: summed(paths)))
        home = place / f"home-{number}"
        with privately(Settings(home=home), Worker) as road:
            token = (home / "owner.token").read_text(encoding="utf-8").strip()
            with Client(road.url, token, road.socket) as moyai:
                ours.append(timed(lambda moyai=moyai, number=number: published(moyai, paths, f"set-{number}")))
        shutil.rmtree(home)
    return ours, bare


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        ours, bare = rounds(Path(place), written(Path(place) / "files"))
    now = datetime.now(UTC)
    result = {
        "bench": "publish",
        "at": now.isoformat(timespec="seconds"),
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()},
        "files": FILES,
        "bytes": BYTES // FILES * FILES,
        "rounds": ROUNDS,
        "publish_seconds": round(statistics.median(ours), 2),
        "sha256sum_seconds": round(statistics.median(bare), 2),
        "speed_beside_sha256sum": round(statistics.median(b / a for a, b in zip(ours, bare, strict=True)), 2),
        "target": 0.7,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2) + "\n"
    (RESULTS / f"{now:%Y-%m-%d}-publish.json").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
