"""Small pictures in a page, as numbers that the template draws: bars of a distribution, a strip of windows."""

from collections.abc import Sequence

from moyai.faces.portal.shown import NOTHING, Cell

HEIGHT = 24
STEP = 5


def bars(counts: Sequence[int], words: str) -> Cell:
    """One bar a count, the highest as high as the picture; `words` say it to who cannot see it."""
    most = max(counts, default=0)
    if most <= 0:
        return NOTHING
    heights = [max(round(HEIGHT * count / most), 1 if count else 0) for count in counts]
    drawn = tuple((place * STEP, HEIGHT - height, height) for place, height in enumerate(heights))
    return Cell("bars", str(len(counts) * STEP), words, items=drawn)


def strip(alarms: Sequence[tuple[bool, str]], words: str) -> Cell:
    """One mark a window, oldest first; an alarm is higher and coloured. Each carries its own words."""
    if not alarms:
        return NOTHING
    drawn = tuple((place * STEP, alarm, told) for place, (alarm, told) in enumerate(alarms))
    return Cell("strip", str(len(alarms) * STEP), words, items=drawn)
