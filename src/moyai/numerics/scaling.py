"""What a measured cost becomes at another size: a line and a power law through it, and the range between. No prices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Projection:
    """A cost at `size`, in the unit of the costs it was made from."""

    size: float
    low: float
    mid: float
    high: float
    basis: str
    """What it rests on, in words for a report."""
    extrapolation: bool
    """True when it rests on fewer than three measured sizes, or lies beyond the largest of them."""


def line(sizes: Floats, costs: Floats) -> tuple[float, float]:
    """(fixed, per unit) of least squares with neither below zero: cost = fixed + per_unit * size."""
    slope = float(np.polyfit(sizes, costs, 1)[0]) if np.unique(sizes).size > 1 else 0.0
    fixed = float(np.mean(costs) - slope * np.mean(sizes))
    if slope < 0:
        return float(np.mean(costs)), 0.0
    if fixed < 0:
        return 0.0, float(sizes @ costs / (sizes @ sizes))
    return fixed, slope


def power_law(sizes: Floats, costs: Floats) -> tuple[float, float]:
    """(factor, exponent) of least squares in logarithms: cost = factor * size ** exponent, exponent >= 0."""
    exponent = max(float(np.polyfit(np.log(sizes), np.log(costs), 1)[0]), 0.0) if np.unique(sizes).size > 1 else 1.0
    return float(np.exp(np.mean(np.log(costs)) - exponent * np.mean(np.log(sizes)))), exponent


def project(sizes: Sequence[float], costs: Sequence[float], size: float) -> Projection:
    """The cost at `size` from costs measured at `sizes` (rows, users; the same size may occur several times).

    `mid` follows the line, fixed cost and cost per unit told apart. `low` and `high` span the line, the power law and
    plain proportion from the largest measured size (which repeats the fixed cost, so it is the cautious end), widened
    by how far the measurements scatter about the line. From one size alone `mid` is the geometric mean of "all fixed"
    and "all proportional". Raises ValueError unless there is a measurement and all numbers are above zero.
    """
    at, cost = np.asarray(sizes, dtype=np.float64), np.asarray(costs, dtype=np.float64)
    if not at.size or at.shape != cost.shape or not (np.r_[at, cost, size] > 0).all():
        raise ValueError("a projection needs at least one measurement; sizes and costs must be above zero")
    measured = np.unique(at)
    proportional = float(np.mean(cost[at == measured[-1]])) * size / float(measured[-1])
    if measured.size == 1:
        ends = sorted((float(np.mean(cost)), proportional))
        return Projection(size, ends[0], float(np.sqrt(ends[0] * ends[1])), ends[1], _basis(measured, size), True)
    fixed, per_unit = line(at, cost)
    factor, exponent = power_law(at, cost)
    mid = fixed + per_unit * size
    ends = (mid, factor * size**exponent, proportional)
    scatter = float(np.sqrt(np.mean((cost / (fixed + per_unit * at) - 1) ** 2)))
    low, high = min(ends) * (1 - min(scatter, 0.9)), max(ends) * (1 + scatter)
    beyond = size > measured[-1] or measured.size < 3
    return Projection(size, low, mid, high, _basis(measured, size), bool(beyond))


def _basis(measured: Floats, size: float) -> str:
    if measured.size == 1:
        return f"one measured size ({measured[0]:,.0f}); between all fixed and all proportional; extrapolation"
    span = f"{measured.size} measured sizes ({measured[0]:,.0f} to {measured[-1]:,.0f})"
    reach = size / measured[-1]
    where = f"{reach:,.3g} times the largest measured size; extrapolation" if reach > 1 else "within the measured sizes"
    few = "; fewer than three sizes, so the shape is assumed" if measured.size < 3 else ""
    return f"line through {span}, range to the power law and to plain proportion; {where}{few}"
