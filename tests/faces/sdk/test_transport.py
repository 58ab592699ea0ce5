"""The transport raises what the server raised, and says plainly when no server is there."""

import socket as sockets
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from moyai.faces.sdk import transport
from moyai.faces.sdk.client import Client
from moyai.faces.sdk.transport import Transport
from moyai.kernel import errors
from moyai.kernel.errors import Corrupt, Failure, NotAllowed, NotAuthenticated, NotFound, Unavailable
from moyai.people.schema import Me, OrganisationAsked, PeopleAsked, PersonAsked
from tests.people.town import Town


@pytest.fixture
def client(town: Town, socket: str) -> Iterator[Client]:
    with Client("http://moyai", town.secrets["owner"], socket) as made:
        yield made


def answered(status: int, body: Any) -> httpx.Response:
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    return httpx.Response(status, request=httpx.Request("GET", "http://moyai/x"), **content)


@pytest.mark.parametrize("kind", errors.KINDS.values(), ids=errors.KINDS)
def test_an_error_comes_back_as_what_it_was(kind: type[Failure]):
    facts = {"left": 6, "unit": "core-hours", "names": ["a"], "what": "fact", "self": 1, "news": 2}
    body = {"title": kind.kind, "detail": "Not so.", "fix": "Do this.", "where": "here", "facts": facts}
    failure = transport.failure_of(answered(kind.status, body))
    assert type(failure) is kind
    assert (failure.what, failure.fix, failure.where, failure.facts) == ("Not so.", "Do this.", "here", facts)
    assert str(failure) == "here: Not so. Do this."


def test_a_kind_that_this_client_does_not_know_is_taken_by_its_status():
    failure = transport.failure_of(answered(409, {"title": "lease-lost", "detail": "Too late."}))
    assert type(failure) is errors.Conflict


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'"text"', b'{"facts": [1]}', b'{"facts": 3}'])
@pytest.mark.parametrize(("status", "kind"), [(404, Corrupt), (502, Unavailable), (500, Corrupt)])
def test_an_answer_that_is_not_ours_is_said_to_be(body: bytes, status: int, kind: type[Failure]):
    failure = transport.failure_of(answered(status, body))
    assert isinstance(failure, kind)
    assert str(status) in failure.what


def test_the_errors_of_a_real_server_arrive(client: Client, town: Town):
    with pytest.raises(NotFound) as missing:
        client.persons.get("per_nobody")
    assert (missing.value.where, missing.value.fix) == ("person", "See `moyai people list`.")
    town.settle("Maria", "steward")
    with client.speaking_for(town.secrets["Maria"]) as maria, pytest.raises(NotAllowed) as refused:
        maria.persons.create(PersonAsked(name="x"))
    assert refused.value.facts == {"action": "person.create"}
    with client.speaking_for("moyai_wrong") as nobody, pytest.raises(NotAuthenticated):
        nobody.persons.me()
    with pytest.raises(errors.Conflict):
        client.organisations.create(OrganisationAsked(name="alpha", country="JP", currency="JPY"))


def test_many_threads_share_a_client(client: Client):
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(client.persons.me().name)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["Founder"] * 16


def test_without_a_server_one_is_told_how_to_start_it():
    with sockets.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}", "x") as client, pytest.raises(Unavailable, match="does not answer") as told:
        client.persons.me()
    assert "moyai up" in told.value.fix
    assert told.value.where == f"http://127.0.0.1:{port}"


@pytest.fixture
def stranger() -> Iterator[Callable[[bytes], str]]:
    """`stranger(answer)`: the address of a server that sends these bytes and hangs up."""
    listening: list[sockets.socket] = []

    def start(answer: bytes) -> str:
        listener = sockets.create_server(("127.0.0.1", 0))
        listening.append(listener)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listening:
        listener.close()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", Unavailable),
        (b"no http at all", Unavailable),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", Unavailable),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", Corrupt),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<html></h", Corrupt),
        (b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n", Corrupt),
    ],
)
def test_something_else_at_the_address_is_said_to_be(
    stranger: Callable[[bytes], str], answer: bytes, kind: type[Failure]
):
    with Client(stranger(answer), "x") as client, pytest.raises(kind) as told:
        client.persons.me()
    assert told.value.fix


def test_an_answer_of_another_version_names_the_field():
    told = b'{"person": "per_1", "shoe_size": 42}'
    with pytest.raises(Corrupt) as wrong:
        transport.understood(Me, answered(200, told))
    assert "42" not in wrong.value.what
    assert "same version" in wrong.value.fix


def test_a_token_is_sent_to_the_server_only_in_its_header(socket: str, town: Town):
    asked: list[httpx.Request] = []
    made = Transport("http://moyai", town.secrets["owner"], socket)
    made.http.event_hooks["request"].append(asked.append)
    made.get("/persons", Any, PeopleAsked(person="per_1"))
    made.close()
    assert asked[0].headers["authorization"] == f"Bearer {town.secrets['owner']}"
    assert town.secrets["owner"] not in str(asked[0].url)


def test_a_proxy_of_the_environment_is_not_asked(socket: str, town: Town, monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Client("http://moyai", town.secrets["owner"], socket) as client:
        assert client.persons.me().name == "Founder"
