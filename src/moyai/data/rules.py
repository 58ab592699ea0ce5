"""Pure decisions of the data room: names, identity of content, verdicts on content, who may use it for what."""

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from moyai.data.schema import (
    AccessVerdict,
    ColumnRule,
    ColumnShown,
    Contract,
    DatasetShown,
    FileShown,
    FindingShown,
    Layout,
    ProfileShown,
    Scalar,
    Terms,
)
from moyai.kernel.errors import Invalid
from moyai.kernel.shapes import Shape

NAME_BYTES = 255
"""What common file systems take."""
TABLES = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet"}
"""Endings of files that are tables, and the format they announce."""
PAPERS = frozenset({".json", ".md", ".txt", ".pdf", ".html", ".yaml", ".yml", ".toml", ".onnx", ".npz", ".png", ".jpg"})
"""Endings of files that lie beside a table and are not read as one, whatever the layout says."""
STRICTNESS = {"open": 0, "members": 1, "restricted": 2}


def check_names(names: Iterable[str]) -> None:
    """Every name is one that any file system takes, and no two are the same there. Raises Invalid with the name."""
    seen: dict[str, str] = {}
    for name in names:
        if wrong := _name_fault(name):
            raise Invalid(f"The file name {_visible(name)} {wrong}.", fix="Rename the file.", where="files")
        folded = name.casefold()
        if folded in seen:
            same = "twice" if seen[folded] == name else f"beside {_visible(seen[folded])}"
            raise Invalid(
                f"The file name {_visible(name)} comes {same}.", fix="Names must differ, also when case is ignored."
            )
        seen[folded] = name


def _name_fault(name: str) -> str:
    faults = (
        (not name or name != name.strip(), "is empty, or begins or ends with a space"),
        (name in (".", "..") or "/" in name or "\\" in name, "has parts of a path"),
        (any(unicodedata.category(letter).startswith("C") for letter in name), "has control characters"),
        (len(name.encode("utf-8", "surrogatepass")) > NAME_BYTES, f"is longer than {NAME_BYTES} bytes"),
        (unicodedata.normalize("NFC", name) != name, "is not in Unicode's composed form (NFC)"),
    )
    return next((words for wrong, words in faults if wrong), "")


def _visible(name: str) -> str:
    return ascii(name if len(name) <= 60 else name[:60] + "...")


def manifest(files: Iterable[FileShown]) -> bytes:
    """The manifest: canonical JSON (sorted keys, no blanks, UTF-8) of the files in order of name."""
    listed = [{"bytes": file.bytes, "digest": file.digest, "name": file.name} for file in files]
    return canonical(sorted(listed, key=lambda file: str(file["name"])))


def identity(files: Iterable[FileShown]) -> str:
    """Digest of the manifest: equal for equal content, whatever the order in which the files came."""
    return digest_of(manifest(files))


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def digest_of_shape(shape: Shape) -> str:
    return digest_of(canonical(shape.model_dump(mode="json")))


def tables(names: Sequence[str], layout: Layout) -> list[str]:
    """The files to be read together as one table: by their endings, or what can be one when a format is declared."""
    endings, format = {name: ending(name) for name in names}, declared_format(layout)
    by_ending = [name for name in names if endings[name] in TABLES]
    if not format:
        return by_ending
    right = [name for name in by_ending if TABLES[endings[name]] == format]
    return right or [name for name in names if endings[name] not in TABLES and endings[name] not in PAPERS]


def declared_format(layout: Layout) -> str:
    """`csv` when the layout says what only a text without names of its own needs; empty: by the name's ending."""
    return layout.format or ("csv" if layout.columns or layout.delimiter or not layout.header else "")


def ending(name: str) -> str:
    return name[name.rfind(".") :].lower() if "." in name[1:] else ""


def judge(contract: Contract | None, profile: ProfileShown) -> tuple[FindingShown, ...]:
    """Every way in which the content differs from the contract, in words; a finding of severity `error` fails it."""
    if contract is None:
        return (_warn("", "no contract is declared: only that the files can be read was checked"),)
    if not profile.tables:
        asks = contract.columns or contract.rows_min or contract.rows_max is not None
        return (_fail("", "the contract is about a table, and none of the files is one"),) if asks else ()
    return (*_whole(contract, profile), *_columns(contract, profile))


def passed(findings: Iterable[FindingShown]) -> bool:
    return not any(finding.severity == "error" for finding in findings)


def in_words(findings: Sequence[FindingShown], most: int = 3) -> str:
    """The errors in one line: the first few, and how many more there are."""
    wrong = [found for found in findings if found.severity == "error"]
    errors = [f"{found.column}: {found.problem}" if found.column else found.problem for found in wrong]
    more = f"; and {len(errors) - most} more" if len(errors) > most else ""
    return "; ".join(errors[:most]) + more


def _whole(contract: Contract, profile: ProfileShown) -> Iterator[FindingShown]:
    if profile.rows < contract.rows_min:
        yield _fail("", f"{profile.rows:,} rows; the contract asks for at least {contract.rows_min:,}")
    if contract.rows_max is not None and profile.rows > contract.rows_max:
        yield _fail("", f"{profile.rows:,} rows; the contract allows at most {contract.rows_max:,}")
    if contract.duplicates_max is not None and profile.duplicate_rows > contract.duplicates_max:
        yield _fail("", f"{profile.duplicate_rows:,} repeated rows; the contract allows {contract.duplicates_max:,}")


def _columns(contract: Contract, profile: ProfileShown) -> Iterator[FindingShown]:
    found = {column.name: column for column in profile.columns}
    for rule in contract.columns:
        column = found.pop(rule.name, None)
        if column is None:
            near = next((name for name in found if name.strip().casefold() == rule.name.strip().casefold()), "")
            yield _fail(rule.name, "is missing" + (f"; there is {near!r}" if near else ""))
        else:
            yield from _column(rule, column, profile.rows)
    if contract.columns and found:
        yield _warn("", f"not in the contract: {', '.join(list(found)[:10])}{' ...' if len(found) > 10 else ''}")


def _column(rule: ColumnRule, column: ColumnShown, rows: int) -> Iterator[FindingShown]:
    if rule.type and not _fits(column.type, rule.type) and column.nulls < rows:
        yield _fail(rule.name, f"holds {column.type} values; the contract says {rule.type}")
    share, most = column.nulls / max(rows, 1), rule.nulls_max
    if share > most:
        yield _fail(rule.name, f"{column.nulls:,} empty cells ({share:.2%}); the contract allows {most:.2%}")
    yield from _range(rule, column)
    yield from _values(rule, column)


def _fits(found: str, wanted: str) -> bool:
    return found == wanted or (wanted == "number" and found == "integer")


def _range(rule: ColumnRule, column: ColumnShown) -> Iterator[FindingShown]:
    low, high = column.minimum, column.maximum
    if rule.minimum is not None and isinstance(low, float) and low < rule.minimum:
        yield _fail(rule.name, f"the smallest value is {low:g}; the contract asks for at least {rule.minimum:g}")
    if rule.maximum is not None and isinstance(high, float) and high > rule.maximum:
        yield _fail(rule.name, f"the largest value is {high:g}; the contract allows at most {rule.maximum:g}")


def _values(rule: ColumnRule, column: ColumnShown) -> Iterator[FindingShown]:
    if not rule.one_of:
        return
    allowed = {value_text(value) for value in rule.one_of}
    listed = ", ".join(sorted(allowed)[:10])
    strange = [f"{value!r} ({count:,} times)" for value, count in column.top if value_text(value) not in allowed]
    if strange:
        yield _fail(rule.name, f"holds {', '.join(strange)}; the contract allows only {listed}")
    elif column.distinct > len(allowed):
        yield _fail(rule.name, f"holds {column.distinct:,} different values; the contract allows only {listed}")
    elif column.distinct > len(column.top):
        seen = len(column.top)
        yield _warn(rule.name, f"only its {seen} most frequent values of {column.distinct} were compared")


def value_text(value: Scalar) -> str:
    """One spelling for equal values: `1`, `1.0` and `"1.0"` are the same, and so are `true` and `"True"`."""
    if isinstance(value, bool) or str(value) in ("True", "False"):
        return str(value).lower()
    try:
        return f"{float(value):.15g}"
    except ValueError:
        return str(value)


def _fail(column: str, problem: str) -> FindingShown:
    return FindingShown(column=column, problem=problem)


def _warn(column: str, problem: str) -> FindingShown:
    return FindingShown(column=column, problem=problem, severity="warning")


def draft(profile: ProfileShown) -> Contract:
    """A contract that this content keeps, for a person to loosen or tighten: types, ranges, empty cells, few values."""
    return Contract(
        rows_min=min(1, profile.rows), columns=tuple(_rule(column, profile.rows) for column in profile.columns)
    )


def _rule(column: ColumnShown, rows: int) -> ColumnRule:
    numeric = column.type in ("integer", "number")
    few = not numeric and column.distinct == len(column.top) and 0 < column.distinct <= 10
    return ColumnRule.model_validate(
        {
            "name": column.name,
            "type": column.type if column.nulls < rows else "",
            "nulls_max": column.nulls / rows if rows else 1.0,
            "minimum": column.minimum if numeric else None,
            "maximum": column.maximum if numeric else None,
            "one_of": [value for value, _ in column.top] if few else [],
        }
    )


def refusal(dataset: DatasetShown, organisations: Collection[str], purpose: str, today: date) -> str:
    """Why a project of these organisations may not use the dataset for `purpose` today; empty: it may."""
    terms, name = dataset.terms, dataset.name
    if terms.until is not None and today > terms.until:
        return f"the terms of {name} ended on {terms.until}"
    if terms.purposes and purpose not in terms.purposes:
        return f"the terms of {name} allow {', '.join(terms.purposes)}, not {purpose}"
    if dataset.classification == "members" and not organisations:
        return f"{name} is for members of the consortium, and no member takes part in this project"
    if dataset.classification == "restricted" and dataset.organisation not in organisations:
        return f"{name} is restricted to projects in which the organisation that owns it takes part"
    return ""


def verdict(version: str, refusals: Sequence[str], terms: Terms, asked: tuple[str, str]) -> AccessVerdict:
    """The answer in words: `asked` is (project's name, purpose)."""
    if refusals:
        return AccessVerdict(version=version, allowed=False, reason=_sentence("; ".join(refusals)), terms=terms)
    project, purpose = asked
    end = f" until {terms.until}" if terms.until else ""
    licence = terms.licence or "terms without a named licence"
    reason = f"Project {project} may use it for {purpose}{end}, under {licence}."
    return AccessVerdict(version=version, allowed=True, reason=reason, terms=terms)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def opened_up(target: DatasetShown, sources: Iterable[DatasetShown]) -> str:
    """Why content made from `sources` may not be published in `target`; empty: it may. Nothing becomes more visible."""
    for source in sources:
        if STRICTNESS[target.classification] < STRICTNESS[source.classification]:
            origin = f"{source.name}, from which it was made, is {source.classification}"
            return f"{origin}, and {target.name} is {target.classification}"
        if source.classification == "restricted" and target.organisation != source.organisation:
            return f"{source.name} is restricted to the organisation that owns it, and {target.name} belongs to another"
    return ""
