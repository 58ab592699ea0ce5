"""Placement: the site that fits best, in sentences, and refusals that name what every site lacks."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moyai.compute import placement, rules
from moyai.compute.placement import Candidate, Wish
from moyai.compute.rules import Balance
from moyai.compute.schema import Need, Prices, Resources
from moyai.kernel.errors import Invalid, QuotaExceeded

END = datetime(2027, 4, 1, tzinfo=UTC)
GIB = 1 << 30


def site(name: str, cores: int = 4, busy: int = 0, price: str = "10", hours: str | None = "100") -> Candidate:
    return Candidate(
        site=f"sit_{name}",
        name=name,
        resources=Resources(cores=cores, memory_bytes=8 * GIB),
        promised=Resources(cores=busy, memory_bytes=0),
        prices=Prices(currency="JPY", core_hour=Decimal(price)),
        data=("open", "members"),
        balance=None if hours is None else Balance(Decimal(hours), Decimal(0), Decimal(0), END),
    )


def wish(cores: int = 1, **more: object) -> Wish:
    need = Need(cores=cores, memory_bytes=GIB, wall_seconds=3600)
    return replace(Wish("gamma", need, "open"), **more)


def test_the_site_with_the_most_free_cores_is_chosen_and_says_so():
    placed = placement.choose(wish(), [site("North", busy=3), site("South", busy=1)])
    assert placed.site == "sit_South"
    assert placed.sentences == (
        "Chosen: South, the best of 2 sites that fit; 3 of its 4 cores are free, at 10 JPY per core-hour.",
        "Not North: fewer of its cores are free (1).",
    )


def test_among_equally_free_sites_the_cheaper_is_chosen():
    placed = placement.choose(wish(), [site("East", price="12"), site("West", price="9.5")])
    assert placed.site == "sit_West"
    assert "a core-hour costs 12 JPY" in placed.sentences[1]


def test_prices_in_different_currencies_are_not_compared():
    dear = replace(site("East"), prices=Prices(currency="EUR", core_hour=Decimal(900)))
    assert placement.choose(wish(), [site("West"), dear]).site == "sit_East"


def test_a_job_that_no_site_can_run_is_told_what_each_lacks():
    guarded = replace(site("South", cores=16), data=("open",))
    with pytest.raises(Invalid) as refused:
        placement.choose(wish(8, classification="members"), [site("North"), guarded])
    assert "North: it has 4 of the 8 cores it asks for" in refused.value.what
    assert "South: members data may not go there, only open" in refused.value.what


def test_an_engine_that_cannot_be_used_is_an_obstacle():
    with pytest.raises(Invalid, match="its engine cannot be used: not installed"):
        placement.choose(wish(), [replace(site("North"), missing="not installed")])


def test_when_only_hours_are_missing_it_says_how_many_are_left():
    with pytest.raises(QuotaExceeded) as refused:
        placement.choose(wish(2), [site("North", hours="1.5"), site("South", hours=None), site("Tiny", cores=1)])
    assert "1.5 of 100" not in refused.value.what
    assert "has 1.5 of 1.5 core-hours left at North until 2027-04-01; this job asks for 2" in refused.value.what
    assert "no allocation at South" in refused.value.what


def test_without_any_site_nothing_can_run():
    with pytest.raises(Invalid, match="no site"):
        placement.choose(wish(), [])


sites = st.builds(
    site,
    name=st.text("abc", min_size=1, max_size=3),
    cores=st.integers(1, 8),
    busy=st.integers(0, 8),
    price=st.sampled_from(["1", "2", "3"]),
    hours=st.sampled_from([None, "0", "5", "100"]),
)


@given(st.lists(sites, min_size=1, max_size=5, unique_by=lambda one: one.name), st.integers(1, 8))
def test_what_is_chosen_fits_and_nothing_that_fits_is_freer(candidates: list[Candidate], cores: int):
    asked = wish(cores)
    able = [one for one in candidates if not placement.obstacle(asked, one)]
    hours = rules.hours_of(asked.need)
    fitting = [one for one in able if one.balance and rules.left(one.balance) >= hours]
    if not fitting:
        with pytest.raises(QuotaExceeded if able else Invalid):
            placement.choose(asked, candidates)
        return
    placed = placement.choose(asked, candidates)
    (chosen,) = [one for one in fitting if one.site == placed.site]
    assert placement.free_cores(chosen) == max(map(placement.free_cores, fitting))
    assert len(placed.sentences) == len(candidates)
