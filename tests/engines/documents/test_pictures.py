"""Where values lie on paper."""

from hypothesis import given
from hypothesis import strategies as st

from moyai.engines.documents.numbers import Writer
from moyai.engines.documents.pictures import Axis, Drawing, path, steps


def test_a_straight_axis_turns_up_where_paper_goes_down() -> None:
    up = Axis(0, 1, 100, 0)
    assert (up.at(0), up.at(0.25), up.at(1), up.at(7)) == (100, 75, 0, 0)


def test_a_logarithmic_axis_has_powers_of_ten() -> None:
    across = Axis(50, 2_000_000, 0, 460, log=True)
    assert across.ticks() == [100, 1000, 10_000, 100_000, 1_000_000]
    assert across.at(0) == 0


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_lie_on_the_axis_and_are_few(low: float, room: float) -> None:
    ticks = Axis(low, low + room, 0, 1).ticks()
    assert 1 <= len(ticks) <= 12
    assert all(low - room * 1e-6 <= tick <= low + room * (1 + 1e-6) for tick in ticks)


def test_a_histogram_stands_on_the_floor() -> None:
    across, up = Axis(0, 2, 0, 20), Axis(0, 1, 10, 0)
    assert steps([0, 1, 2], [0.5, 1], across, up) == "M0.0,10.0L0.0,5.0L10.0,5.0L10.0,0.0L20.0,0.0L20.0,10.0"
    assert path([(0, 0), (2, 1)], across, up) == "M0.0,10.0L20.0,0.0"


def test_many_decisions_are_drawn_in_proportion() -> None:
    squares = Drawing({"decisions": {"count": 1000, "overridden": 100}}, Writer("en")).squares()
    assert (len(squares), squares.count("overridden")) == (200, 20)


def test_nothing_is_drawn_from_nothing() -> None:
    empty = Drawing({}, Writer("en"))
    assert (empty.roc(), empty.growth(), empty.windows(), empty.histograms(), empty.squares()) == (None,) * 3 + ([], [])
