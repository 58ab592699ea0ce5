"""The database: instants in UTC, reads beside writes, writers in turn, one history, newer ones refused."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Mapped, mapped_column

from moyai.kernel.clock import Fixed, System
from moyai.kernel.database import Database, Row, opened
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Conflict, Failure, Invalid, Unavailable


class Tick(Row):
    __tablename__ = "test_tick"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'moyai.sqlite'}")
    Tick.metadata.create_all(made.engine, tables=[Tick.metadata.tables["test_tick"]])
    yield made
    made.close()


def put(database: Database, number: int, at: datetime) -> None:
    with database.writing() as session:
        session.add(Tick(id=number, at=at))
        session.commit()


def test_an_instant_comes_back_aware_and_in_utc(database: Database):
    tokyo = datetime(2027, 1, 4, 18, 0, tzinfo=timezone(timedelta(hours=9)))
    put(database, 1, tokyo)
    with database.reading() as session:
        found = session.get_one(Tick, 1).at
    assert found == tokyo
    assert found.utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused(database: Database):
    with pytest.raises(StatementError, match="time zone"):
        put(database, 1, datetime(2027, 1, 4, tzinfo=UTC).replace(tzinfo=None))


def count(database: Database) -> int:
    with database.reading() as session:
        return session.execute(text("select count(*) from test_tick")).scalar_one()


def test_a_read_does_not_wait_for_a_writer_and_does_not_see_it(database: Database):
    with database.writing() as session:
        session.add(Tick(id=1, at=datetime.now(UTC)))
        session.flush()
        began = time.monotonic()
        assert count(database) == 0
        assert time.monotonic() - began < 20
        session.commit()
    assert count(database) == 1


def test_a_writer_that_raises_leaves_nothing_and_lets_the_next_go_on(database: Database):
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        session.add(Tick(id=1, at=datetime.now(UTC)))
        session.flush()
        raise ZeroDivisionError
    put(database, 2, datetime.now(UTC))
    assert count(database) == 1


def test_no_two_writers_lose_what_the_other_wrote(database: Database):
    put(database, 1, datetime(2027, 1, 1, tzinfo=UTC))

    def add_a_day() -> None:
        for _ in range(10):
            with database.writing() as session:
                tick = session.get_one(Tick, 1)
                tick.at += timedelta(days=1)
                session.commit()

    threads = [threading.Thread(target=add_a_day) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.get_one(Tick, 1).at == datetime(2027, 2, 10, tzinfo=UTC)


def test_a_commit_is_on_the_disk_and_keys_are_checked(database: Database):
    with database.engine.connect() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in
                   ("journal_mode", "synchronous", "foreign_keys")]  # fmt: skip
    assert pragmas == ["wal", 2, 1]


def test_a_database_from_a_newer_program_is_refused(tmp_path: Path):
    newer = Database(f"sqlite:///{tmp_path / 'newer.sqlite'}")
    newer.upgrade()
    with newer.writing() as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
        session.commit()
    with pytest.raises(Conflict, match="9999"):
        newer.upgrade()
    newer.close()


def test_what_was_only_read_is_never_kept(edge: Edge, clock: Fixed):
    with edge.database.reading() as session:
        session.add(Tick(id=7, at=clock.now()))
        session.flush()
    assert count(edge.database) == 0


def test_the_clock_is_aware():
    assert System().now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("url", "kind"), [("nonsense", Invalid), ("foo://x", Invalid), ("sqlite:////nowhere/at/all.sqlite", Unavailable)]
)
def test_an_address_that_does_not_open_is_said_in_words(url: str, kind: type[Failure]):
    with pytest.raises(kind) as refused:
        opened(url)
    assert (refused.value.where, bool(refused.value.fix)) == ("setting database", True)


def test_a_file_that_is_no_database_is_said_in_words(tmp_path: Path):
    (tmp_path / "moyai.sqlite").write_text("garbage, and enough of it to be read as a header" * 10)
    with pytest.raises(Unavailable, match="not a database"):
        opened(f"sqlite:///{tmp_path / 'moyai.sqlite'}")
