"""Actions have one name: what the code asks about is what the policies speak of, and the other way round."""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.reference import policy
from tests.house import tree

QUESTIONS = {"require", "may"}


def asked(module: ast.Module) -> Iterator[str]:
    """Actions that a module asks about: `call.require("job.submit", ...)`, `call.may("job.read", ...)`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in QUESTIONS:
            yield from names(node.args[0] if node.args else None)


def names(argument: ast.expr | None) -> Iterator[str]:
    """The text of an argument; both texts of `"a.b" if mine else "a.c"`."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    if isinstance(argument, ast.IfExp):
        yield from names(argument.body)
        yield from names(argument.orelse)


def in_code() -> set[str]:
    return {action for path in tree.sources() for action in asked(tree.parsed(path))}


def policies() -> list[Path]:
    return sorted(tree.SOURCE.glob("*/policy.cedar"))


def in_policies() -> set[str]:
    return {action for file in policies() for rule in policy.rules(file.read_text()) for action in policy.actions(rule)}


def test_every_action_that_the_code_asks_about_has_a_policy() -> None:
    assert in_code() - in_policies() == set()


def test_every_policy_speaks_of_an_action_that_the_code_asks_about() -> None:
    assert in_policies() - in_code() == set()


def test_every_rule_has_an_id_and_a_sentence_for_whoever_is_refused() -> None:
    for file in policies():
        for rule in policy.rules(file.read_text()):
            notes = rule.get("annotations", {})
            told = notes.get("needs") if rule["effect"] == "permit" else notes.get("because")
            assert notes.get("id"), f"{file}: a rule without @id"
            assert told or not policy.actions(rule), f"{notes['id']}: a permit says @needs, a forbid says @because"


def test_actions_are_found_in_code() -> None:
    code = 'call.require("job.submit", thing)\nif call.may("job.read" if mine else "job.list", thing): pass\n'
    assert set(asked(ast.parse(code))) == {"job.submit", "job.read", "job.list"}
