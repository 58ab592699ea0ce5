"""How a driver says what it does, and how it remembers steps; no story in here."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from moyai.faces.sdk.client import Client
from moyai.kernel.errors import Failure, Unavailable
from moyai.kernel.wording import say
from moyai.planning.schema.records import PilotShown, StepAsked, StepShown
from moyai.planning.schema.steps import TITLES

Outcome = dict[str, Any]
BEGUN = "begun"
"""Under which an unfinished step keeps what it has begun."""
PATIENCE = 900.0
"""Seconds that one job, profile or approval may take before the story says so and stops."""
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
    at_work: StepAsked | None = None
    """The step that is being done, with what it has begun so far."""

    def step(self, name: str, depends: Any, work: Callable[[], Outcome]) -> Outcome:
        """Do one step, unless it was done with the same declaration, data, code and steps before it."""
        fingerprint = digest([name, depends, self.before])
        self.before = fingerprint
        self.tell.begin(name, say(TITLES[name]))
        asked = StepAsked(
            name=name, place=len(self.outcomes), fingerprint=fingerprint, state="running", started=datetime.now(UTC)
        )
        known = self._known(asked)
        if known is None:
            known, state, seconds = self._work(asked, work)
        else:
            state, seconds = "unchanged", 0.0
        self.outcomes[name], self.states[name] = known, state
        self.tell.end(name, state, seconds)
        return known

    @property
    def begun(self) -> dict[str, str]:
        """What the step at work has begun so far, also before it was interrupted."""
        return self.at_work.outcome.get(BEGUN, {}) if self.at_work else {}

    def once(self, key: str, make: Callable[[], str], lost: Callable[[str], bool]) -> str:
        """The id of something that takes long, begun once: a step that was interrupted finds it and waits for it.

        One that is `lost` (failed, say) is begun again.
        """
        known = self.begun.get(key)
        if known is not None and not lost(known):
            return known
        made = make()
        if self.at_work is not None:
            self.at_work = self._record(self.at_work, outcome={BEGUN: {**self.begun, key: made}})
        return made

    def _work(self, asked: StepAsked, work: Callable[[], Outcome]) -> tuple[Outcome, str, float]:
        self.at_work = self._record(asked, outcome=self._interrupted(asked))
        clock = time.monotonic()
        try:
            outcome = work()
        except Exception as failed:
            seconds = time.monotonic() - clock
            told = {**self.at_work.outcome, "error": str(failed)}
            with suppress(Failure):  # that the server is gone too must not hide why
                self._record(asked, state="failed", seconds=seconds, outcome=told)
            self.tell.end(asked.name, "failed", seconds)
            raise
        finally:
            self.at_work = None
        seconds = time.monotonic() - clock
        self._record(asked, state="done", seconds=seconds, outcome=outcome)
        return outcome, "done", seconds

    def _record(self, asked: StepAsked, **update: Any) -> StepAsked:
        changed = asked.model_copy(update=update)
        self.client.pilots.record(self.pilot.id, changed)
        return changed

    def _known(self, asked: StepAsked) -> Outcome | None:
        """What the same step gave: here, or under another declaration of this pilot, which is then taken over."""
        if self.fresh:
            return None
        own = self._like(asked, self.pilot.steps, ("done", "unchanged"))
        if own is not None:
            return own.outcome
        other = self._like(asked, self.pilot.elsewhere, ("done",))
        if other is None:
            return None
        return self._record(asked, state="unchanged", outcome=other.outcome).outcome

    def _interrupted(self, asked: StepAsked) -> Outcome:
        """What the same step had begun when it was interrupted or failed."""
        found = None if self.fresh else self._like(asked, self.pilot.steps, ("running", "failed"))
        return {BEGUN: found.outcome[BEGUN]} if found and BEGUN in found.outcome else {}

    @staticmethod
    def _like(asked: StepAsked, steps: Iterable[StepShown], states: tuple[str, ...]) -> StepShown | None:
        same = (step for step in steps if (step.name, step.fingerprint) == (asked.name, asked.fingerprint))
        return next((step for step in same if step.state in states), None)


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
