"""Opens table files with duckdb, locked down: no network, no extensions, no file but those named. What they contain is
for the reader and the programs to say. Only ever imported in a child process or a job.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from moyai.data.ports import Bounds, Layout
from moyai.engines.programs import delimited
from moyai.kernel.errors import Invalid

INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER"})
NUMBERS = frozenset({"FLOAT", "DOUBLE", "UBIGINT", "UHUGEINT"})
MOMENTS = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"})
CASTS = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP", "text": "VARCHAR"}


@dataclass(frozen=True, slots=True)
class Opened:
    """The rows of all files together, as the relation `rows`, typed."""

    connection: duckdb.DuckDBPyConnection
    types: dict[str, str]
    """Column name -> `integer`, `number`, `boolean`, `timestamp` or `text`."""
    notes: tuple[str, ...]


def opened(paths: Sequence[Path], layout: Layout, bounds: Bounds) -> Opened:
    """The table in `paths`, types found from every value. Raises Invalid naming the file, the place and what to do."""
    if not paths:
        raise Invalid("There is no file to read.", fix="Name at least one CSV or Parquet file.")
    kinds = {delimited.kind(path, layout) for path in paths}
    if len(kinds) > 1:
        raise Invalid("CSV and Parquet files are mixed.", fix="Publish them as two datasets.")
    connection = _connected(paths, bounds)
    try:
        if kinds == {"parquet"}:
            return _parquet(connection, paths, bounds)
        return _text(connection, paths, layout, bounds)
    except duckdb.Error as error:
        raise explained(error, paths) from error


def quoted(name: str) -> str:
    """A column name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as SQL takes it."""
    return "'" + value.replace("'", "''") + "'"


def explained(error: duckdb.Error, paths: Sequence[Path]) -> Invalid:
    """duckdb's complaint in Moyai's words: what, which file, which line, what to do."""
    said = str(error)
    path = next((path for path in paths if f"file = {path}" in said), paths[0])
    line = re.search(r"CSV Error on Line: (\d+)", said)
    where = f"{path.name}, line {line[1]}" if line else path.name
    counts = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
    if counts:
        return Invalid(
            f"This line has {counts[2]} values; the table has {counts[1]} columns.",
            where=where,
            fix="Complete or remove the line, or quote the value that holds the delimiter.",
        )
    if "nvalid unicode" in said or "not utf-8" in said:
        return _not_utf8(path)
    if "unterminated quote" in said or "quote" in said.split("Possible")[0].lower():
        return Invalid("A quoted value has no end, or a stray quote in it.", where=where, fix='Write a quote as "".')
    if "invalid state" in said:
        return Invalid(
            "The lines end in different ways (CR, LF) or a quote is stray.", where=where, fix="Run dos2unix."
        )
    if "Maximum line size" in said:
        return Invalid(
            "A line is longer than is read at once.", where=where, fix="Look for a missing line end or quote."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return Invalid("The table needs more memory than the reader may use.", where=where, fix="Publish it in parts.")
    return Invalid(f"The file cannot be read: {said.splitlines()[0][:300]}", where=where, fix="Check the file.")


def _connected(paths: Sequence[Path], bounds: Bounds) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "memory_limit": f"{bounds.memory_bytes * 7 // 10 >> 20}MiB",
            "temp_directory": "",
            "threads": "2",
        },
    )
    connection.execute("SET python_enable_replacements = false")
    connection.execute(f"SET allowed_paths = [{', '.join(literal(str(path)) for path in paths)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _text(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], layout: Layout, bounds: Bounds) -> Opened:
    dialect = delimited.dialect(paths, layout, bounds)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in dialect.columns)
    source = (
        f"read_csv([{', '.join(literal(str(path)) for path in paths)}], auto_detect = false, strict_mode = true, "
        f"header = {dialect.header}, columns = {{{columns}}}, delim = {literal(dialect.delimiter)}, "
        f"quote = '\"', escape = '\"', max_line_size = {bounds.cell_bytes}, "
        f"nullstr = [{', '.join(literal(word) for word in delimited.MISSING)}])"
    )
    connection.execute(f"CREATE VIEW words AS SELECT * FROM {source}")
    types = _types(connection, dialect.columns)
    casts = ", ".join(
        f"{quoted(name)}" if kind == "text" else f"TRY_CAST({quoted(name)} AS {CASTS[kind]}) AS {quoted(name)}"
        for name, kind in types.items()
    )
    small = sum(path.stat().st_size for path in paths) * 4 < bounds.memory_bytes
    connection.execute(f"CREATE {'TABLE' if small else 'VIEW'} rows AS SELECT {casts} FROM words")
    return Opened(connection, types, dialect.notes)


def _types(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> dict[str, str]:
    """The narrowest type that every value of a column has; a column without any value is text."""
    tests = {
        "integer": "regexp_full_match({c}, '\\s*[+-]?[0-9]{{1,18}}\\s*')",
        "number": "TRY_CAST({c} AS DOUBLE) IS NOT NULL",
        "boolean": "lower(trim({c})) IN ('true', 'false')",
        "timestamp": "TRY_CAST({c} AS TIMESTAMP) IS NOT NULL",
    }
    asked = ", ".join(
        f"bool_and({test.format(c=column)}) FILTER ({column} IS NOT NULL)"
        for column in map(quoted, names)
        for test in tests.values()
    )
    row = connection.execute(f"SELECT {asked} FROM words").fetchone() or ()
    answers = [row[at : at + len(tests)] for at in range(0, len(row), len(tests))]
    return {
        name: next((kind for kind, holds in zip(tests, answer, strict=True) if holds), "text")
        for name, answer in zip(names, answers, strict=True)
    }


def _parquet(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], bounds: Bounds) -> Opened:
    source = f"read_parquet([{', '.join(literal(str(path)) for path in paths)}])"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    if len(described) > bounds.columns:
        raise Invalid(
            f"There are {len(described):,} columns; at most {bounds.columns:,} are read.", where=paths[0].name
        )
    types = {str(name): _kind_of(str(native)) for name, native, *_ in described}
    casts = ", ".join(f"CAST({quoted(name)} AS {CASTS[kind]}) AS {quoted(name)}" for name, kind in types.items())
    connection.execute(f"CREATE VIEW rows AS SELECT {casts} FROM {source}")
    return Opened(connection, types, ())


def _kind_of(native: str) -> str:
    if native in INTEGERS:
        return "integer" if native != "HUGEINT" else "number"
    if native in NUMBERS or native.startswith("DECIMAL"):
        return "number"
    if native == "BOOLEAN":
        return "boolean"
    return "timestamp" if native in MOMENTS else "text"


def _not_utf8(path: Path) -> Invalid:
    """Where the text stops being UTF-8, and which encoding it looks like."""
    for number, raw in enumerate(path.open("rb"), start=1):
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            guess = "cp932" if _decodes(raw, "cp932") else "cp1252"
            named = "Shift_JIS (cp932)" if guess == "cp932" else "Windows-1252 (cp1252)"
            return Invalid(
                f"The text is not UTF-8 (byte {error.start + 1} of the line); it looks like {named}.",
                where=f"{path.name}, line {number}",
                fix=f"Convert it: iconv -f {guess} -t UTF-8 {path.name} > NEW.",
            )
    return Invalid("The text is not UTF-8.", where=path.name, fix="Save it as UTF-8.")


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
