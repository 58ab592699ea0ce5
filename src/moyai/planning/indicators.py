"""Indicators (KPI): a figure of the evidence, its target, and each value that it was measured at."""

from collections.abc import Sequence

from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page, PageAsked
from moyai.planning import store
from moyai.planning.events import IndicatorRecorded
from moyai.planning.evidence import Judged
from moyai.planning.schema.records import IndicatorShown
from moyai.planning.tables import Indicator


def record(call: Call, pilot: str, judged: Sequence[Judged]) -> tuple[str, ...]:
    """Write down what was measured today, for each indicator; returns the ids, in order."""
    return tuple(_record(call, pilot, one) for one in judged)


def _record(call: Call, pilot: str, one: Judged) -> str:
    row = Indicator(
        id=ids.new("ind"), pilot=pilot, figure=one.figure, value=one.value, target=one.target, reached=one.reached,
        at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(IndicatorRecorded(about=row.id, pilot=pilot, figure=one.figure, value=one.value, reached=one.reached))
    return row.id


def get(call: Call, indicator: str) -> IndicatorShown:
    """Raises NotFound."""
    call.require("indicator.read", Thing("indicator", indicator))
    return store.indicator(call.session, indicator)


def list(call: Call, pilot: str, asked: PageAsked) -> Page[IndicatorShown]:
    """Each value of a pilot's indicators, newest first."""
    call.require("indicator.read", Thing("indicator"))
    return store.indicators(call.session, store.pilot(call.session, pilot).id, asked)
