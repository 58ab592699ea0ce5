"""A small consortium for the tests of people."""

import pytest

from moyai.kernel.edge import Edge
from tests.people import town as towns
from tests.people.town import Town


@pytest.fixture
def town(edge: Edge) -> Town:
    return towns.found(edge)
