"""Endpoints: opened by a passed gate alone, stopped by those on shift, with a history that nobody can shorten."""

import pytest

from moyai.kernel import journal
from moyai.kernel.errors import Conflict, NotAllowed, NotFound
from moyai.models import serving
from moyai.models.schema import EndpointAsked, Reason
from moyai.people import projects
from moyai.people.schema import ProjectAsked
from tests.models.stage import Stage

FOG = Reason(reason="fog on the mirror")


def asked(stage: Stage, version: str, gate: str, **more: str) -> EndpointAsked:
    return EndpointAsked.model_validate(
        {"name": "gamma", "model_version": version, "gate": gate, "project": stage.project, **more}
    )


@pytest.mark.parametrize("verdict", ["waiting", "failed"])
def test_only_a_passed_gate_opens(stage: Stage, verdict: str):
    version = stage.version()
    with pytest.raises(Conflict, match=verdict):
        stage.edge.run(stage.people["leader"], serving.open, asked(stage, version, stage.gate(version, verdict)))


def test_the_gate_of_another_version_does_not_open(stage: Stage):
    gate = stage.gate(stage.version(1))
    with pytest.raises(Conflict, match="another version"):
        stage.edge.run(stage.people["leader"], serving.open, asked(stage, stage.version(2), gate))


def test_a_version_serves_only_in_its_project(stage: Stage):
    version = stage.version()
    other = stage.edge.run(stage.owner, projects.create, ProjectAsked(name="delta", organisation=stage.organisation))
    with pytest.raises(Conflict, match="another project"):
        stage.edge.run(stage.owner, serving.open, asked(stage, version, stage.gate(version), project=other.id))


@pytest.mark.parametrize("role", ["operator", "trainer", "coordinator"])
def test_who_may_not_open(stage: Stage, role: str):
    version = stage.version()
    with pytest.raises(NotAllowed, match="a leader or key user"):
        stage.edge.run(stage.people[role], serving.open, asked(stage, version, stage.gate(version)))


@pytest.mark.parametrize("role", ["operator", "leader"])
def test_those_on_shift_stop_and_the_leader_resumes(stage: Stage, role: str):
    stage.endpoint()
    stopped = stage.edge.run(stage.people[role], serving.stop, "gamma", FOG)
    assert (stopped.state, stopped.reason) == ("stopped", FOG.reason)
    with pytest.raises(NotAllowed, match="a leader"):
        stage.edge.run(stage.people["operator"], serving.resume, "gamma", FOG)
    assert stage.edge.run(stage.people["leader"], serving.resume, "gamma", FOG).state == "open"


@pytest.mark.parametrize("role", ["key_user", "trainer", "coordinator"])
def test_who_may_not_stop(stage: Stage, role: str):
    stage.endpoint()
    with pytest.raises(NotAllowed, match="an operator or leader"):
        stage.edge.run(stage.people[role], serving.stop, "gamma", FOG)


@pytest.mark.parametrize("number", [1, 2])
def test_opening_again_is_no_way_around_the_stop(stage: Stage, number: int):
    first = stage.endpoint()
    stage.edge.run(stage.people["operator"], serving.stop, "gamma", FOG)
    version = stage.version(2)
    wanted = (
        asked(stage, first.model_version, first.gate) if number == 1 else asked(stage, version, stage.gate(version))
    )
    with pytest.raises(NotAllowed, match="a leader"):
        stage.edge.run(stage.people["key_user"], serving.open, wanted)
    assert stage.edge.read(stage.owner, serving.get, "gamma").state == "stopped"
    assert stage.edge.run(stage.people["leader"], serving.open, wanted).state == "open"


def test_a_gate_for_another_purpose_does_not_open(stage: Stage):
    version = stage.version()
    gate = stage.gate(version, purpose="research")
    with pytest.raises(Conflict, match="for research"):
        stage.edge.run(stage.people["leader"], serving.open, asked(stage, version, gate))


def test_the_history_says_what_was_in_production_and_who_said_so(stage: Stage):
    first = stage.endpoint()
    stage.edge.run(stage.people["operator"], serving.stop, "gamma", FOG)
    stage.edge.run(stage.people["operator"], serving.stop, "gamma", FOG)
    second = stage.endpoint(number=2)
    found = stage.edge.read(stage.owner, serving.history, "gamma")
    leader, operator = stage.people["leader"].person, stage.people["operator"].person
    assert [(line.action, line.model_version, line.by) for line in found] == [
        ("replaced", second.model_version, leader),
        ("stopped", first.model_version, operator),
        ("opened", first.model_version, leader),
    ]
    assert (second.id, second.state) == (first.id, "open")


def test_opening_the_same_again_changes_nothing(stage: Stage):
    version = stage.version()
    wanted = asked(stage, version, stage.gate(version))
    first = stage.edge.run(stage.people["leader"], serving.open, wanted)
    assert stage.edge.run(stage.people["leader"], serving.open, wanted) == first
    with stage.edge.database.reading() as session:
        assert len(journal.since(session, 0, ["EndpointOpened"], 10)) == 1


def test_an_unknown_endpoint(stage: Stage):
    with pytest.raises(NotFound, match="moyai endpoints list"):
        stage.edge.read(stage.owner, serving.get, "nothing")
