"""Data as clients meet it: the SDK over HTTP, streamed both ways, with the errors raised again as what they were."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from moyai.data.schema import (
    AccessVerdict,
    Contract,
    DatasetAsked,
    DatasetsAsked,
    Revision,
    RowsAsked,
    Terms,
    VersionAsked,
    VersionsAsked,
)
from moyai.faces.rest import data, desk
from moyai.faces.sdk.data import Blobs, Datasets, Versions
from moyai.faces.sdk.transport import Transport
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Conflict, Corrupt, Invalid, NotAllowed, NotFound, TooLarge, Unavailable
from moyai.kernel.policy import Who, moyai
from moyai.people import organisations, persons, projects, roles, tokens
from moyai.people.schema import OrganisationAsked, PersonAsked, ProjectAsked, RoleAsked, RoleName, TokenAsked
from moyai.people.tokens import Door
from tests.data.conftest import TABLE
from tests.fakes.memory import MemoryStorage, ToldReader


class Speaker:
    """The nouns of data, spoken for one person."""

    def __init__(self, http: Transport) -> None:
        self.http = http
        self.blobs, self.datasets, self.versions = Blobs(http), Datasets(http), Versions(http)


@pytest.fixture
def socket(edge: Edge, tmp_path: Path) -> Iterator[str]:
    """A server on a Unix socket."""
    app = FastAPI()
    app.state.edge, app.state.door = edge, Door(edge)
    desk.handle_problems(app)
    app.include_router(data.router, prefix="/api/v1")
    path = str(tmp_path / "http.sock")
    server = uvicorn.Server(uvicorn.Config(app, uds=path, log_config=None, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield path
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def speak(edge: Edge, owner: Who, socket: str) -> Iterator:
    """`speak(role)`: a new person of organisation A with that role, over HTTP."""
    admitted = OrganisationAsked(name="A", country="JP", currency="JPY")
    home = edge.run(owner, organisations.create, admitted).id
    opened: list[Transport] = []

    def connect(role: str) -> Speaker:
        person = edge.run(owner, persons.create, PersonAsked(name=role, organisation=home)).id
        edge.run(owner, roles.grant, RoleAsked(person=person, role=RoleName(role), organisation=home))
        issued = edge.run(moyai("test"), tokens.issue, TokenAsked(person=person, label="test"))
        opened.append(Transport("http://moyai", issued.secret, socket))
        return Speaker(opened[-1])

    yield connect
    for one in opened:
        one.close()


@pytest.fixture
def steward(speak, storage: MemoryStorage, reader: ToldReader) -> Speaker:
    return speak("steward")


def test_a_table_is_published_examined_and_read_back(steward: Speaker, settle, tmp_path: Path):
    (tmp_path / "showers #1?.csv").write_bytes(TABLE)
    dataset = steward.datasets.register(DatasetAsked(name="showers", title="Showers", terms=Terms(licence="CC0-1.0")))
    file = steward.blobs.keep_file(tmp_path / "showers #1?.csv")
    version = steward.versions.publish(VersionAsked(dataset=dataset.id, files=(file,)))
    assert steward.versions.publish(VersionAsked(dataset="showers", files=(file,))) == version
    settle()
    found = steward.versions.examined("showers")
    assert found.version.state == "validated"
    assert found.profile is not None
    assert found.profile == steward.versions.profile("showers@1")
    assert found.validation == steward.versions.validation(version.id)
    assert steward.versions.rows("showers", RowsAsked(limit=1)).rows == (("1.5", "2"),)
    assert steward.versions.draft_contract("showers").columns[0].name == "size"
    assert steward.datasets.get("showers").versions == 1
    assert steward.datasets.list(DatasetsAsked(classification="members")).items == (steward.datasets.get("showers"),)
    (listed,) = steward.versions.list(VersionsAsked(dataset="showers", state="validated")).items
    assert (listed.id, listed.files, listed.file_count) == (version.id, (), 1)
    (path,) = steward.versions.download("showers", tmp_path / "copy")
    assert (path.name, path.read_bytes()) == ("showers #1?.csv", TABLE)
    with pytest.raises(Conflict, match="there already"):
        steward.versions.download("showers", tmp_path / "copy")


def test_an_upload_is_streamed_and_checked(steward: Speaker, storage: MemoryStorage, edge: Edge):
    kept = steward.blobs.keep(iter([b"x" * 70_000] * 50))
    assert (kept.bytes, storage.used()) == (3_500_000, 3_500_000)
    assert b"".join(steward.blobs.open(kept.digest)) == b"x" * 3_500_000
    with pytest.raises(Invalid, match="What arrived is"):
        steward.blobs.keep(iter([b"other"]), kept.digest)
    edge.settings = edge.settings.model_copy(update={"upload_bytes": 1000})
    with pytest.raises(TooLarge):
        steward.blobs.keep(iter([b"x" * 600] * 2))
    with pytest.raises(TooLarge):
        steward.http.raw("POST", "/api/v1/blobs", content=b"x" * 2000)
    assert storage.used() == 3_500_000


def test_an_empty_file_is_a_file(steward: Speaker, tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"")
    assert steward.blobs.keep_file(tmp_path / "empty").bytes == 0


def test_bytes_of_others_are_not_found(steward: Speaker, speak):
    kept = steward.blobs.keep(iter([b"mine"]))
    with pytest.raises(NotFound):
        list(speak("key_user").blobs.open(kept.digest))
    with pytest.raises(Invalid):
        steward.http.raw("GET", "/api/v1/blobs/sha256:0")


def test_altered_bytes_never_arrive_as_data(steward: Speaker, storage: MemoryStorage, tmp_path: Path):
    steward.datasets.register(DatasetAsked(name="showers", title="Showers"))
    kept = steward.blobs.keep(iter([TABLE]))
    steward.versions.publish(
        VersionAsked.model_validate({"dataset": "showers", "files": [{"name": "a.csv", **kept.model_dump()}]})
    )
    storage.blobs[kept.digest] = b"altered"
    with pytest.raises(Corrupt):
        steward.versions.download("showers", tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == []


def test_a_dataset_is_registered_once_and_differences_are_named(steward: Speaker):
    asked = DatasetAsked(name="showers", title="Showers", terms=Terms(licence="CC0-1.0", purposes=("research",)))
    first = steward.datasets.ensure(asked)
    assert steward.datasets.ensure(asked) == first
    assert steward.datasets.ensure(DatasetAsked(name="showers", title="Another title")) == first
    with pytest.raises(Conflict, match=r"another classification and terms\.licence\."):
        other = {"name": "showers", "title": "", "classification": "open", "terms": {"licence": "MIT"}}
        steward.datasets.ensure(DatasetAsked.model_validate({**other, "title": "Showers"}))
    after = steward.datasets.revise("showers", Revision(contract=Contract(rows_min=5)))
    assert after.contract == Contract(rows_min=5)


def test_who_may_not_is_told_why(steward: Speaker, speak):
    steward.datasets.register(DatasetAsked(name="showers", title="Showers"))
    user = speak("key_user")
    file = {"name": "a.csv", **user.blobs.keep(iter([TABLE])).model_dump()}
    with pytest.raises(NotAllowed, match="steward of the owning organisation"):
        user.versions.publish(VersionAsked.model_validate({"dataset": "showers", "files": [file]}))


def test_access_is_asked_for_over_http(steward: Speaker, edge: Edge, owner: Who):
    steward.datasets.register(DatasetAsked(name="showers", title="Showers", terms=Terms(purposes=("research",))))
    kept = steward.blobs.keep(iter([TABLE]))
    asked = {"dataset": "showers", "files": [{"name": "a.csv", **kept.model_dump()}]}
    steward.versions.publish(VersionAsked.model_validate(asked))
    edge.run(owner, projects.create, ProjectAsked(name="gamma", organisation="A"))
    verdict: AccessVerdict = steward.versions.access("showers", "gamma", "production")
    assert (verdict.allowed, verdict.reason) == (False, "The terms of showers allow research, not production.")


def test_waiting_ends(steward: Speaker):
    steward.datasets.register(DatasetAsked(name="showers", title="Showers"))
    kept = steward.blobs.keep(iter([TABLE]))
    asked = {"dataset": "showers", "files": [{"name": "a.csv", **kept.model_dump()}]}
    version = steward.versions.publish(VersionAsked.model_validate(asked))
    with pytest.raises(Unavailable, match="still being read"):
        steward.versions.examined(version.id, seconds=0.1)
    steward.versions.validate(version.id)
    with pytest.raises(NotFound, match="still being read"):
        steward.versions.profile(version.id)
