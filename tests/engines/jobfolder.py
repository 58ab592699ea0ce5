"""A job's folder as the local engine stages it, and its program run as it runs there: a process of its own."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import moyai
from moyai.compute.ports import Program

SOURCE = Path(moyai.__file__).parent.parent


@dataclass(frozen=True)
class Ended:
    code: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def result(self) -> dict[str, Any]:
        return json.loads((self.folder / "result.json").read_text())

    @property
    def sentence(self) -> str:
        return self.stderr.strip().splitlines()[-1]

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"


def run(program: Program, folder: Path, inputs: Mapping[str, Path | bytes], hash_seed: str = "random") -> Ended:
    """Stage `program` and `inputs` (path below inputs/ -> file or content) and run it to its end."""
    for name, content in program.files.items():
        _put(folder / name, content)
    for name, given in inputs.items():
        _put(folder / "inputs" / name, given if isinstance(given, bytes) else given.read_bytes())
    environ = {
        "PYTHONPATH": os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")]),
        "PYTHONHASHSEED": hash_seed,
        "OMP_NUM_THREADS": "1",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        program.argv, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr, folder)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
