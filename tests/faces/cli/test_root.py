"""The command line as a whole, discovered from its own tree: reads say JSON, errors are sentences with a code."""

import ast
import inspect
import json
import re
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from click.testing import Result as Said

from moyai.faces.cli import root
from moyai.faces.cli.root import Road, Roads
from moyai.faces.sdk.client import Client
from moyai.kernel.errors import Failure, Invalid, NotAllowed, NotFound
from scripts.reference import commands
from tests.commands import Command
from tests.people.town import Town

TREE = dict(commands.leaves(commands.root(), "moyai"))
"""Every command by the words that call it."""


def asked(command: Any) -> Iterator[tuple[str, str]]:
    """Nouns and verbs of the client that a command calls: `moyai.jobs.list(...)` is ("jobs", "list")."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(command.callback)))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            thing = node.value.value
            if isinstance(thing, ast.Name) and thing.id == "moyai":
                yield node.value.attr, node.attr


def only_reads(noun: str, verb: str) -> bool:
    """Whether a verb of the client asks with GET."""
    called = offered(noun, verb)
    source = inspect.getsource(called) if called else ""
    return "_http.get(" in source and "_http.post(" not in source


def offered(noun: str, verb: str) -> Any:
    """The client's verb, or None."""
    with Client("http://127.0.0.1:9", "x") as client:
        return getattr(getattr(client, noun, None), verb, None)


def options(command: Any) -> set[str]:
    return {option for each in command.params for option in each.opts}


READS = sorted(
    words for words, command in TREE.items() if (calls := [*asked(command)]) and all(only_reads(*one) for one in calls)
)


def test_reads_are_found():
    assert {"moyai people me", "moyai audit log", "moyai jobs list"} <= set(READS)
    assert not {"moyai people add", "moyai up"} & set(READS)


@pytest.mark.parametrize("words", TREE)
def test_a_command_calls_what_the_client_offers(words: str):
    assert [one for one in asked(TREE[words]) if not offered(*one)] == []


@pytest.mark.parametrize("words", READS)
def test_every_read_says_json(words: str):
    assert "--json" in options(TREE[words]) or "as JSON" in TREE[words].help


@pytest.mark.parametrize("words", TREE)
def test_every_command_says_what_it_does(words: str):
    command = TREE[words]
    assert command.help
    assert command.help.strip()[0].isupper()
    assert not re.search(r"\b(TBD|todo)\b", command.help, re.IGNORECASE)


Ask = Callable[..., Said]


@pytest.fixture
def ask(town: Town, socket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """`ask("people", "me")`: the command in this process, speaking to a real server, as the home's owner."""
    who = ["owner"]

    @contextmanager
    def reached() -> Iterator[Road]:
        yield Road("http://moyai", town.secrets[who[0]], str(town.edge.home.path), socket)

    def serve(host: str | None, port: int | None) -> None:
        raise AssertionError("no server is asked for")

    def run(*words: str, name: str = "owner") -> Said:
        who[0] = name
        return CliRunner().invoke(commands.root(), list(words), prog_name="moyai")

    monkeypatch.setattr(root, "given", [lambda: Roads(reached, reached, serve)])
    monkeypatch.setenv("COLUMNS", "200")
    yield run


def needs_nothing(words: str) -> bool:
    return not any(each.required for each in TREE[words].params)


def test_every_read_that_needs_no_argument_answers_in_json_on_an_empty_home(ask: Ask):
    wrong: list[str] = []
    tried = [words for words in READS if needs_nothing(words)]
    for words in tried:
        said = ask(*words.split()[1:], "--json")
        if isinstance(said.exception, NotFound | Invalid):
            continue  # there is none yet to choose, and it says so
        try:
            json.loads(said.stdout)
        except ValueError:
            wrong.append(f"{words}: {said.exception!r} {said.stdout[:200]}")
    assert len(tried) > 10
    assert not wrong


def test_every_read_that_needs_no_argument_answers_a_person_too(ask: Ask):
    for words in filter(needs_nothing, READS):
        said = ask(*words.split()[1:])
        assert said.exit_code == 0 or isinstance(said.exception, Failure), f"{words}: {said.exception!r}"
        assert said.exit_code or said.stdout.strip(), words


@pytest.mark.parametrize("words", [words for words in READS if not needs_nothing(words)])
def test_what_is_not_there_is_said_to_be_not_there(ask: Ask, words: str):
    required = [each for each in TREE[words].params if each.required]
    said = ask(*words.split()[1:], *("job_nothing" for each in required if each.param_type_name == "argument"))
    assert isinstance(said.exception, Failure | SystemExit) or said.exit_code == 0, repr(said.exception)
    if isinstance(said.exception, Failure):
        assert isinstance(said.exception, NotFound | Invalid | NotAllowed), repr(said.exception)
        assert said.exception.what.endswith((".", "?"))


# What a person sees.


def test_people_are_told_as_a_table(ask: Ask, town: Town):
    town.settle("[bold]山田[/bold]")
    said = ask("people", "list").stdout
    assert town.persons["[bold]山田[/bold]"] in said
    assert "[bold]山田[/bold]" in said


def test_a_consortium_can_be_set_up_by_hand(ask: Ask):
    org = json.loads(ask("people", "add-organisation", "CERN", "CH", "CHF", "--json").stdout)["id"]
    assert json.loads(ask("people", "add-project", "flavour", "CERN", "--member", "alpha", "--json").stdout)["id"]
    person = json.loads(ask("people", "add", "Maria", "--organisation", "CERN", "--json").stdout)["id"]
    assert ask("people", "grant", person, "steward", "--organisation", org).exit_code == 0
    assert ask("people", "award", person, "gate-approver", "--days", "3650").exit_code == 0
    secret = ask("people", "token", person, "--scope", "*.read").stdout.strip()
    assert re.fullmatch(r"moyai_[\w-]{43}", secret)
    (issued,) = json.loads(ask("people", "tokens", "--person", person, "--json").stdout)["items"]
    assert json.loads(ask("people", "revoke-token", issued["id"], "--json").stdout)["revoked_at"]


def test_a_list_goes_on_where_the_page_before_ended(ask: Ask, town: Town):
    for number in range(60):
        town.settle(f"person {number}")
    first = json.loads(ask("people", "list", "--json").stdout)
    assert len(first["items"]) == 50
    second = json.loads(ask("people", "list", "--cursor", first["next"], "--json").stdout)
    assert len(second["items"]) == 11
    assert first["next"] in ask("people", "list").stdout


# The real command.


@pytest.fixture
def moyai(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_help_lists_every_group_and_touches_no_home(moyai: Command):
    said = moyai("--help")
    assert said.returncode == 0
    assert all(name in said.stdout for name in root.GROUPS)
    assert not moyai.home.exists()


def test_help_is_quick_beside_the_interpreter_alone(moyai: Command):
    def took(*words: str) -> float:
        began = time.perf_counter()
        moyai(*words)
        return time.perf_counter() - began

    assert min(took("--help") for _ in range(3)) < 3  # a bound for a machine under load; bench/start.py measures


@pytest.mark.parametrize("words", [[], ["people"]], ids=["moyai", "moyai people"])
def test_without_words_one_is_helped(moyai: Command, words: list[str]):
    said = moyai(*words)
    assert "Usage: moyai" in said.stdout + said.stderr
    assert not moyai.home.exists()


@pytest.mark.parametrize(
    "words",
    ["peple", "people mee", "people me --jsno", "people add-organisation", "people grant x king"],
)
def test_a_wrong_word_is_named_and_nothing_is_made(moyai: Command, words: str):
    said = moyai(*words.split())
    assert said.returncode == 2
    assert words.split()[-1].lstrip("-") in said.stderr or "Missing" in said.stderr
    assert "Traceback" not in said.stderr
    assert not moyai.home.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["people", "roles", "--person", "per_x", "--cursor", "!"], 2, "invalid: cursor"),
        (["people", "add-organisation", "CERN", "Switzerland", "CHF"], 2, "country"),
        (["people", "grant", "per_nobody", "steward"], 5, "not-found: person: No person 'per_nobody'."),
        (["people", "revoke-token", "tok_x"], 5, "not-found"),
    ],
)  # fmt: skip
def test_an_error_is_a_sentence_and_a_code(moyai: Command, words: list[str], code: int, told: str):
    said = moyai(*words)
    assert (said.returncode, told in said.stderr) == (code, True), said.stderr
    assert "Traceback" not in said.stderr
    assert said.stdout == ""


def test_without_a_server_at_the_address_one_is_told(moyai: Command):
    moyai.settings |= {"MOYAI_URL": "http://127.0.0.1:9", "MOYAI_TOKEN": "moyai_x"}
    said = moyai("people", "me")
    assert said.returncode == 6
    assert said.stderr.startswith("unavailable: http://127.0.0.1:9: The server does not answer")


def test_a_wrong_setting_is_named(moyai: Command):
    moyai.settings |= {"MOYAI_PORT": "many"}
    said = moyai("people", "me")
    assert said.returncode == 2
    assert said.stderr.startswith("invalid: environment MOYAI_PORT: ")


def test_the_version_is_said(moyai: Command):
    assert re.fullmatch(r"moyai \d+\.\d+\.\d+\n", moyai("--version").stdout)
