"""Engines load by entry point, once, and say what is missing."""

import subprocess
import sys
import threading
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from moyai.kernel import plugins
from moyai.kernel.errors import Unavailable
from moyai.kernel.home import Home
from moyai.kernel.plugins import Engines


class Pump:
    def __init__(self, folder: Path | None = None) -> None:
        self.folder, self.closed = folder, 0

    def close(self) -> None:
        self.closed += 1


POINTS = (
    EntryPoint("water", f"{__name__}:Pump", "moyai.pumps"),
    EntryPoint("ghost", "no_such_library.pump:Pump", "moyai.pumps"),
    EntryPoint("renamed", "json:Pump", "moyai.pumps"),
)


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch, home: Home) -> Engines:
    sys.modules.setdefault(__name__, sys.modules[Pump.__module__])
    monkeypatch.setattr(plugins, "entry_points", lambda group: [one for one in POINTS if one.group == group])
    return Engines({"pumps": lambda factory: factory(home.work)})


def test_an_engine_is_made_once_and_told_what_its_group_is_told(engines: Engines, home: Home):
    made = engines.get("pumps", "water")
    assert made.folder == home.work
    assert engines.get("pumps", "water") is made


def test_many_threads_get_the_same_engine(engines: Engines):
    got: list[Any] = []
    threads = [threading.Thread(target=lambda: got.append(engines.get("pumps", "water"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in got}) == 1


def test_an_unknown_engine_is_told_with_those_that_there_are(engines: Engines):
    with pytest.raises(Unavailable) as refused:
        engines.get("pumps", "steam")
    assert "steam" in refused.value.what
    assert refused.value.fix == "Installed: ghost, renamed, water."


def test_a_missing_library_is_named(engines: Engines):
    with pytest.raises(Unavailable, match="no_such_library"):
        engines.get("pumps", "ghost")


def test_an_engine_of_one_that_was_renamed_is_unavailable_too(engines: Engines):
    with pytest.raises(Unavailable):
        engines.get("pumps", "renamed")


def test_closing_lets_go(engines: Engines):
    made = engines.get("pumps", "water")
    engines.put("pumps", "plain", object())
    engines.close()
    assert made.closed == 1


def test_asking_what_is_installed_loads_nothing():
    ask = (
        "import sys; from moyai.kernel.plugins import Engines; Engines({}).names('executors')\n"
        "print([name for name in sys.modules if name.startswith('moyai.engines')])"
    )
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
