"""The database: SQLite in WAL mode, or PostgreSQL; one migration history; on SQLite writers take turns."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from moyai.kernel.errors import Conflict, Invalid, Unavailable

WRITE = "moyai_write"
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An instant: aware and in UTC on both sides, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment}


class Database:
    """Connections to one database. Reads never wait for writes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite")
        self.engine = _sqlite(url) if self.sqlite else create_engine(url, pool_pre_ping=True)
        self._writer = self.engine.execution_options(**{WRITE: True})
        self._turn = threading.Lock()

    @contextmanager
    def writing(self) -> Generator[Session]:
        """A session whose transaction may write; commit is the caller's. On SQLite writers take turns."""
        if not self.sqlite:
            with Session(self._writer, expire_on_commit=False) as session:
                yield session
            return
        with self._turn, Session(self._writer, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def reading(self) -> Generator[Session]:
        """A session that sees one state and is never committed."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def upgrade(self) -> None:
        """Bring the tables to the version this program knows. Raises Conflict for a newer database."""
        config = _alembic()
        script = ScriptDirectory.from_config(config)
        with self._writer.connect() as connection:
            known = {revision.revision for revision in script.walk_revisions()}
            found = MigrationContext.configure(connection).get_current_revision()
            if found == script.get_current_head():
                return
            if found is not None and found not in known:
                raise Conflict(
                    f"The database has revision {found}, which this Moyai does not know.",
                    fix="Use the newer Moyai that upgraded it.",
                    where="database",
                )
            connection.rollback()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def close(self) -> None:
        self.engine.dispose()


def opened(url: str) -> Database:
    """The database with its tables up to date.

    Raises Invalid (an address that is none, a driver that is missing), Unavailable (it does not open), or Conflict.
    """
    try:
        database = Database(url)
        database.upgrade()
    except (ArgumentError, ImportError) as wrong:
        raise Invalid(
            f"This is no address of a database that works here: {wrong}.",
            fix="Leave it empty for SQLite in the home, or see docs/reference/settings.md.",
            where="setting database",
        ) from wrong
    except DBAPIError as wrong:
        raise Unavailable(
            f"The database does not open: {wrong.orig}.",
            fix="Check that it is there, whole, and yours to write.",
            where="setting database",
        ) from wrong
    return database


def _alembic() -> Config:
    shipped = Path(__file__).parents[1] / "migrations"
    folder = shipped if shipped.is_dir() else Path(__file__).parents[3] / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    return config


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})

    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        raw: Any = connection
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            raw.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        # IMMEDIATE: a transaction that may write takes its place at once, and never fails half-way for it.
        immediate = connection.get_execution_options().get(WRITE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


def lock(session: Session, number: int) -> None:
    """Let one transaction at a time past this point until it ends. On SQLite a writer is alone already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
