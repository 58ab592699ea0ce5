"""Jobs: submitted, looked at, explained, cancelled. Running them is `dispatch`."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from moyai.compute import allocations, folders, inputs, placement, rules, sites, store
from moyai.compute.events import JobCancelAsked, JobFinished, JobQueued
from moyai.compute.placement import Candidate, Wish
from moyai.compute.ports import Program
from moyai.compute.schema import (
    ArtifactShown,
    JobAsked,
    JobsAsked,
    JobShown,
    JobState,
    LogAsked,
    LogShown,
    WhyShown,
)
from moyai.compute.tables import Job, JobFile, Site
from moyai.data import blobs
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, Failure, Invalid, NotFound
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.people import projects

LOOP = "compute.site"
RESULT_BYTES = 8 << 20


def submit(call: Call, asked: JobAsked, program: Program | None = None) -> JobShown:
    """Queue a job at the site that fits best, its most possible use held against the project's allocation there.

    Rooms above bring a `program`; otherwise `asked.argv` and `asked.files` are it.
    Raises NotAllowed (role, terms of the inputs), NotFound, Invalid when it can never run, naming what every site
    lacks, or QuotaExceeded naming what is left and until when.
    """
    project = projects.get(call, asked.project)
    call.require("job.submit", projects.thing(project))
    runs = program or _own_program(asked)
    rules.check_files(runs.files)
    given = inputs.resolve(call, asked.inputs, project.id, asked.purpose)
    placed = placement.choose(
        Wish(project.name, asked.need, given.classification), _candidates(call, project.id, asked.site)
    )
    site = store.site(call.session, placed.site)
    share = store.allocations_at(call.session, project.id, call.now)[site.id]
    hours = rules.hours_of(asked.need)
    allocations.reserve(call, share.id, hours, (project.name, site.name))
    row = Job(
        id=ids.new("job"), name=asked.name, project=project.id, requester=call.who.person, purpose=asked.purpose,
        state=JobState.QUEUED, site=site.id, engine=site.engine, argv=[*runs.argv], **asked.need.model_dump(),
        inputs=given.kept, classification=given.classification, seed=asked.seed, code_digest=runs.code_digest,
        allocation=share.id, reserved=hours, placement=[*placed.sentences], detail="", queued_at=call.now,
    )  # fmt: skip
    files = [JobFile(job=row.id, path=path, content=content) for path, content in runs.files.items()]
    store.add(call.session, row, *files)
    call.announce(JobQueued(about=row.id, project=project.id))
    call.later(LOOP, site.id)
    return store.show_job(row)


def get(call: Call, job: str) -> JobShown:
    """Raises NotFound or NotAllowed."""
    row = _seen(call, job)
    return store.show_job(row, store.usages(call.session, [row.id]).get(row.id))


def list(call: Call, asked: JobsAsked) -> Page[JobShown]:
    """The jobs that the person may see, newest first, by project, site or state. Raises NotAllowed by the token."""
    call.require("job.read", Thing("job", attrs={"requester": call.who.person}))
    refs: dict[str, str] = {}
    if asked.project:
        refs["project"] = projects.get(call, asked.project).id
    if asked.site:
        refs["site"] = store.site(call.session, asked.site).id
    return store.list_jobs(call.session, asked.model_copy(update=refs), _visible(call))


def cancel(call: Call, job: str) -> JobShown:
    """End a job: at once while it is queued, soon when it runs. Asking again changes nothing.

    Raises NotFound, NotAllowed, or Conflict when it has ended otherwise.
    """
    row = store.job(call.session, job, lock=True)
    if not call.may("site.stop-job", sites.thing(store.site(call.session, row.site))):
        call.require("job.cancel", inputs.thing(call, row))
    state = JobState(row.state)
    if state is JobState.QUEUED:
        row.state, row.cause, row.ended_at = rules.move(state, JobState.CANCELLED), "cancelled", call.now
        row.detail = "It was cancelled before it started."
        allocations.settle(call, row.allocation, row.reserved, rules.NOTHING)
        call.announce(JobFinished(about=row.id, state=JobState.CANCELLED))
    elif state in rules.LIVE and row.cancel_at is None:
        row.cancel_at = call.now
        call.announce(JobCancelAsked(about=row.id))
        call.later(LOOP, row.site)
    elif state in rules.ENDED - {JobState.CANCELLED}:
        raise Conflict(f"The job has ended already: it {state}.", fix="Nothing is left to cancel.", where=row.id)
    return store.show_job(row)


def why(call: Call, job: str) -> WhyShown:
    """Why it is where it is: why this site, what it waits for, how it ended. Raises NotFound or NotAllowed."""
    row = _seen(call, job)
    state = JobState(row.state)
    site = store.site(call.session, row.site)
    if state is JobState.QUEUED:
        told = _waiting(call, row, site)
    elif state in rules.ENDED:
        told = row.detail or f"It {state}."
    else:
        told = f"It is {state} at {site.name}, and holds {rules.cores(row.cores)} there."
    return WhyShown(job=row.id, state=state, sentences=(*row.placement, told))


def log(call: Call, job: str, asked: LogAsked) -> LogShown:
    """A piece of what it wrote to stdout or stderr, from an offset on; go on with the one that comes back."""
    row = _seen(call, job)
    ended = JobState(row.state) in rules.ENDED
    text, offset, more = folders.read_log(folders.of(call.home, row.site, row.id), asked.name, asked.offset, ended)
    return LogShown(text=text, offset=offset, ended=ended and not more)


def artifacts(call: Call, job: str) -> tuple[ArtifactShown, ...]:
    """What an ended job left, by name. Raises NotFound or NotAllowed."""
    return store.artifacts(call.session, _seen(call, job).id)


def artifact(call: Call, artifact: str) -> ArtifactShown:
    """One artifact by id; its bytes are the blob of that digest. Raises NotFound or NotAllowed."""
    row = store.artifact(call.session, artifact)
    _seen(call, row.job)
    return store.show_artifact(row)


def result(call: Call, job: str) -> dict[str, Any]:
    """The `result.json` that the program wrote. Raises NotFound when there is none, Invalid when it is no object."""
    row = store.artifact_named(call.session, _seen(call, job).id, "result.json")
    if row is None:
        raise NotFound("The job has left no result.json.", fix="See `moyai jobs why`.", where=job)
    try:
        if row.bytes > RESULT_BYTES:
            raise ValueError(f"it has {row.bytes} bytes")
        read = json.loads(b"".join(blobs.open(call, row.digest)))
        return {**read}
    except (ValueError, TypeError) as wrong:
        raise Invalid(f"The job's result.json is not a JSON object: {wrong}.", where=job) from wrong


def _own_program(asked: JobAsked) -> Program:
    if not asked.argv:
        raise Invalid("There is no command.", fix="Give argv, the command and its arguments.", where="argv")
    files = {path: text.encode() for path, text in asked.files.items()}
    return Program(asked.argv, files, _digest(asked.argv, files))


def _digest(argv: tuple[str, ...], files: Mapping[str, bytes]) -> str:
    """The code state of a person's own program: its command and the files sent along."""
    told = [[*argv], sorted((path, hashlib.sha256(content).hexdigest()) for path, content in files.items())]
    return f"sha256:{hashlib.sha256(json.dumps(told).encode()).hexdigest()}"


def _candidates(call: Call, project: str, wanted: str | None) -> tuple[Candidate, ...]:
    """The sites to choose from: all, or the wanted one."""
    shares = store.allocations_at(call.session, project, call.now)
    rows = [store.site(call.session, wanted)] if wanted else store.sites(call.session)
    return tuple(
        Candidate(
            site=row.id,
            name=row.name,
            resources=store.resources(row),
            promised=store.held(call.session, row.id, store.NOT_ENDED),
            prices=store.prices(row),
            data=tuple(row.data),
            balance=store.balance(shares[row.id]) if row.id in shares else None,
            missing=_missing(call, row),
        )
        for row in rows
    )


def _missing(call: Call, site: Site) -> str:
    try:
        sites.executor(call.engines, site.engine)
    except Failure as failure:
        return failure.what
    return ""


def _seen(call: Call, job: str) -> Job:
    """The job, if the person may see it: their own, their project's, or one at a site that they run."""
    row = store.job(call.session, job)
    if not call.may("site.oversee", sites.thing(store.site(call.session, row.site))):
        call.require("job.read", inputs.thing(call, row))
    return row


def _visible(call: Call) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """Whose jobs the person may see: their own, those of these projects, those at these sites; None: all."""
    if call.who.is_moyai:
        return None
    known = [projects.get(call, project) for project in store.job_projects(call.session)]
    mine = (
        Thing(
            "job", organisation=one.organisation, project=one.id, organisations=one.members, attrs={"requester": ""}
        )
        for one in known
    )  # fmt: skip
    seen = tuple(one.project or "" for one in mine if call.may("job.read", one))
    places = (row for row in store.sites(call.session) if call.may("site.oversee", sites.thing(row)))
    return call.who.person, seen, tuple(row.id for row in places)


def _waiting(call: Call, row: Job, site: Site) -> str:
    """What a queued job waits for."""
    before = store.ahead(call.session, row)
    if before:
        first = before[0]
        name = f"{first.name!r}" if first.project == row.project else "a job of another project"
        needs = rules.cores(first.cores)
        return f"Waiting at {site.name} for its turn behind {len(before)} of the queue: {name} is first, with {needs}."
    live = store.live(call.session, site.id)
    busy = store.held(call.session, site.id, rules.LIVE)
    lacks = rules.lacking(store.need_of(row), rules.minus(store.resources(site), busy))
    if not lacks:
        return f"Waiting at {site.name}: there is room, it starts next."
    mine = [one.name for one in live if one.project == row.project]
    others = len(live) - len(mine)
    by = [repr(name) for name in mine[:3]] + ([f"{others} of other projects"] if others else [])
    taken = f"{busy.cores} of {site.cores} cores at {site.name} are used by {', '.join(by)}"
    return f"Waiting because {taken}; free are {' and '.join(lacks)}."
