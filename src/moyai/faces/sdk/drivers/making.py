"""From the table to a model that passed its gate: publish, prepare, train, gate."""

from pathlib import Path
from typing import Literal

from moyai.compute.schema import TransformAsked, TransformState
from moyai.data.schema import ColumnRule, Contract, DatasetAsked, Layout, Revision, Terms, VersionAsked
from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.story import Story
from moyai.faces.sdk.drivers.telling import Outcome, until
from moyai.governance.schema import ApprovalDecision
from moyai.kernel.errors import Failure, Invalid, NotAllowed, NotFound
from moyai.kernel.units import in_bytes, in_time
from moyai.models.schema import Answer, Approver, GateAsked, GateShown, Responsible, RunShown, Threshold, TrainingAsked
from moyai.planning.schema.declared import PilotFile

SHARED = ("target", "positive", "fraction", "bootstrap", "parameters")
"""What a person's own script is told like the built-in algorithms."""
PATIENCE = 900.0
"""Seconds that one job, profile or approval may take before the story says so and stops."""


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
    story.tell.detail(f"{profile.rows:,} rows, {len(profile.columns)} columns, {profile.duplicate_rows} repeated rows")
    for note in profile.notes[:4]:
        story.tell.detail(f"note: {note}")
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
        story.tell.detail(
            f"{shown.name} at {place}: {in_time(used.cpu_seconds)} CPU, {in_time(used.wall_seconds)}, "
            f"peak {in_bytes(used.max_rss_bytes)}"
        )


def train(story: Story, code: dict[str, str]) -> Outcome:
    """The key user trains the baseline, then the model at each size, one after the other so that each is measured."""
    d = story.declared
    user = story.speak(d.trainer)
    baseline = _train(story, user, _training(story, f"{d.pilot.name} baseline", d.baseline.at, None))
    sizes: list[dict[str, float | str]] = []
    for fraction in sorted(d.training.fractions):
        asked = _training(story, f"{d.pilot.name} {fraction:.0%}", d.training.at, baseline.id)
        task = d.fitting(d.training, fraction)
        if code:
            asked = asked.model_copy(update={"trainer": "script", "files": code})
            task = {key: task[key] for key in SHARED} | {"script": next(iter(code))}
        run = _train(story, user, asked.model_copy(update={"task": task, "seed": d.training.seed}))
        sizes.append({"fraction": fraction, "run": run.id})
        tell_metric(story, run)
    return {"baseline": baseline.id, "sizes": sizes, "run": sizes[-1]["run"]}


def _training(story: Story, name: str, at: str, compare: str | None) -> TrainingAsked:
    d = story.declared
    return TrainingAsked(
        project=story.project, name=name, model=d.pilot.name if compare else f"{d.pilot.name}-baseline",
        version=story.outcome("prepare")["version"], task=d.fitting(d.baseline, 1.0), compare=compare,
        seed=d.baseline.seed, purpose=d.data.purposes[0], site=story.site(at),
    )  # fmt: skip


def _train(story: Story, user: Client, asked: TrainingAsked) -> RunShown:
    started = story.memory.once(
        asked.name, lambda: _started(story, user, asked), lambda begun: user.training.get(begun).state == "failed"
    )
    ended = until(
        lambda: user.training.get(started), lambda run: run.state in ("succeeded", "failed"), PATIENCE, asked.name
    )
    if ended.state == "failed":
        raise Failure(
            f"{asked.name} failed: {ended.detail}", fix=f"See `moyai jobs logs {ended.job}`.", where=ended.job
        )
    tell_job(story, user, ended.job)
    if ended.rows is None:
        raise Failure(
            f"{asked.name} did not say on how many rows it trained.", fix='Write {"rows": 1234} into result.json.',
            where=ended.job,
        )  # fmt: skip
    return ended


def _started(story: Story, user: Client, asked: TrainingAsked) -> str:
    """A run of this training: one that is on record with the same data, code, parameters and seed, else a new one."""
    same = None if story.memory.fresh else user.training.same(asked)
    if same is None:
        return user.training.start(asked).id
    story.tell.detail(f"{asked.name}: on record already, {same.id}")
    return same.id


def tell_metric(story: Story, run: RunShown) -> None:
    metric = run.metrics.get("roc_auc")
    if metric is not None:
        story.tell.detail(f"ROC AUC {metric.value:.4f} ({metric.low:.4f} to {metric.high:.4f})")


def gate(story: Story) -> Outcome:
    """The trainer asks for the gate and tries to approve it, which is refused; then a second person approves."""
    d = story.declared
    user, approver = story.speak(d.trainer), story.speak(d.approver)
    run = user.training.get(story.outcome("train")["run"])
    asked = user.gates.evaluate(_gate(story, str(run.model_version)))
    for check in asked.checks:
        mark = {True: "✓", False: "✗", None: "…"}[check.passed]
        story.tell.detail(f"{mark} {check.name}: {check.detail}")
    if asked.verdict == "failed" or asked.approval is None:
        raise Failure("The gate did not open; see the checks above.", fix="Mend what failed.", where=asked.id)
    refused = _refused(user, asked)
    story.tell.detail(f"{d.trainer} tries to approve: {refused}")
    approver.approvals.decide(asked.approval, ApprovalDecision(verdict="granted", reason=_reason(d)))
    passed = until(lambda: user.gates.get(asked.id), lambda seen: seen.verdict != "waiting", PATIENCE, "The gate")
    story.tell.detail(f"{d.approver} approves: {passed.verdict}")
    if passed.verdict != "passed":
        raise Failure("The gate did not open.", fix=f"See the record {asked.id}.", where=asked.id)
    return {"gate": passed.id, "approval": passed.approval, "model_version": passed.model_version}


def _reason(d: PilotFile) -> str:
    return f"Scripted approval in the pilot {d.pilot.name}, after the checks of this gate."


def _refused(user: Client, asked: GateShown) -> str:
    try:
        user.approvals.decide(str(asked.approval), ApprovalDecision(verdict="granted", reason="my own work"))
    except NotAllowed as refused:
        return f"refused. {refused.what}"
    raise Failure("The trainer could approve their own model.", where=str(asked.approval))


def _gate(story: Story, model_version: str) -> GateAsked:
    d = story.declared
    persons = story.cast.persons
    accountable = d.gate.accountable or d.holder("leader")
    role = next(person.roles[0] for person in d.person if person.name == accountable)
    thresholds = tuple(
        Threshold(metric=t.metric, at_least=t.at_least, at_most=t.at_most, improvement_over_baseline=t.above_baseline)
        for t in d.gate.thresholds
    )
    return GateAsked(
        model_version=model_version,
        baseline=story.outcome("train")["baseline"],
        thresholds=thresholds,
        purpose=d.gate.purpose or d.data.purposes[0],
        answers=tuple(Answer(question=q.ask.en, answer=q.answer.en) for q in d.gate.questions),
        reviewer=persons[d.gate.reviewer or d.holder("steward")],
        accountable=Responsible(
            person=persons[accountable], role=role, statement=f"I answer for {d.pilot.name} in production."
        ),
        approver=Approver(role=d.gate.approver_role, qualification=d.gate.approver_qualification or None),
        card={
            key: text.en
            for key, text in (
                ("intended_use", d.gate.card.intended_use),
                ("not_for", d.gate.card.not_for),
                ("limitations", d.gate.card.limitations),
            )
        },
    )
