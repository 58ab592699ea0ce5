"""Words for people in their language: gettext catalogues, where the English text is the key. No words live here."""

import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

LANGUAGES = ("en", "ja")
DOMAIN = "moyai.po"


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
