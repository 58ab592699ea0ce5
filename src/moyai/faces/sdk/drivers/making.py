"""From the table to prepared rows: publish, prepare."""

from pathlib import Path
from typing import Literal

from moyai.compute.schema import TransformAsked, TransformState
from moyai.data.schema import ColumnRule, Contract, DatasetAsked, Layout, Revision, Terms, VersionAsked
from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.story import Story
from moyai.faces.sdk.drivers.telling import PATIENCE, Outcome, until
from moyai.kernel.errors import Failure, Invalid, NotFound
from moyai.kernel.units import in_bytes, in_time
from moyai.kernel.wording import retell, say
from moyai.planning.schema.declared import PilotFile


def publish(story: Story, files: list[Path]) -> Outcome:
    """The steward registers the dataset, publishes a version, and waits for the profile and the verdict."""
    d = story.declared
    steward = story.speak(d.data.steward or d.holder("steward"))
    dataset = _dataset(steward, _catalogued(story), d)
    uploaded = tuple(steward.blobs.keep_file(file) for file in files)
    version = steward.versions.publish(VersionAsked(dataset=dataset, files=uploaded))
    story.tell.detail(f"{version.name}: {in_bytes(version.bytes)}, {version.digest[:19]}…")
    judged = until(
        lambda: steward.versions.get(version.id), lambda seen: seen.state != "published", PATIENCE, "The profile"
    )
    if judged.state == "rejected":
        raise Invalid(f"The data was rejected: {judged.reason}", fix="Mend the data or the contract.", where=judged.id)
    profile = steward.versions.profile(version.id)
    rows, columns = f"{profile.rows:,}", len(profile.columns)
    words = say("{rows} rows, {columns} columns", rows=rows, columns=columns)
    words += say(", {repeated} repeated rows", repeated=profile.duplicate_rows)
    story.tell.detail(words)
    for note in profile.notes[:4]:
        story.tell.detail(say("note: {note}", note=retell(note)))
    return {"dataset": dataset, "version": version.id, "digest": version.digest}


def _catalogued(story: Story) -> DatasetAsked:
    d = story.declared
    persons, organisations = story.cast.persons, story.outcome("consortium")["organisations"]
    owner = d.data.owner or d.holder("leader")
    home = next(person.organisation for person in d.person if person.name == owner)
    rules = tuple(
        ColumnRule(name=c.name, type=c.type, nulls_max=c.nulls, minimum=c.min, maximum=c.max, one_of=c.one_of)
        for c in d.contract.columns
    )
    return DatasetAsked(
        name=d.data.name or d.pilot.name,
        title=d.data.title.en or d.pilot.title.en,
        organisation=organisations[d.data.organisation or home],
        classification=d.data.classification,
        owner=persons[owner],
        terms=Terms(licence=d.data.licence, citation=d.data.citation, purposes=d.data.purposes, until=d.data.until),
        layout=Layout(format=_format(d), header=d.data.header, columns=d.data.columns, delimiter=d.data.delimiter),
        contract=Contract(rows_min=d.contract.rows_min, rows_max=d.contract.rows_max, columns=rules),
    )


def _format(d: PilotFile) -> Literal["csv", "parquet"]:
    """A pilot's data is a table, whatever its file is called."""
    return "parquet" if all(name.endswith(".parquet") for name in d.data.files) else "csv"


def _dataset(steward: Client, asked: DatasetAsked, d: PilotFile) -> str:
    """Registered once under its name; terms and contract follow the declaration."""
    try:
        found = steward.datasets.get(asked.name)
    except NotFound:
        return steward.datasets.register(asked).id
    revision = Revision(title=asked.title, terms=asked.terms, contract=asked.contract)
    changed = (found.title, found.terms, found.contract) != (asked.title, asked.terms, asked.contract)
    return steward.datasets.revise(found.id, revision).id if changed else found.id


def prepare(story: Story) -> Outcome:
    """The steward registers where prepared data goes; the key user has a job of the pool prepare it."""
    d, source = story.declared, story.outcome("data")
    steward, user = story.speak(d.data.steward or d.holder("steward")), story.speak(d.trainer)
    asked = _catalogued(story)
    prepared = asked.model_copy(
        update={
            "owner": story.cast.persons[d.trainer],
            "name": f"{asked.name}-prepared",
            "title": f"{asked.title} (prepared)",
            "contract": None,
            "layout": Layout(),
        }
    )
    dataset = _dataset(steward, prepared, d)
    asking = TransformAsked(
        project=story.project, dataset=dataset, version=source["version"], transform="tabular", task=d.preparing(),
        purpose=d.data.purposes[0], site=story.site(d.preparation.at),
    )  # fmt: skip
    started = story.memory.once(
        "transform",
        lambda: user.transforms.start(asking).id,
        lambda begun: user.transforms.get(begun).state == TransformState.FAILED,
    )
    ended = until(
        lambda: user.transforms.get(started),
        lambda seen: seen.state != TransformState.RUNNING,
        PATIENCE,
        "The preparation",
    )
    if ended.state != TransformState.SUCCEEDED or ended.version is None:
        raise Failure(
            f"The preparation failed: {ended.detail}", fix=f"See `moyai jobs logs {ended.job}`.", where=ended.job
        )
    tell_job(story, user, ended.job)
    until(
        lambda: user.versions.get(str(ended.version)), lambda seen: seen.state != "published", PATIENCE, "The profile"
    )
    return {"transform": ended.id, "job": ended.job, "dataset": dataset, "version": ended.version}


def tell_job(story: Story, user: Client, job: str) -> None:
    """One line about what a job used."""
    shown = user.jobs.get(job)
    used = shown.usage
    sites = {site: name for name, site in story.outcome("consortium")["sites"].items()}
    place = sites.get(shown.site or "", shown.site)
    if used is not None:
        cpu, wall, memory = in_time(used.cpu_seconds), in_time(used.wall_seconds), in_bytes(used.max_rss_bytes)
        words = say("{job} at {site}: {cpu} CPU, {wall}", job=shown.name, site=place, cpu=cpu, wall=wall)
        story.tell.detail(words + say(", peak {memory}", memory=memory))
