"""The drift watch: windows of the same distribution, to count false alarms; then a change, which must be noticed."""

from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.story import Story
from moyai.faces.sdk.drivers.telling import PATIENCE, Outcome, until
from moyai.faces.sdk.drivers.working import Events, accountable, ask, decider, held_out, shuffled
from moyai.kernel.errors import Failure
from moyai.kernel.wording import mark, say
from moyai.models.schema import MonitorAsked, MonitorShown
from moyai.planning.schema.declared import PilotFile, Shift

ORDINARY, SHIFTED = mark("ordinary"), mark("shifted")
FEWEST = 4
"""Windows of the changed kind that are sent at the least, however few rows there are."""
ORDINARY_SEED, SHIFTED_SEED = 1000, 900


def watch(story: Story) -> Outcome:
    """Send what is ordinary, then what the declared change leaves of it, and wait until both were looked at."""
    d, endpoint = story.declared, story.outcome("serve")
    leader, instrument = story.speak(accountable(d)), story.speak(decider(d), "endpoint.infer")
    asked = MonitorAsked(endpoint=endpoint["endpoint"], window=d.monitor.window, alpha=d.monitor.alpha)
    monitor = leader.monitors.watch(asked)
    events = held_out(leader, story.outcome("train")["run"])
    quiet, loud = _sources(story, leader, endpoint["endpoint"])
    kept = _left(events, d.monitor.shift)
    wanted = {
        quiet: _send(instrument, (endpoint["name"], quiet), events.rows, d, (ORDINARY_SEED, d.monitor.windows)),
        loud: _send(instrument, (endpoint["name"], loud), kept, d, (SHIFTED_SEED, _windows(kept, d))) if kept else 0,
    }
    seen = until(lambda: leader.monitors.get(monitor.id), lambda m: _looked(m, wanted), PATIENCE, "The drift watch")
    for one in seen.sources:
        if one.source in wanted:
            alarms = say("{alarms} alarms in {windows} windows", alarms=one.alarms, windows=one.windows)
            changed = say("; changed: {columns}", columns=", ".join(one.columns[:6])) if one.columns else ""
            story.tell.detail(say("{source}: {words}", source=say(one.source), words=alarms + changed))
    lost = 1 - len(kept) / len(events.rows) if kept else 0.0
    return {"monitor": monitor.id, "lost_share": lost, "ordinary": quiet, "shifted": loud}


def _sources(story: Story, leader: Client, endpoint: str) -> tuple[str, str]:
    """Names under which this watch sends, told apart from those of a watch before it or of one that was interrupted."""
    known = leader.endpoints.figures(endpoint).sources
    number = 1 + int(story.memory.begun.get("watch", 0))
    while any(_numbered(name, number) in known for name in (ORDINARY, SHIFTED)):
        number += 1
    story.memory.once("watch", lambda: str(number), lambda _: True)
    return _numbered(ORDINARY, number), _numbered(SHIFTED, number)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


def _looked(monitor: MonitorShown, wanted: dict[str, int]) -> bool:
    windows = {one.source: one.windows for one in monitor.sources}
    return all(windows.get(source, 0) >= count for source, count in wanted.items())


def _windows(kept: list[list[float]], d: PilotFile) -> int:
    return max(FEWEST, len(kept) // d.monitor.window)


def _send(instrument: Client, to: tuple[str, str], rows: list[list[float]], d: PilotFile, how: tuple[int, int]) -> int:
    """So many windows of `rows`, in as many rounds of another order as that takes; returns the number of windows."""
    (name, source), (seed, windows) = to, how
    left, rounds = windows * d.monitor.window, 0
    while left:
        sent = shuffled(rows, d.preparation.seed + seed + rounds)[:left]
        _batches(instrument, name, sent, source)
        left, rounds = left - len(sent), rounds + 1
    return windows


def _batches(instrument: Client, name: str, rows: list[list[float]], source: str, batch: int = 500) -> None:
    for start in range(0, len(rows), batch):
        ask(instrument, name, rows[start : start + batch], source)


def _left(events: Events, shift: Shift | None) -> list[list[float]]:
    """The held-out rows that the change leaves. Raises Failure when it leaves none, or names no feature."""
    if shift is None:
        return []
    if shift.column not in events.features:
        known = ", ".join(events.features)
        raise Failure(
            f"The model has no column {shift.column!r}.", fix=f"It has {known}.", where="monitor.shift.column"
        )
    place = events.features.index(shift.column)
    values = sorted(row[place] for row in events.rows)
    bound = shift.drop_below
    if bound is None:
        bound = values[int((shift.drop_below_quantile or 0.0) * (len(values) - 1))]
    kept = [row for row in events.rows if row[place] >= bound]
    if not kept:
        raise Failure(f"No row of {shift.column} reaches {bound:g}.", fix="Lower the bound.", where="monitor.shift")
    return kept
