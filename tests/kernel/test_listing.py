"""Pages: every row once, stable while rows are added; a cursor that is not ours is refused."""

import base64
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from moyai.kernel.database import Row
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Invalid
from moyai.kernel.listing import page
from moyai.kernel.shapes import Page, PageAsked


class Leaf(Row):
    __tablename__ = "test_leaf"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)


def grow(edge: Edge, *numbers: int) -> None:
    edge.change(lambda session: session.add_all(Leaf(id=number, name=f"leaf {number:03d}") for number in numbers))


def read(edge: Edge, key: Any = Leaf.id, **asked: Any) -> Page[int]:
    with edge.database.reading() as session:
        return page(session, select(Leaf), key, PageAsked(**asked), lambda row: row.id)


def walk(edge: Edge, key: Any, limit: int) -> list[int]:
    cursor, seen = None, []
    while True:
        found = read(edge, key, limit=limit, cursor=cursor)
        seen += found.items
        cursor = found.next
        if cursor is None:
            return seen


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.sets(st.integers(1, 200), max_size=30), limit=st.integers(1, 12), by_name=st.booleans())
def test_every_row_is_on_one_page_newest_first(edge: Edge, numbers: set[int], limit: int, by_name: bool):
    edge.change(lambda session: session.execute(delete(Leaf)))
    grow(edge, *numbers)
    assert walk(edge, Leaf.name if by_name else Leaf.id, limit) == sorted(numbers, reverse=True)


def test_rows_added_meanwhile_move_nothing(edge: Edge):
    grow(edge, 1, 2, 3, 4)
    first = read(edge, limit=2)
    grow(edge, 5, 6)
    assert first.items == (4, 3)
    assert read(edge, limit=2, cursor=first.next).items == (2, 1)


def test_the_last_page_says_that_it_is_the_last(edge: Edge):
    grow(edge, 1, 2)
    assert read(edge, limit=2).next is None


@pytest.mark.parametrize(
    "cursor",
    ["!", "é", "a", "AAAA", base64.urlsafe_b64encode(b"x" * 5).decode(), base64.urlsafe_b64encode(b"9" * 40).decode(),
     base64.urlsafe_b64encode(b"9" * 5000).decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode()],
)  # fmt: skip
def test_a_cursor_that_is_not_ours_is_refused(edge: Edge, cursor: str):
    with pytest.raises(Invalid, match="cursor"):
        read(edge, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_between_one_and_two_hundred_rows(limit: int):
    with pytest.raises(ValueError, match="limit"):
        PageAsked(limit=limit)
