"""How values read, and that every word of the portal is there in Japanese."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

import moyai
from moyai.data.schema import ProfileShown, ValidationShown
from moyai.faces.portal import shown
from moyai.faces.portal.kinds import ELSEWHERE, KINDS
from moyai.faces.portal.pictures import bars, strip
from moyai.faces.portal.shown import Writer
from moyai.faces.portal.words import CLASSES, RELATIONS, TONES
from moyai.kernel import ids, wording
from moyai.models.schema import FiguresShown, Metric
from moyai.people.schema import QualificationShown, RoleShown, TokenShown
from moyai.planning.schema.declared import PilotFile
from moyai.planning.schema.records import StepShown

PORTAL = Path(moyai.__file__).parent / "faces" / "portal"
CALLED = re.compile(r'(?:(?:\bt|\bsay|\bmark|\.block|\.tiles)\(|\bfix=)"((?:[^"\\\n%]|\\.)+)"')
HIDDEN = {PilotFile}
"""Shapes whose fields no page lists."""


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (1_500_000, "max_rss_bytes", "1.5 MB"),
        (200.0, "wall_seconds", "3 min 20 s"),
        (19020, "rows", "19,020"),
        (20260, "seed", "20260"),
        (0.123456789, "mean", "0.1235"),
        (True, "alarm", "yes"),
        (datetime(2027, 1, 4, 9, 0, tzinfo=UTC), "at", "2027-01-04 09:00:00 UTC"),
        (date(2027, 1, 4), "until", "2027-01-04"),
        ("sha256:" + "ab" * 32, "digest", "sha256:abababababab…"),
        ("moyai:compute", "actor", "Moyai (compute)"),
        (Metric(value=0.93641, low=0.9, high=0.95), "roc_auc", "0.9364"),
        ("open", "classification", "open to all"),
        ("in_force", "state", "in force"),
        (None, "reason", "—"),
        ((), "notes", "—"),
    ],
)
def test_a_value_reads_with_its_unit(value: Any, name: str, text: str) -> None:
    assert Writer("en", lambda _: "").cell(value, name).text == text


def test_an_id_is_a_link_with_a_name_if_there_is_one() -> None:
    job = ids.new("job")
    named = Writer("en", lambda _: "count showers").cell(job)
    assert (named.text, named.title, named.href) == ("count showers", job, f"/r/{job}")
    assert Writer("en", lambda _: "").cell(job).text == f"job_{job[4:8]}…{job[-4:]}"


def test_an_estimate_comes_with_its_interval() -> None:
    assert Writer("en", lambda _: "").cell(Metric(value=0.9, low=0.85, high=0.95)).items == ("0.8500 – 0.9500",)


def test_what_somebody_named_keeps_its_name() -> None:
    cell = Writer("ja", lambda _: "").cell({"numpy": "2.4", "fAlpha": 1, "rows": 3, "Naoko Arai": "x"})
    assert [name for name, _ in cell.items] == ["numpy", "fAlpha", "行数", "Naoko Arai"]


def test_lists_of_facts_are_tables_and_points_a_curve() -> None:
    write = Writer("en", lambda _: "")
    table = write.cell([{"name": "fSize", "minimum": 1}, {"name": "fDist", "maximum": 2}])
    assert (table.kind, table.head) == ("table", ("Name", "Minimum", "Maximum"))
    assert write.cell([[0.0, 0.0], [0.5, 1]]).kind == "curve"
    assert write.cell([[0.0, 7.0]]).kind == "code"


def test_a_table_leaves_out_what_is_empty_in_every_row() -> None:
    rows = (Metric(value=1.0), Metric(value=2.0, high=3.0))
    assert Writer("en", lambda _: "").table(rows).head == ("Value", "High")


def test_pictures_say_in_words_what_they_draw() -> None:
    assert bars([0, 1, 400], "three").items == ((0, 24, 0), (5, 23, 1), (10, 0, 24))
    assert bars([], "none").kind == "none"
    assert strip([(True, "window 1")], "one alarm").title == "one alarm"


def labels() -> set[str]:
    """The label of each field that a page may list."""
    found: set[str] = set()
    seen: set[Any] = set(HIDDEN)

    def walk(kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if kind not in seen:
                seen.add(kind)
                for name, field in kind.model_fields.items():
                    found.add(shown.label(name))
                    walk(field.annotation)
            return
        for part in get_args(kind):
            walk(part)

    extra = (RoleShown, QualificationShown, TokenShown, ProfileShown, ValidationShown, FiguresShown, StepShown)
    for kind in (*extra, *(get_type_hints(kind.read).get("return") for kind in KINDS.values())):
        walk(kind)
    return found


def said() -> set[str]:
    """Every text that a template or a file of the portal says."""
    return {text for path in PORTAL.rglob("*") if path.suffix in (".py", ".html")
            for text in CALLED.findall(path.read_text()) if "{{" not in text}  # fmt: skip


def test_every_word_is_there_in_japanese() -> None:
    states = {state.replace("_", " ") for state in TONES}
    known = wording.catalogue("ja")
    assert len(labels()) > 150 and len(said()) > 100
    wanted = (
        labels()
        | said()
        | states
        | set(RELATIONS.values())
        | set(CLASSES.values())
        | set(ELSEWHERE.values())
        | {"yes", "no"}
    )
    assert not sorted(word for word in wanted if word not in known)
