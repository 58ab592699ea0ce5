"""What the data room's tests stand on: a store in memory, a reader that is told what to say, a turn of the worker."""

from collections.abc import Callable, Iterable

import pytest

from moyai.data import blobs, datasets, loops, reactions, versions
from moyai.data.ports import Column, Inspected
from moyai.data.schema import DatasetAsked, DatasetShown, FileAsked, VersionAsked, VersionShown
from moyai.kernel import journal, leases, reacting
from moyai.kernel.edge import Edge
from moyai.kernel.policy import Who
from tests.fakes.memory import MemoryStorage, ToldReader

TABLE = b"size,alpha\n1.5,2\n2.5,3\n"
SEEN = Inspected(
    rows=2,
    duplicate_rows=0,
    columns=(
        Column("size", "number", nulls=0, distinct=2, minimum=1.5, maximum=2.5, mean=2.0, deviation=0.7),
        Column("alpha", "integer", nulls=0, distinct=2, minimum=2, maximum=3, top=(("2", 1), ("3", 1))),
    ),
    notes=("The rows are in order of size (rising): shuffle before splitting.",),
)


@pytest.fixture
def storage(edge: Edge) -> MemoryStorage:
    made = MemoryStorage()
    edge.engines.put("storage", edge.settings.storage, made)
    return made


@pytest.fixture
def reader(edge: Edge) -> ToldReader:
    made = ToldReader(lambda _: SEEN)
    edge.engines.put("readers", "columns", made)
    return made


Send = Callable[..., FileAsked]


@pytest.fixture
def send(edge: Edge, storage: MemoryStorage) -> Send:
    """`send(who, name, bytes)`: upload, as a face does."""

    def upload(who: Who, name: str = "showers.csv", data: bytes = TABLE) -> FileAsked:
        kept = blobs.receive(edge, [data])
        edge.run(who, blobs.sent, kept)
        return FileAsked(name=name, digest=kept.digest)

    return upload


@pytest.fixture
def register(edge: Edge) -> Callable[..., DatasetShown]:
    """`register(who, name, **more)`: a dataset."""

    def make(who: Who, name: str = "showers", **more: object) -> DatasetShown:
        asked = DatasetAsked.model_validate({"name": name, "title": "Air showers", **more})
        return edge.run(who, datasets.register, asked)

    return make


@pytest.fixture
def publish(edge: Edge) -> Callable[..., VersionShown]:
    """`publish(who, dataset, *files, **more)`: a version."""

    def make(who: Who, dataset: str, *files: FileAsked, **more: object) -> VersionShown:
        asked = VersionAsked.model_validate({"dataset": dataset, "files": files, **more})
        return edge.run(who, versions.publish, asked)

    return make


@pytest.fixture
def settle(edge: Edge) -> Callable[[], list[str]]:
    """Deliver all news and work on everything that is due, once; says which loops failed on what."""
    reacting.start(edge, reactions.REACTIONS)

    def turn() -> list[str]:
        while reacting.deliver(edge, reactions.REACTIONS):
            pass
        now = edge.clock.now()
        failed: list[str] = []
        for loop in loops.LOOPS:
            for lease in edge.change(lambda session, loop=loop: leases.take(session, loop.kind, "test", now, (50, 60))):
                try:
                    again = loop.work(edge, lease)
                except Exception as wrong:
                    failed.append(f"{type(wrong).__name__}: {wrong}")
                    edge.change(lambda session, lease=lease: leases.fail(session, lease, now))
                else:
                    edge.change(lambda session, lease=lease, at=again: leases.finish(session, lease, now, at))
        return failed

    return turn


@pytest.fixture
def news(edge: Edge) -> Callable[..., list[journal.Entry]]:
    """`news("VersionPublished", ...)`: what was journalled under these names, oldest first."""

    def read(*names: str) -> list[journal.Entry]:
        with edge.database.reading() as session:
            return journal.since(session, 0, names, 1000)

    return read


def told(entries: Iterable[journal.Entry]) -> list[tuple[str, str]]:
    return [(entry.name, entry.about) for entry in entries]
