"""A record as a page: its fields, further blocks, lineage, journal. The table of kinds is in `kinds`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import BaseModel

from moyai.faces.portal.shown import NOTHING, Cell, Writer
from moyai.faces.portal.words import RELATIONS
from moyai.governance import audit, provenance
from moyai.governance.schema import Direction, Link, LogAsked
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Failure, NotAllowed, NotFound
from moyai.kernel.shapes import Page

P = ParamSpec("P")
R = TypeVar("R")
MOST_NAMES = 120
"""Names looked up for one page; beyond, ids are shown."""
MOST_LINKS = 40
NEWEST = 20


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page under a heading of its own."""

    title: str
    cell: Cell
    note: str = ""


class View:
    """What the blocks of a page are made with: the call, and how values are written."""

    def __init__(self, call: Call, language: str, kinds: "Mapping[str, Kind]") -> None:
        self.call = call
        self._kinds = kinds
        self._names: dict[str, str] = {}
        self.write = Writer(language, self.name_of)

    def say(self, text: str, **values: object) -> str:
        return self.write.say(text, **values)

    def maybe(self, verb: Callable[Concatenate[Call, P], R], *args: P.args, **kwargs: P.kwargs) -> R | None:
        """The verb's answer, or None where there is none for this person: a page shows what it may."""
        try:
            return verb(self.call, *args, **kwargs)
        except Failure:
            return None

    def block(self, title: str, value: Any, note: str = "", columns: Sequence[str] = ()) -> Block:
        """A block of one value; a page of a list is a table of its rows."""
        rows = value.items if isinstance(value, Page) else value
        if columns and isinstance(rows, Sequence):
            return Block(self.say(title), self.write.table(rows, columns), note)
        return Block(self.say(title), self.write.cell(rows), note)

    def tiles(self, title: str, parts: Mapping[str, Any]) -> Block:
        """A few figures to be seen at once."""
        cells = tuple((self.write.label(name), self.write.cell(value, name)) for name, value in parts.items())
        return Block(self.say(title), Cell("tiles", items=cells))

    def name_of(self, record: str) -> str:
        """The name of a record, as far as this person may see it."""
        kind = self._kinds.get(ids.kind_of(record))
        if kind is None or not kind.named:
            return ""
        if record not in self._names and len(self._names) < MOST_NAMES:
            shown = self.maybe(kind.read, record)
            self._names[record] = kind.name(shown) if shown is not None else ""
        return self._names.get(record, "")


def own_name(shown: Any) -> str:
    return str(getattr(shown, "title", None) or getattr(shown, "name", None) or "")


def no_blocks(_view: View, _shown: Any) -> Iterable[Block]:
    return ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The list of a kind: its word in the address, one page of it, and the columns shown."""

    word: str
    title: str
    page: Callable[[Call, str | None], Page[Any]]
    columns: tuple[str, ...]
    main: bool = True
    """Whether it is in the bar of every page."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: what it is called, the verb that reads one, and what else its page shows."""

    prefix: str
    noun: str
    read: Callable[[Call, str], Any]
    name: Callable[[Any], str] = own_name
    blocks: Callable[[View, Any], Iterable[Block]] = no_blocks
    hidden: tuple[str, ...] = ()
    """Fields that a block shows better."""
    named: bool = True
    """Whether links to it show its name: not where reading one costs more than a row."""
    listing: Listing | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that the page of one record shows."""

    id: str
    noun: str
    name: str
    state: Cell
    fields: Cell
    absent: str
    """The fields that hold nothing, by name."""
    blocks: tuple[Block, ...]
    up: Cell
    down: Cell
    journal: Cell
    journal_note: str = ""
    listing: Listing | None = field(default=None)


def unknown(record: str) -> NotFound:
    """One answer for what is not there and for what this person may not see."""
    return NotFound("There is no such record, or you may not see it.", fix="Check the id.", where=record)


def compose(call: Call, record: str, language: str, kinds: Mapping[str, Kind]) -> Record:
    """The page of a record, as this person may see it. Raises NotFound, the same for unknown and for not visible."""
    kind = kinds.get(ids.kind_of(record))
    if kind is None:
        raise unknown(record)
    try:
        shown = kind.read(call, record)
    except (NotFound, NotAllowed) as refused:
        raise unknown(record) from refused
    view = View(call, language, kinds)
    log, note = journal(view, record)
    told = [name for name in ("name", "title", "statement") if getattr(shown, name, None) == kind.name(shown)]
    filled, absent = view.write.filled(shown, ("id", "state", "verdict", *told, *kind.hidden))
    return Record(
        id=record, noun=view.say(kind.noun), name=kind.name(shown), state=state(view, shown),
        fields=filled, absent=absent,
        blocks=tuple(block for block in kind.blocks(view, shown) if block.cell != NOTHING),
        up=lineage(view, record, "up"), down=lineage(view, record, "down"), journal=log, journal_note=note,
        listing=kind.listing,
    )  # fmt: skip


def state(view: View, shown: BaseModel) -> Cell:
    """What stands beside the heading: the state or the verdict, if the record has one."""
    found = getattr(shown, "state", None) or getattr(shown, "verdict", None)
    return view.write.text(str(found), "state") if found else NOTHING


def lineage(view: View, record: str, direction: Direction) -> Cell:
    """Sentences about what it came from, or about what came of it; nearest first."""
    graph = view.maybe(provenance.of, record, 3, direction)
    if graph is None or not graph.links:
        return NOTHING
    rows = tuple(sentence(view, link) for link in graph.links[:MOST_LINKS])
    rest = len(graph.links) - len(rows)
    return Cell("sentences", view.say("and {count} more", count=rest) if rest else "", items=rows)


def sentence(view: View, link: Link) -> tuple[Cell, str, Cell]:
    return (view.write.link(link.source), view.say(RELATIONS[link.relation]), view.write.link(link.target))


def journal(view: View, record: str) -> tuple[Cell, str]:
    """The newest entries about it, or why they are not shown."""
    page = view.maybe(audit.log, LogAsked(about=record, limit=NEWEST))
    if page is None:
        return NOTHING, view.say("The journal is for coordinators, leaders and the owner.")
    rows = view.write.table(page.items, ("seq", "at", "name", "actor", "body"))
    return rows, view.say("Only the newest {count} are shown.", count=NEWEST) if page.next else ""
