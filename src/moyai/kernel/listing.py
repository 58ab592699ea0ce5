"""Pages of a list, by cursor: stable while rows are added, and never more than a screenful at once."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from moyai.kernel.errors import Invalid
from moyai.kernel.shapes import Page, PageAsked

T = TypeVar("T")


def page(
    session: Session,
    query: Select[Any],
    key: InstrumentedAttribute[Any],
    asked: PageAsked,
    show: Callable[[Any], T],
) -> Page[T]:
    """One page of `query` in descending order of `key`, which must be unique (an id or a sequence number)."""
    if asked.cursor:
        query = query.where(key < _read(asked.cursor, key))
    rows: Sequence[Any] = session.execute(query.order_by(key.desc()).limit(asked.limit + 1)).scalars().all()
    more = len(rows) > asked.limit
    last = getattr(rows[asked.limit - 1], key.key) if more else None
    return Page(items=tuple(show(row) for row in rows[: asked.limit]), next=_write(last) if more else None)


def _write(value: object) -> str:
    return base64.urlsafe_b64encode(str(value).encode()).decode().rstrip("=")


def _read(cursor: str, key: InstrumentedAttribute[Any]) -> Any:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        if not text or _write(text) != cursor:
            raise ValueError("not as it was written")
        value = key.type.python_type(text)
        if isinstance(value, int) and abs(value) >= 1 << 63:
            raise ValueError("beyond what a database counts")
    except (binascii.Error, ValueError, UnicodeDecodeError) as wrong:
        raise Invalid("This cursor is not one of ours.", fix="Start again without a cursor.", where="cursor") from wrong
    return value
