"""The shape of the evidence: documented, and what the sample of the report's tests has."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from moyai.planning.evidence import Evidence

SAMPLE = json.loads((Path(__file__).parents[1] / "engines/documents/sample.json").read_text("utf-8"))
SCHEMA = Evidence.model_json_schema(mode="serialization")


def test_every_key_is_described() -> None:
    tables = {"": SCHEMA, **SCHEMA["$defs"]}
    keys = [(f"{name}.{key}", node) for name, table in tables.items() for key, node in table["properties"].items()]
    assert [key for key, node in keys if not node.get("description")] == []


def test_the_published_schema_accepts_what_is_written() -> None:
    written = json.loads(Evidence.model_validate(SAMPLE).model_dump_json())
    Draft202012Validator(SCHEMA).validate(written)


def test_money_is_a_number_in_json() -> None:
    written = json.loads(Evidence.model_validate(SAMPLE).model_dump_json())
    assert all(isinstance(cost["amount"], float) for cost in written["cost"])


def test_it_survives_the_journey_as_json() -> None:
    evidence = Evidence.model_validate(SAMPLE)
    assert Evidence.model_validate_json(evidence.model_dump_json()) == evidence
