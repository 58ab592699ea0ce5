"""The one place for "may I?": Cedar decides on the readable `policy.cedar` of each room, and says why."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import cedarpy

from moyai.kernel import ids

log = logging.getLogger(__name__)
NAMED = re.compile("policy `([^`]+)`")
"""How Cedar names the rule that it could not evaluate."""
Attributes = Mapping[str, str | int | bool | list[str]]


@dataclass(frozen=True, slots=True)
class Held:
    """A role that a person holds: consortium-wide, or for one organisation or project."""

    role: str
    organisation: str | None = None
    project: str | None = None

    def covers(self, thing: "Thing") -> bool:
        if self.project is not None:
            return self.project == thing.project
        return self.organisation is None or self.organisation in (thing.organisation, *thing.organisations)


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks. `person` is pseudonymous in the journal; `scripted` marks a token that a program decides with."""

    person: str
    name: str = ""
    roles: tuple[Held, ...] = ()
    qualifications: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("*",)
    """Patterns of actions this token may ask for, e.g. `*`, `*.read`, `endpoint.*`."""
    organisation: str | None = None
    scripted: bool = False
    token: str | None = None
    expires: datetime | None = None

    @property
    def is_moyai(self) -> bool:
        return self.person.startswith("moyai:")

    def holds(self, role: str) -> bool:
        """Somewhere, whatever the scope."""
        return any(held.role == role for held in self.roles)


def moyai(room: str) -> Who:
    """Moyai itself, acting from `room` (a loop or a reaction)."""
    return Who(person=f"moyai:{room}", name="Moyai")


@dataclass(frozen=True, slots=True)
class Thing:
    """What is asked about, as policies see it."""

    kind: str
    id: str = ""
    organisation: str | None = None
    project: str | None = None
    organisations: tuple[str, ...] = ()
    """Further organisations whose roles count here (the members of a project, say)."""
    attrs: Attributes = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    reason: str


class Policy:
    """The policies of all rooms, read once. Cedar is given those alone that concern an action, which takes a third."""

    def __init__(self, text: str) -> None:
        self._all: dict[str, Any] = json.loads(cedarpy.policies_to_json_str(text))
        self._known: dict[str, cedarpy.PolicySet] = {}
        static = self._all["staticPolicies"]
        self._because = {name: _note(rule, "because") for name, rule in static.items()}
        self._forbids = frozenset(name for name, rule in static.items() if rule["effect"] == "forbid")
        self._needs: dict[str, list[str]] = {}
        for rule in static.values():
            for action in _actions(rule):
                if rule["effect"] == "permit" and (needs := _note(rule, "needs")):
                    self._needs.setdefault(action, []).append(needs)

    def decide(self, who: Who, action: str, thing: Thing) -> Decision:
        """May `who` do `action` to `thing`? The reason is a sentence for a person."""
        if who.is_moyai:
            return Decision(True, "Moyai itself")
        if not any(fnmatchcase(action, scope) for scope in who.scopes):
            return Decision(False, f"this token is limited to {', '.join(who.scopes) or 'nothing'}")
        policies = self._known.get(action) or self._concerning(action)
        answer = cedarpy.is_authorized(_request(who, action, thing), policies, [_entity(thing)])
        if unjudged := [error for error in answer.diagnostics.errors if self._may_forbid(error)]:
            log.error("%s on %s: %s", action, thing, unjudged)
            return Decision(False, "a rule that may forbid it cannot be judged; the operator finds it in the log")
        if answer.allowed:
            return Decision(True, "a policy permits it")
        told = [self._because.get(reason, "") for reason in sorted(answer.diagnostics.reasons)]
        needs = self._needs.get(action, [])
        return Decision(False, "; ".join(filter(None, told)) or f"it takes {' or '.join(needs) or 'the owner'}")

    def _may_forbid(self, error: str) -> bool:
        """Cedar leaves a rule out that asks for an attribute which is not there; a forbid left out opens a door."""
        named = NAMED.search(error)
        return named is None or named[1] in self._forbids

    def _concerning(self, action: str) -> cedarpy.PolicySet:
        static = {name: rule for name, rule in self._all["staticPolicies"].items() if _concerns(rule, action)}
        self._known[action] = cedarpy.PolicySet.from_json_str(json.dumps({**self._all, "staticPolicies": static}))
        return self._known[action]

    def actions(self) -> frozenset[str]:
        """Every action that some policy permits by name."""
        return frozenset(self._needs)


def read(root: Path) -> Policy:
    """The policies of every room under `root` (the package's folder)."""
    return Policy("\n".join(file.read_text(encoding="utf-8") for file in sorted(root.glob("*/policy.cedar"))))


def _request(who: Who, action: str, thing: Thing) -> dict[str, Any]:
    return {
        "principal": f'Person::"{who.person}"',
        "action": f'Action::"{action}"',
        "resource": f"{_type(thing)}::{json.dumps(thing.id, ensure_ascii=False)}",
        "context": {
            "person": who.person,
            "organisation": who.organisation or "",
            "roles": sorted({held.role for held in who.roles if held.covers(thing)}),
            "anywhere": sorted({held.role for held in who.roles}),
            "qualifications": sorted(who.qualifications),
        },
    }


def _entity(thing: Thing) -> dict[str, Any]:
    attrs = {"organisation": thing.organisation or "", "project": thing.project or "", **thing.attrs}
    return {"uid": {"type": _type(thing), "id": thing.id}, "attrs": attrs, "parents": []}


def _type(thing: Thing) -> str:
    kind = thing.kind or ids.kind_of(thing.id)
    return "".join(part.capitalize() for part in kind.split("_"))


def _note(rule: dict[str, Any], name: str) -> str:
    return str(rule.get("annotations", {}).get(name) or "")


def _concerns(rule: dict[str, Any], action: str) -> bool:
    """Whether it names the action, or is for every action."""
    return rule["action"]["op"] not in ("==", "in") or action in _actions(rule)


def _actions(rule: dict[str, Any]) -> list[str]:
    scope = rule["action"]
    named = [scope["entity"]] if "entity" in scope else scope.get("entities", [])
    return [entity["id"] for entity in named]
