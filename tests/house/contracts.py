"""Two kinds of import contract that import-linter does not have: `sees` (an allow-list) and `rooms` (inside a domain).

Both look at direct imports: what an allowed module imports in its turn is the business of that module's own contract.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

ROOT = "moyai"
PRIVATE = frozenset({"store", "tables", "rules"})
MOVED_BY_THE_WORKER = frozenset({"loops", "reactions"})
FILES = frozenset({"schema", "events", "tables", "ports", "rules", "store", "reactions", "loops"})


@dataclass(frozen=True)
class Sight:
    """What one kind of file in a room may import."""

    own: frozenset[str]
    """Kinds of file of its own room; `noun` is any file whose name is not one of `FILES`."""
    lower: frozenset[str]
    """Kinds of file of other rooms (which rooms are lower is the floors' business)."""
    kernel: bool = True
    """The whole kernel; otherwise its plain values only."""
    numerics: bool = False
    libraries: frozenset[str] | None = None
    """Libraries from outside; None: any but the database's and the faces'."""


def sight(own: str, lower: str, **more: Any) -> Sight:
    return Sight(frozenset(own.split()), frozenset(lower.split()), **more)


SHAPES = frozenset({"pydantic", "typing_extensions"})
DATABASE = frozenset({"sqlalchemy", "alembic", "sqlite3"})
OUTSIDE = frozenset({"fastapi", "starlette", "uvicorn", "typer", "click", "rich", "httpx", "jinja2"})

SIGHTS = {
    "schema": sight("schema", "schema", kernel=False, libraries=SHAPES),
    "ports": sight("schema", "schema ports", kernel=False, libraries=SHAPES),
    "events": sight("schema", "schema", libraries=SHAPES),
    "rules": sight("schema", "schema", kernel=False, numerics=True, libraries=SHAPES | {"numpy"}),
    "tables": sight("schema", "schema", libraries=frozenset({"sqlalchemy"})),
    "store": sight("store tables rules ports events schema", "schema", libraries=frozenset({"sqlalchemy"})),
    "noun": sight("noun store tables rules ports events schema", "noun schema ports", numerics=True),
    "reactions": sight("noun events schema", "events schema"),
    "loops": sight("noun store tables rules ports events schema", "noun schema ports"),
}


def kind_of(module: str) -> str:
    """What `moyai.compute.store.jobs` is inside its room: `store`; the room itself is `room`."""
    parts = module.split(".")
    if len(parts) < 3:
        return "room"
    return parts[2] if parts[2] in FILES else "noun"


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def within(module: str, patterns: Iterable[str]) -> bool:
    """Whether `module` is one of `patterns`, or inside one; `*` stands for one name."""
    names = module.split(".")
    for pattern in patterns:
        wanted = pattern.split(".")
        if len(wanted) <= len(names) and all(a in ("*", b) for a, b in zip(wanted, names, strict=False)):
            return True
    return False


def imports_of(graph: ImportGraph, packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every direct import made inside `packages`, the standard library left out."""
    chosen = tuple(packages)
    for importer in sorted(graph.modules):
        if within(importer, chosen):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                if imported.partition(".")[0] not in sys.stdlib_module_names or imported == "sqlite3":
                    yield importer, imported


class Listed(Contract):
    """A contract whose breaches are single imports, each with the reason in words."""

    def spelled(self, patterns: Iterable[str]) -> list[str]:
        """`patterns` with `{values}` replaced by the kernel's plain values (declared once, for every contract)."""
        values = self.session_options["values"]
        return [name for pattern in patterns for name in (values if pattern == "{values}" else [pattern])]

    def breaches(self, graph: ImportGraph) -> Iterator[tuple[str, str, str]]:
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = list(self.breaches(graph))
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported, why in check.metadata["found"]:
            output.print_error(f"- {importer} -> {imported}: {why}", bold=False)
        output.new_line()


class Sees(Listed):
    """`importers` may import, of this house, `allowed` and nothing else. Libraries are not its business."""

    type_name = "sees"
    importers = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField())

    def breaches(self, graph: ImportGraph) -> Iterator[tuple[str, str, str]]:
        importers = self.spelled(self.importers)
        allowed = [*importers, *self.spelled(self.allowed)]
        for importer, imported in imports_of(graph, importers):
            if room_of(imported) and imported.startswith(f"{ROOT}.") and not within(imported, allowed):
                yield importer, imported, "not among what it may see"


class Rooms(Listed):
    """Inside a domain: each kind of file imports what `SIGHTS` says; store, tables and rules stay in their room."""

    type_name = "rooms"
    rooms = fields.ListField(subfield=fields.StringField())

    def breaches(self, graph: ImportGraph) -> Iterator[tuple[str, str, str]]:
        for importer, imported in imports_of(graph, [ROOT]):
            why = self.private(importer, imported) or self.refused(importer, imported)
            if why:
                yield importer, imported, why

    def private(self, importer: str, imported: str) -> str:
        """Why nobody outside its room may import this; empty when they may."""
        room, kind = room_of(imported), kind_of(imported)
        if room not in self.rooms or room == room_of(importer):
            return ""
        if kind in PRIVATE:
            return f"{kind} belongs to {room} alone: use a verb of {room}"
        if kind in MOVED_BY_THE_WORKER and room_of(importer) != "worker":
            return f"only the worker runs {kind}"
        return ""

    def refused(self, importer: str, imported: str) -> str:
        """Why a file of a room may not import this; empty when it may."""
        if room_of(importer) not in self.rooms:
            return ""
        kind = kind_of(importer)
        if kind == "room":
            return "a room's __init__ imports nothing"
        may = SIGHTS[kind]
        if not imported.startswith(f"{ROOT}."):
            return self.library(kind, may, imported.partition(".")[0])
        return self.inside(kind, may, importer, imported)

    def library(self, kind: str, may: Sight, library: str) -> str:
        if may.libraries is None:
            return f"{kind} does without {library}" if library in DATABASE | OUTSIDE else ""
        return "" if library in may.libraries else f"{kind} does without {library}"

    def inside(self, kind: str, may: Sight, importer: str, imported: str) -> str:
        room = room_of(imported)
        if room == "kernel":
            seen = may.kernel or within(imported, self.spelled(["{values}"]))
            return "" if seen else f"{kind} sees the kernel's plain values only"
        if room == "numerics":
            return "" if may.numerics else f"{kind} does not calculate"
        wanted = kind_of(imported)
        if room == room_of(importer):
            return "" if wanted in may.own else f"{kind} is below {wanted}, or beside it"
        return "" if room not in self.rooms or wanted in may.lower else f"{kind} does not see another room's {wanted}"
