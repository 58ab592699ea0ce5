"""How a driver says what it does, and how it remembers steps; no story in here."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from moyai.faces.sdk.client import Client
from moyai.kernel.errors import Failure, Unavailable
from moyai.planning.schema.records import PilotShown, StepAsked, StepShown

Outcome = dict[str, Any]
R = TypeVar("R")


class Teller(Protocol):
    """Shows progress to a person."""

    def begin(self, step: str, title: str) -> None: ...

    def detail(self, words: str) -> None: ...

    def end(self, step: str, state: str, seconds: float) -> None: ...


@dataclass(slots=True)
class Memory:
    """What the pilot's steps gave; kept on the server, so that a killed pilot goes on where it stood."""

    client: Client
    pilot: PilotShown
    tell: Teller
    fresh: bool
    before: str = ""
    """Fingerprint of the step before: what it changes, everything after it does anew."""
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    states: dict[str, str] = field(default_factory=dict[str, str])

    def step(self, name: str, title: str, depends: Any, work: Callable[[], Outcome]) -> Outcome:
        """Do one step, unless it was done with the same declaration, data, code and steps before it."""
        place = len(self.outcomes)
        fingerprint = digest([name, depends, self.before])
        self.before = fingerprint
        self.tell.begin(name, title)
        known = self._known(name, fingerprint)
        if known is not None:
            self.outcomes[name], self.states[name] = known.outcome, "unchanged"
            self.tell.end(name, "unchanged", 0)
            return known.outcome
        started, clock = datetime.now(UTC), time.monotonic()
        asked = StepAsked(name=name, place=place, fingerprint=fingerprint, state="running", started=started)
        self.client.pilots.record(self.pilot.id, asked)
        try:
            outcome = work()
        except Failure as failed:
            seconds = time.monotonic() - clock
            told = {"error": str(failed)}
            update = {"state": "failed", "seconds": seconds, "outcome": told}
            self.client.pilots.record(self.pilot.id, asked.model_copy(update=update))
            self.tell.end(name, "failed", seconds)
            raise
        seconds = time.monotonic() - clock
        update = {"state": "done", "seconds": seconds, "outcome": outcome}
        self.client.pilots.record(self.pilot.id, asked.model_copy(update=update))
        self.outcomes[name], self.states[name] = outcome, "done"
        self.tell.end(name, "done", seconds)
        return outcome

    def _known(self, name: str, fingerprint: str) -> StepShown | None:
        if self.fresh:
            return None
        same = (step for step in self.pilot.steps if step.name == name and step.fingerprint == fingerprint)
        return next((step for step in same if step.state == "done"), None)


def digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def until(ask: Callable[[], R], ready: Callable[[R], bool], seconds: float, what: str) -> R:
    """Ask again, at first often and then less, until the answer is ready. Raises Unavailable after `seconds`."""
    end, pause = time.monotonic() + seconds, 0.02
    while True:
        answer = ask()
        if ready(answer):
            return answer
        if time.monotonic() > end:
            raise Unavailable(
                f"{what} is not ready after {seconds:.0f} s.", fix="Run the pilot again: it goes on here."
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)
