"""The first rows of a version, for a person to look at."""

import pytest

from moyai.data import profiles
from moyai.data.schema import RowsAsked
from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotFound
from moyai.kernel.policy import Who
from tests.fakes.memory import ToldReader


def test_the_first_rows_are_shown(edge: Edge, owner: Who, register, send, publish, reader: ToldReader):
    register(owner)
    publish(owner, "showers", send(owner))
    shown = edge.read(owner, profiles.rows, "showers", RowsAsked(limit=1))
    assert (shown.columns, shown.rows) == (("size", "alpha"), (("1.5", "2"),))
    assert list(edge.home.cache.iterdir()) == []


def test_what_is_no_table_has_no_rows_to_show(edge: Edge, owner: Who, register, send, publish, reader: ToldReader):
    register(owner)
    publish(owner, "showers", send(owner, "recipe.json", b"{}"))
    with pytest.raises(NotFound, match="no file that is a table"):
        edge.read(owner, profiles.rows, "showers", RowsAsked())
