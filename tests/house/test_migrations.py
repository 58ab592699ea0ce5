"""The database has one line of history, which leads from nothing to the tables of the code, on both databases."""

import io
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from moyai.kernel.database import Database, Row
from tests.house import tree


def tables() -> None:
    """Import every module that declares tables."""
    for path in [*tree.sources("kernel"), *(room / "tables.py" for room in tree.rooms())]:
        if path.exists() and path.name != "__init__.py":
            import_module(".".join(("moyai", *path.relative_to(tree.SOURCE).with_suffix("").parts)))


def declared() -> set[str]:
    """Tables of the code; those that other tests declare for themselves are called `test_...`."""
    tables()
    return {name for name in Row.metadata.tables if not name.startswith("test_")}


def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
    return kind != "table" or not str(name).startswith("test_")


def alembic(output: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(tree.HERE / "migrations"))
    return config


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database, brought up to date."""
    database = Database(f"sqlite:///{tmp_path / 'moyai.sqlite'}")
    database.upgrade()
    yield database
    database.close()


def test_history_has_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic()).get_heads()) == 1


def test_an_empty_database_gets_every_table(upgraded: Database) -> None:
    assert set(inspect(upgraded.engine).get_table_names()) >= declared()


def test_the_history_leads_to_the_tables_of_the_code(upgraded: Database) -> None:
    tables()
    with upgraded.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
        assert compare_metadata(context, Row.metadata) == []


def test_upgrading_twice_changes_nothing(upgraded: Database) -> None:
    with upgraded.engine.connect() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
    upgraded.upgrade()
    with upgraded.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == before


def test_the_history_can_be_written_for_postgresql() -> None:
    output = io.StringIO()
    config = alembic(output)
    config.set_main_option("sqlalchemy.url", "postgresql+psycopg://")
    command.upgrade(config, "head", sql=True)
    created = [line.split()[2] for line in output.getvalue().splitlines() if line.startswith("CREATE TABLE")]
    assert set(created) >= declared()
