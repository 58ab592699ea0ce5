"""Costs of measured use: what was not measured has no price, and currencies are never mixed."""

from decimal import Decimal
from pathlib import Path

import pytest

from moyai.kernel.errors import Invalid
from moyai.planning import costs
from moyai.planning.declaration import read_pilot
from moyai.planning.evidence import Scaled

GAMMA = read_pilot((Path(__file__).parents[2] / "examples/gamma-ray/pilot.toml").read_text(encoding="utf-8"))


def sizes(*currencies: str) -> list[Scaled]:
    return [
        Scaled(rows=1000 * (at + 1), cpu_seconds=1, max_rss_bytes=1, amount=Decimal(at + 1), currency=currency)
        for at, currency in enumerate(currencies)
    ]


def test_three_sizes_give_a_range_for_every_wish() -> None:
    found = costs.project(sizes("JPY", "JPY", "JPY"), GAMMA)
    wished = {(factor, users) for factor in GAMMA.projection.data_factors for users in GAMMA.projection.users}
    assert {(one.data_factor, one.users) for one in found} == wished
    assert all(one.low <= one.mid <= one.high and not one.extrapolation for one in found)


def test_fewer_sizes_are_an_extrapolation() -> None:
    assert all(one.extrapolation for one in costs.project(sizes("JPY", "JPY"), GAMMA))


def test_two_currencies_are_not_one_curve() -> None:
    with pytest.raises(Invalid, match="EUR, JPY") as refused:
        costs.project(sizes("JPY", "EUR", "JPY"), GAMMA)
    assert refused.value.where == "training.at"
