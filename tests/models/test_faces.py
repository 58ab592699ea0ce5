"""Models as clients meet them: the SDK over HTTP, each person with an own token, and the command's conversation."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn

from moyai import app
from moyai.faces.sdk.client import Client
from moyai.kernel.errors import Conflict, NotAllowed, Unavailable
from moyai.models.schema import (
    DecisionAsked,
    DecisionsAsked,
    ModelsAsked,
    NextAsked,
    PredictionsAsked,
    Reason,
)
from tests.models.stage import Stage, log

Speak = Callable[..., Client]


class Nobody:
    """No worker: the tests turn the loops themselves."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@pytest.fixture
def speak(stage: Stage) -> Iterator[Speak]:
    """`speak("operator")`: a client of a real server with that person's token."""
    config = uvicorn.Config(app.build(stage.edge, Nobody()), port=0, log_config=None, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    made: list[Client] = []

    def client(name: str, scripted: bool = False) -> Client:
        made.append(Client(url, stage.token(name, scripted)))
        return made[-1]

    yield client
    for one in made:
        one.close()
    server.should_exit = True
    thread.join(5)


def test_the_registry_and_gates_are_read(stage: Stage, speak: Speak):
    version = stage.version()
    gate = stage.gate(version)
    user = speak("key_user")
    (model,) = user.models.list().items
    assert user.models.get(model.id) == model
    (found,) = user.models.versions(ModelsAsked(model=model.id)).items
    assert (found.id, user.models.version(version)) == (version, found)
    assert user.training.get(found.run).state == "succeeded"
    assert [run.id for run in user.training.list().items] == [found.run]
    assert [one.id for one in user.gates.list(ModelsAsked(model_version=version)).items] == [gate]
    assert len(user.gates.questions()) == 4


def test_a_shift_from_prediction_to_decision(stage: Stage, speak: Speak):
    endpoint = stage.endpoint()
    operator, leader = speak("operator"), speak("leader")
    answer = operator.endpoints.infer("gamma", [[1, 2, 3], [4, 5, 6]], "night-3")
    assert answer["outputs"][0]["shape"] == [2]
    (one,) = log(stage, endpoint, [[7, 8, 9]])
    assert operator.predictions.get(one).inputs == {"size": 7, "width": 8, "alpha": 9}
    assert len(operator.predictions.list(PredictionsAsked(endpoint="gamma")).items) == 3
    waiting = operator.decisions.next(NextAsked(endpoint="gamma"))
    assert waiting is not None
    made = operator.decisions.decide(DecisionAsked(prediction=waiting.id, verdict="accepted"))
    assert operator.decisions.get(made.id) == made and not made.scripted
    with pytest.raises(Conflict, match="accepted already"):
        operator.decisions.decide(DecisionAsked(prediction=waiting.id, verdict="accepted"))
    with pytest.raises(NotAllowed):
        leader.decisions.next(NextAsked(endpoint="gamma"))
    assert [one.id for one in leader.decisions.list(DecisionsAsked(endpoint="gamma")).items] == [made.id]
    assert leader.endpoints.figures("gamma").decisions == 1


def test_the_stop_button_over_the_wire(stage: Stage, speak: Speak):
    stage.endpoint()
    operator, leader = speak("operator"), speak("leader")
    assert operator.endpoints.stop("gamma", Reason(reason="fog")).state == "stopped"
    with pytest.raises(Unavailable, match="fog"):
        operator.endpoints.infer("gamma", [[1, 2, 3]])
    with pytest.raises(NotAllowed):
        operator.endpoints.resume("gamma", Reason(reason="dry again"))
    assert leader.endpoints.resume("gamma", Reason(reason="dry again")).state == "open"
    assert operator.endpoints.infer("gamma", [[1, 2, 3]])["model_name"] == "gamma"
    assert [line.action for line in leader.endpoints.history("gamma")] == ["resumed", "stopped", "opened"]


def say(client: Client, *words: str, typed: str = "") -> str:
    """What the real command prints when this person gives it."""
    token = client.http.http.headers["authorization"].removeprefix("Bearer ")
    environ = {**os.environ, "MOYAI_URL": client.url, "MOYAI_TOKEN": token}
    command = [sys.executable, "-c", "from moyai.main import run; run()", *words]
    ended = subprocess.run(command, input=typed, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_a_newcomer_decides_by_hand(stage: Stage, speak: Speak):
    log(stage, stage.endpoint(), [[7.25, 8, 9], [1, 2, 3], [4, 5, 6]], "night-3")
    operator = speak("operator")
    shown = say(operator, "decisions", "next", typed="n\na muon ring\nh\n")
    assert "size             7.25" in shown and "The model says: h, 90.0% sure." in shown
    assert "Overridden:" in shown
    assert "Accepted:" in say(operator, "decisions", "next", "--accept")
    found = json.loads(say(operator, "decisions", "next", "--json"))
    assert found["inputs"]["size"] == 4
    assert "Accepted:" in say(operator, "decisions", "decide", found["id"], "accepted")
    assert "Nothing waits" in say(operator, "decisions", "next")
    listed = json.loads(say(operator, "decisions", "list", "--json"))["items"]
    assert [one["reason"] for one in listed] == ["", "", "a muon ring"]


def test_the_command_tells_what_is_in_production(stage: Stage, speak: Speak):
    version = stage.endpoint().model_version
    leader = speak("leader")
    assert "stopped" in say(leader, "endpoints", "stop", "gamma", "--reason", "fog on the mirror")
    history = say(leader, "endpoints", "history", "gamma").splitlines()
    assert ["stopped" in history[0], "opened" in history[1]] == [True, True]
    assert json.loads(say(leader, "endpoints", "resume", "gamma", "--reason", "dry", "--json"))["state"] == "open"
    assert version in say(leader, "endpoints", "get", "gamma")
    gate = leader.gates.list(ModelsAsked(model_version=version)).items[0].id
    assert "passed" in say(leader, "models", "gate", gate)
    assert json.loads(say(leader, "models", "get", version, "--json"))["id"] == version
