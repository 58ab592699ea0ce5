"""The shapes of a declared pilot: every key says what it is, and the published JSON schema is the one that decides."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from moyai.planning.schema.declared import PilotFile, Text

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEMA = PilotFile.model_json_schema()


def keys() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, table in {"": SCHEMA, **SCHEMA["$defs"]}.items():
        for key, node in table.get("properties", {}).items():
            yield f"{name}.{key}", node


def declared(name: str = "gamma-ray") -> dict[str, Any]:
    return plain(tomllib.loads((EXAMPLES / name / "pilot.toml").read_text("utf-8")))


def plain(value: Any) -> Any:
    """TOML values as JSON has them."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_every_key_is_described() -> None:
    assert [name for name, node in keys() if not node.get("description", "").endswith((".", '".'))] == []


def test_every_table_is_described() -> None:
    assert [name for name, table in SCHEMA["$defs"].items() if not table.get("description")] == []


@pytest.mark.parametrize("name", ["gamma-ray", "steel-inspection"])
def test_the_json_schema_accepts_the_examples(name: str) -> None:
    Draft202012Validator(SCHEMA).validate(declared(name))


def test_the_json_schema_refuses_an_unknown_key() -> None:
    wrong = declared()
    wrong["training"]["epochs"] = 3
    with pytest.raises(ValidationError, match="epochs"):
        Draft202012Validator(SCHEMA).validate(wrong)


def test_a_plain_string_is_a_text_in_english() -> None:
    pilot = PilotFile.model_validate({**declared(), "endpoint": {"rules": "A person decides."}})
    assert pilot.endpoint.rules == Text(en="A person decides.")


def test_a_declared_pilot_survives_the_journey_as_json() -> None:
    pilot = PilotFile.model_validate(declared())
    assert PilotFile.model_validate_json(pilot.model_dump_json()) == pilot


def test_the_approver_is_never_the_trainer() -> None:
    wrong = declared()
    del wrong["gate"]["approver"]
    wrong["person"][4].update(roles=["key_user", "leader"], qualifications=["gate-approver"])
    assert PilotFile.model_validate(wrong).approver == "Shinji Oka"
