"""Projections: exact on what is exactly a line or a power law, honest about how few sizes they rest on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moyai.numerics.scaling import line, power_law, project

SIZES = (4000.0, 8000.0, 16000.0)
positive = st.floats(0.01, 1e6)


@given(st.floats(0, 100), st.floats(0.001, 10), st.floats(1, 1e4))
def test_a_line_is_found_and_continued(fixed, per_unit, factor):
    costs = [fixed + per_unit * size for size in SIZES]
    assert line(np.array(SIZES), np.array(costs)) == pytest.approx((fixed, per_unit), rel=1e-6, abs=1e-3)
    there = project(SIZES, costs, SIZES[-1] * factor)
    assert there.mid == pytest.approx(fixed + per_unit * there.size, rel=1e-5)


@given(st.floats(0.1, 10), st.floats(0.2, 2))
def test_a_power_law_is_found_and_lies_in_the_range(factor, exponent):
    costs = [factor * size**exponent for size in SIZES]
    assert power_law(np.array(SIZES), np.array(costs)) == pytest.approx((factor, exponent), rel=1e-6)
    there = project(SIZES, costs, 160000)
    assert there.low <= factor * 160000**exponent * (1 + 1e-9)
    assert there.high >= factor * 160000**exponent * (1 - 1e-9)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=6), positive)
def test_the_range_is_ordered_and_positive(measured, size):
    there = project([at for at, _ in measured], [cost for _, cost in measured], size)
    assert 0 <= there.low <= there.mid * (1 + 1e-9)
    assert there.mid <= there.high * (1 + 1e-9)


def test_falling_costs_never_become_negative():
    there = project(SIZES, (9.0, 6.0, 1.0), 1e9)
    assert there.low >= 0
    assert there.mid == pytest.approx(np.mean((9.0, 6.0, 1.0)))


def test_how_little_it_rests_on_is_said():
    three, two, one = (project(SIZES[:n], (3.0, 5.0, 9.0)[:n], 100 * SIZES[n - 1]) for n in (3, 2, 1))
    assert three.basis == (
        "line through 3 measured sizes (4,000 to 16,000), range to the power law and to plain proportion; "
        "100 times the largest measured size; extrapolation"
    )
    assert "fewer than three sizes" in two.basis
    assert "one measured size (4,000)" in one.basis
    assert (one.low, one.high) == (3.0, 300.0)
    assert not project(SIZES, (3.0, 5.0, 9.0), 10000).extrapolation


@pytest.mark.parametrize(
    ("sizes", "costs", "size"), [((), (), 1), ((1,), (1, 2), 1), ((1, 0), (1, 1), 1), ((1,), (1,), 0)]
)
def test_what_was_not_measured_is_not_projected(sizes, costs, size):
    with pytest.raises(ValueError, match="at least one measurement"):
        project(sizes, costs, size)
