"""Reading a declared pilot: TOML text in, a `PilotFile` out, or every mistake with its line. No file is opened here."""

import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from moyai.kernel.errors import Invalid
from moyai.planning.schema.declared import PilotFile, Role

Path = tuple[str | int, ...]
Mistake = tuple[int, str]
TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|'
    + r"'''.*?'{3,5}"
    + r'|"(?:\\.|[^"\\])*"'
    + r"|'[^']*'|#[^\n]*|[\[\]{}=,.\n]|[^\s\[\]{}=,.#\"']+",
    re.DOTALL,
)


def read_pilot(text: str, source: str = "pilot.toml") -> PilotFile:
    """The pilot that `text` declares.

    Raises Invalid listing every mistake, each with `source:line`, what was expected and the nearest key there is;
    `facts["mistakes"]` holds them as (line, words).
    """
    try:
        declared = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise refused(source, [spelling(error)]) from error
    lines = places(text)
    try:
        pilot = PilotFile.model_validate(declared)
    except ValidationError as error:
        raise refused(source, [told(found, declared, lines) for found in error.errors(include_url=False)]) from error
    crossed = [(line_of(at, lines), f"{dotted(at)}: {what}") for at, what in contradictions(pilot)]
    if crossed:
        raise refused(source, crossed)
    return pilot


def refused(source: str, mistakes: list[Mistake]) -> Invalid:
    mistakes = sorted(mistakes)
    told = "\n".join(f"  {source}:{line}: {what}" for line, what in mistakes)
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    return Invalid(
        f"{count} in this pilot:\n{told}\n",
        where=f"{source}:{mistakes[0][0]}",
        fix="Correct it and run the command again; every key is described in docs/reference/pilot.md.",
        mistakes=mistakes,
    )


def spelling(error: tomllib.TOMLDecodeError) -> Mistake:
    """A mistake in the TOML itself: the parser's words, with the line taken out of them."""
    words = str(error)
    line = re.search(r"at line (\d+)", words)
    return (int(line.group(1)) if line else 1, f"this is not TOML: {words}")


def told(found: Any, declared: dict[str, Any], lines: dict[Path, int]) -> Mistake:
    """One finding of the validator in words: which key, what was expected, what is near."""
    at: Path = tuple(found["loc"])
    kind = found["type"]
    if kind == "extra_forbidden":
        return line_of(at, lines), unknown(at)
    about = describe(at)
    if kind == "missing":
        return line_of(at[:-1], lines), f"{dotted(at)} is missing. {about}".rstrip()
    was = "" if isinstance(found["input"], dict | list) else f", not {found['input']!r}"
    expected = found["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return line_of(at, lines), f"{dotted(at)}: expected {expected}{was}. {about}".rstrip()


def unknown(at: Path) -> str:
    """A key that does not exist: the nearest one here, else where a key of that name lives."""
    key, table = str(at[-1]), at[:-1]
    here = list(keys_at(table))
    near = get_close_matches(key, here, 1, 0.6)
    if near:
        hint = f"did you mean {near[0]!r}?"
    elif elsewhere := [name for name, node in tables() if key in node]:
        hint = f"it belongs in {' or '.join(elsewhere)}."
    else:
        hint = "there is nothing like it."
    return f"{dotted(at)}: there is no key {key!r} here; {hint} Keys here: {', '.join(here)}."


SCHEMA: dict[str, Any] = PilotFile.model_json_schema()


def followed(node: dict[str, Any]) -> dict[str, Any]:
    """The schema that `node` refers to; of alternatives, the one with keys."""
    while "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]
    choices = [followed(choice) for choice in node.get("anyOf", ())]
    return next((choice for choice in choices if "properties" in choice or "items" in choice), node)


def node_at(at: Path) -> dict[str, Any]:
    """The schema of the value at `at`; empty when there is none."""
    node = SCHEMA
    for step in at:
        node = followed(node)
        node = node.get("items", {}) if isinstance(step, int) else node.get("properties", {}).get(step, {})
    return node


def keys_at(at: Path) -> dict[str, Any]:
    return followed(node_at(at)).get("properties", {})


def describe(at: Path) -> str:
    return node_at(at).get("description", "")


def tables() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table that a pilot may have, as it is written, with its keys."""
    for name, node in SCHEMA["properties"].items():
        several = node.get("type") == "array"
        keys = followed(followed(node)["items"] if several else node).get("properties", {})
        yield (f"[[{name}]]" if several else f"[{name}]"), keys


def dotted(at: Path) -> str:
    """`organisation[2].cores`, counted from 1 as a person counts."""
    words = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in at)
    return words.removeprefix(".") or "this file"


def line_of(at: Path, lines: dict[Path, int]) -> int:
    """The line of the nearest part of `at` that is written down; the first line when nothing is."""
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)


def places(text: str) -> dict[Path, int]:
    """The line on which each table, key and element of a valid TOML text stands (the parser keeps none)."""
    return Scan(text).lines


class Scan:
    """One pass over the words of a valid TOML text."""

    def __init__(self, text: str) -> None:
        self.words = [
            (found.group(), text.count("\n", 0, found.start()) + 1)
            for found in TOKEN.finditer(text)
            if not found.group().startswith("#")
        ]
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self.table: Path = ()
        while self.at < len(self.words):
            self.statement()

    def next(self) -> str:
        return self.words[self.at][0] if self.at < len(self.words) else ""

    def take(self) -> str:
        self.at += 1
        return self.words[self.at - 1][0]

    def statement(self) -> None:
        if self.next() == "[":
            self.header()
        elif self.next() == "\n":
            self.take()
        else:
            self.pair(self.table)

    def header(self) -> None:
        line = self.words[self.at][1]
        self.take()
        several = self.next() == "["
        if several:
            self.take()
        *outer, last = self.key("]")
        self.take()
        self.at += several
        table: Path = ()
        for name in outer:
            table = self.newest((*table, name))
        table = (*table, last)
        if several:
            self.counts[table] = self.counts.get(table, 0) + 1
        self.table = self.newest(table)
        for length in range(1, len(self.table) + 1):
            self.lines.setdefault(self.table[:length], line)

    def newest(self, table: Path) -> Path:
        """The last element so far, when `table` is a list of tables."""
        return (*table, self.counts[table] - 1) if table in self.counts else table

    def key(self, end: str) -> list[str]:
        names: list[str] = []
        while self.next() != end:
            word = self.take()
            if word != ".":
                names.append(word.strip("\"'"))
        return names

    def pair(self, table: Path) -> None:
        line = self.words[self.at][1]
        for name in self.key("="):
            table = (*table, name)
            self.lines.setdefault(table, line)
        self.take()
        self.value(table)

    def value(self, at: Path) -> None:
        self.lines.setdefault(at, self.words[self.at][1])
        if self.next() == "[":
            self.inside("]", at)
        elif self.next() == "{":
            self.inside("}", at)
        else:
            while self.next() not in ("", "\n", ",", "]", "}"):
                self.take()

    def inside(self, end: str, at: Path) -> None:
        """The elements of a list, or the pairs of an inline table."""
        self.take()
        count = 0
        while self.next() != end:
            if self.next() in (",", "\n"):
                self.take()
            elif end == "]":
                self.value((*at, count))
                count += 1
            else:
                self.pair(at)
        self.take()


Contradiction = tuple[tuple[str | int, ...], str]


def contradictions(pilot: PilotFile) -> Iterator[Contradiction]:
    """Each place (as a path) that says something else than another place, in words."""
    yield from strangers(pilot)
    yield from vacancies(pilot)
    yield from doubts(pilot)


def strangers(pilot: PilotFile) -> Iterator[Contradiction]:
    """Names of persons and organisations that the file does not declare."""
    members = [member.name for member in pilot.organisation]
    people = [person.name for person in pilot.person]
    for table, key in (("data", "organisation"), ("preparation", "at"), ("training", "at"), ("baseline", "at")):
        name = getattr(getattr(pilot, table), key)
        if name and name not in members:
            yield (table, key), f"no [[organisation]] has the name {name!r}; there are {', '.join(members)}"
    for at, person in enumerate(pilot.person):
        if person.organisation not in members:
            yield ("person", at, "organisation"), f"no [[organisation]] has the name {person.organisation!r}"
    named = ("data.owner", "data.steward", "training.by", "decisions.by")
    for path in (*named, "gate.reviewer", "gate.accountable", "gate.approver"):
        table, key = path.split(".")
        name = getattr(getattr(pilot, table), key)
        if name and name not in people:
            yield (table, key), f"no [[person]] has the name {name!r}; there are {', '.join(people)}"


def vacancies(pilot: PilotFile) -> Iterator[Contradiction]:
    """Parts that nobody can play."""
    needed: tuple[tuple[Role, str], ...] = (
        ("steward", "publishes the data"),
        ("key_user", "trains"),
        ("leader", "answers for the model"),
        ("operator", "takes the final decision"),
    )
    for role, does in needed:
        if not pilot.holder(role):
            yield ("person",), f"nobody has the role {role!r}, who {does}"
    if not pilot.approver:
        gate = pilot.gate
        wanted = f"the role {gate.approver_role!r} and the qualification {gate.approver_qualification!r}"
        yield ("gate",), f"nobody but the trainer has {wanted}, so nobody can approve"
    elif pilot.approver == pilot.trainer:
        yield ("gate", "approver"), f"{pilot.approver} trains the model and cannot approve it"


def doubts(pilot: PilotFile) -> Iterator[Contradiction]:
    """Values that are allowed one by one and make no sense together."""
    if pilot.pilot.end < pilot.pilot.start:
        yield ("pilot", "end"), f"the pilot ends ({pilot.pilot.end}) before it starts ({pilot.pilot.start})"
    if not pilot.data.header and not pilot.data.columns:
        yield ("data", "columns"), "a file without a header needs the names of its columns here"
    if pilot.gate.purpose not in pilot.data.purposes:
        yield ("data", "purposes"), f"allows {', '.join(pilot.data.purposes)} only, and the gate opens to production"
    if pilot.training.script and "algorithm" in pilot.training.model_fields_set:
        yield ("training",), "either `algorithm` or `script`, one of the two"
    shift = pilot.monitor.shift
    if shift and (shift.drop_below is None) == (shift.drop_below_quantile is None):
        yield ("monitor", "shift"), "either `drop_below` or `drop_below_quantile`, one of the two"
    for at, bound in enumerate(pilot.gate.thresholds):
        if bound.at_least is None and bound.at_most is None and bound.above_baseline is None:
            yield ("gate", "thresholds", at), "a threshold needs at_least, at_most or above_baseline"
    for at, aim in enumerate(pilot.indicator):
        if (aim.at_least is None) == (aim.at_most is None):
            yield ("indicator", at), "an indicator needs either `at_least` or `at_most`"
    if pilot.data.columns and pilot.preparation.target not in pilot.data.columns:
        yield ("preparation", "target"), f"{pilot.preparation.target!r} is not among data.columns"
