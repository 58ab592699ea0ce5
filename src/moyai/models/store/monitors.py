"""Queries over monitors and their windows."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moyai.kernel.errors import NotFound
from moyai.kernel.listing import page
from moyai.kernel.shapes import Page
from moyai.models import rules
from moyai.models.schema import MonitorShown, SourceShown, WindowsAsked, WindowShown
from moyai.models.tables import Monitor, Window


def add(session: Session, row: Monitor | Window) -> None:
    session.add(row)
    session.flush()


def monitor(session: Session, ref: str) -> Monitor:
    row = session.get(Monitor, ref)
    if row is None:
        raise NotFound(f"No monitor {ref!r}.", fix="See the endpoint's monitors.", where="monitor")
    return row


def same(session: Session, wanted: tuple[str, str, int, float]) -> Monitor | None:
    """The monitor with this endpoint, reference, window and alpha."""
    endpoint, reference, window, alpha = wanted
    query = select(Monitor).where(
        Monitor.endpoint == endpoint, Monitor.reference == reference, Monitor.window == window, Monitor.alpha == alpha
    )
    return session.execute(query.limit(1)).scalar()


def of_endpoints(session: Session, endpoints: set[str]) -> list[str]:
    return list(session.execute(select(Monitor.id).where(Monitor.endpoint.in_(endpoints))).scalars())


def monitors(session: Session, endpoint: str) -> tuple[MonitorShown, ...]:
    query = select(Monitor).where(Monitor.endpoint == endpoint).order_by(Monitor.id.desc())
    return tuple(show(session, row) for row in session.execute(query).scalars())


def window(session: Session, ref: str) -> Window:
    row = session.get(Window, ref)
    if row is None:
        raise NotFound(f"No window {ref!r}.", fix="See the monitor's windows.", where="window")
    return row


def windows(session: Session, monitor: str, asked: WindowsAsked) -> Page[WindowShown]:
    query = select(Window).where(Window.monitor == monitor)
    for column, value in ((Window.source, asked.source), (Window.alarm, asked.alarm)):
        if value is not None:
            query = query.where(column == value)
    return page(session, query, Window.through, asked, show_window)


def last(session: Session, monitor: str, source: str) -> Window | None:
    query = select(Window).where(Window.monitor == monitor, Window.source == source)
    return session.execute(query.order_by(Window.number.desc()).limit(1)).scalar()


def show(session: Session, row: Monitor) -> MonitorShown:
    sources = _sources(session, row.id)
    return MonitorShown(
        id=row.id, endpoint=row.endpoint, reference=row.reference, window=row.window, alpha=row.alpha,
        windows=sum(one.windows for one in sources), alarms=sum(one.alarms for one in sources), sources=sources,
        at=row.at,
    )  # fmt: skip


def _sources(session: Session, monitor: str) -> tuple[SourceShown, ...]:
    counts = select(Window.source, func.count()).where(Window.monitor == monitor).group_by(Window.source)
    windows = dict(session.execute(counts.order_by(Window.source)).tuples().all())
    alarms: dict[str, list[list[str]]] = {source: [] for source in windows}
    changed = select(Window.source, Window.changed).where(Window.monitor == monitor, Window.alarm)
    for source, names in session.execute(changed).tuples():
        alarms[source].append(names)
    return tuple(
        SourceShown(
            source=source, windows=count, alarms=len(alarms[source]),
            alarms_per_thousand=1000 * len(alarms[source]) / count, columns=rules.most_often(alarms[source]),
        )
        for source, count in windows.items()
    )  # fmt: skip


def show_window(row: Window) -> WindowShown:
    return WindowShown.model_validate(
        {
            "id": row.id,
            "monitor": row.monitor,
            "source": row.source,
            "index": row.number,
            "first": row.first,
            "last": row.last,
            "rows": row.rows,
            "alarm": row.alarm,
            "columns": tuple(row.columns),
            "at": row.at,
        }
    )
