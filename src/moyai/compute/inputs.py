"""Inputs: which files a job reads, whether it may, and how guarded they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from moyai.compute import rules, store
from moyai.compute.schema import Classification, InputAsked
from moyai.compute.tables import Artifact, Job
from moyai.data import access, versions
from moyai.data import datasets as catalogue
from moyai.kernel.call import Call
from moyai.kernel.policy import Thing
from moyai.people import projects


@dataclass(frozen=True, slots=True)
class Resolved:
    """Inputs as a job keeps them, and the most guarded classification among them."""

    kept: list[dict[str, Any]]
    classification: Classification


def resolve(call: Call, asked: Sequence[InputAsked], project: str, purpose: str) -> Resolved:
    """The files behind each input, after asking whether the project may use them for this purpose.

    An artifact counts as all the data that the job behind it has read.
    Raises NotFound, or NotAllowed with the reason (terms, access, a job that the person may not see).
    """
    found = [_version(call, one) if one.version else _artifact(call, one) for one in asked]
    for version in dict.fromkeys(version for _, origins, _ in found for version in origins):
        access.permit(call, version, project, purpose)
    return Resolved([kept for kept, _, _ in found], rules.most_guarded([guarded for _, _, guarded in found]))


def thing(call: Call, job: Job) -> Thing:
    """The job as policies see it: roles held in its project, in its lead or in a member count."""
    project = projects.get(call, job.project)
    return Thing(
        "job", job.id, organisation=project.organisation, project=project.id, organisations=project.members,
        attrs={"requester": job.requester},
    )  # fmt: skip


Found = tuple[dict[str, Any], list[str], Classification]


def _version(call: Call, asked: InputAsked) -> Found:
    version = versions.get(call, asked.version or "")
    dataset = catalogue.get(call, version.dataset)
    files = [[file.name, file.digest] for file in version.files]
    kept = {"name": asked.name, "version": version.id, "artifact": None, "files": files}
    return kept, [version.id], dataset.classification


def _artifact(call: Call, asked: InputAsked) -> Found:
    artifact: Artifact = store.artifact(call.session, asked.artifact or "")
    job = store.job(call.session, artifact.job)
    call.require("job.read", thing(call, job))
    file = [PurePosixPath(artifact.name).name, artifact.digest]
    kept = {"name": asked.name, "version": None, "artifact": artifact.id, "files": [file]}
    return kept, _behind(call, job), rules.classified(job.classification)


def _behind(call: Call, job: Job) -> list[str]:
    """Every version that a job read, itself or through artifacts of jobs before it."""
    waiting, seen, found = [job], {job.id}, dict[str, None]()
    while waiting:
        for one in waiting.pop().inputs:
            if one["version"]:
                found[one["version"]] = None
                continue
            before = store.job(call.session, store.artifact(call.session, one["artifact"]).job)
            if before.id not in seen:
                seen.add(before.id)
                waiting.append(before)
    return [*found]
