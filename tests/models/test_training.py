"""Trainings as real jobs of the pool: recorded, recognised, repeated from the record, compared."""

from typing import Any

import pytest

from moyai.governance import provenance
from moyai.kernel.errors import Conflict, Invalid, NotAllowed
from moyai.models import registry, training
from moyai.models.schema import ModelsAsked, RunShown
from tests.fakes.pool import run_pool
from tests.models.field import asked, lend, prepared, publish, script, train
from tests.models.stage import Stage

CSV = b"size,width,alpha,class\n1,2,3,g\n2,3,4,h\n"


@pytest.fixture
def data(stage: Stage) -> str:
    lend(stage)
    return publish(stage, "showers", CSV)


def by_script(stage: Stage, data: str, **more: Any) -> RunShown:
    given = {"trainer": "script", "task": {"script": "train.py"}, "files": script({"auc": 0.9}), **more}
    return train(stage, data, **given)


def test_own_code_becomes_a_model_version_with_its_lineage(stage: Stage, data: str):
    run = by_script(stage, data, seed=7)
    assert (run.state, run.detail, run.seed) == ("succeeded", "", 7)
    assert run.metrics["auc"].value == 0.9
    assert run.environment_digest and run.code_digest
    version = stage.edge.read(stage.owner, registry.version, run.model_version)
    assert (version.name, version.number, version.run, version.state) == ("shower", 1, run.id, "candidate")
    graph = stage.edge.read(stage.owner, provenance.of, version.id, 5, "up")
    assert {run.id, data, run.job} <= set(graph.nodes)


def test_versions_of_a_model_are_counted(stage: Stage, data: str):
    by_script(stage, data)
    second = by_script(stage, data, files=script({"auc": 0.91}))
    (model,) = stage.edge.read(stage.owner, registry.models, ModelsAsked()).items
    assert (model.name, model.versions, model.latest) == ("shower", 2, second.model_version)
    page = stage.edge.read(stage.owner, registry.versions, ModelsAsked(model=model.id))
    assert [one.number for one in page.items] == [2, 1]


def test_the_same_training_is_recognised_and_another_one_is_not(stage: Stage, data: str):
    run = by_script(stage, data, seed=7)
    given = {"trainer": "script", "task": {"script": "train.py"}, "files": script({"auc": 0.9}), "seed": 7}

    def found(**more: Any) -> str | None:
        same = stage.edge.read(stage.people["key_user"], training.same, asked(stage, data, **{**given, **more}))
        return same.id if same else None

    assert found(name="whatever it is called") == run.id
    assert found(seed=8) is None
    assert found(files=script({"auc": 0.91})) is None
    assert found(task={"script": "train.py", "parameters": {"depth": 3}}) is None


def test_code_that_fails_makes_a_failed_run_with_the_reason(stage: Stage, data: str):
    run = by_script(stage, data, files={"train.py": "raise SystemExit('no photons')"})
    assert (run.state, run.model_version) == ("failed", None)
    assert "no photons" in run.detail


def test_a_wrong_task_is_refused_before_anything_runs(stage: Stage, data: str):
    with pytest.raises(Invalid, match="algorithm"):
        train(stage, data, task={"algorithm": "alchemy"})
    with pytest.raises(Invalid, match="tabular"):
        train(stage, data, trainer="oracle")
    assert stage.edge.read(stage.owner, training.list, ModelsAsked()).items == ()


def test_data_are_used_only_as_their_terms_allow(stage: Stage):
    lend(stage)
    data = publish(stage, "showers", CSV, purposes=("research",))
    with pytest.raises(NotAllowed, match="training"):
        by_script(stage, data)


@pytest.mark.parametrize("role", ["operator", "trainer", "coordinator"])
def test_who_may_not_train(stage: Stage, data: str, role: str):
    with pytest.raises(NotAllowed, match="a key user"):
        stage.edge.run(stage.people[role], training.start, asked(stage, data))


def test_an_unfinished_run_cannot_be_compared_with(stage: Stage, data: str):
    run = by_script(stage, data)
    with pytest.raises(Conflict, match=r"left no outputs/scores\.npz"):
        by_script(stage, data, compare=run.id)


@pytest.mark.slow
def test_a_classifier_from_a_table_to_an_equal_repetition(stage: Stage):
    data = prepared(stage)
    baseline = train(stage, data, name="baseline", model="shower-baseline", task={"algorithm": "logistic"})
    run = train(stage, data, compare=baseline.id)
    assert run.state == "succeeded", run.detail
    assert run.difference["roc_auc"].low is not None and run.difference["roc_auc"].low > 0
    version = stage.edge.read(stage.owner, registry.version, run.model_version)
    assert version.features == ("size", "width", "alpha") and len(version.classes) == 2
    assert version.reference and version.card["roc"]
    again = stage.edge.run(stage.people["key_user"], training.repeat, run.id)
    from_record = train_to_end(stage, again)
    found = stage.edge.read(stage.owner, training.compare, run.id, from_record.id)
    assert (found.equal, found.same_code, found.same_environment, found.same_model) == (True, True, True, True)
    assert from_record.model_version is None
    differs = stage.edge.read(stage.owner, training.compare, baseline.id, run.id)
    assert not differs.equal and "differ" in differs.sentence


def train_to_end(stage: Stage, run: RunShown) -> RunShown:
    run_pool(stage.edge)
    return stage.edge.read(stage.owner, training.get, run.id)
