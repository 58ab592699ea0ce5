"""From prepared rows to a model that passed its gate: train, gate."""

from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.making import tell_job
from moyai.faces.sdk.drivers.story import Story
from moyai.faces.sdk.drivers.telling import PATIENCE, Outcome, until
from moyai.governance.schema import ApprovalDecision
from moyai.kernel.errors import Failure, NotAllowed
from moyai.kernel.wording import retell, say
from moyai.models.schema import Answer, Approver, GateAsked, GateShown, Responsible, RunShown, Threshold, TrainingAsked
from moyai.planning.schema.declared import PilotFile

SHARED = ("target", "positive", "fraction", "bootstrap", "parameters")
"""What a person's own script is told like the built-in algorithms."""


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
    story.tell.detail(say("{job}: on record already, {run}", job=asked.name, run=same.id))
    return same.id


def tell_metric(story: Story, run: RunShown) -> None:
    metric = run.metrics.get("roc_auc")
    if metric is not None:
        span = retell(f"{metric.value:.4f} ({metric.low:.4f} to {metric.high:.4f})")
        story.tell.detail(f"ROC AUC {span}")


def gate(story: Story) -> Outcome:
    """The trainer asks for the gate and tries to approve it, which is refused; then a second person approves."""
    d = story.declared
    user, approver = story.speak(d.trainer), story.speak(d.approver)
    run = user.training.get(story.outcome("train")["run"])
    asked = user.gates.evaluate(_gate(story, str(run.model_version)))
    for check in asked.checks:
        sign = {True: "✓", False: "✗", None: "…"}[check.passed]
        words = say("{sign} {check}: {detail}", sign=sign, check=retell(check.name), detail=retell(check.detail))
        story.tell.detail(words)
    if asked.verdict == "failed" or asked.approval is None:
        raise Failure("The gate did not open; see the checks above.", fix="Mend what failed.", where=asked.id)
    refused = _refused(user, asked)
    story.tell.detail(say("{name} tries to approve: refused. {why}", name=d.trainer, why=retell(refused)))
    approver.approvals.decide(asked.approval, ApprovalDecision(verdict="granted", reason=_reason(d)))
    passed = until(lambda: user.gates.get(asked.id), lambda seen: seen.verdict != "waiting", PATIENCE, "The gate")
    story.tell.detail(say("{name} approves: {verdict}", name=d.approver, verdict=say(passed.verdict)))
    if passed.verdict != "passed":
        raise Failure("The gate did not open.", fix=f"See the record {asked.id}.", where=asked.id)
    return {"gate": passed.id, "approval": passed.approval, "model_version": passed.model_version}


def _reason(d: PilotFile) -> str:
    return f"Scripted approval in the pilot {d.pilot.name}, after the checks of this gate."


def _refused(user: Client, asked: GateShown) -> str:
    try:
        user.approvals.decide(str(asked.approval), ApprovalDecision(verdict="granted", reason="my own work"))
    except NotAllowed as refused:
        return refused.what
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
        purpose=d.gate.purpose,
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
