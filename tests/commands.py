"""The real command as a subprocess, in a home of its own. No tests here."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from moyai.kernel.home import Home

RUN = "from moyai.main import run; run()"


@dataclass
class Command:
    """`Command(home)("people", "me")`; the environment is the test's own, with MOYAI_* only as given here."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        outside = {key: value for key, value in os.environ.items() if not key.startswith("MOYAI_")}
        return {**outside, "MOYAI_HOME": str(self.home), "MOYAI_PORT": "0", **self.settings}

    def start(self, *words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", RUN, *words]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __call__(self, *words: str) -> "subprocess.CompletedProcess[str]":
        with self.start(*words) as process:
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def up(self) -> "subprocess.Popen[str]":
        """A server that answers; whoever asked for it ends it."""
        server = self.start("up")
        end = time.monotonic() + 30
        while Home(self.home).served() is None:
            assert server.poll() is None, server.stderr and server.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.02)
        return server
