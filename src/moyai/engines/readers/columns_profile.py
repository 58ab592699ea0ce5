"""What a table contains: counts, ranges, histograms and the traps in it, asked of duckdb in the reader's child."""

import datetime
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from moyai.engines.programs.tables import Opened, quoted
from moyai.kernel.errors import Invalid

EXACT_ROWS = 2_000_000
"""Up to here distinct values, quantiles and duplicate rows are exact; beyond, estimates, and a note says so."""

COLUMNS_AT_ONCE = 100
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
EDGES = (0.005, 0.995)
BINS = 20
FEW = 50
TOP = 10
TEXT = 1_000
LARGE = 1e150
"""Squares of larger numbers overflow: they stay out of mean and deviation."""


def first_rows(table: Opened, limit: int) -> list[dict[str, Any]]:
    """The first `limit` rows as plain values."""
    found = table.connection.execute(f"SELECT * FROM rows LIMIT {int(limit)}").fetchall()
    return [{name: _plain(value) for name, value in zip(table.types, row, strict=True)} for row in found]


def profile(table: Opened, paths: Sequence[Path]) -> dict[str, Any]:
    """`Inspected` as plain values. Raises Invalid for a table without rows."""
    rows = _one(table, "SELECT count(*) FROM rows")[0]
    if not rows:
        raise Invalid(
            "There are names and no rows.", where=paths[0].name, fix="Give rows, or header = false if line 1 is data."
        )
    exact = rows <= EXACT_ROWS
    columns = [column for names in _chunks(list(table.types)) for column in _columns(table, names, exact)]
    for column in columns:
        _complete(table, column)
    duplicates = _duplicates(table, rows) if exact else 0
    notes = [*table.notes, *_traps(columns, rows, duplicates), *_order(table, columns, rows)]
    if not exact:
        notes.append(f"More than {EXACT_ROWS:,} rows: distinct values are estimates; duplicate rows were not counted.")
    infinite = {column["name"]: column.pop("infinite") for column in columns}
    notes += [f"{name} holds {count:,} infinite values." for name, count in infinite.items() if count]
    for column in columns:
        del column["edges"]
    return {"rows": rows, "duplicate_rows": duplicates, "columns": columns, "notes": notes}


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(names), COLUMNS_AT_ONCE):
        yield names[at : at + COLUMNS_AT_ONCE]


def _one(table: Opened, query: str) -> tuple[Any, ...]:
    return table.connection.execute(query).fetchone() or ()


def _columns(table: Opened, names: Sequence[str], exact: bool) -> Iterator[dict[str, Any]]:
    asked = [expression for name in names for expression in _expressions(name, table.types[name], exact)]
    row = _one(table, f"SELECT {', '.join(asked)} FROM rows")
    width = len(row) // len(names)
    for place, name in enumerate(names):
        nulls, distinct, low, high, mean, deviation, quantiles, infinite = row[place * width : (place + 1) * width]
        ends = [float(value) for value in quantiles or () if value is not None]
        yield {
            "name": name,
            "type": table.types[name],
            "nulls": nulls,
            "distinct": distinct,
            "minimum": _plain(low),
            "maximum": _plain(high),
            "mean": _plain(mean),
            "deviation": _plain(deviation),
            "quantiles": ends[1:-1],
            "edges": (ends[0], ends[-1]) if ends else (),
            "histogram": [],
            "top": [],
            "infinite": infinite,
        }


def _expressions(name: str, kind: str, exact: bool) -> tuple[str, ...]:
    """SQL for nulls, distinct, minimum, maximum, mean, deviation, quantiles and infinite values of one column."""
    column = quoted(name)
    distinct = f"count(DISTINCT {column})" if exact else f"approx_count_distinct({column})"
    if kind not in ("integer", "number"):
        return (f"count(*) - count({column})", distinct, f"min({column})", f"max({column})", *["NULL"] * 3, "0")
    value = f"CAST({column} AS DOUBLE)"
    finite = f"CASE WHEN isfinite({value}) THEN {value} END"
    small = f"CASE WHEN abs({value}) < {LARGE} THEN {value} END"
    places = f"[{EDGES[0]}, {', '.join(str(one) for one in QUANTILES)}, {EDGES[1]}]"
    return (
        f"count(*) FILTER ({column} IS NULL OR isnan({value}))",
        distinct,
        f"min({finite})",
        f"max({finite})",
        f"avg({small})",
        f"stddev_samp({small})",
        f"quantile_cont({finite}, {places})" if exact else f"approx_quantile({finite}, {places})",
        f"count(*) FILTER (isinf({value}))",
    )


def _complete(table: Opened, column: dict[str, Any]) -> None:
    name = quoted(column["name"])
    if column["edges"]:
        column["histogram"] = _histogram(table, name, *column["edges"])
    if 0 < column["distinct"] <= FEW:
        found = table.connection.execute(
            f"SELECT {name}, count(*) AS times FROM rows WHERE {name} IS NOT NULL "
            f"GROUP BY 1 ORDER BY times DESC, 1 LIMIT {TOP}"
        ).fetchall()
        column["top"] = [[str(_plain(value)), times] for value, times in found]


def _histogram(table: Opened, name: str, low: float, high: float) -> list[list[float]]:
    if not high > low:
        count = _one(table, f"SELECT count(*) FROM rows WHERE CAST({name} AS DOUBLE) = {low!r}")[0]
        return [[low, high, count]]
    width = (high - low) / BINS
    if not math.isfinite(width) or not width:
        return []
    place = f"least(CAST(floor((CAST({name} AS DOUBLE) - {low!r}) / {width!r}) AS BIGINT), {BINS - 1})"
    found = dict(
        table.connection.execute(
            f"SELECT {place}, count(*) FROM rows WHERE CAST({name} AS DOUBLE) BETWEEN {low!r} AND {high!r} GROUP BY 1"
        ).fetchall()
    )
    return [[low + place * width, low + (place + 1) * width, found.get(place, 0)] for place in range(BINS)]


def _duplicates(table: Opened, rows: int) -> int:
    names = ", ".join(quoted(name) for name in table.types)
    return rows - _one(table, f"SELECT count(DISTINCT hash({names})) FROM rows")[0]


def _traps(columns: Sequence[dict[str, Any]], rows: int, duplicates: int) -> Iterator[str]:
    if duplicates:
        yield f"{duplicates:,} rows repeat an earlier row exactly: keep copies on one side of a split."
    constant = [column["name"] for column in columns if rows > 1 and column["distinct"] <= 1 and not column["nulls"]]
    if constant:
        yield f"The same value in every row: {_listed(constant)}."
    empty = [column["name"] for column in columns if column["nulls"] == rows]
    if empty:
        yield f"No value at all: {_listed(empty)}."


def _order(table: Opened, columns: Sequence[dict[str, Any]], rows: int) -> Iterator[str]:
    """Columns by which the rows are grouped or sorted: a split without shuffling would be wrong."""
    asked = [column for column in columns if column["distinct"] > 1 and rows >= 2 * FEW][:COLUMNS_AT_ONCE]
    grouped: list[str] = []
    for column, (changes, falls, rises) in zip(asked, _steps(table, asked), strict=True):
        if column["distinct"] <= FEW and 10 * changes < _expected_changes(column, rows):
            grouped.append(column["name"])
        elif column["distinct"] > FEW and not column["nulls"] and 0 in (falls, rises):
            way = "rising" if not falls else "falling"
            yield f"The rows are in order of {column['name']} ({way}): shuffle before splitting."
    if grouped:
        yield f"The rows are sorted or grouped by {_listed(grouped)}: shuffle before splitting."


def _steps(table: Opened, columns: Sequence[dict[str, Any]]) -> list[tuple[int, int, int]]:
    """How often each column changes, falls and rises from one row to the next, in the file's order."""
    if not columns:
        return []
    names = [quoted(column["name"]) for column in columns]
    pairs = ", ".join(f"{name} AS v{i}, lag({name}) OVER () AS w{i}" for i, name in enumerate(names))
    counts = ", ".join(
        f"count(*) FILTER (v{i} IS DISTINCT FROM w{i}), count(*) FILTER (v{i} < w{i}), count(*) FILTER (v{i} > w{i})"
        for i in range(len(names))
    )
    row = _one(table, f"SELECT {counts} FROM (SELECT {pairs} FROM rows)")
    return [row[at : at + 3] for at in range(0, len(row), 3)]


def _expected_changes(column: dict[str, Any], rows: int) -> float:
    """How often the value would change from row to row in shuffled rows (over the most frequent values)."""
    return rows * (1 - sum((times / rows) ** 2 for _, times in column["top"]))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int)):
        return value
    return str(value)[:TEXT]
