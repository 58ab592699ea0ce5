"""Reports: the evidence pack of a pilot, made from records alone; kept as blobs, each figure with its source."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import Any, Literal

from moyai.data import blobs
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page, PageAsked
from moyai.planning import costs, indicators, pilots, sources, store
from moyai.planning.events import ReportMade
from moyai.planning.evidence import (
    Curve,
    Curves,
    Drifted,
    Evidence,
    Histogram,
    Judged,
    Label,
    Milestone,
    Reference,
    Shifted,
    Tested,
    Told,
    Usage,
    Watched,
)
from moyai.planning.ports import Document
from moyai.planning.schema.declared import Indicator as Wanted
from moyai.planning.schema.records import ReportAsked, ReportShown
from moyai.planning.sources import Sources
from moyai.planning.tables import Report

BINS = 24
SOON = timedelta(days=14)
METHOD = "Kolmogorov-Smirnov per column against the training reference, corrected for the number of columns (Holm)"


@dataclass(frozen=True, slots=True)
class Written:
    """A report that was written but is not on record yet."""

    pilot: str
    evidence: str
    document: str
    indicators: tuple[tuple[str, Judged], ...]


def write(call: Call, pilot: str, asked: ReportAsked) -> Written:
    """Gather the evidence from the records of the pilot's steps, render it, keep the bytes of both.

    It reads for seconds and changes nothing, so that nobody who presses stop waits for it. Raises Invalid when a step
    is not done or a job was not measured; nothing is estimated in its place.
    """
    shown = pilots.get(call, pilot)
    call.require("report.make", Thing("report", shown.id, attrs={"by": shown.by}))
    found = gather(Sources(call, shown), asked)
    judged = tuple((ids.new("ind"), one) for one in found.indicators)
    records = {**found.records, **{f"indicators.{place}": ref for place, (ref, _) in enumerate(judged)}}
    evidence = json.loads(found.model_copy(update={"records": records}).model_dump_json())
    document: Document = call.engines.get("documents", "html")
    page = blobs.keep(call, iter([document.render(evidence, records)]))
    kept = blobs.keep(call, iter([json.dumps(evidence, ensure_ascii=False, indent=2).encode()]))
    return Written(shown.id, kept.digest, page.digest, judged)


def keep(call: Call, written: Written) -> ReportShown:
    """Put a written report and the values of its indicators on record."""
    call.require("report.make", Thing("report", written.pilot, attrs={"by": pilots.get(call, written.pilot).by}))
    for ref, one in written.indicators:
        indicators.record(call, written.pilot, ref, one)
    row = Report(
        id=ids.new("rpt"), pilot=written.pilot, evidence=written.evidence, document=written.document,
        by=call.who.person, at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(ReportMade(about=row.id, pilot=row.pilot, evidence=row.evidence, document=row.document))
    return store.show_report(row)


def get(call: Call, report: str) -> ReportShown:
    """Raises NotFound."""
    call.require("report.read", Thing("report", report))
    return store.show_report(store.report(call.session, report))


def list(call: Call, pilot: str, asked: PageAsked) -> Page[ReportShown]:
    """Reports of a pilot, newest first."""
    call.require("report.read", Thing("report"))
    return store.reports(call.session, store.pilot(call.session, pilot).id, asked)


def evidence(call: Call, report: str) -> Iterator[bytes]:
    """`evidence.json` as it was made."""
    return blobs.open(call, get(call, report).evidence)


def document(call: Call, report: str) -> Iterator[bytes]:
    """`report.html` as it was made."""
    return blobs.open(call, get(call, report).document)


def gather(of: Sources, asked: ReportAsked) -> Evidence:
    """Every figure of a pilot, read from its records."""
    d, run = of.declared, of.run()
    worked = jobs(of)
    used = {one.job: one for one in costs.measured(of.call, [job for job, _ in worked])}
    sizes = costs.scaling(of.call, [size["run"] for size in of.outcome("train")["sizes"]], d, of.names)
    projected = costs.project(sizes, d)
    drift, shifted = drifted(of)
    figures = Evidence(
        made_at=of.call.now,
        moyai=version("moyai"),
        portal=asked.portal,
        languages=d.report.languages,
        labels=labels(of, any(one.extrapolation or one.beyond > 1 for one in projected)),
        pilot=told(of),
        organisations=sources.members(of),
        dataset=sources.dataset(of),
        training=sources.fitted(of, used[run.job]),
        scaling=sizes,
        metrics=sources.metrics(of, run, "metrics"),
        baseline=sources.compared(of),
        accountable=sources.accountable(of),
        gate=sources.gate(of),
        approvals=sources.approved(of),
        endpoint=sources.served(of),
        predictions=sources.predicted(of),
        decisions=sources.decided(of),
        drift=drift,
        usage=tuple(
            Usage(purpose=words, organisation=of.names[used[job].organisation], **_measured(used[job]))
            for job, words in worked
        ),
        cost=costs.price(tuple(used.values()), d.organisation, of.names),
        projection=projected,
        payback=costs.payback(d, run, projected),
        indicators=(),
        journal=sources.journal(of),
        curves=curves(of, shifted),
        phrases=d.report.phrases,
        records={},
    )
    _note(of, worked)
    judged = tuple(judge(one, figures) for one in d.indicator)
    return figures.model_copy(update={"indicators": judged, "records": of.records})


def _measured(one: Any) -> dict[str, Any]:
    keys = ("job", "site", "engine", "native_id", "cpu_seconds", "wall_seconds", "max_rss_bytes", "read_bytes")
    return {key: getattr(one, key) for key in (*keys, "written_bytes", "basis")}


def _note(of: Sources, worked: Sequence[tuple[str, str]]) -> None:
    """Sources of what is computed from several records: the pilot's own, which names the jobs and the declaration."""
    for place, size in enumerate(of.outcome("train")["sizes"]):
        of.note(f"scaling.{place}", size["run"])
    for place, (job, _) in enumerate(worked):
        of.note(f"usage.{place}", job)
    for path in ("cost", "projection", "payback"):
        of.note(path, of.pilot.id)
    of.note("curves", of.run().id)


def jobs(of: Sources) -> Sequence[tuple[str, str]]:
    """(job, what it did), in order: those behind the figures, then what else worked for this pilot and was measured."""
    from_training = of.outcome("train")
    runs = [(from_training["baseline"], "baseline")]
    runs += [(size["run"], f"train {size['fraction']:.0%}") for size in from_training["sizes"]]
    prepared = [(of.outcome("prepare")["job"], "prepare")]
    named = prepared + [(sources.training.get(of.call, run).job, words) for run, words in runs]
    return named + [*sources.attempts(of, {job for job, _ in named})]


def told(of: Sources) -> Told:
    d = of.declared.pilot
    steps = sources.steps(of)
    return Told(
        name=d.name, title=d.title, question=d.question, request=d.request,
        started=min((one.started for one in of.pilot.steps), default=of.call.now), ended=of.call.now,
        planned_end=d.end, clock=clock(of.call.now.date(), d.end), steps=steps,
        stages=tuple(Milestone(name=stage.name, by=stage.by) for stage in of.declared.stage),
    )  # fmt: skip


def clock(today: date, end: date) -> Literal["green", "amber", "red"]:
    """Red after the planned end, amber in the two weeks before it."""
    return "red" if today > end else "amber" if today + SOON > end else "green"


def labels(of: Sources, extrapolated: bool) -> tuple[Label, ...]:
    """What in a report is played, scripted, made up or extrapolated."""
    holds: dict[Label, bool] = {
        "one_engine": len(of.declared.organisation) > 1,
        "personas": True,
        "scripted_decisions": True,
        "synthetic_shift": of.declared.monitor.shift is not None,
        "extrapolation": extrapolated,
    }
    return tuple(label for label, true in holds.items() if true)


def drifted(of: Sources) -> tuple[Drifted, Sequence[Watched]]:
    """What the drift watch said: windows without a change, then with it."""
    monitor, d = of.outcome("watch"), of.declared.monitor
    quiet, loud = sources.windows(of, monitor["ordinary"]), sources.windows(of, monitor["shifted"])
    of.note("drift", monitor["monitor"])
    alarms = sum(one.alarm for one in quiet)
    reference = Reference(
        windows=len(quiet), false_alarms=alarms, false_alarms_per_1000=1000 * alarms / len(quiet) if quiet else 0.0
    )
    first = loud[0].columns if loud else ()
    cut = d.shift.column if d.shift else ""
    tests = tuple(
        Tested(name=c.name, statistic=c.statistic, p_value=c.p, alarm=c.changed, cut=c.name == cut)
        for c in sorted(first, key=lambda c: -c.statistic)
    )
    ranks = {test.name: place for place, test in enumerate(tests)}
    rang = {c.name for window in loud for c in window.columns if c.changed}
    shifted = Shifted(
        alarm=any(one.alarm for one in loud), columns=tuple(sorted(rang, key=lambda name: ranks[name])),
        name=d.shift.name if d.shift else sources.NOTHING, why=d.shift.why if d.shift else sources.NOTHING, column=cut,
        lost_share=monitor["lost_share"], windows=len(loud), alarms=sum(one.alarm for one in loud), tests=tests,
    )  # fmt: skip
    watched = [_watched("reference", one) for one in quiet[-360:]] + [_watched("shifted", one) for one in loud[:40]]
    return Drifted(reference=reference, shifted=shifted, method=METHOD, alpha=d.alpha, window=d.window), watched


def _watched(kind: Literal["reference", "shifted"], window: sources.WindowShown) -> Watched:
    return Watched(kind=kind, p_value=min((c.p for c in window.columns), default=1.0), alarm=window.alarm)


def curves(of: Sources, watched: Sequence[Watched]) -> Curves:
    """What the pictures are drawn from."""
    simple = sources.training.get(of.call, of.outcome("train")["baseline"])
    roc = (
        Curve(name=of.declared.pilot.name, points=sources.curve(of, of.run())),
        Curve(name=of.declared.baseline.algorithm, points=sources.curve(of, simple)),
    )
    return Curves(roc=tuple(one for one in roc if one.points), histograms=histograms(of), windows=tuple(watched))


def histograms(of: Sources) -> tuple[Histogram, ...]:
    """The most changed columns, ordinary beside shifted, in equal bins between the ordinary 1 % and 99 % points."""
    watched = of.outcome("watch")
    loud = sources.windows(of, watched["shifted"])
    if not loud:
        return ()
    ordered = sorted(loud[0].columns, key=lambda c: -c.statistic)[:4]
    quiet = [one.inputs for one in _some(of, watched["ordinary"])]
    other = [one.inputs for one in _some(of, watched["shifted"])]
    return tuple(
        _histogram(c.name, [float(row[c.name]) for row in quiet], [float(row[c.name]) for row in other])
        for c in ordered
    )


def _some(of: Sources, source: str) -> Iterator[sources.PredictionShown]:
    for place, one in enumerate(sources.asked(of, source)):
        if place >= 4000:
            return
        yield one


def _histogram(column: str, quiet: Sequence[float], other: Sequence[float]) -> Histogram:
    ordered = sorted(quiet)
    low, high = ordered[len(ordered) // 100], ordered[-1 - len(ordered) // 100]
    width = (high - low) / BINS or 1.0
    edges = tuple(low + place * width for place in range(BINS + 1))
    return Histogram(
        column=column, edges=edges, reference=_shares(quiet, low, width), shifted=_shares(other, low, width)
    )


def _shares(values: Sequence[float], low: float, width: float) -> tuple[float, ...]:
    counts = [0] * BINS
    for value in values:
        counts[min(max(int((value - low) / width), 0), BINS - 1)] += 1
    return tuple(count / len(values) for count in counts)


def judge(wanted: Wanted, figures: Evidence) -> Judged:
    """An indicator against the figure that it names; a figure that is missing is not reached."""
    value = figure(figures, wanted.figure)
    more = wanted.at_least is not None
    target = (wanted.at_least if more else wanted.at_most) or 0.0
    reached = value is not None and (value >= target if more else value <= target)
    return Judged(
        name=wanted.name, figure=wanted.figure, value=value, target=target, better="more" if more else "less",
        unit=wanted.unit, by=wanted.by, reached=reached,
    )  # fmt: skip


def figure(figures: Evidence, path: str) -> float | None:
    """The number at a dotted path of the evidence, or None."""
    found: Any = json.loads(figures.model_dump_json())
    for part in path.split("."):
        if isinstance(found, dict):
            found = found.get(part)
        elif part.isdigit() and isinstance(found, Sequence) and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
