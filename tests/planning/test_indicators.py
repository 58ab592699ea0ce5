"""Indicators: each measured value is a record of its own."""

from datetime import date
from pathlib import Path

from moyai.kernel import ids
from moyai.kernel.edge import Edge
from moyai.kernel.policy import Who
from moyai.kernel.shapes import PageAsked
from moyai.planning import indicators, pilots
from moyai.planning.evidence import Judged
from moyai.planning.schema.declared import Text
from moyai.planning.schema.records import PilotAsked

GAMMA = (Path(__file__).parents[2] / "examples/gamma-ray/pilot.toml").read_text(encoding="utf-8")


def judged(value: float | None) -> Judged:
    return Judged(
        name=Text(en="AUC"), figure="metrics.roc_auc.value", value=value, target=0.9, better="more",
        by=date(2027, 1, 31), reached=value is not None and value >= 0.9,
    )  # fmt: skip


def test_every_measurement_is_kept_newest_first_also_one_that_is_missing(edge: Edge, owner: Who) -> None:
    pilot = edge.run(owner, pilots.declare, PilotAsked(text=GAMMA))
    made = sorted(ids.new("ind") for _ in range(3))
    for ref, value in zip(made, (0.85, None, 0.95), strict=True):
        edge.run(owner, indicators.record, pilot.id, ref, judged(value))
    kept = edge.read(owner, indicators.list, "gamma-ray", PageAsked()).items
    assert [one.id for one in kept] == made[::-1]
    assert [(one.value, one.reached) for one in kept] == [(0.95, True), (None, False), (0.85, False)]
    assert edge.read(owner, indicators.get, made[-1]).target == 0.9
