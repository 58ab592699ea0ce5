"""Placement: at which site a job runs, and why there. Pure: values in, a choice in sentences out."""

from collections.abc import Sequence
from dataclasses import dataclass

from moyai.compute import rules
from moyai.compute.rules import Balance
from moyai.compute.schema import Classification, Need, Prices, Resources
from moyai.kernel.errors import Failure, Invalid, QuotaExceeded


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be placed."""

    project: str
    need: Need
    classification: Classification


@dataclass(frozen=True, slots=True)
class Candidate:
    """A site as placement sees it."""

    site: str
    name: str
    resources: Resources
    promised: Resources
    """Held by jobs that run or wait there."""
    prices: Prices
    data: tuple[str, ...]
    balance: Balance | None
    """The project's share there now; None: it has none."""
    missing: str = ""
    """Why its engine cannot be used here; '' when it can."""


@dataclass(frozen=True, slots=True)
class Placed:
    site: str
    sentences: tuple[str, ...]


def choose(wish: Wish, candidates: Sequence[Candidate]) -> Placed:
    """The fitting site with the most free cores now, then the lowest price, then by name.

    Raises Invalid when no site can ever run it, naming what each lacks; QuotaExceeded when only hours are missing.
    """
    never = {one.site: obstacle(wish, one) for one in candidates}
    able = [one for one in candidates if not never[one.site]]
    short = {one.site: _short(wish, one) for one in able}
    fitting = [one for one in able if short[one.site] is None]
    if not fitting:
        raise _refusal(candidates, never, [refusal for refusal in short.values() if refusal])
    best = min(fitting, key=lambda one: _rank(one, fitting))
    others = [_why_not(best, one, never[one.site], short.get(one.site)) for one in candidates if one is not best]
    return Placed(best.site, (_why(best, fitting), *others))


def obstacle(wish: Wish, one: Candidate) -> str:
    """Why this site can never run the job, in words; '' when it can."""
    if one.missing:
        return f"its engine cannot be used: {one.missing}"
    if wish.classification not in one.data:
        return f"{wish.classification} data may not go there, only {' and '.join(one.data) or 'none'}"
    lacks = rules.lacking(wish.need, one.resources)
    return f"it has {' and '.join(lacks)}" if lacks else ""


def free_cores(one: Candidate) -> int:
    """Cores that no running or waiting job will hold."""
    return max(one.resources.cores - one.promised.cores, 0)


def _short(wish: Wish, one: Candidate) -> QuotaExceeded | None:
    """What is missing in the project's share there."""
    if one.balance is None:
        return QuotaExceeded(
            f"Project {wish.project} has no allocation at {one.name} now.",
            fix="Ask the site's operator for one.",
            left="0",
        )
    try:
        rules.reserve(one.balance, rules.hours_of(wish.need), (wish.project, one.name))
    except QuotaExceeded as refusal:
        return refusal
    return None


def _rank(one: Candidate, fitting: Sequence[Candidate]) -> tuple[int, float, str]:
    comparable = len({other.prices.currency for other in fitting}) == 1
    return -free_cores(one), float(one.prices.core_hour) if comparable else 0.0, one.name


def _why(best: Candidate, fitting: Sequence[Candidate]) -> str:
    free = f"{free_cores(best)} of its {best.resources.cores} cores are free"
    price = f"{rules.plain(best.prices.core_hour)} {best.prices.currency} per core-hour"
    reason = "the only site that fits" if len(fitting) == 1 else f"the best of {len(fitting)} sites that fit"
    return f"Chosen: {best.name}, {reason}; {free}, at {price}."


def _why_not(best: Candidate, one: Candidate, never: str, short: QuotaExceeded | None) -> str:
    if never:
        return f"Not {one.name}: {never}."
    if short is not None:
        return f"Not {one.name}: {short.what}"
    if free_cores(one) < free_cores(best):
        return f"Not {one.name}: fewer of its cores are free ({free_cores(one)})."
    if one.prices.currency == best.prices.currency and one.prices.core_hour > best.prices.core_hour:
        price = f"{rules.plain(one.prices.core_hour)} {one.prices.currency}"
        return f"Not {one.name}: as many cores are free, but a core-hour costs {price}."
    return f"Not {one.name}: just as good; the first by name is taken."


def _refusal(candidates: Sequence[Candidate], never: dict[str, str], short: Sequence[QuotaExceeded]) -> Failure:
    if short:
        told = " ".join(refusal.what for refusal in short)
        return QuotaExceeded(told, fix=short[0].fix, **short[0].facts)
    told = "; ".join(f"{one.name}: {never[one.site]}" for one in candidates)
    if not candidates:
        return Invalid("There is no site yet.", fix="Register one: moyai sites.", where="site")
    return Invalid(f"No site can ever run this job. {told}.", fix="Ask for less, or for other data.", where="need")
