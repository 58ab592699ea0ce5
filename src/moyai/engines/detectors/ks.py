"""Drift by the two-sample Kolmogorov-Smirnov test on each column, with Holm's correction (`numerics.drift`)."""

import zipfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from moyai.kernel.errors import Invalid
from moyai.models.ports import Shift
from moyai.numerics import drift


class Rows:
    """A reference, each column sorted once."""

    def __init__(self, columns: Mapping[str, drift.Floats]) -> None:
        self._columns = dict(columns)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self._columns)

    def compare(self, window: Mapping[str, Sequence[float]], alpha: float) -> tuple[Shift, ...]:
        """As the port says; missing values are None or NaN."""
        known = {name: values for name, values in self._columns.items() if name in window}
        if not known or not all(len(window[name]) for name in known):
            raise Invalid(
                f"The window has {', '.join(window) or 'no columns'}; the reference has {', '.join(self._columns)}.",
                fix="Use the reference of the model that answers.",
                where="reference",
            )
        found = drift.compare_window(known, {name: _floats(window[name]) for name in known}, alpha)
        return tuple(Shift(one.name, one.statistic, one.p, one.changed) for one in found.columns)


class KolmogorovSmirnov:
    """References stay in memory while they are in use."""

    def __init__(self) -> None:
        self.read = lru_cache(maxsize=16)(self._read)

    def _read(self, path: Path) -> Rows:
        try:
            with np.load(path, allow_pickle=False) as file:
                return Rows({name: drift.prepared(file[name]) for name in file.files})
        except (ValueError, OSError, zipfile.BadZipFile) as wrong:
            raise Invalid(f"Not a table of columns (.npz): {wrong}.", where=path.name) from wrong


def _floats(values: Sequence[float | None]) -> drift.Floats:
    return np.asarray([np.nan if one is None else one for one in values], dtype=np.float64)
