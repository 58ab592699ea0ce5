"""Indicators (KPI): a figure of the evidence, its target, and each value that it was measured at."""

from moyai.kernel.call import Call
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page, PageAsked
from moyai.planning import store
from moyai.planning.events import IndicatorRecorded
from moyai.planning.evidence import Judged
from moyai.planning.schema.records import IndicatorShown
from moyai.planning.tables import Indicator


def record(call: Call, pilot: str, ref: str, one: Judged) -> None:
    """Write down what an indicator was measured at today, under the id that its report names."""
    row = Indicator(
        id=ref, pilot=pilot, figure=one.figure, value=one.value, target=one.target, reached=one.reached, at=call.now
    )
    store.add(call.session, row)
    call.announce(IndicatorRecorded(about=ref, pilot=pilot, figure=one.figure, value=one.value, reached=one.reached))


def get(call: Call, indicator: str) -> IndicatorShown:
    """Raises NotFound."""
    call.require("indicator.read", Thing("indicator", indicator))
    return store.indicator(call.session, indicator)


def list(call: Call, pilot: str, asked: PageAsked) -> Page[IndicatorShown]:
    """Each value of a pilot's indicators, newest first."""
    call.require("indicator.read", Thing("indicator"))
    return store.indicators(call.session, store.pilot(call.session, pilot).id, asked)
