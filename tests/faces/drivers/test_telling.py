"""What a pilot remembers of its steps, on a real database: what is done anew, what is taken over, what goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.telling import Memory, digest, until
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Invalid, Unavailable
from moyai.kernel.policy import Who
from moyai.planning import pilots
from moyai.planning.schema.records import PilotAsked, StepAsked, StepShown

GAMMA = (Path(__file__).parents[3] / "examples/gamma-ray/pilot.toml").read_text(encoding="utf-8")


class Pilots:
    """The verbs that a story asks for, without HTTP between."""

    def __init__(self, edge: Edge, who: Who) -> None:
        self.edge, self.who, self.pilots = edge, who, self

    def record(self, pilot: str, asked: StepAsked) -> StepShown:
        return self.edge.run(self.who, pilots.record, pilot, asked)


class Silent:
    """Hears the states that steps end in."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, str]] = []

    def begin(self, step: str, title: str) -> None:
        assert title

    def detail(self, words: str) -> None: ...

    def end(self, step: str, state: str, seconds: float) -> None:
        self.ended.append((step, state))


@pytest.fixture
def remember(edge: Edge, owner: Who) -> Callable[..., Memory]:
    """`remember(text, fresh=...)`: a story begun anew, as the next run of the command does."""

    def make(text: str = GAMMA, fresh: bool = False) -> Memory:
        pilot = edge.run(owner, pilots.declare, PilotAsked(text=text))
        return Memory(cast(Client, Pilots(edge, owner)), pilot, Silent(), fresh)

    return make


def tell(memory: Memory, train: Any = "seed 1") -> list[str]:
    """Three steps; returns those that were really done."""
    done: list[str] = []
    for name, depends in (("data", "digest"), ("train", train), ("gate", "bounds")):
        memory.step(name, depends, lambda name=name: done.append(name) or {"made": name})
    return done


def test_the_second_telling_does_nothing(remember: Callable[..., Memory]) -> None:
    assert tell(remember()) == ["data", "train", "gate"]
    again = remember()
    assert tell(again) == []
    assert again.outcomes["gate"] == {"made": "gate"}
    assert set(again.states.values()) == {"unchanged"}


def test_a_change_is_done_anew_with_all_that_comes_after_it(remember: Callable[..., Memory]) -> None:
    tell(remember())
    assert tell(remember(), train="seed 2") == ["train", "gate"]


def test_another_declaration_takes_over_what_it_shares(remember: Callable[..., Memory]) -> None:
    tell(remember())
    other = GAMMA.replace("seed = 7", "seed = 8", 1)
    assert tell(remember(other), train="seed 2") == ["train", "gate"]
    states = {step.name: step.state for step in remember(other).pilot.steps}
    assert states == {"data": "unchanged", "train": "done", "gate": "done"}


def test_starting_over_does_everything(remember: Callable[..., Memory]) -> None:
    tell(remember())
    assert tell(remember(fresh=True)) == ["data", "train", "gate"]


def test_a_step_that_failed_says_why_and_is_done_again(remember: Callable[..., Memory]) -> None:
    def refuse() -> dict[str, Any]:
        raise Invalid("The table is empty.")

    memory = remember()
    with pytest.raises(Invalid):
        memory.step("data", 1, refuse)
    (kept,) = remember().pilot.steps
    assert (kept.state, kept.outcome["error"]) == ("failed", "The table is empty.")
    assert remember().step("data", 1, lambda: {"ok": True}) == {"ok": True}


@pytest.mark.parametrize(
    ("ending", "fresh", "made"), [(KeyboardInterrupt, False, 1), (Invalid, False, 1), (Invalid, True, 2)]
)
def test_what_an_unfinished_step_has_begun_is_found_again(
    remember: Callable[..., Memory], ending: type[BaseException], fresh: bool, made: int
) -> None:
    begun: list[str] = []

    def work(memory: Memory, end: bool) -> dict[str, Any]:
        run = memory.once("run", lambda: begun.append("run") or f"run_{len(begun)}", lambda _: False)
        if end:
            raise ending("stop")
        return {"run": run}

    first = remember()
    with pytest.raises(ending):
        first.step("train", 1, lambda: work(first, True))
    second = remember(fresh=fresh)
    assert second.step("train", 1, lambda: work(second, False)) == {"run": f"run_{made}"}
    assert len(begun) == made


def test_what_was_lost_is_begun_again(remember: Callable[..., Memory]) -> None:
    memory = remember()
    runs = iter("abc")

    def work() -> dict[str, Any]:
        memory.once("run", lambda: next(runs), lambda _: False)
        return {"run": memory.once("run", lambda: next(runs), lambda run: run == "a")}

    assert memory.step("train", 1, work) == {"run": "b"}


def test_a_digest_is_the_same_for_the_same_facts_in_any_order() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": [3]})


def test_waiting_ends_with_a_sentence() -> None:
    with pytest.raises(Unavailable, match="The job is not ready"):
        until(lambda: False, bool, 0.05, "The job")
    assert until(iter([0, 0, 7]).__next__, bool, 5, "The job") == 7
