"""Intervals by the bootstrap: how far a figure could have come out otherwise. Nothing is drawn without a seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Statistic = Callable[..., float]
"""A figure of one or more equally long arrays; raises ValueError where it is not defined."""

Indexes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the range that holds it at `level`."""

    value: float
    low: float
    high: float
    level: float
    replicas: int
    """Replicas in which the figure was defined."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to resample. The same plan on the same arrays gives the same interval."""

    replicas: int = 1000
    seed: int = 0
    level: float = 0.95


def bootstrap_interval(
    statistic: Statistic, arrays: Sequence[ArrayLike], plan: Plan = Plan(), strata: ArrayLike | None = None
) -> Interval:
    """The percentile interval of one figure (Efron and Tibshirani 1993, chapter 13); see `bootstrap_intervals`."""
    return bootstrap_intervals({"": statistic}, arrays, plan, strata)[""]


def bootstrap_intervals(
    statistics: Mapping[str, Statistic],
    arrays: Sequence[ArrayLike],
    plan: Plan = Plan(),
    strata: ArrayLike | None = None,
) -> dict[str, Interval]:
    """Percentile intervals of several figures over the same redrawn rows.

    Rows are drawn with replacement, the same rows of each array; within each value of `strata` when given, so that
    every replica holds as many of each. A replica in which a figure is not defined is left out of its interval.
    Raises ValueError when a figure is not defined on the arrays themselves, or on fewer than half of the replicas.
    """
    columns = _columns(arrays)
    values = {name: float(statistic(*columns)) for name, statistic in statistics.items()}
    drawn: dict[str, list[float]] = {name: [] for name in statistics}
    groups = _groups(columns[0].shape[0], strata)
    random = np.random.default_rng(plan.seed)
    for _ in range(plan.replicas):
        rows = _redraw(groups, random)
        redrawn = [column[rows] for column in columns]
        for name, statistic in statistics.items():
            _collect(drawn[name], statistic, redrawn)
    return {name: _interval(values[name], drawn[name], plan) for name in statistics}


def paired_difference(
    statistic: Statistic, label: ArrayLike, first: ArrayLike, second: ArrayLike, plan: Plan = Plan()
) -> Interval:
    """The interval of `statistic(label, first) - statistic(label, second)` over the same redrawn rows.

    Two scores of the same rows go up and down together: the paired difference is much narrower than two intervals laid
    side by side. Its lower end above 0 says that the first is better at this level.
    """

    def difference(labels: ArrayLike, ours: ArrayLike, theirs: ArrayLike) -> float:
        return statistic(labels, ours) - statistic(labels, theirs)

    return bootstrap_interval(difference, (label, first, second), plan, strata=label)


def _columns(arrays: Sequence[ArrayLike]) -> list[NDArray[np.generic]]:
    columns = [np.asarray(array) for array in arrays]
    if not columns or not all(column.ndim for column in columns) or not columns[0].shape[0]:
        raise ValueError("there is nothing to resample")
    if len({column.shape[0] for column in columns}) != 1:
        raise ValueError(f"arrays differ in length: {[column.shape[0] for column in columns]}")
    return columns


def _groups(rows: int, strata: ArrayLike | None) -> list[Indexes]:
    if strata is None:
        return [np.arange(rows)]
    given = np.asarray(strata)
    if given.shape != (rows,):
        raise ValueError(f"strata must have one value for each of the {rows} rows, not the shape {given.shape}")
    return [np.flatnonzero(given == value) for value in np.unique(given)]


def _redraw(groups: Sequence[Indexes], random: np.random.Generator) -> Indexes:
    return np.concatenate([group[random.integers(0, group.size, group.size)] for group in groups])


def _collect(into: list[float], statistic: Statistic, arrays: Sequence[NDArray[np.generic]]) -> None:
    try:
        into.append(float(statistic(*arrays)))
    except ValueError:
        return


def _interval(value: float, drawn: Sequence[float], plan: Plan) -> Interval:
    if 2 * len(drawn) < plan.replicas or not drawn:
        raise ValueError(f"the figure is defined on only {len(drawn)} of {plan.replicas} replicas")
    tail = (1 - plan.level) / 2
    low, high = np.quantile(np.asarray(drawn), (tail, 1 - tail))
    return Interval(value, float(low), float(high), plan.level, len(drawn))
