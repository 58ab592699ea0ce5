"""The real command as a subprocess, and the two pilots run once for every test that looks at what came of them."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from moyai.main import run; run()")


@dataclass(frozen=True)
class Moyai:
    """`moyai(...)` in a home of its own."""

    home: Path

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "MOYAI_HOME": str(self.home), "MOYAI_LANGUAGE": "en", "COLUMNS": "200"}

    def __call__(self, *words: str, expect: int | None = 0, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run it; `expect` is its exit code, None when the test looks at that itself."""
        done = subprocess.run(
            (*COMMAND, *words), cwd=CHECKOUT, env=self.environ, input=typed, text=True, capture_output=True, timeout=300
        )
        told = f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert expect is None or done.returncode == expect, told
        return done

    def evidence(self, name: str) -> dict[str, Any]:
        """What the last run of a pilot left."""
        return json.loads((self.home / "pilots" / name / "evidence.json").read_text(encoding="utf-8"))

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)


@dataclass(frozen=True)
class Ran:
    """A pilot that was run once."""

    moyai: Moyai
    said: str
    evidence: dict[str, Any]
    report: str


def ran(home: Path, file: str, name: str) -> Ran:
    moyai = Moyai(home)
    said = moyai("pilot", "run", file).stdout
    return Ran(moyai, said, moyai.evidence(name), (home / "pilots" / name / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def gamma(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(tmp_path_factory.mktemp("gamma") / "home", "examples/gamma-ray/pilot.toml", "gamma-ray")


@pytest.fixture(scope="session")
def steel(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(tmp_path_factory.mktemp("steel") / "home", "examples/steel-inspection/pilot.toml", "steel-inspection")


@pytest.fixture
def moyai(tmp_path: Path) -> Moyai:
    return Moyai(tmp_path / "home")
