"""docs/reference is written from the code, up to date, and says something about everything."""

import re
from pathlib import Path

import pytest

from moyai.kernel.settings import Settings
from scripts.reference import catalogue, commands, routes, shapes
from scripts.reference.__main__ import FOLDER
from tests.house import tree

PAGES = catalogue.pages()
SAYS_NOTHING = re.compile(r"^\| .*\|\s+\|$", re.MULTILINE)
"""A row of a table whose last column, the meaning, is empty."""


def test_the_reference_is_up_to_date() -> None:
    assert catalogue.stale(FOLDER) == []


def test_a_page_that_differs_is_found(tmp_path: Path) -> None:
    (tmp_path / "settings.md").write_text("old")
    (tmp_path / "gone.md").write_text("about something that is no more")
    assert {"settings.md", "gone.md", "errors.md"} <= set(catalogue.stale(tmp_path))


@pytest.mark.parametrize(
    "name", [name for name in PAGES if name in ("settings.md", "errors.md", "pilot.md", "evidence.md")]
)
def test_every_row_says_what_it_means(name: str) -> None:
    assert SAYS_NOTHING.findall(PAGES[name]) == []


def test_every_command_says_what_it_does() -> None:
    assert [words for words, command in commands.leaves(commands.root(), "moyai") if not command.help] == []


def test_every_route_says_what_it_does() -> None:
    assert [route.route for _, route in routes.each() if not route.does] == []


@pytest.mark.parametrize("key", Settings.model_fields)
def test_every_setting_says_what_it_sets(key: str) -> None:
    assert Settings.model_fields[key].description


def test_nested_keys_are_listed_by_their_path() -> None:
    schema = {
        "$defs": {"Person": {"properties": {"name": {"type": "string", "description": "Who."}}, "required": ["name"]}},
        "properties": {
            "person": {"type": "array", "items": {"$ref": "#/$defs/Person"}, "default": []},
            "price": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}], "default": None},
        },
    }
    assert list(shapes.keys(schema)) == [
        ("`person`", "list of table", "`[]`", ""),
        ("`person[].name`", "string", "required", "Who."),
        ("`price`", "number, at least `0`", "`null`", ""),
    ]


LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


@pytest.mark.parametrize(
    "page", sorted({*tree.HERE.glob("*.md"), *(tree.HERE / "docs").rglob("*.md")}), ids=lambda page: page.name
)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    assert [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()] == []


def test_every_decision_is_dated_and_says_context_decision_consequences() -> None:
    for page in sorted((tree.HERE / "docs" / "decisions").glob("0*.md")):
        text = page.read_text()
        assert re.search(r"^\d{4}-\d\d-\d\d · ", text, re.MULTILINE), page.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], page.name
        assert f"]({page.name})" in (page.parent / "README.md").read_text(), f"{page.name} is not listed"
