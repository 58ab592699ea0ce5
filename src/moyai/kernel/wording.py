"""Words for people in their language: gettext catalogues, where the English text is the key. No words live here."""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

LANGUAGES = ("en", "ja")
DOMAIN = "moyai.po"
SPELLED = {"key user": "key_user", "site operator": "site_operator"}
"""Roles as sentences spell them, by the word under which they are translated."""


def mark(text: str) -> str:
    """Mark `text` for translation, and say it later."""
    return text


def say(text: str, language: str = "", **values: object) -> str:
    """`text` in `language` (left out: the person's own), with `{name}` filled in as `str.format` does.

    A text without a translation is said in English; a language without a catalogue is English.
    """
    words = catalogue(language or spoken()).get(text) or text
    return words.format(**values) if values else words


def spoken(environ: Mapping[str, str] = os.environ) -> str:
    """The language asked for: MOYAI_LANGUAGE, then LC_ALL, LC_MESSAGES, LANG; English when it is none of ours."""
    names = ("MOYAI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((environ[name] for name in names if environ.get(name)), "")
    language = wanted[:2].lower() if wanted[2:3] in ("", "_", "-", ".", "@") else ""
    return language if language in LANGUAGES else LANGUAGES[0]


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every translated text of one language, read once; empty for English and for languages that we do not have."""
    if language not in LANGUAGES[1:]:
        return {}
    path = files("moyai") / "assets" / "locale" / language / "LC_MESSAGES" / DOMAIN
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    return {str(m.id): str(m.string) for m in messages if m.id and m.string and not m.fuzzy}


def retell(sentence: str, language: str = "") -> str:
    """A sentence that was said in English with its values in place, said again in `language`; its parts as well.

    It is recognised by the patterns of `sentences.txt`; one that none fits is passed on as it is, so nothing is lost.
    """
    wanted = language or spoken()
    if wanted not in LANGUAGES[1:]:
        return sentence
    for pattern, text in _sentences():
        found = pattern.fullmatch(sentence)
        if found:
            return say(text, wanted, **{name: _part(part, wanted) for name, part in found.groupdict().items()})
    return _part(sentence, wanted)


def _part(part: str, language: str) -> str:
    """A value in a sentence: a list of sentences, a sentence, a role or another word, or what it is."""
    if "; " in part:
        return say(", ", language).join(retell(one, language) for one in part.split("; "))
    known = next((text for pattern, text in _sentences() if pattern.fullmatch(part)), None)
    return retell(part, language) if known else say(SPELLED.get(part, part), language)


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    lines = (files("moyai") / "assets" / "locale" / "sentences.txt").read_text(encoding="utf-8").splitlines()
    return tuple((re.compile("".join(_pieces(line)), re.DOTALL), line) for line in lines if line)


def _pieces(text: str) -> Iterator[str]:
    for piece in re.split(r"(\{\w+\})", text):
        yield f"(?P<{piece[1:-1]}>.+?)" if piece.startswith("{") else re.escape(piece)
