"""A small stage for tests of models: a project with people, a tiny ONNX model on record, a gate that passed."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from moyai.data import blobs
from moyai.engines.detectors.ks import KolmogorovSmirnov
from moyai.kernel import ids, leases
from moyai.kernel.call import Call
from moyai.kernel.edge import Edge
from moyai.kernel.leases import Loop
from moyai.kernel.policy import Held, Who
from moyai.kernel.spool import Spool
from moyai.models import loops, predictions, serving
from moyai.models.schema import EndpointAsked, EndpointShown
from moyai.models.store import endpoints, runs
from moyai.models.tables import Gate, Model, ModelVersion, Run
from moyai.people import organisations, persons, projects, roles, tokens
from moyai.people.schema import OrganisationAsked, PersonAsked, ProjectAsked, RoleAsked, TokenAsked

FEATURES = ("size", "width", "alpha")


def model_file() -> bytes:
    """A model of three features: two probabilities, and which is larger."""
    weights = numpy_helper.from_array(np.array([[1, -1], [0.5, -0.5], [-1, 1]], dtype=np.float32), "weights")
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["features", "weights"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["probability"], axis=1),
            helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
        ],
        "tiny",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, 3])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probability", TensorProto.FLOAT, [None, 2]),
        ],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


def reference_file(seed: int = 1, rows: int = 2000) -> bytes:
    """Rows that the model learned from: standard normal columns."""
    source = np.random.default_rng(seed)
    file = io.BytesIO()
    np.savez(file, **{name: source.normal(size=rows) for name in FEATURES})
    return file.getvalue()


@dataclass
class Stage:
    edge: Edge
    owner: Who
    organisation: str
    project: str
    people: dict[str, Who]

    def token(self, name: str, scripted: bool = False) -> str:
        asked = TokenAsked(person=self.people[name].person, label="test", hours=1, scripted=scripted)
        return self.edge.run(self.owner, tokens.issue, asked).secret

    def enter(self, name: str, role: str) -> Who:
        """A person on record with one role in the project."""
        person = self.edge.run(self.owner, persons.create, PersonAsked(name=name, organisation=self.organisation))
        asked = RoleAsked.model_validate({"person": person.id, "role": role, "project": self.project})
        self.edge.run(self.owner, roles.grant, asked)
        who = Who(person=person.id, name=name, roles=(Held(role, None, self.project),), organisation=self.organisation)
        self.people[name] = who
        return who

    def stranger(self, name: str) -> Who:
        """A person of another organisation, without a role in the project."""
        asked = OrganisationAsked(name=f"{name}'s", country="DE", currency="EUR")
        other = self.edge.run(self.owner, organisations.create, asked).id
        person = self.edge.run(self.owner, persons.create, PersonAsked(name=name, organisation=other))
        grant = RoleAsked.model_validate({"person": person.id, "role": "operator", "organisation": other})
        self.edge.run(self.owner, roles.grant, grant)
        self.people[name] = Who(person=person.id, name=name, roles=(Held("operator", other),), organisation=other)
        return self.people[name]

    def version(self, number: int = 1, **more: Any) -> str:
        """A model version as a finished run would have left it."""
        kept = blobs.keep(self.edge, iter([more.pop("file", None) or model_file()]))
        return self.edge.run(self.owner, _version, self, number, kept.digest, more)

    def gate(self, version: str, verdict: str = "passed", purpose: str = "production") -> str:
        return self.edge.run(self.owner, _gate, self, version, (verdict, purpose))

    def endpoint(self, name: str = "gamma", **more: Any) -> EndpointShown:
        """An open endpoint on a fresh version."""
        version = self.version(more.pop("number", 1), file=more.pop("file", None))
        asked = EndpointAsked(name=name, model_version=version, gate=self.gate(version), project=self.project, **more)
        return self.edge.run(self.people["leader"], serving.open, asked)


def stage_at(edge: Edge, owner: Who) -> Stage:
    edge.engines.put("detectors", "ks", KolmogorovSmirnov())
    organisation = edge.run(
        owner, organisations.create, OrganisationAsked(name="Aoba", country="JP", currency="JPY")
    ).id
    project = edge.run(owner, projects.create, ProjectAsked(name="gamma", organisation=organisation)).id
    stage = Stage(edge, owner, organisation, project, {})
    for role in ("key_user", "leader", "operator", "trainer", "coordinator"):
        stage.enter(role, role)
    return stage


def _version(call: Call, stage: Stage, number: int, digest: str, more: dict[str, Any]) -> str:
    found = runs.model_for_update(call.session, stage.project, "shower")
    if found is None:
        found = Model(id=ids.new("mdl"), name="shower", project=stage.project, versions=0, latest=None, at=call.now)
        runs.add(call.session, found)
    asked = {"trainer": "tabular", "version": more.pop("trained", "dsv_x"), "compare": more.pop("compare", None)}
    asked = {**asked, "purpose": "training", "task": {}, "seed": 0}
    run = Run(
        id=ids.new("run"), name="run", project=stage.project, model="shower",
        requester=stage.people["key_user"].person, job=ids.new("job"), state="succeeded", asked=asked,
        fingerprint="sha256:0", code_digest="", result=more.pop("result", {}), model_version=None, repeats=None,
        detail="", started_at=call.now, ended_at=call.now,
    )  # fmt: skip
    runs.add(call.session, run)
    row = ModelVersion(
        id=ids.new("mdv"), model=found.id, name="shower", number=number, project=stage.project, run=run.id,
        digest=digest, reference=None, features=list(FEATURES), classes=["h", "g"], card={}, state="candidate",
        at=call.now,
    )  # fmt: skip
    for key, value in more.items():
        setattr(row, key, value)
    runs.add(call.session, row)
    return row.id


def _gate(call: Call, stage: Stage, version: str, outcome: tuple[str, str]) -> str:
    verdict, purpose = outcome
    row = Gate(
        id=ids.new("gat"), model_version=version, project=stage.project, requester=stage.people["key_user"].person,
        asked={"baseline": None, "purpose": purpose, "answers": [], "reviewer": None}, card={}, verdict=verdict,
        checks=[], approval=None, refused=[], at=call.now, settled_at=None,
    )  # fmt: skip
    endpoints.add(call.session, row)
    return row.id


def log(stage: Stage, endpoint: EndpointShown, rows: list[list[float]], source: str = "") -> list[str]:
    """Predictions as the hot path would have logged them, drained into the database; their ids."""
    first = ids.new("prd")
    answered = predictions.Answered(
        first, endpoint.id, endpoint.model_version, source, first, stage.edge.clock.now().timestamp(), 1.5,
        {"features": rows}, {"label": [0] * len(rows), "probability": [[0.9, 0.1]] * len(rows)},
    )  # fmt: skip
    with Spool(stage.edge.home.spool, predictions.TOPIC) as out:
        out.append(predictions.line(answered))
    turn(stage.edge, loops.LOOPS[0])
    return [predictions.identifier(first, index) for index in range(len(rows))]


def turn(edge: Edge, loop: Loop) -> int:
    """Do what is due for one loop now, once; how many rows were worked on."""
    taken = edge.change(lambda session: leases.take(session, loop.kind, "test", edge.clock.now(), (10, loop.seconds)))
    for lease in taken:
        again = loop.work(edge, lease)
        edge.change(lambda session, lease=lease, again=again: leases.finish(session, lease, edge.clock.now(), again))
    return len(taken)
