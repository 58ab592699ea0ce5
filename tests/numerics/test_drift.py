"""Drift tests beside scipy's exact ones; false alarms counted; what changed is found, also a column gone missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp, kstwobign

from moyai.numerics import drift

numbers = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=40)


@given(numbers, numbers)
def test_the_distance_is_scipys_with_ties(first, second):
    ours = drift.ks_statistic(np.sort(first), np.sort(second))
    assert ours == pytest.approx(ks_2samp(first, second, method="asymp").statistic)


@pytest.mark.parametrize("x", [0.2, 0.35, 0.5, 0.8, 1.0, 1.63, 2.2, 3.0])
def test_p_is_kolmogorovs_limit(x):
    assert drift.ks_p(x / np.sqrt(50), 100, 100) == pytest.approx(kstwobign.sf(x), abs=2e-5)


@pytest.mark.parametrize("rows", [50, 200, 1000])
@pytest.mark.parametrize("exact", [0.05, 1e-3, 1e-4])
def test_p_is_never_much_below_the_exact_chance(rows, exact):
    reference, steps = 2000, np.linspace(0.01, 0.9, 90)
    window = np.arange(rows) / rows
    base = np.arange(reference) / reference
    for step in steps:
        d = drift.ks_statistic(base, np.sort(window + step))
        truth = ks_2samp(base, window + step, method="exact").pvalue
        if truth < exact / 10:
            break
        assert drift.ks_p(d, reference, rows) >= 0.8 * truth


def test_windows_of_the_same_distribution_raise_few_alarms():
    random = np.random.default_rng(1)
    reference = {f"c{i}": drift.prepared(random.normal(size=5000)) for i in range(10)}
    alarms = 0
    for _ in range(400):
        shared = random.normal(size=300)  # columns that move together are the hard case for a correction
        window = {name: 0.8 * shared + 0.6 * random.normal(size=300) for name in reference}
        alarms += bool(drift.compare_window(reference, window, alpha=0.05).changed)
    assert alarms <= 400 * 0.05


def test_a_cut_on_one_column_is_seen_there_and_in_what_goes_with_it():
    random = np.random.default_rng(2)
    size = random.normal(size=20000)
    table = {"size": size, "width": size + random.normal(size=20000), "angle": random.normal(size=20000)}
    reference = {name: drift.prepared(values[:5000]) for name, values in table.items()}
    bright = np.flatnonzero(size[5000:] > -0.5)[:500] + 5000
    found = drift.compare_window(reference, {name: values[bright] for name, values in table.items()})
    assert found.changed == ("size", "width")
    shift = {one.name: one for one in found.columns}
    assert shift["size"].psi > 0.25 > 0.1 > shift["angle"].psi


def test_a_column_that_goes_missing_is_a_change():
    random = np.random.default_rng(3)
    reference = {"a": drift.prepared(random.normal(size=2000))}
    window = random.normal(size=400)
    window[:120] = np.nan
    assert drift.compare_window(reference, {"a": window}).changed == ("a",)


def test_a_constant_column_stays_silent_and_its_jump_alarms():
    reference = {"flag": drift.prepared(np.zeros(1000))}
    assert drift.compare_window(reference, {"flag": np.zeros(200)}).changed == ()
    assert drift.compare_window(reference, {"flag": np.ones(200)}).changed == ("flag",)


def test_two_valued_columns_raise_no_more_alarms_than_promised():
    random = np.random.default_rng(4)
    reference = {"flag": drift.prepared(random.integers(0, 2, 3000))}
    alarms = sum(
        bool(drift.compare_window(reference, {"flag": random.integers(0, 2, 250)}, alpha=0.05).changed)
        for _ in range(300)
    )
    assert alarms <= 15


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_the_raw_value_and_bonferroni(p):
    adjusted = drift.holm(p)
    for raw, ours in zip(p, adjusted, strict=True):
        assert raw <= ours <= min(1.0, raw * len(p)) + 1e-12
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


def test_a_missing_column_and_an_empty_window_are_refused():
    reference = {"a": np.arange(3.0)}
    with pytest.raises(ValueError, match="lacks the column 'a'"):
        drift.compare_window(reference, {})
    with pytest.raises(ValueError, match="rows on both sides"):
        drift.compare_window(reference, {"a": []})
