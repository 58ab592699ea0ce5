"""Alembic's environment: one line of history, for SQLite and PostgreSQL alike."""

import importlib
from pathlib import Path
from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.types import TypeDecorator

import moyai
from moyai.kernel.database import Moment, Row

for file in sorted(Path(moyai.__file__).parent.glob("*/*.py")):
    if file.name == "tables.py" or file.parent.name == "kernel":
        importlib.import_module(f"moyai.{file.parent.name}.{file.stem}")


def render(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """A room's own type appears in the history as what the database keeps: history must not need the room."""
    if kind == "type" and isinstance(thing, Moment):
        return "Moment()"
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl_instance!r}"
    return False


def run() -> None:
    """Over the connection that the caller lends, or as SQL text for the dialect that is asked for (`--sql`)."""
    settings = {"target_metadata": Row.metadata, "render_as_batch": True, "compare_type": True, "render_item": render}
    if context.is_offline_mode():
        context.configure(url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True, **settings)
        with context.begin_transaction():
            context.run_migrations()
        return
    lent = context.config.attributes.get("connection")
    if lent is not None:
        context.configure(connection=lent, **settings)
        with context.begin_transaction():
            context.run_migrations()
        return
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "").connect() as connection:
        context.configure(connection=connection, **settings)
        with context.begin_transaction():
            context.run_migrations()


run()
