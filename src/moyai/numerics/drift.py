"""Does a window of recent rows still look like the reference? Two-sample tests a column; false alarms under control
over all columns together. Arrays only: when to look, and whom to tell, is decided elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

ALPHA = 0.001
"""The chance, at most, that a window from the unchanged distribution raises an alarm on any of its columns."""


@dataclass(frozen=True, slots=True)
class ColumnShift:
    """One column of a window beside the reference."""

    name: str
    statistic: float
    """Kolmogorov-Smirnov distance: the largest gap between the two cumulative shares, 0 to 1."""
    p: float
    """Adjusted for the number of columns (Holm); at most `alpha` means changed."""
    changed: bool
    psi: float
    """Population stability index over the reference's tenths: how much changed, not how surely."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A window beside the reference."""

    columns: tuple[ColumnShift, ...]
    rows: int
    alpha: float

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the columns that changed, the surest first; empty means no alarm."""
        surest = sorted((one for one in self.columns if one.changed), key=lambda one: (one.p, -one.statistic))
        return tuple(one.name for one in surest)


def prepared(values: ArrayLike) -> Floats:
    """A reference column as `compare_window` wants it: float64, sorted, missing values last (as +inf)."""
    given = np.asarray(values, dtype=np.float64).ravel()
    return np.sort(np.where(np.isnan(given), np.inf, given))


def compare_window(
    reference: Mapping[str, Floats], window: Mapping[str, ArrayLike], alpha: float = ALPHA
) -> Comparison:
    """Compare each column of `window` with the same column of `reference` (each as `prepared` gives it).

    Over all columns together a window from the reference's own distribution raises an alarm with a chance of at most
    `alpha` (Holm 1979 over the columns; independent or not): on average over references. One small reference that is
    itself an unlucky draw shares its bad luck with every window, so measure false alarms where they matter.
    A missing value counts as one larger than all others, so that a column going missing is a change. A column with few
    distinct values is tested by the same statistic, whose p-value is then an upper bound: it alarms later, not falsely.
    Raises ValueError when a column of the reference is not in the window, or when the window is empty.
    """
    absent = [name for name in reference if name not in window]
    if absent:
        raise ValueError(f"the window lacks the column {absent[0]!r} of the reference")
    seen = {name: prepared(window[name]) for name in reference}
    distances = [ks_statistic(reference[name], seen[name]) for name in reference]
    raw = [ks_p(d, reference[name].size, seen[name].size) for name, d in zip(reference, distances, strict=True)]
    adjusted = holm(raw)
    columns = tuple(
        ColumnShift(name, d, p, p <= alpha, psi(reference[name], seen[name]))
        for name, d, p in zip(reference, distances, adjusted, strict=True)
    )
    return Comparison(columns, max((one.size for one in seen.values()), default=0), alpha)


def ks_statistic(first: Floats, second: Floats) -> float:
    """The two-sample Kolmogorov-Smirnov distance of two sorted arrays, ties included.

    Between two points of the second sample its share stands still while the first's only grows: the gap is largest
    at a point of the second sample or just before one.
    """
    if not first.size or not second.size:
        raise ValueError("a Kolmogorov-Smirnov distance needs rows on both sides")
    at = np.searchsorted(first, second, side="right") / first.size
    before = np.searchsorted(first, second, side="left") / first.size
    own_at = np.searchsorted(second, second, side="right") / second.size
    own_before = np.searchsorted(second, second, side="left") / second.size
    return float(max(np.max(np.abs(at - own_at)), np.max(np.abs(before - own_before))))


def ks_p(distance: float, first: int, second: int) -> float:
    """The chance of a distance at least this large between samples of `first` and `second` rows of one distribution.

    Kolmogorov's limit, 2 sum over k of (-1)^(k-1) exp(-2 k^2 x^2) with x = distance * sqrt(first * second / (first +
    second)) (Smirnov 1948). An upper bound of the exact chance for all but tiny samples; ties only lower the truth.
    """
    x = distance * np.sqrt(first * second / (first + second))
    if x < 0.3:
        return 1.0  # the true value is within 1e-5 of 1, and the alternating series has not yet begun to converge
    k = np.arange(1, 101)
    terms = np.where(k % 2 == 1, 2.0, -2.0) * np.exp(-2.0 * (k * x) ** 2)
    return float(np.clip(terms.sum(), 0.0, 1.0))


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """p-values adjusted for their number (Holm 1979): those at most `alpha` keep the family-wise error at `alpha`."""
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    stepped = np.maximum.accumulate(given[order] * np.arange(given.size, 0, -1))
    adjusted = np.empty(given.size)
    adjusted[order] = np.minimum(stepped, 1.0)
    return tuple(float(one) for one in adjusted)


def psi(reference: Floats, window: Floats, bins: int = 10) -> float:
    """Population stability index, sum of (w - r) ln(w / r) over the reference's equal-count bins (Siddiqi 2006).

    Both sorted. Half a row is added to each bin, so that an empty one stays finite. Below 0.1 little changed; above
    0.25 much did.
    """
    edges = np.unique(reference[np.linspace(0, reference.size, bins + 1)[1:-1].astype(int)])
    shares = [_shares(values, edges) for values in (reference, window)]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def _shares(ordered: Floats, edges: Floats) -> Floats:
    ends = np.r_[0, np.searchsorted(ordered, edges, side="right"), ordered.size]
    counts = np.diff(ends) + 0.5
    return counts / counts.sum()
