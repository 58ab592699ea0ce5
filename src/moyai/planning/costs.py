"""Costs: measured use priced site by site, what more would cost, when it pays back. The arithmetic is in `rules`."""

from collections.abc import Sequence
from typing import Literal

from moyai.compute import usage
from moyai.compute.schema import UsageShown
from moyai.kernel.call import Call
from moyai.kernel.errors import Invalid
from moyai.models import training
from moyai.models.schema import Metric, RunShown
from moyai.planning import rules
from moyai.planning.evidence import Scaled
from moyai.planning.rules import Cost, Payback, Projected, Sized, Used
from moyai.planning.schema.declared import Organisation, PilotFile


def measured(call: Call, jobs: Sequence[str]) -> tuple[UsageShown, ...]:
    """What each job used, in order. Raises Invalid for a job that was not measured: its cost is unknown, not zero."""
    found = [usage.of(call, job) for job in jobs]
    missing = [job for job, used in zip(jobs, found, strict=True) if used is None]
    if missing:
        raise Invalid(f"No use was measured for {', '.join(missing)}.", fix="Run these jobs again.", where=missing[0])
    return tuple(used for used in found if used is not None)


def price(found: Sequence[UsageShown], members: Sequence[Organisation], names: dict[str, str]) -> tuple[Cost, ...]:
    """A line for each organisation whose site worked; `names` gives an organisation's declared name by its id."""
    return rules.bill([used(one, names) for one in found], members)


def used(one: UsageShown, names: dict[str, str]) -> Used:
    return Used(
        organisation=names[one.organisation], cpu_seconds=one.cpu_seconds, wall_seconds=one.wall_seconds,
        max_rss_bytes=one.max_rss_bytes,
    )  # fmt: skip


def scaling(call: Call, runs: Sequence[str], declared: PilotFile, names: dict[str, str]) -> tuple[Scaled, ...]:
    """The price and use of one training at each measured size, smallest first."""
    members = {member.name: member for member in declared.organisation}
    sizes: list[Scaled] = []
    for run in (training.get(call, ref) for ref in runs):
        (one,) = measured(call, [run.job])
        member = members[names[one.organisation]]
        sizes.append(
            Scaled(
                rows=run.rows or 0, cpu_seconds=one.cpu_seconds, max_rss_bytes=one.max_rss_bytes,
                wall_seconds=one.wall_seconds, amount=rules.price(used(one, names), member), currency=member.currency,
                roc_auc=_auc(run),
            )
        )  # fmt: skip
    return tuple(sorted(sizes, key=lambda size: size.rows))


def project(sizes: Sequence[Scaled], declared: PilotFile) -> tuple[Projected, ...]:
    """What a year would cost with so many times the data and so many users, at the site where it was measured.

    Raises Invalid when the sizes were measured at sites with different currencies: they cannot be put in one curve.
    """
    currencies = {size.currency for size in sizes}
    if len(currencies) > 1:
        raise Invalid(
            f"The sizes were measured in {', '.join(sorted(currencies))}; no rate of exchange was declared.",
            fix="Name one site in [training] at.",
            where="training.at",
        )
    points = [Sized(size.rows, float(size.amount)) for size in sizes]
    return rules.project(points, max(size.rows for size in sizes), declared.projection, currencies.pop())


def payback(declared: PilotFile, run: RunShown, projected: Sequence[Projected]) -> Payback | Literal["not estimated"]:
    """Months, for the declared benefit and the model's measured accuracy; or the words that nothing was declared."""
    accuracy: Metric | None = run.metrics.get("accuracy")
    if accuracy is None:
        return rules.NOT_ESTIMATED
    low, high = accuracy.low or accuracy.value, accuracy.high or accuracy.value
    one_user = min(projected, key=lambda one: (one.data_factor, one.users), default=None)
    return rules.payback(declared.benefit, (low, high), one_user)


def _auc(run: RunShown) -> float | None:
    metric = run.metrics.get("roc_auc")
    return metric.value if metric else None
