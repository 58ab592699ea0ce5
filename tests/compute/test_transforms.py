"""Transforms: a job whose outputs become a version, with their origin on record."""

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from moyai.compute import transforms
from moyai.compute.ports import Program
from moyai.compute.schema import TransformAsked, TransformShown, TransformState
from moyai.data import versions
from moyai.governance import provenance
from moyai.kernel.errors import Invalid, NotAllowed, Unavailable
from tests.compute.conftest import GIB, Pool

UPPER = "open('outputs/b.txt', 'w').write(open('inputs/data/a.txt').read().upper())"


class Shell:
    """A transform whose task is Python code."""

    def program(self, task: Mapping[str, Any]) -> Program:
        if set(task) - {"code", "seed"}:
            raise Invalid("Unknown key.", where="task")
        return Program((sys.executable, "-S", "-c", task["code"]), {"task.json": b"{}"}, "sha256:00")

    def keys(self) -> Mapping[str, str]:
        return {"code": "what to run"}


@pytest.fixture(autouse=True)
def shell(pool: Pool) -> None:
    pool.edge.engines.put("transforms", "shell", Shell())
    pool.share(pool.site())


def asked(pool: Pool, **task: Any) -> TransformAsked:
    source = pool.publish(pool.dataset("raw"), {"a.txt": b"moyai"})
    return TransformAsked.model_validate(
        {"project": pool.project, "dataset": pool.dataset("derived"), "version": source.id, "transform": "shell",
         "task": task, "need": {"memory_bytes": GIB // 4, "wall_seconds": 60}}
    )  # fmt: skip


def ran(pool: Pool, wanted: TransformAsked) -> TransformShown:
    started = pool.edge.run(pool.owner, transforms.start, wanted)
    assert started.state is TransformState.RUNNING
    pool.run()
    return pool.edge.read(pool.owner, transforms.get, started.id)


def test_outputs_become_a_version_derived_from_the_input(pool: Pool):
    wanted = asked(pool, code=UPPER, seed=7)
    ended = ran(pool, wanted)
    assert ended.state is TransformState.SUCCEEDED
    made = pool.edge.read(pool.owner, versions.get, ended.version or "")
    assert [file.name for file in made.files] == ["b.txt"]
    assert (made.dataset, made.derived_from) == (wanted.dataset, (wanted.version,))
    links = {(one.source, one.relation, one.target) for one in pool.edge.read(pool.owner, provenance.of, made.id).links}
    assert {
        (ended.job, "used", wanted.version),
        (ended.job, "generated", made.id),
        (made.id, "derived_from", wanted.version),
    } <= links
    assert pool.names("TransformStarted", "TransformFinished") == ["TransformStarted", "TransformFinished"]


def test_the_same_transform_gives_the_same_version(pool: Pool):
    wanted = asked(pool, code=UPPER)
    assert ran(pool, wanted).version == ran(pool, wanted).version


def test_a_failed_job_is_a_failed_transform_with_its_last_words(pool: Pool):
    ended = ran(pool, asked(pool, code="raise SystemExit('the table has no header')"))
    assert (ended.state, ended.version) == (TransformState.FAILED, None)
    assert "the table has no header" in ended.detail


def test_a_program_that_leaves_nothing_has_failed(pool: Pool):
    ended = ran(pool, asked(pool, code="pass"))
    assert ended.state is TransformState.FAILED
    assert "nothing in outputs/" in ended.detail


def test_a_wrong_task_is_refused_before_anything_is_queued(pool: Pool):
    with pytest.raises(Invalid):
        pool.edge.run(pool.owner, transforms.start, asked(pool, wrong=1))
    with pytest.raises(Unavailable):
        lost = TransformAsked.model_validate({**asked_again(pool), "transform": "none"})
        pool.edge.run(pool.owner, transforms.start, lost)
    assert pool.names("JobQueued") == []


def asked_again(pool: Pool) -> dict[str, Any]:
    return {"project": pool.project, "dataset": "derived", "version": "raw", "task": {}}


def test_whoever_starts_it_must_be_allowed_to_publish(pool: Pool):
    wanted = asked(pool, code=UPPER)
    with pytest.raises(NotAllowed):
        pool.edge.run(pool.member("key_user"), transforms.start, wanted)
