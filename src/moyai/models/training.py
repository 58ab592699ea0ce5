"""Training runs: started as jobs, recognised when they are the same, repeated from what is on record, compared."""

import hashlib
from typing import Any

from moyai.compute import jobs
from moyai.compute.schema import ArtifactShown, InputAsked, JobAsked, JobState, Need
from moyai.data import blobs, versions
from moyai.governance import provenance
from moyai.governance.schema import Link
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, Failure, Invalid
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.models import registry, rules, scopes
from moyai.models.events import TrainingFinished, TrainingStarted
from moyai.models.ports import Trainer
from moyai.models.schema import ComparedShown, ModelsAsked, RunShown, TrainingAsked
from moyai.models.store import runs as store
from moyai.models.tables import Run
from moyai.people import projects

SCORES, METRICS = "outputs/scores.npz", "metrics.jsonl"
MOST_METRICS = 16 << 20
"""Bytes of `metrics.jsonl` that are read for a run whose `result.json` has no metrics."""


def start(call: Call, asked: TrainingAsked) -> RunShown:
    """Send a training to the pool; the run follows its job.

    Raises NotAllowed (project, data terms), NotFound, Invalid naming a wrong key of the task, QuotaExceeded, or
    Conflict when the run to be compared with has no scores.
    """
    asked = _settled(call, asked)
    call.require("run.start", scopes.thing(call, ("run", ""), asked.project))
    return _start(call, asked, None)


def same(call: Call, asked: TrainingAsked) -> RunShown | None:
    """The newest finished run of the same data, code, parameters and seed, or None: then it has to be trained."""
    asked = _settled(call, asked)
    call.require("run.read", Thing("run"))
    row = store.equal(call.session, _fingerprint(call, asked))
    return store.show_run(row) if row and row.project == asked.project else None


def repeat(call: Call, run: str) -> RunShown:
    """Train again exactly what is on record for `run`; the repetition adds no model version.

    Raises NotAllowed, NotFound, or whatever `start` raises by now (data terms that ended, say).
    """
    row = store.run(call.session, run)
    call.require("run.start", scopes.thing(call, ("run", ""), row.project))
    return _start(call, TrainingAsked.model_validate(row.asked), row.id)


def compare(call: Call, first: str, second: str) -> ComparedShown:
    """Whether two finished runs gave equal metrics, to the last bit. Raises NotAllowed, NotFound or Conflict."""
    one, other = get(call, first), get(call, second)
    for run in (one, other):
        if run.state != "succeeded":
            raise Conflict(f"The run {run.id} has no metrics: it is {run.state}.", where=run.id)
    pairs = rules.pairs(one.metrics, other.metrics)
    equal = bool(pairs) and all(pair.equal for pair in pairs)
    digests = [store.run(call.session, run.id).result.get("digest") for run in (one, other)]
    return ComparedShown(
        first=one.id, second=other.id, equal=equal, metrics=pairs, same_code=one.code_digest == other.code_digest,
        same_environment=one.environment_digest == other.environment_digest,
        same_model=digests[0] is not None and digests[0] == digests[1], sentence=rules.compared(pairs),
    )  # fmt: skip


def get(call: Call, run: str) -> RunShown:
    """Raises NotAllowed or NotFound."""
    call.require("run.read", Thing("run", run))
    return store.show_run(store.run(call.session, run))


def list(call: Call, asked: ModelsAsked) -> Page[RunShown]:
    """Runs, newest first. Raises NotAllowed."""
    call.require("run.read", Thing("run"))
    return store.runs(call.session, asked)


def began(call: Call, job: str) -> None:
    """The run of this job, if it has one, is running."""
    row = store.run_of_job(call.session, job)
    if row is not None and row.state == "queued":
        row.state = "running"


def conclude(call: Call, job: str, state: JobState) -> None:
    """The run of this job, if it has one, has ended: read its results, add the model version and the lineage."""
    row = store.run_of_job(call.session, job)
    if row is None or row.ended_at is not None:
        return
    row.ended_at = call.now
    if state == JobState.SUCCEEDED:
        _read(call, row)
    else:
        row.state, row.detail = "failed", jobs.get(call, job).detail or f"The job was {state}."
    call.announce(TrainingFinished(about=row.id, project=row.project, state=row.state, model_version=row.model_version))


def _start(call: Call, asked: TrainingAsked, repeats: str | None) -> RunShown:
    program = _trainer(call, asked).program(_task(asked), _files(asked))
    inputs = [InputAsked(name="data", version=asked.version)]
    if asked.compare:
        inputs.append(InputAsked(name="compare", artifact=_artifact(call, asked.compare, SCORES).id))
    job = jobs.submit(
        call,
        JobAsked(
            project=asked.project, name=asked.name[:100], purpose=asked.purpose, argv=program.argv,
            need=asked.need or Need(), inputs=tuple(inputs), seed=asked.seed, site=asked.site,
        ),
        program,
    )  # fmt: skip
    row = Run(
        id=ids.new("run"), name=asked.name, project=asked.project, model=asked.model, requester=call.who.person,
        job=job.id, state="queued", asked=asked.model_dump(mode="json"), fingerprint=_fingerprint(call, asked),
        code_digest=program.code_digest, result={}, model_version=None, repeats=repeats, detail="",
        started_at=call.now, ended_at=None,
    )  # fmt: skip
    store.add(call.session, row)
    provenance.link(call, *_origins(row, job.id))
    call.announce(
        TrainingStarted(about=row.id, project=row.project, job=job.id, version=asked.version, repeats=repeats)
    )
    return store.show_run(row)


def _settled(call: Call, asked: TrainingAsked) -> TrainingAsked:
    """With ids where names were given, so that the record does not change its meaning."""
    version = versions.get(call, asked.version).id
    project = projects.get(call, asked.project).id
    return asked.model_copy(update={"version": version, "project": project})


def _trainer(call: Call, asked: TrainingAsked) -> Trainer:
    installed = call.engines.names("trainers")
    if asked.trainer not in installed:
        raise Invalid(f"No trainer {asked.trainer!r}.", fix=f"Installed: {', '.join(installed)}.", where="trainer")
    return call.engines.get("trainers", asked.trainer)


def _task(asked: TrainingAsked) -> dict[str, Any]:
    return {**asked.task, "seed": asked.seed}


def _files(asked: TrainingAsked) -> dict[str, bytes]:
    return {path: text.encode() for path, text in asked.files.items()}


def _fingerprint(call: Call, asked: TrainingAsked) -> str:
    program = _trainer(call, asked).program(_task(asked), _files(asked))
    compared = _artifact(call, asked.compare, SCORES).digest if asked.compare else None
    return rules.fingerprint({
        "trainer": asked.trainer, "code": program.code_digest, "argv": program.argv[1:], "task": asked.task,
        "files": {path: hashlib.sha256(content).hexdigest() for path, content in program.files.items()},
        "data": versions.get(scopes.as_moyai(call), asked.version).digest, "compare": compared, "seed": asked.seed,
        "model": asked.model, "project": asked.project,
    })  # fmt: skip


def _artifact(call: Call, run: str, name: str) -> ArtifactShown:
    row = store.run(call.session, run)
    found = _artifacts(call, row.job).get(name)
    if found is None:
        raise Conflict(
            f"The run {run} left no {name} ({row.state}).", fix="Compare with a run that has finished.", where="compare"
        )
    return found


def _artifacts(call: Call, job: str) -> dict[str, ArtifactShown]:
    return {found.name: found for found in jobs.artifacts(scopes.as_moyai(call), job)}


def _origins(row: Run, job: str) -> tuple[Link, ...]:
    links = [
        Link(source=row.id, relation="used", target=row.asked["version"]),
        Link(source=row.id, relation="associated_with", target=row.requester),
        Link(source=row.id, relation="informed_by", target=job),
    ]
    if row.asked["compare"]:
        links.append(Link(source=row.id, relation="informed_by", target=row.asked["compare"]))
    if row.repeats:
        links.append(Link(source=row.id, relation="informed_by", target=row.repeats))
    return tuple(links)


def _read(call: Call, row: Run) -> None:
    """Results of a job that ended well. A program that wrote them wrongly makes the run fail, with the reason."""
    artifacts = _artifacts(call, row.job)
    try:
        result = jobs.result(call, row.job)
        row.result = {
            "metrics": _plain(result.get("metrics") or _last_figures(call, artifacts.get(METRICS))),
            "difference": _plain(result.get("difference")),
            "environment": result.get("environment") or {},
            "environment_digest": result.get("environment_digest"),
            "rows": result.get("rows"),
        }
        registry.add(call, row, artifacts)
    except Failure as wrong:
        row.state, row.detail = "failed", f"The job ended well, but its results cannot be read: {wrong}"
        return
    row.state = "succeeded"


def _last_figures(call: Call, artifact: ArtifactShown | None) -> dict[str, float]:
    if artifact is None or artifact.bytes > MOST_METRICS:
        return {}
    text = b"".join(blobs.open(call, artifact.digest)).decode(errors="replace")
    return rules.last_figures(text.splitlines())


def _plain(found: object) -> dict[str, Any]:
    return {name: metric.model_dump() for name, metric in rules.metrics(found).items()}
