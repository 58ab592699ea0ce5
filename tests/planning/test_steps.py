"""The steps of a pilot have one name each, in both languages."""

import re
from pathlib import Path

from moyai.planning.schema.steps import TITLES
from moyai.planning.sources import title

DRIVER = Path(__file__).parents[2] / "src/moyai/faces/sdk/drivers/pilot.py"


def test_every_step_has_a_japanese_title_of_its_own() -> None:
    said = [title(step) for step in TITLES]
    assert all(one.ja and one.ja != one.en for one in said)
    assert len({one.ja for one in said}) == len(TITLES)


def test_the_driver_tells_these_steps_in_this_order() -> None:
    chapters = re.findall(r'\("([a-z]+)", \[', DRIVER.read_text(encoding="utf-8"))
    assert chapters == list(TITLES)


def test_a_step_that_is_none_of_ours_keeps_its_name() -> None:
    assert title("harvest").en == "harvest"
