"""How good a binary classifier's scores are. Labels are 0 or 1; a score says how likely the label is 1."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Confusion(NamedTuple):
    """Counts of each outcome of a yes/no decision."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int


class Curve(NamedTuple):
    """A receiver operating characteristic: one point a distinct score, from (0, 0) to (1, 1)."""

    false_positive_rate: Floats
    true_positive_rate: Floats
    threshold: Floats
    """Scores at or above it count as 1; the first is +inf (nothing does)."""


def roc_auc(label: ArrayLike, score: ArrayLike) -> float:
    """Area under the ROC curve: the chance that a random 1 scores above a random 0, ties counting one half.

    From the rank sum (Mann and Whitney 1947; Hanley and McNeil 1982), mid-ranks for ties.
    Raises ValueError when one of the two labels does not occur.
    """
    labels, scores = _checked(label, score)
    positives = int(labels.sum())
    negatives = labels.size - positives
    if not positives or not negatives:
        raise ValueError("the area under the ROC curve needs both labels, 0 and 1")
    rank_sum = float(midranks(scores)[labels].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def midranks(values: ArrayLike) -> Floats:
    """The rank (from 1) of each value; equal values share the mean of their ranks."""
    given = np.asarray(values, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    ordered = given[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], ordered.size]
    ranks = np.empty(given.size)
    ranks[order] = np.repeat((starts + ends + 1) / 2, ends - starts)
    return ranks


def average_precision(label: ArrayLike, score: ArrayLike) -> float:
    """Sum of precision times step in recall over falling thresholds, without interpolation.

    Raises ValueError when no label is 1.
    """
    labels, scores = _checked(label, score)
    if not labels.any():
        raise ValueError("average precision needs at least one label 1")
    _, found, taken = _steps(labels, scores)
    return float(np.sum(np.diff(np.r_[0, found]) * found / taken) / found[-1])


def roc_curve(label: ArrayLike, score: ArrayLike) -> Curve:
    """The points of the ROC curve, one for each distinct score. Raises ValueError unless both labels occur."""
    labels, scores = _checked(label, score)
    threshold, found, taken = _steps(labels, scores)
    missed = taken - found
    if not found[-1] or not missed[-1]:
        raise ValueError("a ROC curve needs both labels, 0 and 1")
    return Curve(np.r_[0.0, missed / missed[-1]], np.r_[0.0, found / found[-1]], np.r_[np.inf, threshold])


def accuracy(label: ArrayLike, score: ArrayLike, threshold: float = 0.5) -> float:
    """Share of rows that are right when scores at or above `threshold` count as 1."""
    labels, scores = _checked(label, score)
    return float(np.mean((scores >= threshold) == labels))


def confusion(label: ArrayLike, score: ArrayLike, threshold: float = 0.5) -> Confusion:
    """Counts of the four outcomes when scores at or above `threshold` count as 1."""
    labels, scores = _checked(label, score)
    said = scores >= threshold
    return Confusion(
        int(np.sum(said & labels)),
        int(np.sum(said & ~labels)),
        int(np.sum(~said & labels)),
        int(np.sum(~said & ~labels)),
    )


def brier(label: ArrayLike, score: ArrayLike) -> float:
    """Mean squared distance of the probability from what happened (Brier 1950): 0 is perfect, 1 is worst."""
    labels, scores = _checked(label, score)
    return float(np.mean((scores - labels) ** 2))


def log_loss(label: ArrayLike, score: ArrayLike) -> float:
    """Mean negative log-likelihood in nats. Probabilities are kept away from 0 and 1 by the float64 epsilon."""
    labels, scores = _checked(label, score)
    tiny = float(np.finfo(np.float64).eps)
    likely = np.clip(np.where(labels, scores, 1 - scores), tiny, 1.0)
    return float(-np.mean(np.log(likely)))


def _checked(label: ArrayLike, score: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    labels = np.asarray(label)
    scores = np.asarray(score, dtype=np.float64)
    if labels.shape != scores.shape or labels.ndim != 1 or not labels.size:
        raise ValueError(f"labels and scores must be two equally long lists, not {labels.shape} and {scores.shape}")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError("a label is neither 0 nor 1")
    if np.isnan(scores).any():
        raise ValueError("a score is not a number")
    return labels.astype(bool), scores


def _steps(labels: NDArray[np.bool_], scores: Floats) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Distinct scores, falling, with how many 1s and how many rows lie at or above each."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    return ordered[last], np.cumsum(labels[order], dtype=np.int64)[last], last + 1
