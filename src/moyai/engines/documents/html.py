"""The evidence as one self-contained HTML file, English and Japanese with a switch. Its words live in templates."""

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup, escape

from moyai.engines.documents import numbers, pictures, story
from moyai.kernel.wording import LANGUAGES, retell, say

PORTAL = "http://127.0.0.1:8420"
LANGUAGE_NAMES = {"en": "English", "ja": "日本語"}
SLOT = re.compile(r"\{([a-z_][\w.]*)\}")


class Html:
    """Renders a report that needs no network, no script and no second file, and that prints on A4."""

    media_type = "text/html; charset=utf-8"

    def render(self, evidence: Mapping[str, Any], records: Mapping[str, str]) -> bytes:
        """See `planning.ports.Document`. A path in `records` stands for everything under it."""
        sources = Sources(str(evidence.get("portal") or PORTAL), records)
        languages = [language for language in evidence.get("languages", LANGUAGES) if language in LANGUAGES]
        pages = [Page(evidence, sources, language) for language in languages or LANGUAGES]
        environment = Environment(
            loader=PackageLoader("moyai.engines.documents"),
            autoescape=True,
            undefined=ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        folder = files("moyai.engines.documents") / "templates"
        return (
            environment.get_template("report.html")
            .render(
                pages=pages,
                names=LANGUAGE_NAMES,
                style=Markup((folder / "style.css").read_text("utf-8")),
                script=Markup((folder / "switch.js").read_text("utf-8")),
            )
            .encode()
        )


class Sources:
    """The records behind the figures, numbered in the order in which they are first shown."""

    def __init__(self, portal: str, records: Mapping[str, str]) -> None:
        self.portal = portal.rstrip("/")
        self.records = records
        self.numbers: dict[str, int] = {}

    def of(self, path: str) -> str:
        """The record of the figure at `path`, or of the nearest part that it belongs to; empty when there is none."""
        while path:
            if path in self.records:
                return self.records[path]
            path = path.rpartition(".")[0]
        return ""

    def number(self, record: str) -> int:
        return self.numbers.setdefault(record, len(self.numbers) + 1)

    def link(self, record: str) -> str:
        return f"{self.portal}/r/{record}"


class Page:
    """One language of the report: what the templates call to say, to show a figure and to draw."""

    def __init__(self, evidence: Mapping[str, Any], sources: Sources, language: str) -> None:
        self.evidence = evidence
        self.sources = sources
        self.language = language
        self.gap = "" if language == "ja" else " "
        """Between two sentences."""
        self.write = numbers.Writer(language)
        self.draw = pictures.Drawing(evidence, self.write)

    def say(self, text: str, **values: Any) -> Markup:
        """The words in this page's language; `values` that are marked up (figures, links) stay so."""
        return Markup(escape(say(text, self.language))).format(**values)

    def own(self, text: Any) -> Markup:
        """A person's own words, in this page's language if they gave them."""
        if not isinstance(text, Mapping):
            return escape(text or "")
        if self.language == "ja" and not text.get("ja") and text.get("en"):
            return Markup('<span lang="en">{}</span>').format(text["en"])
        return escape(text.get(self.language) or text.get("en") or "")

    def retold(self, sentence: Any) -> str:
        """What a room said in English, in this page's language; in English where it is not recognised."""
        return retell(str(sentence or ""), self.language)

    def figure(self, path: str, unit: str = "number", shown: Any = None) -> Markup:
        """The figure at `path`, linked to its record and numbered; marked as unsupported when it has none.

        `shown` replaces the value when it is not one number at one place (a range, a list of names).
        """
        words = self.write.figure(self.at(path) if shown is None else shown, unit)
        record = self.sources.of(path)
        if not record:
            told = self.say("unsupported: no record")
            return Markup('<span class="figure unsupported">{}<sup>{}</sup></span>').format(words, told)
        link = '<a class="figure" href="{}" title="{}">{}<sup>{}</sup></a>'
        return Markup(link).format(self.sources.link(record), record, words, self.sources.number(record))

    def range(self, path: str, low: str, high: str, unit: str) -> Markup:
        """Two figures of the same record as one: from, to."""
        one, other = self.at(f"{path}.{low}"), self.at(f"{path}.{high}")
        return self.figure(path, "text", self.write.range(one, other, unit))

    def record(self, record: str) -> Markup:
        """A record by its id, linked."""
        if not record:
            return Markup("")
        return Markup('<a class="record" href="{}">{}</a>').format(self.sources.link(record), record)

    def word(self, name: Any) -> Markup:
        """The name of a role, a state, a check, as a person says it; names that we do not know stay as they are."""
        said = say(str(name or ""), self.language)
        return escape(said if said != name else said.replace("_", " "))

    def member(self, name: str) -> Markup:
        """An organisation's full name."""
        titles = [one.get("title") for one in self.at("organisations") or () if one.get("name") == name]
        return self.own(titles[0] if titles else name)

    def risks(self) -> list[Markup]:
        return list(story.risks(self))

    def labels(self) -> list[Markup]:
        return list(story.labels(self))

    def phrases(self) -> list[Markup]:
        """The person's own phrases for the meeting; the usual three where there are none."""
        own = self.at("phrases") or ()
        return [self.phrase(text) for text in own] if own else list(story.phrases(self))

    def phrase(self, text: Any) -> Markup:
        """A person's phrase for the meeting; `{metrics.roc_auc.value}` becomes that figure, with its record."""
        parts = SLOT.split(str(self.own(text)))
        said = [Markup(part) if at % 2 == 0 else self.figure(part) for at, part in enumerate(parts)]
        return Markup("").join(said)

    def at(self, path: str) -> Any:
        """The value at a dotted path; None when there is none."""
        value: Any = self.evidence
        for step in path.split("."):
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, Sequence) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value
