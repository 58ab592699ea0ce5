"""Words in two languages: every marked text is translated, with the same places for values."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from moyai.kernel import wording

SOURCE = Path(wording.__file__).parents[1]
CATALOGUE = SOURCE / "assets/locale/ja/LC_MESSAGES/moyai.po"
QUOTED = re.compile(r'\(\s*"([^"\n]+)"')
METHODS = [("**.py", "python"), ("**.html", "jinja2")]


def marked() -> set[str]:
    """Every text in the programs and templates that is given to `say` or `mark`."""
    found = extract_from_dir(SOURCE, method_map=METHODS, keywords={"say": None, "mark": None}, options_map={})
    return {text for _, _, text, *_ in found if isinstance(text, str)} | sentences()


def sentences() -> set[str]:
    """The patterns by which a sentence said in English is recognised."""
    return set((SOURCE / "assets" / "locale" / "sentences.txt").read_text(encoding="utf-8").splitlines())


def spoken() -> set[str]:
    """Every text between quotes in the programs and templates, and every name as the portal makes a label of it."""
    found = sentences()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    for path in SOURCE.rglob("*.html"):
        found |= set(QUOTED.findall(path.read_text()))
    names = set(re.findall(r"\w+", " ".join(path.read_text() for path in SOURCE.rglob("*.py"))))
    return found | {form for name in names for form in (name.replace("_", " "), name.replace("_", " ").capitalize())}


def translated() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, abort_invalid=True) if message.id}


def places(text: str) -> list[str]:
    return sorted(set(re.findall(r"\{(\w+)", text)))


def test_every_marked_text_is_said_in_japanese() -> None:
    assert len(marked()) > 100
    # The extraction glues the two texts of `"a" if b else "c"` together: those are looked for one by one elsewhere.
    assert sorted(text for text in marked() & spoken() if not translated().get(text)) == []


def test_no_translation_is_left_of_a_text_that_is_gone() -> None:
    assert sorted(translated().keys() - marked() - spoken()) == []


def test_translations_have_the_same_places_for_values() -> None:
    assert [text for text, said in translated().items() if places(text) != places(said)] == []


def test_a_text_is_said_in_the_language_asked_for() -> None:
    assert wording.say("Risks", "ja") == "リスク"
    assert wording.say("Risks", "en") == "Risks"
    assert wording.say("{seconds} s", "ja", seconds=3) == "3秒"


def test_what_has_no_translation_is_said_in_english() -> None:
    assert wording.say("nobody translated {this}", "ja", this="me") == "nobody translated me"
    assert wording.say("Risks", "fr") == "Risks"


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "MOYAI_LANGUAGE": "en"}, "en"),
        ({"LC_ALL": "C", "LANG": "ja"}, "en"),
        ({"MOYAI_LANGUAGE": "ja"}, "ja"),
        ({"LANG": "jav_ID"}, "en"),
    ],
)
def test_the_language_is_the_first_that_is_set(environ: dict[str, str], language: str) -> None:
    assert wording.spoken(environ) == language
