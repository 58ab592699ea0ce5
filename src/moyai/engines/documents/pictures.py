"""Geometry of the pictures: where a value lies on paper. What a picture looks like is in `templates/pictures.html`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from typing import Any

from moyai.engines.documents.numbers import Writer, raised

Point = tuple[float, float]
FLOOR = 1e-12
"""Smallest p-value drawn; what is smaller lies on the edge."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A straight or logarithmic scale from values to places on paper."""

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        low, high, here = (log10(x) if self.log else x for x in (self.low, self.high, max(value, self.least)))
        share = (here - low) / (high - low) if high > low else 0.5
        return round(self.begin + min(max(share, 0), 1) * (self.end - self.begin), 1)

    @property
    def least(self) -> float:
        return self.low if self.log else float("-inf")

    def ticks(self) -> list[float]:
        """Powers of ten on a logarithmic axis, at most seven; round numbers on a straight one."""
        if self.log:
            powers = range(ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9) + 1)
            step = max(1, ceil(len(powers) / 7))
            return [10.0**power for power in powers if power % step == 0]
        step = nice((self.high - self.low) / 5)
        return [step * count for count in range(ceil(self.low / step), floor(self.high / step + 1e-9) + 1)]


def nice(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** floor(log10(step)) if step > 0 else 1.0
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step * 0.999)


def path(points: Iterable[Point], x: Axis, y: Axis) -> str:
    """An SVG path through `points`."""
    return "M" + "L".join(f"{x.at(left)},{y.at(up)}" for left, up in points)


def steps(edges: Sequence[float], heights: Sequence[float], x: Axis, y: Axis) -> str:
    """The outline of a histogram, from the floor to the floor."""
    corners: list[Point] = [(edges[0], 0.0)]
    for (left, right), height in zip(pairwise(edges), heights, strict=True):
        corners += [(left, height), (right, height)]
    return path([*corners, (edges[-1], 0.0)], x, y)


class Drawing:
    """What each picture needs, from the evidence; None when there is nothing to draw."""

    def __init__(self, evidence: Mapping[str, Any], write: Writer) -> None:
        self.evidence = evidence
        self.write = write
        self.curves: Mapping[str, Any] = evidence.get("curves") or {}

    def roc(self) -> dict[str, Any] | None:
        curves = self.curves.get("roc") or ()
        if not curves:
            return None
        x, y = Axis(0, 1, 52, 332), Axis(0, 1, 292, 12)
        lines = [{"name": curve["name"], "path": path(curve["points"], x, y)} for curve in curves[:2]]
        marks = (0, 0.25, 0.5, 0.75, 1)
        return {
            "lines": lines,
            "x": [(x.at(mark), f"{mark:g}") for mark in marks],
            "y": [(y.at(mark), f"{mark:g}") for mark in marks],
        }

    def growth(self) -> dict[str, Any] | None:
        """The price of one training over rows: measured points, and the projected range of the fewest users."""
        measured = [size for size in self.evidence.get("scaling") or () if (size.get("amount") or 0) > 0]
        told = self.evidence.get("projection") or ()
        if not measured or not told:
            return None
        users = min(one["users"] for one in told)
        ahead = sorted((one for one in told if one["users"] == users), key=lambda one: one["rows"])
        band = [(one["rows"], *(one[end] / one["trainings"] for end in ("low", "mid", "high"))) for one in ahead]
        points = [(size["rows"], size["amount"]) for size in measured]
        rows = [row for row, *_ in (*points, *band)]
        prices = [price for _, *prices in (*points, *band) for price in prices]
        x = Axis(min(rows) / 1.6, max(rows) * 1.6, 84, 560, log=True)
        y = Axis(min(prices) / 2, max(prices) * 2, 262, 16, log=True)
        outline = [(row, low) for row, low, _, _ in band] + [(row, high) for row, _, _, high in reversed(band)]
        return {
            "points": [(x.at(row), y.at(price)) for row, price in points],
            "band": path(outline, x, y) + "Z",
            "middle": path([(row, mid) for row, _, mid, _ in band], x, y),
            "measured_to": x.at(max(row for row, _ in points)),
            "x": [(x.at(tick), self.write.count(tick)) for tick in x.ticks()],
            "y": [(y.at(tick), self.write.money(tick, told[0]["currency"], 1)) for tick in y.ticks()],
        }

    def windows(self) -> dict[str, Any] | None:
        """Each window of the drift watch by its smallest p-value, low where it is unlikely to be ordinary."""
        seen = self.curves.get("windows") or ()
        alpha = (self.evidence.get("drift") or {}).get("alpha") or 0
        if not seen or not alpha:
            return None
        x, y = Axis(-1, len(seen), 70, 620), Axis(FLOOR, 1, 206, 14, log=True)
        dots = [
            {"x": x.at(at), "y": y.at(max(window["p_value"], FLOOR)), "kind": window["kind"], "alarm": window["alarm"]}
            for at, window in enumerate(seen)
        ]
        shifted = [dot["x"] for dot in dots if dot["kind"] == "shifted"]
        return {
            "dots": dots,
            "alarm_at": y.at(alpha),
            "from": min(shifted) - (x.at(1) - x.at(0)) / 2 if shifted else None,
            "y": [(y.at(tick), "1" if tick == 1 else f"10{raised(round(log10(tick)))}") for tick in y.ticks()],
        }

    def histograms(self) -> list[dict[str, Any]]:
        """The most changed columns: ordinary rows and the rows that are left, in the same bins."""
        return [self.histogram(one) for one in (self.curves.get("histograms") or ())[:6]]

    def histogram(self, told: Mapping[str, Any]) -> dict[str, Any]:
        edges = told["edges"]
        x = Axis(edges[0], edges[-1], 8, 212)
        y = Axis(0, 1.08 * max(*told["reference"], *told["shifted"], 1e-9), 96, 6)
        return {
            "column": told["column"],
            "reference": steps(edges, told["reference"], x, y),
            "shifted": steps(edges, told["shifted"], x, y),
            "ends": [self.write.number(float(f"{edge:.2g}")) for edge in (edges[0], edges[-1])],
        }

    def squares(self) -> list[str]:
        """One square a decision: overridden by the script, by hand, or accepted; at most 200 are drawn."""
        decided = self.evidence.get("decisions") or {}
        count, overridden = decided.get("count") or 0, decided.get("overridden") or 0
        if count > 200:
            count, overridden = 200, round(200 * overridden / count)
        return ["overridden"] * overridden + ["accepted"] * (count - overridden)
