"""Money: measured use has a price, growth is fitted and honest about its reach, payback is a range or three words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moyai.kernel.errors import Invalid
from moyai.planning import rules
from moyai.planning.rules import Sized, Used
from moyai.planning.schema.declared import Benefit, Organisation, Projection, Text


def member(name: str = "plant", **more: object) -> Organisation:
    facts = {"title": name, "country": "JP", "currency": "JPY", "cores": 4, "memory_gb": 8, "price_core_hour": "3.6"}
    return Organisation.model_validate({"name": name, **facts, **more})


def used(cpu: float = 1800, wall: float = 3600, rss: int = 2 * 10**9, organisation: str = "plant") -> Used:
    return Used(organisation=organisation, cpu_seconds=cpu, wall_seconds=wall, max_rss_bytes=rss)


def test_half_a_core_hour_and_two_gigabyte_hours() -> None:
    assert rules.price(used(), member(price_memory_gb_hour="0.5")) == Decimal("1.8") + Decimal("1.0")


def test_an_idle_core_is_not_charged() -> None:
    assert rules.price(used(cpu=10, wall=3600), member()) == Decimal("0.01")


def test_what_was_not_measured_has_no_price_rather_than_none() -> None:
    with pytest.raises(Invalid, match="not measured"):
        rules.price(used(cpu=0), member())


def test_a_bill_keeps_organisations_and_currencies_apart() -> None:
    members = [member(), member("lab", currency="EUR", price_core_hour="0.04"), member("idle")]
    jobs = [used(), used(), used(organisation="lab")]
    plant, lab = rules.bill(jobs, members)
    assert (plant.organisation, plant.currency, plant.amount, plant.jobs) == ("plant", "JPY", Decimal("3.6"), 2)
    assert (lab.currency, lab.amount) == ("EUR", Decimal("0.02"))
    assert plant.core_hours == pytest.approx(1.0)
    assert plant.memory_gb_hours == pytest.approx(4.0)


def test_use_without_a_price_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="elsewhere"):
        rules.bill([used(organisation="elsewhere")], [member()])


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=20))
def test_a_bill_is_the_sum_of_its_jobs_and_never_zero(seconds: list[float]) -> None:
    jobs = [used(cpu=second, rss=0) for second in seconds]
    [cost] = rules.bill(jobs, [member()])
    assert float(cost.amount) == pytest.approx(sum(float(rules.price(job, member())) for job in jobs), abs=1e-6)
    assert cost.amount > 0


def test_an_exact_line_is_found_again() -> None:
    law = rules.fit([Sized(rows, 2 + rows / 1000) for rows in (1000, 2000, 4000)])
    assert law.line(100_000) == pytest.approx(102)
    assert law.power(100_000) < 102


def test_an_exact_power_law_is_found_again() -> None:
    law = rules.fit([Sized(rows, 0.001 * rows**1.5) for rows in (1000, 2000, 4000)])
    assert law.exponent == pytest.approx(1.5)
    assert law.start == 0, "a training on no rows does not earn money"


@given(
    st.lists(st.tuples(st.integers(10, 10**6), st.floats(0.001, 1e4)), min_size=3, max_size=6, unique_by=lambda s: s[0])
)
def test_the_range_holds_every_measured_point(points: list[tuple[int, float]]) -> None:
    sizes = [Sized(*point) for point in points]
    law = rules.fit(sizes)
    for size in sizes:
        low, mid, high = law.range(size.rows)
        assert low <= mid <= high
        assert low <= size.amount * 1.0001
        assert high >= size.amount * 0.9999


def test_a_projection_says_what_it_stands_on_and_how_far_it_reaches() -> None:
    sizes = [Sized(1000, 1.0), Sized(2000, 1.9), Sized(4000, 3.9)]
    asked = Projection(data_factors=(1, 100), users=(1, 20), trainings_per_user_year=10)
    told = rules.project(sizes, 4000, asked, "JPY")
    assert [(one.data_factor, one.users) for one in told] == [(1, 1), (1, 20), (100, 1), (100, 20)]
    near, far = told[0], told[-1]
    assert near.low < 39 < near.high
    assert "Extrapolated" not in near.basis
    assert not far.extrapolation
    assert far.beyond == 100
    assert far.basis.endswith("Extrapolated beyond the measured range ×100.")
    assert "×100" in far.basis_ja
    assert far.basis_ja != far.basis
    assert far.high == pytest.approx(20 * told[2].high)


def test_fewer_than_three_sizes_are_an_extrapolation() -> None:
    [told] = rules.project([Sized(1000, 1.0), Sized(2000, 2.0)], 2000, Projection(data_factors=(2,), users=(1,)), "JPY")
    assert told.extrapolation
    assert told.basis.startswith("Extrapolation: measured at only 2 sizes")
    assert (told.low, told.mid, told.high) == (200, 400, 800)


def benefit(**more: object) -> Benefit:
    facts = {
        "currency": "JPY",
        "per_correct_decision": 100,
        "decisions_per_day": (100, 200),
        "correct_today": 0.8,
        "investment": (1_000_000, 2_000_000),
        "basis": Text(en="declared"),
    }
    return Benefit.model_validate({**facts, **more})


def running(low: float, high: float, currency: str = "JPY") -> rules.Projected:
    facts = {
        "data_factor": 1,
        "users": 1,
        "rows": 1,
        "trainings": 1,
        "mid": low,
        "beyond": 1,
        "extrapolation": False,
        "basis": "",
    }
    return rules.Projected.model_validate({**facts, "low": low, "high": high, "currency": currency})


def test_payback_is_a_range_from_what_was_declared_and_measured() -> None:
    told = rules.payback(benefit(), (0.85, 0.9), running(0, 25_000))
    assert isinstance(told, rules.Payback)
    assert told.months_low == pytest.approx(12 * 1_000_000 / (200 * 0.1 * 100 * 250))
    assert told.months_high == pytest.approx(12 * 2_000_000 / (100 * 0.05 * 100 * 250 - 25_000))


def test_payback_that_may_never_come_has_no_upper_end() -> None:
    told = rules.payback(benefit(), (0.75, 0.9), running(0, 0))
    assert isinstance(told, rules.Payback)
    assert told.months_low is not None
    assert told.months_high is None


@pytest.mark.parametrize(
    ("declared", "cost"),
    [(None, running(0, 0)), (benefit(), None), (benefit(), running(0, 0, "EUR"))],
    ids=["no benefit", "no projection", "another currency"],
)
def test_what_was_not_declared_is_not_estimated(declared: Benefit | None, cost: rules.Projected | None) -> None:
    assert rules.payback(declared, (0.8, 0.9), cost) == "not estimated"


def test_a_flat_cost_is_not_taken_to_stay_flat_beyond_what_was_measured() -> None:
    sizes = [Sized(1000, 1.0), Sized(2000, 1.0), Sized(4000, 1.0)]
    [told] = rules.project(sizes, 4000, Projection(data_factors=(100,), users=(1,), trainings_per_user_year=1), "JPY")
    assert told.low < 1
    assert told.low < told.mid < told.high
    assert told.high >= 100
