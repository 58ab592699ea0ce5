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
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from moyai.app import opened, privately
from moyai.data import blobs, datasets, versions
from moyai.data.schema import DatasetAsked, FileAsked, VersionAsked, VersionShown
from moyai.faces.sdk.client import Client
from moyai.kernel.policy import Held, Who
from moyai.kernel.settings import Settings
from moyai.worker import Worker

WHO = Who("per_bench", roles=(Held("owner"),))
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


def by_verbs(home: Path, paths: list[Path]) -> float:
    """Seconds by the verbs alone, as a job's results are published: keep, publish, wait for the verdict."""
    with opened(Settings(home=home)) as edge:
        worker = Worker(edge)
        worker.start()
        edge.run(WHO, datasets.register, DatasetAsked(name="pieces", title="Pieces"))

        def publish() -> None:
            with ThreadPoolExecutor(4) as pool:
                kept = list(pool.map(lambda path: blobs.keep_file(edge, path), paths))
            files = (FileAsked(name=path.name, digest=one.digest) for path, one in zip(paths, kept, strict=True))
            edge.run(WHO, blobs.given, WHO.person, *kept)
            version = edge.run(WHO, versions.publish, VersionAsked(dataset="pieces", files=tuple(files)))
            while (found := edge.read(WHO, versions.get, version.id)).state == "published":
                time.sleep(0.01)
            expect(found)

        seconds = timed(publish)
        worker.stop()
    return seconds


def over_http(home: Path, paths: list[Path]) -> float:
    """Seconds as `moyai data import` does it, client and server in one process."""
    with privately(Settings(home=home), Worker) as road:
        token = (home / "owner.token").read_text(encoding="utf-8").strip()
        with Client(road.url, token, road.socket) as moyai:
            dataset = moyai.datasets.register(DatasetAsked(name="pieces", title="Pieces"))

            def publish() -> None:
                files = moyai.blobs.keep_files(paths)
                version = moyai.versions.publish(VersionAsked(dataset=dataset.id, files=files))
                expect(moyai.versions.examined(version.id).version)

            return timed(publish)


def expect(version: VersionShown) -> None:
    if (version.file_count, version.state) != (FILES, "validated"):
        raise SystemExit(f"not published as expected: {version}")


def timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def rounds(place: Path, paths: list[Path]) -> dict[str, list[float]]:
    """Seconds of ours and of the peer, interleaved; each of ours into an empty home."""
    found: dict[str, list[float]] = {"sha256sum": [], "by_verbs": [], "over_http": []}
    for _ in range(ROUNDS):
        found["sha256sum"].append(timed(lambda: summed(paths)))
        for name, way in (("by_verbs", by_verbs), ("over_http", over_http)):
            found[name].append(way(place / "home", paths))
            shutil.rmtree(place / "home")
    return found


def beside(found: dict[str, list[float]], name: str) -> float:
    pairs = zip(found["sha256sum"], found[name], strict=True)
    return round(statistics.median(bare / ours for bare, ours in pairs), 2)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        found = rounds(Path(place), written(Path(place) / "files"))
    now = datetime.now(UTC)
    result = {
        "bench": "publish",
        "at": now.isoformat(timespec="seconds"),
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()},
        "files": FILES,
        "bytes": BYTES // FILES * FILES,
        "rounds": ROUNDS,
        "seconds": {name: round(statistics.median(seconds), 2) for name, seconds in found.items()},
        "speed_beside_sha256sum": {name: beside(found, name) for name in ("by_verbs", "over_http")},
        "target": 0.7,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2) + "\n"
    (RESULTS / f"{now:%Y-%m-%d}-publish.json").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
