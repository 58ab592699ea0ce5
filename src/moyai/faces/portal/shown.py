"""How a value reads on a page: units, times with their zone, short digests, links to records. No pages, no queries."""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from moyai.faces.portal.words import CLASSES, CORE_HOURS, LABELS, PLAIN, TONES, WITH_TONE
from moyai.kernel import ids, wording
from moyai.kernel.units import in_bytes, in_time

DIGEST = re.compile(r"(sha256:)?([0-9a-f]{64})")
LONG = 160
"""Longer text is set as a paragraph of its own."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value, ready to be set: `kind` chooses the template's macro."""

    kind: str
    text: str = ""
    title: str = ""
    href: str = ""
    items: tuple[Any, ...] = ()
    head: tuple[str, ...] = ()


NOTHING = Cell("none", "—")
EMPTY: tuple[Any, ...] = (None, "", (), {})


class Writer:
    """Sets values in one language; `name_of` gives the name of a record by its id, empty when it has none."""

    def __init__(self, language: str, name_of: Callable[[str], str]) -> None:
        self.language = language
        self._name_of = name_of

    def say(self, text: str, **values: object) -> str:
        return wording.say(text, self.language, **values)

    def label(self, name: str) -> str:
        """The field's name as a person reads it: `max_rss_bytes` is peak memory."""
        return self.say(label(name))

    def key(self, name: str) -> str:
        """A key that somebody chose: as it is, unless it is a word of ours."""
        known = name in LABELS or label(name) in wording.catalogue("ja")
        return self.label(name) if known or "_" in name else name

    def cell(self, value: Any, name: str = "") -> Cell:
        if value is None or (isinstance(value, str | Sequence | Mapping) and len(value) == 0):
            return NOTHING
        if isinstance(value, bool):
            return Cell("flag", self.say("yes" if value else "no"), title="yes" if value else "no")
        if isinstance(value, int | float | Decimal):
            return self.quantity(value, name)
        if isinstance(value, date):
            return moment(value)
        if isinstance(value, str):
            return self.text(value, name)
        if isinstance(value, BaseModel | Mapping):
            return self.fields(value)
        return self.several(tuple(value), name)

    def quantity(self, value: float | Decimal, name: str) -> Cell:
        exact = f"{value:,}" if not isinstance(value, float) else repr(value)
        if name in PLAIN:
            return Cell("number", str(value))
        if name in ("bytes", "body_bytes") or name.endswith("_bytes"):
            return Cell("number", in_bytes(float(value)), self.say("{count} bytes", count=exact))
        if name == "seconds" or name.endswith("_seconds"):
            return Cell("number", in_time(float(value)), f"{exact} s")
        if name == "millis" or name.endswith("_ms"):
            return Cell("number", f"{value:.3g} ms", f"{exact} ms")
        if name in CORE_HOURS:
            return Cell("number", self.say("{count} core-hours", count=f"{float(value):,.4g}"), exact)
        return Cell("number", f"{value:,}" if isinstance(value, int) else f"{float(value):,.4g}", exact)

    def text(self, value: str, name: str) -> Cell:
        if ids.kind_of(value):
            return self.link(value)
        if found := DIGEST.fullmatch(value):
            return Cell("digest", f"{found[1] or ''}{found[2][:12]}…", value)
        if name == "classification":
            return Cell("state", self.say(CLASSES.get(value, value)), title="plain")
        if name in WITH_TONE:
            return Cell("state", self.say(value.replace("_", " ")), title=TONES.get(value, "plain"))
        if value.startswith("moyai:"):
            return Cell("text", f"Moyai ({value.removeprefix('moyai:')})")
        return Cell("prose" if "\n" in value or len(value) > LONG else "text", value)

    def link(self, record: str) -> Cell:
        return Cell("id", self._name_of(record) or short(record), record, f"/r/{record}")

    def fields(self, value: BaseModel | Mapping[str, Any], hidden: Iterable[str] = ()) -> Cell:
        """A shape as rows of name and value; an estimate with its interval in one line."""
        parts = dict(value) if isinstance(value, Mapping) else {key: getattr(value, key) for key in shape(value)}
        if {"value", "low", "high"} <= parts.keys():
            return self.estimate(parts)
        name = self.key if isinstance(value, Mapping) else self.label
        rows = tuple((name(key), self.cell(part, key)) for key, part in parts.items() if key not in hidden)
        return Cell("fields", items=rows) if rows else NOTHING

    def filled(self, value: BaseModel, hidden: Iterable[str]) -> tuple[Cell, str]:
        """The fields that hold something, and the names of the others in one line."""
        left_out = set(hidden)
        empty = [name for name in shape(value) if name not in left_out and getattr(value, name) in EMPTY]
        absent = self.say(", ").join(self.label(name) for name in empty)
        return self.fields(value, (*left_out, *empty)), absent

    def estimate(self, parts: Mapping[str, Any]) -> Cell:
        low, high = parts["low"], parts["high"]
        between = (f"{low:.4f} – {high:.4f}",) if low is not None and high is not None else ()
        return Cell("number", f"{parts['value']:.4f}", repr(parts["value"]), items=between)

    def several(self, values: Sequence[Any], name: str = "") -> Cell:
        if not values:
            return NOTHING
        if all(isinstance(value, BaseModel) for value in values):
            return self.table(values)
        if all(isinstance(value, int | float | str) and not isinstance(value, bool) for value in values):
            if name == "argv":
                return Cell("code", shlex.join(str(value) for value in values))
            cells = tuple(self.cell(value, name) for value in values)
            return Cell("list", items=cells)
        if all(isinstance(value, Mapping) for value in values):
            return self.mappings(values)
        if all(in_square(value) for value in values):
            return Cell("curve", self.say("{count} points", count=len(values)), items=tuple(values))
        return Cell("code", json.dumps(values, ensure_ascii=False, default=str))

    def mappings(self, rows: Sequence[Mapping[str, Any]]) -> Cell:
        names = tuple(dict.fromkeys(key for row in rows for key in row))
        cells = tuple(tuple(self.cell(row.get(name), name) for name in names) for row in rows)
        return Cell("table", items=cells, head=tuple(self.key(name) for name in names))

    def table(self, rows: Sequence[BaseModel], columns: Sequence[str] = (), hidden: Iterable[str] = ()) -> Cell:
        """Shapes of one kind as a table, without the columns that are empty in every row."""
        if not rows:
            return NOTHING
        names = [name for name in columns or shape(rows[0]) if name not in hidden]
        full = [name for name in names if any(getattr(row, name) not in EMPTY for row in rows)]
        cells = tuple(tuple(self.cell(getattr(row, name), name) for name in full) for row in rows)
        return Cell("table", items=cells, head=tuple(self.label(name) for name in full))


def moment(value: date) -> Cell:
    """A day, or an instant to the second in UTC; always with its zone."""
    if not isinstance(value, datetime):
        return Cell("time", value.isoformat(), title=value.isoformat())
    there = value.astimezone(UTC)
    return Cell("time", f"{there:%Y-%m-%d %H:%M:%S} UTC", title=there.isoformat())


def in_square(value: Any) -> bool:
    """Whether it is a point of a curve from 0 to 1."""
    pair = isinstance(value, list | tuple) and len(value) == 2
    return pair and all(isinstance(part, int | float) and 0 <= part <= 1 for part in value)


def shape(value: BaseModel) -> tuple[str, ...]:
    return tuple(type(value).model_fields)


def label(name: str) -> str:
    """English, and the key of the translation."""
    words = name.removesuffix("_bytes").removesuffix("_seconds").replace("_", " ")
    return LABELS.get(name) or words[:1].upper() + words[1:]


def short(record: str) -> str:
    prefix, _, rest = record.partition("_")
    return f"{prefix}_{rest[:4]}…{rest[-4:]}"
