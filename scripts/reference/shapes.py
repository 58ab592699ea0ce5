"""Pages and JSON schemas of files that people and programs exchange with Moyai: the pilot and the evidence."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pydantic import BaseModel

from scripts.reference import text


@dataclass(frozen=True)
class Declared:
    """A file format declared by one pydantic shape."""

    name: str
    title: str
    module: str
    shape: str
    intro: str

    def stands(self) -> bool:
        return bool(find_spec(self.module)) and hasattr(import_module(self.module), self.shape)

    def model(self) -> type[BaseModel]:
        return getattr(import_module(self.module), self.shape)

    def page(self) -> str:
        rows = list(keys(self.model().model_json_schema()))
        return text.page(self.title, self.intro, text.table(("key", "type", "default", "meaning"), rows))

    def schema(self) -> str:
        return json.dumps(self.model().model_json_schema(), indent=2, ensure_ascii=False) + "\n"


DECLARED = (
    Declared(
        "pilot",
        "The pilot file",
        "moyai.planning.schema.declared",
        "PilotFile",
        "A pilot is declared in one TOML file. A key that is not listed here is refused, with its line. "
        "`[]` marks a list of tables, `.*` a name of your own. JSON schema: [pilot.schema.json](pilot.schema.json).",
    ),
    Declared(
        "evidence",
        "The evidence file",
        "moyai.planning.evidence",
        "Evidence",
        "What a pilot leaves behind, in `.moyai/pilots/<name>/evidence.json`. Every figure of the report is here, with "
        "the id of the record that it came from. JSON schema: [evidence.schema.json](evidence.schema.json).",
    ),
)


def keys(schema: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Every key, nested ones by their dotted path: key, type, default, meaning.

    A table that may be written as a plain value instead (`string or table`) is spelled out once.
    """
    yield from _keys(schema, schema.get("$defs", {}), "", set())


def _keys(
    schema: dict[str, Any], named: dict[str, Any], above: str, spelled: set[str]
) -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", [])
    for key, declared in schema.get("properties", {}).items():
        path = f"{above}{key}"
        default = "required" if key in required else text.code(json.dumps(declared.get("default"), ensure_ascii=False))
        kind, inner, step = resolve(declared, named)
        meaning = declared.get("description") or (inner or {}).get("description", "")
        yield text.code(path), kind, default, meaning
        if inner and not (" or " in kind and inner.get("title", "") in spelled):
            spelled.add(inner.get("title", ""))
            yield from _keys(inner, named, f"{path}{step}.", spelled)


def resolve(declared: dict[str, Any], named: dict[str, Any]) -> tuple[str, dict[str, Any] | None, str]:
    """The type in words, the shape inside it if it has one, and how its keys are written (`[]`, `.*`)."""
    if "$ref" in declared:
        target = named[declared["$ref"].rpartition("/")[2]]
        return ("table", target, "") if "properties" in target else resolve(target, named)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in declared:
            return alternatives(declared[choice], named)
    if "enum" in declared or "const" in declared:
        return (
            "one of " + ", ".join(text.code(each) for each in declared.get("enum", [declared.get("const")])),
            None,
            "",
        )
    if declared.get("type") == "array":
        kind, inner, step = resolve(declared.get("items", {}), named)
        return f"list of {kind}", inner, f"{step}[]"
    if isinstance(declared.get("additionalProperties"), dict):
        kind, inner, step = resolve(declared["additionalProperties"], named)
        return f"{kind} by name", inner, f".*{step}"
    return bounded(declared), declared if "properties" in declared else None, ""


def alternatives(choices: list[dict[str, Any]], named: dict[str, Any]) -> tuple[str, dict[str, Any] | None, str]:
    resolved = [resolve(choice, named) for choice in choices if choice.get("type") != "null"]
    inner = next(((shape, step) for _, shape, step in resolved if shape), (None, ""))
    return " or ".join(dict.fromkeys(kind for kind, _, _ in resolved)), *inner


def bounded(declared: dict[str, Any]) -> str:
    """`number, at least 0`."""
    words = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "above",
        "exclusiveMaximum": "below",
        "pattern": "like",
    }
    kind = declared.get("format") or declared.get("type", "anything")
    return ", ".join([str(kind), *(f"{word} `{declared[key]}`" for key, word in words.items() if key in declared)])
