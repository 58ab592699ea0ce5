"""Each measure beside scikit-learn's, on values with ties; and laws that hold for all values."""

import numpy as np
import pytest
import sklearn.metrics as oracle
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import rankdata

from moyai.numerics import measures

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 8).map(lambda tick: tick / 8)), min_size=2, max_size=60)


def split(pairs):
    label = np.array([int(one) for one, _ in pairs])
    return label, np.array([score for _, score in pairs])


@given(rows)
def test_areas_and_curve_are_scikit_learns(pairs):
    label, score = split(pairs)
    assume(0 < label.sum() < label.size)
    assert measures.roc_auc(label, score) == pytest.approx(oracle.roc_auc_score(label, score))
    assert measures.average_precision(label, score) == pytest.approx(oracle.average_precision_score(label, score))
    theirs = oracle.roc_curve(label, score, drop_intermediate=False)
    for ours, expected in zip(measures.roc_curve(label, score), theirs, strict=True):
        np.testing.assert_allclose(ours, expected)


@given(rows)
def test_point_measures_are_scikit_learns(pairs):
    label, score = split(pairs)
    said = (score >= 0.5).astype(int)
    tn, fp, fn, tp = oracle.confusion_matrix(label, said, labels=[0, 1]).ravel()
    assert measures.confusion(label, score) == (tp, fp, fn, tn)
    assert measures.accuracy(label, score) == pytest.approx(oracle.accuracy_score(label, said))
    assert measures.brier(label, score) == pytest.approx(float(np.mean((label - score) ** 2)))
    assert measures.log_loss(label, score) == pytest.approx(oracle.log_loss(label, score, labels=[0, 1]))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_midranks_are_scipys(values):
    np.testing.assert_array_equal(measures.midranks(values), rankdata(values))


@given(rows)
def test_turning_the_labels_round_mirrors_the_area(pairs):
    label, score = split(pairs)
    assume(0 < label.sum() < label.size)
    assert measures.roc_auc(1 - label, score) == pytest.approx(1 - measures.roc_auc(label, score))


@given(rows, st.floats(0.1, 10), st.floats(-5, 5))
def test_the_area_depends_on_the_order_alone(pairs, factor, shift):
    label, score = split(pairs)
    assume(0 < label.sum() < label.size)
    assert measures.roc_auc(label, score * factor + shift) == pytest.approx(measures.roc_auc(label, score))


@pytest.mark.parametrize("label", [[0, 0, 0], [1, 1, 1]])
def test_one_class_has_no_area(label):
    with pytest.raises(ValueError, match="both labels"):
        measures.roc_auc(label, [0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("label", "score", "said"),
    [
        ([0, 1], [0.1], "equally long"),
        ([], [], "equally long"),
        ([0, 2], [0.1, 0.2], "neither 0 nor 1"),
        ([0, 1], [0.1, np.nan], "not a number"),
    ],
)
def test_what_is_not_a_label_or_a_score_is_refused(label, score, said):
    with pytest.raises(ValueError, match=said):
        measures.brier(label, score)
