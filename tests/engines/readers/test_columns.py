"""The reader for CSV and Parquet: profiles beside numpy's, traps noted, and each broken file named with its place."""

import math
import os
import re
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moyai.data.ports import Bounds, Layout
from moyai.engines.programs import tables
from moyai.engines.readers.columns import Columns
from moyai.kernel.errors import Invalid

MAGIC = Path("examples/gamma-ray/data/magic04.data")
STEEL = Path("examples/steel-inspection/data/steel_plates_faults.csv")
NAMES = ("fLength", "fWidth", "fSize", "fConc", "fConc1", "fAsym", "fM3Long", "fM3Trans", "fAlpha", "fDist", "class")
PLAIN, USUAL = Layout(), Bounds()


def put(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def inspect(*paths, layout=PLAIN, bounds=USUAL):
    return Columns().inspect(paths, layout, bounds)


def refused(*paths, layout=PLAIN, bounds=USUAL):
    with pytest.raises(Invalid) as error:
        inspect(*paths, layout=layout, bounds=bounds)
    return str(error.value)


@pytest.fixture(scope="module")
def magic():
    return inspect(MAGIC, layout=Layout(header=False, columns=NAMES))


def test_the_telescope_table_is_profiled_as_numpy_sees_it(magic):
    values = np.loadtxt(MAGIC, delimiter=",", usecols=range(10))
    assert magic.rows == 19020
    assert [column.name for column in magic.columns] == list(NAMES)
    for column, numbers in zip(magic.columns[:10], values.T, strict=True):
        assert (column.type, column.nulls, column.distinct) == ("number", 0, np.unique(numbers).size)
        assert (column.minimum, column.maximum) == (numbers.min(), numbers.max())
        assert (column.mean, column.deviation) == pytest.approx((numbers.mean(), numbers.std(ddof=1)))
        expected = np.quantile(numbers, (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99))
        assert column.quantiles == pytest.approx(expected)
        low, high = np.quantile(numbers, (0.005, 0.995))
        counts, edges = np.histogram(numbers, bins=20, range=(low, high))
        assert [count for *_, count in column.histogram] == pytest.approx(counts, abs=2)
        assert [start for start, *_ in column.histogram] == pytest.approx(edges[:-1])
    assert magic.columns[10].top == (("g", 12332), ("h", 6688))


def test_the_traps_of_the_telescope_table_are_noted(magic):
    assert magic.duplicate_rows == 115
    assert magic.notes == (
        "115 rows repeat an earlier row exactly: keep copies on one side of a split.",
        "The rows are sorted or grouped by class: shuffle before splitting.",
    )


def test_a_missing_header_is_noted():
    assert "No header: the first line of magic04.data looks like data (28.7967," in inspect(MAGIC).notes[0]


def test_rows_grouped_by_a_fault_are_noted():
    (note,) = inspect(STEEL).notes
    assert "K_Scatch_Fault" in note


def test_types_are_found_from_every_value(tmp_path):
    lines = ["whole,broken,flag,day,word,mixed,none"]
    lines += [f"{i},{i}.5,{'true' if i % 2 else 'FALSE'},2027-01-{i % 9 + 1:02},w{i % 3},{i}," for i in range(300)]
    found = inspect(put(tmp_path, "t.csv", "\n".join([*lines, "7,NA,true,2027-02-01,w1,no number,"])))
    types = {column.name: column.type for column in found.columns}
    assert types == {
        "whole": "integer",
        "broken": "number",
        "flag": "boolean",
        "day": "timestamp",
        "word": "text",
        "mixed": "text",
        "none": "text",
    }
    columns = {column.name: column for column in found.columns}
    assert columns["broken"].nulls == 1
    assert columns["none"].nulls == 301
    assert columns["day"].minimum == "2027-01-01T00:00:00"
    assert columns["flag"].top == (("True", 151), ("False", 150))
    assert "No value at all: none." in found.notes


def test_constant_and_ordered_columns_are_noted(tmp_path):
    text = "time,same,x\n" + "\n".join(f"{i},1,{(i * 7919) % 101}" for i in range(200))
    notes = inspect(put(tmp_path, "t.csv", text)).notes
    assert notes == (
        "The same value in every row: same.",
        "The rows are in order of time (rising): shuffle before splitting.",
    )


def test_infinite_and_huge_values_do_not_break_the_profile(tmp_path):
    found = inspect(put(tmp_path, "t.csv", "a,b\n1,1e308\ninf,-1e308\n3,1\n"))
    assert (found.columns[0].maximum, found.columns[0].mean) == (3.0, 2.0)
    assert found.columns[1].maximum == 1e308
    assert "a holds 1 infinite values." in found.notes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_ends_and_a_byte_order_mark(tmp_path, delimiter, end):
    text = end.join(delimiter.join(row) for row in (["a", "b"], ["1", '"x' + delimiter + ' ""y"""'], ["2", "z"])) + end
    path = put(tmp_path, "t.csv", b"\xef\xbb\xbf" + text.encode())
    assert Columns().rows([path], Layout(), Bounds(), 5) == [
        {"a": 1, "b": f'x{delimiter} "y"'},
        {"a": 2, "b": "z"},
    ]


def test_a_byte_order_mark_without_a_header(tmp_path):
    path = put(tmp_path, "t.csv", b"\xef\xbb\xbf1,2\n3,4\n")
    layout = Layout(header=False, columns=("a", "b"))
    assert Columns().rows([path], layout, Bounds(), 1) == [{"a": 1, "b": 2}]


def test_names_that_sql_would_trip_over(tmp_path):
    path = put(tmp_path, "t'1.csv", '"a""b",c\'d,select,日本,e; drop table rows\n1,2,3,4,5\n')
    found = inspect(path)
    assert [column.name for column in found.columns] == ['a"b', "c'd", "select", "日本", "e; drop table rows"]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=32)),
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_parquet_comes_back_as_it_was_written(tmp_path, rows):
    path = tmp_path / "t.parquet"
    table = pa.table({"x": pa.array([x for x, _ in rows], pa.float64()), "s": [s for _, s in rows]})
    pq.write_table(table, path)
    assert Columns().rows([path], Layout(), Bounds(), 100) == table.to_pylist()
    x = inspect(path).columns[0]
    assert x.nulls == sum(value is None for value, _ in rows)


def test_parquet_of_every_usual_kind(tmp_path):
    table = pa.table(
        {
            "i": pa.array([1, 2], pa.int8()),
            "u": pa.array([1, 2], pa.uint64()),
            "f": pa.array([1.0, math.nan], pa.float32()),
            "b": [True, None],
            "t": pa.array([0, 1], pa.timestamp("us", tz="UTC")),
            "l": [[1], [2, 3]],
            "s": ["x", "y"],
            "d": pa.array(["a", "b"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    found = inspect(tmp_path / "t.parquet")
    assert [c.type for c in found.columns] == [
        "integer",
        "number",
        "number",
        "boolean",
        "timestamp",
        "text",
        "text",
        "text",
    ]
    assert found.columns[2].nulls == 1


def test_several_files_are_one_table(tmp_path):
    first = put(tmp_path, "1.csv", "a,b\n1,x\n")
    second = put(tmp_path, "2.csv", "a,b\n2.5,y\n3,x\n")
    found = inspect(first, second)
    assert (found.rows, found.columns[0].type) == (3, "number")
    other = put(tmp_path, "3.csv", "a,c\n1,2\n")
    assert refused(first, other).startswith("3.csv, line 1: The columns differ from those of 1.csv, first in column 2.")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "4.parquet")
    assert "mixed" in refused(first, tmp_path / "4.parquet")


SHIFT_JIS = "sjis.csv, line 2: The text is not UTF-8 (byte 3 of the line); it looks like Shift_JIS (cp932). Convert"
BROKEN = {
    "empty.csv": (b"", "empty.csv: The file is empty (0 bytes)."),
    "names.csv": (b"a,b\n", "names.csv: There are names and no rows."),
    "ragged.csv": (b"a,b\n1,2\n3\n", "ragged.csv, line 3: This line has 1 values; the table has 2 columns. Complete"),
    "wide.csv": (b"a,b\n1,2\n3,4,5\n", "wide.csv, line 3: This line has 3 values; the table has 2 columns."),
    "late.csv": (b"a,b\n" + b"1,2\n" * 90_000 + b"3\n", "late.csv, line 90002: This line has 1 values"),
    "quote.csv": (b'a,b\n1,"open\n2,3\n', "quote.csv, line 2: A quoted value has no end"),
    "ends.csv": (b"a,b\n1,2\r\n3,4\n", "ends.csv: The lines end in different ways"),
    "twins.csv": (b"a,b,A\n1,2,3\n", "twins.csv, line 1: Two columns have the same name: 'a' and 'A'"),
    "latin.csv": ("a,b\n1,x\n2,caf\u00e9 au lait\n".encode("cp1252"), "latin.csv, line 3: The text is not UTF-8"),
    "sjis.csv": ("a,b\n1,検査\n".encode("cp932"), SHIFT_JIS),
    "utf16.csv": ("a,b\n1,2\n".encode("utf-16"), "utf16.csv: This is text in UTF-16, not a CSV or Parquet table."),
    "binary.csv": (b"a,b\n1,\x00\x012\n", "binary.csv, byte 6: This is a binary file, not text"),
    "book.csv": (b"PK\x03\x04rest", "book.csv: This is a ZIP archive or an Excel workbook"),
    "table.csv": (b"\x1f\x8b\x08rest", "table.csv: This is compressed with gzip"),
    "tree.root": (b"root\x00\x00", "tree.root: This is a ROOT file"),
    "tail.parquet": (b"PAR1" + b"x" * 40, "tail.parquet, byte 44 (the end): The Parquet file is cut off"),
    "head.parquet": (b"a,b\n1,2\nPAR1", "head.parquet, byte 0: This is not a Parquet file"),
    "inner.parquet": (b"PAR1" + b"x" * 40 + b"PAR1", "inner.parquet: The file cannot be read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_with_its_place(tmp_path, name):
    content, said = BROKEN[name]
    assert refused(put(tmp_path, name, content)).startswith(said)


def test_a_truncated_parquet_file(tmp_path):
    pq.write_table(pa.table({"a": list(range(5000))}), tmp_path / "whole.parquet")
    content = (tmp_path / "whole.parquet").read_bytes()
    assert "cut off: its footer is missing" in refused(put(tmp_path, "t.parquet", content[: len(content) // 2]))


def test_names_that_do_not_fit_and_a_missing_file(tmp_path):
    path = put(tmp_path, "t.csv", "1,2\n")
    said = refused(path, layout=Layout(header=False, columns=("a",)))
    assert said.startswith("t.csv, line 1: 1 column names were given, and the first line has 2 values.")
    assert refused(tmp_path / "no.csv").startswith("no.csv: The file cannot be read: No such file")
    assert "not one of csv, parquet" in refused(path, layout=Layout(format="xml"))
    assert "no file to read" in refused()


def test_limits_on_columns_cells_time_and_memory(tmp_path):
    wide = put(tmp_path, "wide.csv", ",".join(f"c{i}" for i in range(30)) + "\n" + ",".join("1" * 30) + "\n")
    assert "There are 30 columns; at most 20" in refused(wide, bounds=Bounds(columns=20))
    long = put(tmp_path, "long.csv", "a,b\n1," + "x" * 100_000 + "\n")
    assert "longer than is read at once" in refused(long, bounds=Bounds(cell_bytes=50_000))
    assert "longer than 0.01 seconds" in refused(wide, bounds=Bounds(wall_seconds=0.01))
    big = put(tmp_path, "big.csv", "a,b\n" + "".join(f"{i},{i * 7}\n" for i in range(400_000)))
    assert re.search("more than .* memory|more memory than", refused(big, bounds=Bounds(memory_bytes=60 << 20)))


def test_the_child_reads_nothing_but_the_files_named(tmp_path):
    secret = put(tmp_path, "secret.csv", "a\n1\n")
    path = put(tmp_path, "t.csv", "a\n1\n")
    opened = tables.opened([path], Layout(), Bounds())
    for query in (
        f"SELECT * FROM read_csv('{secret}')",
        f"COPY rows TO '{tmp_path}/out.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        f"ATTACH '{tmp_path}/x.db'",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
    ):
        with pytest.raises(tables.duckdb.Error):
            opened.connection.execute(query)


def test_no_child_outlives_its_question(tmp_path):
    path = put(tmp_path, "big.csv", "a,b\n" + "".join(f"{i},{i * 7}\n" for i in range(200_000)))
    refused(path, bounds=Bounds(wall_seconds=0.1))
    time.sleep(0.05)
    alive = [
        status.parent
        for status in Path("/proc").glob("[0-9]*/cmdline")
        if b"columns_child" in _bytes(status) and sys.executable.encode() in _bytes(status)
    ]
    assert not [folder for folder in alive if _parent(folder) == os.getpid()]


def _bytes(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _parent(folder):
    return int(_bytes(folder / "stat").rpartition(b")")[2].split()[1] or 0)
