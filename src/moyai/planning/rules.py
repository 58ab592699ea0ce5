"""Pure decisions about money: the price of measured use, what more would cost, when it pays back. No I/O, no clock."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import exp, log, sqrt
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, PlainSerializer

from moyai.kernel.errors import Invalid
from moyai.kernel.shapes import Shape
from moyai.kernel.wording import mark, say
from moyai.planning.schema.declared import Benefit, Currency, Organisation, Projection

Amount = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""Exact in Python, a plain number in JSON."""
HOUR = Decimal(3600)
GB = Decimal(10**9)
MICRO = Decimal("0.000001")
NOT_ESTIMATED: Literal["not estimated"] = "not estimated"

FITTED = mark(
    "Measured at {count} sizes up to {rows:,} rows; a line and a power law (exponent {exponent:.2f}) were fitted to the"
    " price of one training; the range spans both with their scatter ({scatter:.0%}) and, beyond the largest size,"
    " growth in proportion to the data. Times {trainings:,.0f}"
    " trainings a year by each of the users, at the measured site's prices."
)
GUESSED = mark(
    "Extrapolation: measured at only {count} sizes (largest {rows:,} rows), so cost was taken as proportional to the"
    " data, from half to twice. Times {trainings:,.0f} trainings a year by each of the users, at the measured site's"
    " prices."
)
BEYOND = mark("Extrapolated beyond the measured range ×{beyond:,.0f}.")


class Used(Shape):
    """What one job used, as the operating system measured it."""

    organisation: str
    cpu_seconds: float
    wall_seconds: float
    max_rss_bytes: int


class Cost(Shape):
    """What one organisation's site did and charges, in its own currency; currencies are never added up."""

    organisation: str = Field(description="The organisation whose site ran the jobs.")
    currency: str = Field(description="ISO 4217 code.")
    amount: Amount = Field(description="Price of what was measured, to a millionth.")
    core_hours: float = Field(description="Measured CPU time, in hours of one core.")
    memory_gb_hours: float = Field(description="Peak memory times wall time.")
    jobs: int = Field(description="Jobs that it is made of.")


class Sized(NamedTuple):
    """The price of one training on so many rows."""

    rows: int
    amount: float


class Projected(Shape):
    """What a year would cost with so many times the data and so many users."""

    data_factor: float = Field(description="Times the data of the pilot.")
    users: int = Field(description="People who train.")
    rows: int = Field(description="Rows that this is.")
    trainings: float = Field(description="Trainings a year, by all users together.")
    low: float = Field(description="Lower end, a year.")
    mid: float = Field(description="Between them, a year.")
    high: float = Field(description="Upper end, a year.")
    currency: str = Field(description="ISO 4217 code.")
    beyond: float = Field(description="Rows asked, over the largest measured; above 1 it is beyond measurement.")
    extrapolation: bool = Field(description="True when fewer than three sizes were measured.")
    basis: str = Field(description="What the figures stand on, in English.")
    basis_ja: str = Field("", description="The same in Japanese.")


class Payback(Shape):
    """Months until the declared benefit has paid for the declared investment and the running cost."""

    months_low: float | None = Field(description="At best; none when it never pays back.")
    months_high: float | None = Field(description="At worst; none when it may never pay back.")
    currency: str = Field(description="ISO 4217 code.")
    benefit_low: float = Field(description="Benefit a year, lower end.")
    benefit_high: float = Field(description="Benefit a year, upper end.")
    cost_low: float = Field(description="Running cost a year, lower end.")
    cost_high: float = Field(description="Running cost a year, upper end.")


def price(used: Used, prices: Organisation) -> Decimal:
    """What `used` costs at the site of `prices`: CPU time at work, and peak memory for as long as the job ran.

    Measured, not allocated: a core that was held and idle is not charged. Never silently zero: Invalid when the job
    was not measured. core-hours x price + GB x hours x price; a GB is 10^9 bytes.
    """
    if used.cpu_seconds <= 0 or used.wall_seconds <= 0:
        raise Invalid("This job's use was not measured, so it has no price.", fix="Run it again on a measuring engine.")
    core_hours = Decimal(str(used.cpu_seconds)) / HOUR
    return core_hours * prices.price_core_hour + memory_gb_hours(used) * prices.price_memory_gb_hour


def memory_gb_hours(used: Used) -> Decimal:
    return Decimal(used.max_rss_bytes) / GB * Decimal(str(used.wall_seconds)) / HOUR


def bill(jobs: Sequence[Used], members: Sequence[Organisation]) -> tuple[Cost, ...]:
    """One line for each organisation whose site worked, in the order of `members`.

    Raises Invalid for use at a site that has no prices.
    """
    known = {member.name: member for member in members}
    strangers = {job.organisation for job in jobs} - known.keys()
    if strangers:
        raise Invalid(f"No prices are declared for {', '.join(sorted(strangers))}.", fix="Declare its prices.")
    return tuple(
        line([job for job in jobs if job.organisation == name], member)
        for name, member in known.items()
        if any(job.organisation == name for job in jobs)
    )


def line(jobs: Sequence[Used], member: Organisation) -> Cost:
    return Cost(
        organisation=member.name,
        currency=member.currency,
        amount=sum((price(job, member) for job in jobs), Decimal(0)).quantize(MICRO),
        core_hours=sum(job.cpu_seconds for job in jobs) / 3600,
        memory_gb_hours=float(sum(map(memory_gb_hours, jobs))),
        jobs=len(jobs),
    )


class Law(NamedTuple):
    """Two ways in which a cost can grow with rows, both through what was measured."""

    start: float
    """The line: `start` + `slope` x rows, no less than 0 at 0 rows."""
    slope: float
    factor: float
    """The power law: `factor` x rows ^ `exponent`."""
    exponent: float
    scatter: float
    """How far the farthest measured point is from either, as a ratio; at least 5 %, for no machine repeats itself."""

    def line(self, rows: float) -> float:
        return self.start + self.slope * rows

    def power(self, rows: float) -> float:
        return self.factor * rows**self.exponent

    def range(self, rows: float) -> tuple[float, float, float]:
        """Low, mid, high."""
        one, other = self.line(rows), self.power(rows)
        return min(one, other) / (1 + self.scatter), sqrt(one * other), max(one, other) * (1 + self.scatter)


def fit(sizes: Sequence[Sized]) -> Law:
    """A line and a power law by least squares (the latter on logarithms); a cost that shrinks with rows counts as flat.

    Raises Invalid for no sizes, or sizes without rows or amount.
    """
    if not sizes or any(size.rows <= 0 or size.amount <= 0 for size in sizes):
        raise Invalid("A cost cannot be fitted without measured sizes of more than zero rows and a price each.")
    slope, start = straight([(float(size.rows), size.amount) for size in sizes])
    exponent, level = straight([(log(size.rows), log(size.amount)) for size in sizes])
    if start < 0:  # a training on no rows does not earn money: through the origin instead
        start, slope = 0.0, sum(s.rows * s.amount for s in sizes) / sum(s.rows**2 for s in sizes)
    law = Law(start, slope, exp(level), exponent, 0.05)
    ratios = [s.amount / told for s in sizes for told in (law.line(s.rows), law.power(s.rows))]
    return law._replace(scatter=max(0.05, *(max(ratio, 1 / ratio) - 1 for ratio in ratios)))


def straight(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Slope (never negative) and start of the least-squares line."""
    count = len(points)
    x_mean, y_mean = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    slope = max(0.0, sum((x - x_mean) * (y - y_mean) for x, y in points) / spread) if spread else 0.0
    return slope, y_mean - slope * x_mean


def project(sizes: Sequence[Sized], rows: int, asked: Projection, currency: Currency) -> tuple[Projected, ...]:
    """The cost of a year for each data factor and number of users in `asked`; `rows` is the pilot's whole data.

    From fewer than three different sizes nothing can be fitted: labelled extrapolation. Beyond the largest measured
    size the basis says how far.
    """
    largest = max(sizes)
    fitted = len({size.rows for size in sizes}) >= 3
    law = fit(sizes) if fitted else None
    told: list[Projected] = []
    for factor, users in product(asked.data_factors, asked.users):
        wanted = factor * rows
        one = reach(law, largest, wanted) if law else proportional(largest, wanted)
        trainings = users * asked.trainings_per_user_year
        low, mid, high = (amount * trainings for amount in one)
        beyond = wanted / largest.rows
        facts = {"count": len(sizes), "rows": largest.rows, "trainings": asked.trainings_per_user_year}
        facts |= {"exponent": law.exponent, "scatter": law.scatter} if law else {}
        basis, basis_ja = (grounds(FITTED if law else GUESSED, language, beyond, facts) for language in ("en", "ja"))
        told.append(
            Projected(
                data_factor=factor,
                users=users,
                rows=round(wanted),
                trainings=trainings,
                low=low,
                mid=mid,
                high=high,
                currency=currency,
                beyond=beyond,
                extrapolation=not fitted,
                basis=basis,
                basis_ja=basis_ja,
            )
        )
    return tuple(told)


def reach(law: Law, largest: Sized, rows: float) -> tuple[float, float, float]:
    """The range of both fits; beyond the largest measured size also growth in proportion to the rows.

    A small table hides growth behind the cost of starting up: without this, a hundred times the data could seem free.
    """
    low, mid, high = law.range(rows)
    if rows <= largest.rows:
        return low, mid, high
    high = max(high, largest.amount * rows / largest.rows)
    return low, sqrt(low * high), high


def proportional(measured: Sized, rows: float) -> tuple[float, float, float]:
    amount = measured.amount * rows / measured.rows
    return amount / 2, amount, amount * 2


def grounds(sentence: str, language: str, beyond: float, facts: Mapping[str, float]) -> str:
    words = say(sentence, language, **facts)
    if beyond <= 1:
        return words
    return words + ("" if language == "ja" else " ") + say(BEYOND, language, beyond=beyond)


def payback(
    benefit: Benefit | None, correct: tuple[float, float], running: Projected | None
) -> Payback | Literal["not estimated"]:
    """Months until investment is paid back; the words "not estimated" when no benefit was declared.

    `correct` is the measured share of correct decisions, low and high; `running` the projected cost of a year. Gain a
    year = decisions x (correct - correct today) x worth - running cost; months = 12 x investment / gain. Nothing is
    estimated across currencies, for no rate of exchange was declared.
    """
    if benefit is None or running is None or running.currency != benefit.currency:
        return NOT_ESTIMATED
    worth = float(benefit.per_correct_decision) * benefit.days_per_year
    better = [share - benefit.correct_today for share in correct]
    gains = sorted(decisions * share * worth for decisions in benefit.decisions_per_day for share in better)
    cheap, dear = (float(amount) for amount in sorted(benefit.investment))
    return Payback(
        months_low=months(cheap, gains[-1] - running.low),
        months_high=months(dear, gains[0] - running.high),
        currency=benefit.currency,
        benefit_low=gains[0],
        benefit_high=gains[-1],
        cost_low=running.low,
        cost_high=running.high,
    )


def months(investment: float, gain: float) -> float | None:
    """None when a year's gain is nothing or less: it never pays back."""
    return 12 * investment / gain if gain > 0 else None
