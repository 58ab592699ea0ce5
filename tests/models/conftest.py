"""The stage on which the tests of models play."""

import pytest

from moyai.kernel.edge import Edge
from moyai.kernel.policy import Who
from tests.models.stage import Stage, stage_at


@pytest.fixture
def stage(edge: Edge, owner: Who) -> Stage:
    return stage_at(edge, owner)
