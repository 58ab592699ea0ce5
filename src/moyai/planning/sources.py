"""Where each figure of a report comes from: records of the rooms below, read once, each with its id. No arithmetic."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from moyai.compute import jobs
from moyai.compute.schema import JobsAsked
from moyai.data import datasets, profiles, validation, versions
from moyai.governance import accountability, approvals, audit, procedures
from moyai.governance.schema import CommentShown
from moyai.kernel.call import Call
from moyai.kernel.errors import Invalid
from moyai.kernel.shapes import Page
from moyai.kernel.wording import say
from moyai.models import decisions, gates, monitoring, predictions, registry, serving, training
from moyai.models.schema import (
    DecisionsAsked,
    DecisionShown,
    PredictionsAsked,
    PredictionShown,
    RunShown,
    WindowsAsked,
    WindowShown,
)
from moyai.people import persons
from moyai.planning.evidence import (
    Answered,
    Approval,
    Check,
    Compared,
    Dataset,
    Decided,
    Interval,
    Journal,
    Member,
    Named,
    Passed,
    Predicted,
    Reason,
    Refused,
    Remarked,
    Served,
    Step,
    Training,
)
from moyai.planning.schema.declared import NOTHING, PilotFile, Text
from moyai.planning.schema.records import PilotShown
from moyai.planning.schema.steps import TITLES

T = TypeVar("T")
DONE = ("done", "unchanged")
MOST = 20_000
"""Rows of one kind that a report reads at the most."""
PROTOCOL = "Open Inference Protocol V2 (HTTP)"


@dataclass(slots=True)
class Sources:
    """The records of one pilot, and the id behind each figure taken from them."""

    call: Call
    pilot: PilotShown
    records: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def declared(self) -> PilotFile:
        return self.pilot.declared

    def outcome(self, step: str) -> dict[str, Any]:
        """What a step recorded. Raises Invalid when it is not done."""
        found = [one for one in self.pilot.steps if one.name == step and one.state in DONE]
        if not found:
            raise Invalid(f"The step {step!r} of this pilot is not done.", fix="Run the pilot.", where=self.pilot.id)
        return found[0].outcome

    @property
    def names(self) -> dict[str, str]:
        """Declared names of organisations by id."""
        return {ref: name for name, ref in self.outcome("consortium")["organisations"].items()}

    def run(self) -> RunShown:
        return training.get(self.call, self.outcome("train")["run"])

    def name(self, person: str | None) -> str:
        return persons.get(self.call, person).name if person else ""

    def note(self, path: str, record: str | None) -> None:
        """The figure at `path`, and all under it, come from this record."""
        if record:
            self.records[path] = record


def every(ask: Callable[[str | None], Page[T]]) -> Iterator[T]:
    cursor: str | None = None
    for _ in range(MOST // 200):
        page = ask(cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def steps(of: Sources) -> tuple[Step, ...]:
    told = [
        Step(
            name=one.name, title=title(one.name), state=one.state if one.state in DONE else "failed",
            started=one.started, seconds=one.seconds, record=of.pilot.id,
        )
        for one in of.pilot.steps
        if one.name != "report"
    ]  # fmt: skip
    of.note("pilot", of.pilot.id)
    return tuple(told)


def title(step: str) -> Text:
    """What a step is called, in both languages; a name that is none of ours stays as it is."""
    words = TITLES.get(step, step)
    return Text(en=words, ja=say(words, "ja"))


def members(of: Sources) -> tuple[Member, ...]:
    sites = of.outcome("consortium")["sites"]
    for place, member in enumerate(of.declared.organisation):
        of.note(f"organisations.{place}", sites[member.name])
    return tuple(
        Member(name=one.name, title=one.title, currency=one.currency, site=sites[one.name], cores=one.cores)
        for one in of.declared.organisation
    )


def dataset(of: Sources) -> Dataset:
    version = versions.get(of.call, of.outcome("data")["version"])
    found = datasets.get(of.call, version.dataset)
    profile, judged = profiles.of(of.call, version.id), validation.of(of.call, version.id)
    of.note("dataset", version.id)
    return Dataset(
        name=found.name, title=of.declared.data.title, version=version.id, digest=version.digest, rows=profile.rows,
        bytes=version.bytes, verdict=judged.verdict, columns=len(profile.columns),
        duplicate_rows=profile.duplicate_rows, notes=profile.notes, licence=found.terms.licence,
        citation=found.terms.citation, owner=of.name(found.owner), classification=found.classification,
    )  # fmt: skip


def fitted(of: Sources, used: Any) -> Training:
    run = of.run()
    of.note("training", run.id)
    for figure in ("cpu_seconds", "wall_seconds", "max_rss_bytes", "read_bytes", "written_bytes"):
        of.note(f"training.{figure}", run.job)
    return Training(
        run=run.id, job=run.job, engine=used.engine, site=used.site, organisation=of.names[used.organisation],
        algorithm=str(run.parameters.get("algorithm", run.trainer)), cpu_seconds=used.cpu_seconds,
        wall_seconds=used.wall_seconds, max_rss_bytes=used.max_rss_bytes, read_bytes=used.read_bytes,
        written_bytes=used.written_bytes, seed=run.seed, environment_digest=run.environment_digest or "",
        code_digest=run.code_digest,
    )  # fmt: skip


def attempts(of: Sources, known: Collection[str]) -> Iterator[tuple[str, str]]:
    """(job, its name and end) of the pilot's other jobs since its first step: what failed was paid for, too."""
    since = min(one.started for one in of.pilot.steps)
    project = of.outcome("consortium")["project"]
    for job in every(
        lambda cursor: jobs.list(of.call, JobsAsked(project=project, live=False, cursor=cursor, limit=200))
    ):
        if job.queued_at >= since and job.usage is not None and job.usage.cpu_seconds > 0 and job.id not in known:
            yield job.id, f"{job.name} ({job.state})"


def metrics(of: Sources, run: RunShown, path: str) -> dict[str, Interval]:
    of.note(path, run.id)
    return {
        name: Interval(value=one.value, low=one.low, high=one.high)
        for name, one in run.metrics.items()
        if one.low is not None and one.high is not None
    }


def compared(of: Sources) -> Compared:
    simple, run = training.get(of.call, of.outcome("train")["baseline"]), of.run()
    found = metrics(of, simple, "baseline")
    of.note("baseline.difference", run.id)
    difference = {
        name: Interval(value=one.value, low=one.low or one.value, high=one.high or one.value)
        for name, one in run.difference.items()
    }
    return Compared(algorithm=of.declared.baseline.algorithm, run=simple.id, metrics=found, difference=difference)


def curve(of: Sources, run: RunShown) -> tuple[tuple[float, float], ...]:
    """Points of the ROC curve, from the card of the run's model version."""
    card = registry.version(of.call, run.model_version).card if run.model_version else {}
    return tuple((float(x), float(y)) for x, y in card.get("roc", ()))


def accountable(of: Sources) -> Named:
    version = of.outcome("gate")["model_version"]
    found = accountability.of(of.call, version)
    if found is None:
        raise Invalid("Nobody answers for this model version.", fix="Pass its gate.", where=version)
    of.note("accountable", found.id)
    return Named(person=of.name(found.person), role=found.role)


def gate(of: Sources) -> Passed:
    found = gates.get(of.call, of.outcome("gate")["gate"])
    of.note("gate", found.id)
    for place, check in enumerate(found.checks):
        of.note(f"gate.checks.{place}", check.ref or found.id)
    asked = {question.ask.en: question for question in of.declared.gate.questions}
    answered = tuple(
        Answered(ask=asked[one.question].ask, answer=asked[one.question].answer)
        for one in found.answers
        if one.question in asked
    )
    return Passed(
        verdict=found.verdict,
        checks=tuple(Check(name=c.name, passed=bool(c.passed), measured=c.detail) for c in found.checks),
        refused=tuple(
            Refused(by=of.name(r.person), role=_role(of, r.person), at=r.at, why=r.reason) for r in found.refused
        ),
        reviewer=of.name(found.reviewer),
        questions=answered,
    )


def _role(of: Sources, person: str) -> str:
    name = of.name(person)
    return next((one.roles[0] for one in of.declared.person if one.name == name), "")


def approved(of: Sources) -> tuple[Approval, ...]:
    found = approvals.get(of.call, of.outcome("gate")["approval"])
    of.note("approvals", found.id)
    if found.state != "granted":
        return ()
    by = of.name(found.decided_by)
    return (Approval(by=by, role=found.role, at=found.at, qualification=found.qualification or ""),)


def served(of: Sources) -> Served:
    step = of.outcome("serve")
    endpoint = serving.get(of.call, step["endpoint"])
    version = registry.version(of.call, endpoint.model_version)
    of.note("endpoint", endpoint.id)
    rule = procedures.get(of.call, step["procedure"]) if step.get("procedure") else None
    of.note("endpoint.rules", rule.id if rule else None)
    return Served(
        name=endpoint.name, model=version.model, model_version=version.id, protocol=PROTOCOL,
        url=f"/v2/models/{endpoint.name}/infer", rules=Text(en=rule.text, ja=rule.text_ja or "") if rule else NOTHING,
        comments=tuple(remarked(of, one) for one in rule.comments) if rule else (),
        stopped=any(line.action == "stopped" for line in endpoint.history), stop_seconds=step.get("stop_seconds"),
    )  # fmt: skip


def remarked(of: Sources, one: CommentShown) -> Remarked:
    """A comment as it was recorded, with the declared translation where there is one."""
    words = {text.en: text for remark in of.declared.endpoint.comments for text in (remark.says, remark.answer)}
    said, answer = one.text, one.answer or ""
    return Remarked(
        by=of.name(one.by), says=words.get(said, Text(en=said)), answer=words.get(answer, Text(en=answer)),
        scripted=one.scripted,
    )  # fmt: skip


def predicted(of: Sources) -> Predicted:
    """Counts over all predictions; response times of the rows that were asked for one by one."""
    endpoint = of.outcome("serve")["endpoint"]
    told = serving.figures(of.call, endpoint)
    of.note("predictions", endpoint)
    times = sorted(one.millis for one in asked(of, "single"))
    return Predicted(
        count=told.predictions, p50_ms=_quantile(times, 0.5), p99_ms=_quantile(times, 0.99),
        nights=of.declared.traffic.nights,
    )  # fmt: skip


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def asked(of: Sources, source: str) -> Iterator[PredictionShown]:
    endpoint = of.outcome("serve")["endpoint"]
    return every(
        lambda cursor: predictions.list(
            of.call, PredictionsAsked(endpoint=endpoint, source=source, cursor=cursor, limit=200)
        )
    )


def decided(of: Sources) -> Decided:
    endpoint = of.outcome("serve")["endpoint"]
    found: list[DecisionShown] = [
        *every(lambda cursor: decisions.list(of.call, DecisionsAsked(endpoint=endpoint, cursor=cursor, limit=200)))
    ]
    of.note("decisions", endpoint)
    over = [one for one in found if one.verdict == "overridden"]
    words = {reason.en: reason for reason in of.declared.decisions.reasons}
    counts: dict[str, int] = {}
    for one in over:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    return Decided(
        count=len(found), scripted=sum(one.scripted for one in found), overridden=len(over),
        overridden_share=len(over) / len(found) if found else 0.0,
        by=", ".join(sorted({of.name(one.person) for one in found})),
        reasons=tuple(Reason(reason=words.get(said, Text(en=said)), count=n) for said, n in sorted(counts.items())),
    )  # fmt: skip


def windows(of: Sources, source: str) -> list[WindowShown]:
    """In order of time."""
    monitor = of.outcome("watch")["monitor"]
    found = [
        *every(
            lambda cursor: monitoring.windows(of.call, monitor, WindowsAsked(source=source, cursor=cursor, limit=200))
        )
    ]
    return found[::-1]


def journal(of: Sources) -> Journal:
    found = audit.verify(of.call)
    of.note("journal", of.pilot.id)
    return Journal(entries=found.entries, verified=found.verified, head=found.head)
