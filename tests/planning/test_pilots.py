"""Pilots on record: the same words are the same pilot, steps are kept, and others know what was done."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from moyai.kernel.edge import Edge
from moyai.kernel.errors import Invalid, NotAllowed, NotFound
from moyai.kernel.policy import Who
from moyai.planning import pilots
from moyai.planning.schema.records import PilotAsked, PilotsAsked, PilotShown, StepAsked

GAMMA = (Path(__file__).parents[2] / "examples/gamma-ray/pilot.toml").read_text(encoding="utf-8")
AT = datetime(2027, 1, 4, 9, tzinfo=UTC)


def declare(edge: Edge, who: Who, text: str = GAMMA) -> PilotShown:
    return edge.run(who, pilots.declare, PilotAsked(text=text))


def step(name: str, **more: object) -> StepAsked:
    return StepAsked.model_validate({"name": name, "place": 0, "fingerprint": "sha256:1", "started": AT, **more})


def test_the_same_text_is_the_same_pilot_and_another_one_is_another(edge: Edge, owner: Who) -> None:
    first = declare(edge, owner)
    assert declare(edge, owner).id == first.id
    second = declare(edge, owner, GAMMA + "# a word more\n")
    assert second.id != first.id
    assert edge.read(owner, pilots.get, "gamma-ray").id == second.id
    assert [line.id for line in edge.read(owner, pilots.list, PilotsAsked(name="gamma-ray")).items] == [
        second.id,
        first.id,
    ]


def test_a_step_is_written_over_by_what_it_gives_next(edge: Edge, owner: Who) -> None:
    pilot = declare(edge, owner)
    for state in ("running", "failed", "done"):
        edge.run(owner, pilots.record, pilot.id, step("data", state=state, outcome={"version": state}))
    (kept,) = edge.read(owner, pilots.get, pilot.id).steps
    assert (kept.state, kept.outcome) == ("done", {"version": "done"})


def test_another_declaration_sees_what_was_done_but_not_what_failed_or_was_taken_over(edge: Edge, owner: Who) -> None:
    first = declare(edge, owner)
    for name, state in (("data", "done"), ("train", "failed"), ("prepare", "unchanged"), ("gate", "running")):
        edge.run(owner, pilots.record, first.id, step(name, state=state))
    second = declare(edge, owner, GAMMA.replace("seed = 7", "seed = 8", 1))
    assert second.steps == ()
    assert [one.name for one in second.elsewhere] == ["data"]
    other = declare(edge, owner, GAMMA.replace('name = "gamma-ray"', 'name = "other"', 1))
    assert other.elsewhere == ()


def test_programs_behind_a_pilot_are_part_of_it(edge: Edge, owner: Who) -> None:
    built_in = declare(edge, owner)
    own = declare(edge, owner, GAMMA.replace('algorithm = "gradient_boosting"', 'script = "train.py"', 1))
    assert built_in.code_digest.startswith("sha256:")
    assert own.code_digest != built_in.code_digest
    assert declare(edge, owner, GAMMA.replace("seed = 7", "seed = 9", 1)).code_digest == built_in.code_digest


def test_who_may_declare_and_record(edge: Edge, person) -> None:
    user, other = person("key_user", name="Haruka"), person("key_user", name="Ryo")
    pilot = declare(edge, user)
    edge.run(user, pilots.record, pilot.id, step("data"))
    with pytest.raises(NotAllowed):
        edge.run(other, pilots.record, pilot.id, step("data"))
    edge.run(person("coordinator"), pilots.record, pilot.id, step("data"))
    with pytest.raises(NotAllowed):
        declare(edge, person("operator", name="Pau"))


def test_what_is_no_pilot_is_refused_and_nothing_is_kept(edge: Edge, owner: Who) -> None:
    with pytest.raises(Invalid, match="windws"):
        declare(edge, owner, GAMMA.replace("windows = 240", "windws = 240"))
    assert edge.read(owner, pilots.list, PilotsAsked()).items == ()
    with pytest.raises(NotFound):
        edge.read(owner, pilots.get, "gamma-ray")
