"""The page of policies: each action, who may, and what is forbidden to everybody."""

import json
from typing import Any

import cedarpy

from scripts.reference import rooms, text


def rules(cedar: str) -> list[dict[str, Any]]:
    """The policies in a text, in order."""
    found = json.loads(cedarpy.policies_to_json_str(cedar))["staticPolicies"]
    return [found[name] for name in sorted(found, key=lambda name: int(name.removeprefix("policy")))]


def actions(rule: dict[str, Any]) -> list[str]:
    scope = rule["action"]
    return [each["id"] for each in ([scope["entity"]] if "entity" in scope else scope.get("entities", []))]


def row(rule: dict[str, Any]) -> tuple[str, str, str]:
    notes = rule.get("annotations", {})
    named = ", ".join(text.code(action) for action in actions(rule)) or "everything"
    permits = rule["effect"] == "permit"
    return named, "may" if permits else "may not", notes.get("needs" if permits else "because") or notes.get("id") or ""


def page() -> str:
    parts: list[str] = []
    for room in rooms.FLOORS:
        file = rooms.PACKAGE / room / "policy.cedar"
        if file.is_file():
            cedar = file.read_text(encoding="utf-8")
            listed = text.table(("action", "", "who, or why not"), [row(rule) for rule in rules(cedar)])
            parts += [f"## {room}", listed, f"```cedar\n{cedar.strip()}\n```"]
    return text.page(
        "Policy",
        "Who may do what. Cedar decides; what no rule permits is refused, and a `forbid` wins over every `permit`, the "
        "owner's included. Moyai itself (loops and reactions) is permitted everything.",
        *parts,
    )
