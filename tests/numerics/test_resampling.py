"""Intervals: repeatable; they cover the truth about as often as they say, and pair what belongs together."""

import numpy as np
import pytest
from scipy.stats import bootstrap as oracle

from moyai.numerics.measures import accuracy, roc_auc
from moyai.numerics.resampling import Plan, bootstrap_interval, bootstrap_intervals, paired_difference


def sample(seed, rows=400, noise=1.0):
    random = np.random.default_rng(seed)
    label = (random.random(rows) < 0.4).astype(int)
    return label, label + noise * random.normal(size=rows)


def test_the_same_plan_gives_the_same_interval_and_another_seed_another():
    first = bootstrap_interval(roc_auc, sample(1), Plan(200, seed=7))
    assert first == bootstrap_interval(roc_auc, sample(1), Plan(200, seed=7))
    assert first != bootstrap_interval(roc_auc, sample(1), Plan(200, seed=8))


def test_an_interval_holds_the_figure_and_narrows_with_rows():
    few, many = (bootstrap_interval(roc_auc, sample(2, rows), Plan(300)) for rows in (200, 5000))
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 3


def test_a_mean_has_scipys_percentile_interval():
    values = np.random.default_rng(3).exponential(size=300)
    ours = bootstrap_interval(np.mean, (values,), Plan(4000))
    theirs = oracle((values,), np.mean, method="percentile", n_resamples=4000, rng=1).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=0.02)


def test_a_95_percent_interval_covers_the_truth_about_that_often():
    plan = Plan(200)
    held = 0
    for seed in range(200):
        interval = bootstrap_interval(np.mean, (np.random.default_rng(seed).normal(size=60),), plan)
        held += interval.low <= 0 <= interval.high
    assert 0.88 <= held / 200 <= 0.99


def test_strata_keep_their_counts():
    label, score = sample(4, rows=60)
    counts = set()

    def ones(labels, _):
        counts.add(int(labels.sum()))
        return 0.0

    bootstrap_interval(ones, (label, score), Plan(50), strata=label)
    assert counts == {int(label.sum())}
    bootstrap_interval(ones, (label, score), Plan(50))
    assert len(counts) > 1


def test_several_figures_share_their_redrawn_rows():
    both = bootstrap_intervals({"auc": roc_auc, "accuracy": accuracy}, sample(5), Plan(100))
    assert both["auc"] == bootstrap_interval(roc_auc, sample(5), Plan(100))


def test_a_paired_difference_is_narrower_than_two_intervals():
    label, first = sample(6, rows=1000)
    second = first + 0.6 * np.random.default_rng(9).normal(size=1000)
    pair = paired_difference(roc_auc, label, first, second, Plan(300))
    alone = bootstrap_interval(roc_auc, (label, first), Plan(300))
    assert pair.low > 0
    assert pair.high - pair.low < alone.high - alone.low
    assert paired_difference(roc_auc, label, first, first, Plan(50)).high == 0


def test_replicas_without_the_figure_are_left_out_and_counted():
    label = np.array([1, 0, 0, 0])
    interval = bootstrap_interval(roc_auc, (label, [0.9, 0.1, 0.8, 0.3]), Plan(200))
    assert 100 <= interval.replicas < 200


@pytest.mark.parametrize(("arrays", "said"), [((), "nothing"), (([1, 2], [1]), "differ in length"), (([],), "nothing")])
def test_what_cannot_be_resampled_is_refused(arrays, said):
    with pytest.raises(ValueError, match=said):
        bootstrap_interval(lambda *_: 0.0, arrays)
