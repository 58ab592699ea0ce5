"""Transforms: a job that reads a dataset version and whose outputs become a version of another dataset."""

from collections.abc import Sequence

from moyai.compute import jobs, store
from moyai.compute.events import JobFinished, TransformFinished, TransformStarted
from moyai.compute.ports import Transform as Engine
from moyai.compute.schema import (
    ArtifactShown,
    InputAsked,
    JobAsked,
    JobState,
    TransformAsked,
    TransformShown,
    TransformState,
)
from moyai.compute.tables import Transform
from moyai.data import datasets, versions
from moyai.data.schema import FileAsked, VersionAsked
from moyai.governance import provenance
from moyai.governance.schema import Link
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Failure
from moyai.people import projects

OUTPUTS = "outputs/"


def start(call: Call, asked: TransformAsked) -> TransformShown:
    """Queue the job; its outputs are published as a version of `asked.dataset` when it succeeds.

    Raises as `jobs.submit`; Invalid naming a wrong key of the task; Unavailable when there is no such transform.
    """
    project = projects.get(call, asked.project)
    call.require("transform.start", projects.thing(project))
    dataset = datasets.get(call, asked.dataset)
    call.require("dataset.publish", datasets.thing(dataset))
    source = versions.get(call, asked.version)
    engine: Engine = call.engines.get("transforms", asked.transform)
    program = engine.program(asked.task)
    seed = asked.task.get("seed")
    wanted = JobAsked(
        project=project.id, name=f"{asked.transform} of {source.name}"[:100], purpose=asked.purpose, need=asked.need,
        inputs=(InputAsked(name="data", version=source.id),), site=asked.site,
        seed=seed if isinstance(seed, int) else None,
    )  # fmt: skip
    job = jobs.submit(call, wanted, program)
    row = Transform(
        id=ids.new("trf"), job=job.id, project=project.id, requester=call.who.person, state=TransformState.RUNNING,
        transform=asked.transform, task=asked.task, dataset=dataset.id, source=source.id, version=None, detail="",
        at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(TransformStarted(about=row.id, job=job.id))
    return store.show_transform(row)


def get(call: Call, transform: str) -> TransformShown:
    """Raises NotFound or NotAllowed."""
    row = store.transform(call.session, transform)
    jobs.get(call, row.job)
    return store.show_transform(row)


def conclude(call: Call, event: JobFinished) -> None:
    """When the job behind a transform has ended: publish what it made, or keep why there is nothing."""
    row = store.transform_of(call.session, event.about)
    if row is None or row.state != TransformState.RUNNING:
        return
    if event.state is JobState.SUCCEEDED:
        _publish(call, row)
    else:
        row.state, row.detail = TransformState.FAILED, store.job(call.session, row.job).detail
    call.announce(TransformFinished(about=row.id, job=row.job, version=row.version))


def _publish(call: Call, row: Transform) -> None:
    made = [one for one in store.artifacts(call.session, row.job) if one.name.startswith(OUTPUTS)]
    if not made:
        row.state, row.detail = TransformState.FAILED, "The program succeeded, but left nothing in outputs/."
        return
    try:
        version = versions.publish(call, _version(row, made))
    except Failure as refused:
        if refused.retry:
            raise
        row.state, row.detail = TransformState.FAILED, str(refused)
        return
    row.state, row.version = TransformState.SUCCEEDED, version.id
    provenance.link(call, Link(source=row.job, relation="generated", target=version.id))
    if version.id != row.source:
        provenance.link(call, Link(source=version.id, relation="derived_from", target=row.source))


def _version(row: Transform, made: Sequence[ArtifactShown]) -> VersionAsked:
    files = tuple(
        FileAsked(name=one.name.removeprefix(OUTPUTS), digest=one.digest, bytes=one.bytes) for one in made
    )  # fmt: skip
    note = f"Made by transform {row.transform} in job {row.job}."
    return VersionAsked(dataset=row.dataset, files=files, derived_from=(row.source,), note=note)
