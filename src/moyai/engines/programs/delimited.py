"""What kind of table a file is, and how its text is laid out: found from the first bytes, or refused in plain words.

Shared by the reader and the programs that read tables, so that one file always reads the same way. Opens no database.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from moyai.data.ports import Bounds, Layout
from moyai.kernel.errors import Invalid

MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", "?")
"""Words that mean "no value" in a text table."""

HEAD_BYTES = 256 << 10
DELIMITERS = (",", ";", "\t", "|")
TEXT_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".data", ".dat"})
STRANGERS = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", "Save the sheet as CSV (UTF-8)."),
    (b"\x1f\x8b", "compressed with gzip", "Unpack it first: gunzip FILE."),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it first: unzstd FILE."),
    (b"\x89HDF", "an HDF5 file", "Export the table as CSV or Parquet."),
    (b"root", "a ROOT file", "Export the tree as CSV or Parquet."),
    (b"SIMPLE  =", "a FITS file", "Export the table as CSV or Parquet."),
    (b"%PDF", "a PDF document", "Export the table as CSV."),
    (b"\xff\xfe", "text in UTF-16", "Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW."),
    (b"\xfe\xff", "text in UTF-16", "Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW."),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text file is to be read."""

    delimiter: str
    header: bool
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()


def kind(path: Path, layout: Layout) -> str:
    """`csv` or `parquet`: as `layout` says, else by the first bytes. Raises Invalid for what is neither."""
    head = _head(path)
    if not head:
        raise Invalid("The file is empty (0 bytes).", where=path.name, fix="Give a file with a table in it.")
    if layout.format not in ("", "csv", "parquet"):
        raise Invalid(f"The format {layout.format!r} is not one of csv, parquet.", where="layout.format")
    if layout.format == "parquet" or (not layout.format and (head[:4] == b"PAR1" or path.suffix == ".parquet")):
        return _whole_parquet(path, head)
    _refuse_binary(path, head)
    return "csv"


def dialect(paths: Sequence[Path], layout: Layout, bounds: Bounds) -> Dialect:
    """The layout of text files that belong together, completed from the first lines of the first one.

    Raises Invalid when the names do not fit the file, are twice the same, or differ between the files.
    """
    delimiter = layout.delimiter or _delimiter(_text(paths[0]))
    first = _first_row(paths[0], delimiter)
    if len(first) > bounds.columns:
        raise Invalid(
            f"There are {len(first):,} columns; at most {bounds.columns:,} are read.",
            where=f"{paths[0].name}, line 1",
            fix="Split the table, or check the delimiter.",
        )
    if not layout.header:
        return Dialect(delimiter, False, _given_names(layout.columns, first, paths[0]))
    for other in paths[1:]:
        _same_header(first, _first_row(other, delimiter), paths[0], other)
    names, notes = _header_names(first, paths[0])
    return Dialect(delimiter, True, names, notes)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise Invalid(f"The file cannot be read: {error.strerror}.", where=path.name, fix="Check the path.") from error


def _whole_parquet(path: Path, head: bytes) -> str:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 4))
        tail = file.read()
    if head[:4] != b"PAR1":
        raise Invalid("This is not a Parquet file: it does not begin with PAR1.", where=f"{path.name}, byte 0")
    if tail != b"PAR1" or size < 12:
        raise Invalid(
            "The Parquet file is cut off: its footer is missing.",
            where=f"{path.name}, byte {size:,} (the end)",
            fix="Copy it again and compare the sizes or checksums.",
        )
    return "parquet"


def _refuse_binary(path: Path, head: bytes) -> None:
    for magic, what, fix in STRANGERS:
        if head.startswith(magic):
            raise Invalid(f"This is {what}, not a CSV or Parquet table.", where=path.name, fix=fix)
    at = head.find(b"\0")
    if at >= 0:
        raise Invalid(
            "This is a binary file, not text: it holds a zero byte.",
            where=f"{path.name}, byte {at:,}",
            fix="Export the table as CSV (UTF-8) or Parquet.",
        )


def _text(path: Path) -> str:
    """The first whole lines, the byte order mark taken off; bytes that are not UTF-8 are reported where they matter."""
    head = _head(path)
    text = head.decode("utf-8-sig", errors="replace")
    return text if len(head) < HEAD_BYTES else text[: text.rfind("\n") + 1] or text


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first lines into the most columns, the same number in nearly all of them."""
    sample = text.splitlines()[:50]
    best, most = ",", 1
    for candidate in DELIMITERS:
        counts = [len(row) for row in csv.reader(sample, delimiter=candidate) if row]
        usual = max(set(counts), key=counts.count, default=0)
        if usual > most and counts.count(usual) >= 0.8 * len(counts):
            best, most = candidate, usual
    return best


def _first_row(path: Path, delimiter: str) -> list[str]:
    try:
        return next((row for row in csv.reader(io.StringIO(_text(path)), delimiter=delimiter) if row), [])
    except csv.Error as error:
        raise Invalid(f"The first line cannot be read: {error}.", where=f"{path.name}, line 1") from error


def _given_names(names: tuple[str, ...], first: Sequence[str], path: Path) -> tuple[str, ...]:
    if not names:
        return tuple(f"column_{place}" for place in range(1, len(first) + 1))
    if len(names) != len(first):
        raise Invalid(
            f"{len(names)} column names were given, and the first line has {len(first)} values.",
            where=f"{path.name}, line 1",
            fix="Give one name for each column, in order.",
        )
    _no_twins(names, "the column names given")
    return names


def _header_names(first: Sequence[str], path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    notes: list[str] = []
    names: list[str] = []
    for place, raw in enumerate(first, start=1):
        names.append(raw.strip() or f"column_{place}")
        if not raw.strip():
            notes.append(f"Column {place} has no name in {path.name}; it is called column_{place} here.")
    if first and sum(_is_number(value) for value in first) * 2 > len(first):
        shown = ", ".join(first[:3])
        notes.append(
            f"No header: the first line of {path.name} looks like data ({shown}, ...). "
            "Say header = false and give the names."
        )
    else:
        _no_twins(names, f"{path.name}, line 1")
    return _apart(names), tuple(notes)


def _apart(names: Sequence[str]) -> tuple[str, ...]:
    """Names of a first line that is data after all may repeat: number the later ones."""
    seen: dict[str, int] = {}
    apart: list[str] = []
    for name in names:
        seen[name.casefold()] = seen.get(name.casefold(), 0) + 1
        times = seen[name.casefold()]
        apart.append(name if times == 1 else f"{name}_{times}")
    return tuple(apart)


def _no_twins(names: Sequence[str], where: str) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if name.casefold() in seen:
            raise Invalid(
                f"Two columns have the same name: {seen[name.casefold()]!r} and {name!r} (capitals do not count).",
                where=where,
                fix="Rename one of them.",
            )
        seen[name.casefold()] = name


def _same_header(first: Sequence[str], other: Sequence[str], one: Path, two: Path) -> None:
    if list(first) != list(other):
        at = next(
            (i for i, (a, b) in enumerate(zip(first, other, strict=False)) if a != b), min(len(first), len(other))
        )
        raise Invalid(
            f"The columns differ from those of {one.name}, first in column {at + 1}.",
            where=f"{two.name}, line 1",
            fix="Publish tables with different columns as different datasets.",
        )


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
