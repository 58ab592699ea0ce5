"""Monitors: windows of one source beside the reference; drift is news once, when it begins."""

import numpy as np
import pytest

from moyai.data import blobs
from moyai.kernel import journal
from moyai.kernel.clock import Fixed
from moyai.kernel.errors import Conflict, Invalid, NotAllowed
from moyai.models import loops, monitoring
from moyai.models.schema import EndpointShown, MonitorAsked, MonitorShown, WindowsAsked
from moyai.models.store import monitors
from moyai.models.tables import Monitor
from tests.models.stage import FEATURES, Stage, log, reference_file, turn

WATCH = loops.LOOPS[1]


@pytest.fixture
def endpoint(stage: Stage) -> EndpointShown:
    return stage.endpoint()


def monitor(stage: Stage, endpoint: EndpointShown, window: int = 50) -> str:
    """A monitor on a reference that is in the store."""
    kept = blobs.keep(stage.edge, iter([reference_file()]))

    def make(call) -> str:
        row = Monitor(
            id="mon_" + "0" * 26, endpoint=endpoint.id, reference="art_x", digest=kept.digest,
            features=list(FEATURES), window=window, alpha=0.001, at=call.now,
        )  # fmt: skip
        monitors.add(call.session, row)
        return row.id

    return stage.edge.run(stage.owner, make)


def ask(stage: Stage, clock: Fixed, endpoint: EndpointShown, rows: np.ndarray, source: str) -> None:
    log(stage, endpoint, rows.tolist(), source)
    clock.move(seconds=5)
    while turn(stage.edge, WATCH):
        pass


def shown(stage: Stage, monitor: str) -> MonitorShown:
    return stage.edge.read(stage.owner, monitoring.get, monitor)


def usual(rows: int, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, len(FEATURES)))


def onsets(stage: Stage) -> list[str]:
    with stage.edge.database.reading() as session:
        return [entry.body for entry in journal.since(session, 0, ["DriftFound"], 100)]


def test_windows_of_the_reference_distribution_stay_silent(stage: Stage, clock: Fixed, endpoint: EndpointShown):
    made = monitor(stage, endpoint)
    ask(stage, clock, endpoint, usual(50 * 45 + 49), "night-3")
    found = shown(stage, made)
    assert (found.windows, found.alarms, onsets(stage)) == (45, 0, [])


def test_a_shift_alarms_and_names_its_columns(stage: Stage, clock: Fixed, endpoint: EndpointShown):
    made = monitor(stage, endpoint)
    rows = usual(200)
    rows[:, 0] += 2
    ask(stage, clock, endpoint, rows, "bright-moon")
    (source,) = shown(stage, made).sources
    assert (source.windows, source.alarms, source.columns) == (4, 4, ("size",))
    (entry,) = onsets(stage)
    assert '"columns":["size"]' in entry


def test_drift_is_news_again_after_a_quiet_window(stage: Stage, clock: Fixed, endpoint: EndpointShown):
    monitor(stage, endpoint)
    for part, shift in enumerate((0, 3, 3, 0, 3)):
        ask(stage, clock, endpoint, usual(50, part) + shift, "night-3")
    assert len(onsets(stage)) == 2


def test_windows_never_mix_sources(stage: Stage, clock: Fixed, endpoint: EndpointShown):
    made = monitor(stage, endpoint)
    for part in range(10):
        ask(stage, clock, endpoint, usual(20, part), "night-3")
        ask(stage, clock, endpoint, usual(20, part) + 5, "bright-moon")
    sources = {one.source: (one.windows, one.alarms) for one in shown(stage, made).sources}
    assert sources == {"night-3": (4, 0), "bright-moon": (4, 4)}
    page = stage.edge.read(stage.owner, monitoring.windows, made, WindowsAsked(source="night-3"))
    assert [window.index for window in page.items] == [4, 3, 2, 1]
    assert all(window.rows == 50 and len(window.columns) == 3 for window in page.items)


def test_an_incomplete_window_waits(stage: Stage, clock: Fixed, endpoint: EndpointShown):
    made = monitor(stage, endpoint)
    ask(stage, clock, endpoint, usual(49), "night-3")
    assert shown(stage, made).windows == 0
    ask(stage, clock, endpoint, usual(1), "night-3")
    assert shown(stage, made).windows == 1


def test_a_model_without_reference_rows_cannot_be_watched(stage: Stage, endpoint: EndpointShown):
    with pytest.raises(Conflict, match="without reference rows"):
        stage.edge.run(stage.people["leader"], monitoring.watch, MonitorAsked(endpoint=endpoint.id))
    with pytest.raises(NotAllowed):
        stage.edge.run(stage.people["operator"], monitoring.watch, MonitorAsked(endpoint=endpoint.id))


def test_monitors_are_listed_by_endpoint(stage: Stage, endpoint: EndpointShown):
    made = monitor(stage, endpoint)
    found = stage.edge.read(stage.people["operator"], monitoring.of, "gamma")
    assert [one.id for one in found] == [made]


def test_a_reference_that_is_none_is_refused(stage: Stage, tmp_path):
    detector = stage.edge.engines.get("detectors", "ks")
    wrong = tmp_path / "x.npz"
    wrong.write_bytes(b"no table")
    with pytest.raises(Invalid, match="npz"):
        detector.read(wrong)
