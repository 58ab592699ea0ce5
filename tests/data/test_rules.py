"""Names, identity, verdicts and terms, with plain values; then laws, for all values."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moyai.data import rules
from moyai.data.schema import (
    ColumnRule,
    ColumnShown,
    Contract,
    DatasetShown,
    FileShown,
    FindingShown,
    Layout,
    ProfileShown,
    Terms,
)
from moyai.kernel.errors import Invalid

AT = datetime(2027, 1, 4, tzinfo=UTC)
DIGESTS = st.binary(min_size=32, max_size=32).map(lambda raw: f"sha256:{raw.hex()}")
FILES = st.lists(
    st.builds(FileShown, name=st.text(min_size=1, max_size=20), digest=DIGESTS, bytes=st.integers(0, 2**50)),
    min_size=1,
    max_size=6,
    unique_by=lambda file: file.name,
)


def profile(*columns: ColumnShown, rows: int = 100, duplicates: int = 0, tables: tuple[str, ...] = ("a.csv",)):
    return ProfileShown(
        version="dsv_1", rows=rows, duplicate_rows=duplicates, columns=columns, notes=(), tables=tables, at=AT
    )


def column(name: str = "size", type: str = "number", **more: object) -> ColumnShown:
    return ColumnShown.model_validate({"name": name, "type": type, "nulls": 0, "distinct": 100, **more})


def problems(contract: Contract, seen: ProfileShown) -> list[str]:
    found = rules.judge(contract, seen)
    return [f"{one.column}: {one.problem}" for one in found if one.severity == "error"]


def dataset(name: str = "showers", **more: object) -> DatasetShown:
    return DatasetShown.model_validate(
        {
            "id": "dst_1", "name": name, "title": name, "organisation": "org_a", "classification": "open",
            "owner": "per_1", "terms": Terms(), "terms_revision": 1, "layout": Layout(), "contract": None,
            "versions": 0, "at": AT, **more,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../etc/passwd", "parts of a path"),
        ("..", "parts of a path"),
        ("a/b.csv", "parts of a path"),
        ("a\\b.csv", "parts of a path"),
        ("", "is empty"),
        (" a.csv", "space"),
        ("a\x00.csv", "control characters"),
        ("a\n.csv", "control characters"),
        ("a\u202ecsv.exe", "control characters"),
        ("\ud800.csv", "control characters"),
        ("é" * 128, "longer than 255 bytes"),
        ("cafe\u0301.csv", "composed form"),
    ],
)
def test_a_name_that_some_file_system_would_misread_is_refused(name: str, words: str):
    with pytest.raises(Invalid, match=words):
        rules.check_names([name])


def test_names_that_differ_only_in_case_are_refused():
    with pytest.raises(Invalid, match="beside 'A.csv'"):
        rules.check_names(["A.csv", "a.csv"])
    with pytest.raises(Invalid, match="comes twice"):
        rules.check_names(["a.csv", "a.csv"])


@pytest.mark.parametrize("name", ["magic04.data", "シャワー.csv", "é" * 127, ".hidden", "a b.csv", "x" * 255])
def test_ordinary_names_are_taken(name: str):
    rules.check_names([name])


def test_the_identity_is_the_digest_of_the_canonical_manifest():
    one = FileShown(name="a.csv", digest="sha256:" + "0" * 64, bytes=3)
    assert rules.manifest([one]) == b'[{"bytes":3,"digest":"sha256:' + b"0" * 64 + b'","name":"a.csv"}]'
    assert rules.identity([one]) == "sha256:4d3d028781104b9375f76862d168114320b8b3f6732a38a45c9607a32d80f381"


@given(FILES, st.randoms())
def test_the_order_of_files_does_not_matter(files: list[FileShown], random):
    shuffled = random.sample(files, len(files))
    assert rules.identity(shuffled) == rules.identity(files)


@given(FILES, FILES)
def test_other_content_is_another_version(one: list[FileShown], other: list[FileShown]):
    same = {file.name: file for file in one} == {file.name: file for file in other}
    assert (rules.identity(one) == rules.identity(other)) is same


@pytest.mark.parametrize(
    ("names", "format", "tables"),
    [
        (["train.parquet", "holdout.parquet", "recipe.json"], "", ["train.parquet", "holdout.parquet"]),
        (["magic04.data", "NOTICE.md"], "csv", ["magic04.data"]),
        (["magic04.data"], "", []),
        (["A.CSV", "b.tsv"], "", ["A.CSV", "b.tsv"]),
        (["a.csv", "b.parquet"], "csv", ["a.csv"]),
        (["recipe.json"], "csv", []),
        ([".csv"], "", []),
    ],
)
def test_which_files_are_read_as_one_table(names: list[str], format: str, tables: list[str]):
    assert rules.tables(names, Layout.model_validate({"format": format})) == tables


@pytest.mark.parametrize(
    ("rule", "seen", "problem"),
    [
        (ColumnRule(name="size", type="integer"), column(), "size: holds number values; the contract says integer"),
        (ColumnRule(name="size", minimum=0), column(minimum=-1.5), "size: the smallest value is -1.5"),
        (ColumnRule(name="size", maximum=9), column(maximum=9.5), "size: the largest value is 9.5"),
        (ColumnRule(name="size"), column(nulls=1), "size: 1 empty cells (1.00%); the contract allows 0.00%"),
        (ColumnRule(name="width"), column(), "width: is missing"),
        (ColumnRule(name="Size"), column(), "Size: is missing; there is 'size'"),
        (ColumnRule(name="size", one_of=("g", "h")), column(top=(("x", 7),), distinct=1), "size: holds 'x' (7 times)"),
        (ColumnRule(name="size", one_of=(0, 1)), column(distinct=90), "size: holds 90 different values"),
    ],
)
def test_what_differs_from_the_contract_is_said_in_words(rule: ColumnRule, seen: ColumnShown, problem: str):
    (found,) = problems(Contract(columns=(rule,)), profile(seen))
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("rule", "seen"),
    [
        (ColumnRule(name="size", type="number"), column(type="integer")),
        (ColumnRule(name="size", nulls_max=0.01), column(nulls=1)),
        (ColumnRule(name="size", minimum=1, maximum=2), column(minimum=1.0, maximum=2.0)),
        (ColumnRule(name="size", one_of=(0, 1)), column(top=(("1.0", 50), ("0", 50)), distinct=2)),
        (ColumnRule(name="size", one_of=(True, False)), column(top=(("True", 50), ("false", 50)), distinct=2)),
        (ColumnRule(name="size", type="text", nulls_max=1), column(nulls=100, distinct=0)),
    ],
)
def test_what_keeps_the_contract_passes(rule: ColumnRule, seen: ColumnShown):
    assert problems(Contract(columns=(rule,)), profile(seen)) == []


def test_the_table_as_a_whole_is_judged():
    contract = Contract(rows_min=200, rows_max=50, duplicates_max=3)
    assert problems(contract, profile(duplicates=4)) == [
        ": 100 rows; the contract asks for at least 200",
        ": 100 rows; the contract allows at most 50",
        ": 4 repeated rows; the contract allows 3",
    ]


def test_a_contract_about_a_table_is_not_kept_by_other_files():
    assert problems(Contract(columns=(ColumnRule(name="size"),)), profile(rows=0, tables=())) != []


def test_without_a_contract_only_a_warning_is_found():
    (found,) = rules.judge(None, profile(column()))
    assert found.severity == "warning"
    assert rules.passed([found])


def test_a_column_that_the_contract_does_not_name_is_a_warning():
    found = rules.judge(Contract(columns=(ColumnRule(name="size"),)), profile(column(), column("extra")))
    assert [(one.severity, one.problem) for one in found] == [("warning", "not in the contract: extra")]


def test_many_errors_are_told_in_one_line():
    findings = [FindingShown(column=name, problem="is missing") for name in "abcde"]
    assert rules.in_words(findings) == "a: is missing; b: is missing; c: is missing; and 2 more"


NUMBERS = st.floats(-1e6, 1e6)


@given(
    st.lists(
        st.builds(
            lambda name, type, nulls, ends: column(name, type, nulls=nulls, minimum=min(ends), maximum=max(ends)),
            st.text(min_size=1, max_size=8), st.sampled_from(["integer", "number", "text", "timestamp"]),
            st.integers(0, 100), st.tuples(NUMBERS, NUMBERS),
        ),
        min_size=1, max_size=5, unique_by=lambda one: one.name,
    )
)  # fmt: skip
def test_a_drafted_contract_is_kept_by_the_content_it_was_drafted_from(columns: list[ColumnShown]):
    seen = profile(*columns)
    assert rules.judge(rules.draft(seen), seen) == ()


@pytest.mark.parametrize(
    ("held", "organisations", "words"),
    [
        (dataset(terms=Terms(until=date(2027, 1, 3))), ("org_b",), "ended on 2027-01-03"),
        (dataset(terms=Terms(purposes=("training",))), ("org_b",), "allow training, not production"),
        (dataset(classification="members"), (), "no member takes part"),
        (dataset(classification="restricted"), ("org_b",), "organisation that owns it takes part"),
    ],
)
def test_a_refusal_says_why(held: DatasetShown, organisations: tuple[str, ...], words: str):
    assert words in rules.refusal(held, organisations, "production", date(2027, 1, 4))


@pytest.mark.parametrize(
    ("held", "organisations"),
    [
        (dataset(terms=Terms(until=date(2027, 1, 4), purposes=("production",))), ("org_b",)),
        (dataset(classification="members"), ("org_b",)),
        (dataset(classification="restricted"), ("org_b", "org_a")),
    ],
)
def test_what_the_terms_allow_is_allowed(held: DatasetShown, organisations: tuple[str, ...]):
    assert rules.refusal(held, organisations, "production", date(2027, 1, 4)) == ""


def test_a_verdict_is_a_sentence():
    allowed = rules.verdict("dsv_1", [], Terms(licence="CC-BY-4.0", until=date(2027, 12, 31)), ("gamma", "training"))
    assert allowed.reason == "Project gamma may use it for training until 2027-12-31, under CC-BY-4.0."
    refused = rules.verdict("dsv_1", ["the terms of a ended", "b is restricted"], Terms(), ("gamma", "training"))
    assert refused.reason == "The terms of a ended; b is restricted."


def test_nothing_made_of_protected_data_is_less_protected():
    target, source = dataset("made"), dataset("raw", classification="members")
    assert rules.opened_up(target, [source]) == "raw, from which it was made, is members, and made is open"
    assert rules.opened_up(source, [target]) == ""
    own = dataset("own", classification="restricted")
    theirs = dataset("theirs", classification="restricted", organisation="org_b")
    assert "belongs to another" in rules.opened_up(own, [theirs])


@pytest.mark.parametrize("layout", [Layout(header=False), Layout(columns=("a",)), Layout(delimiter=";")])
def test_a_layout_that_only_text_needs_declares_text(layout: Layout):
    assert rules.declared_format(layout) == "csv"
    assert rules.tables(["magic04.data"], layout) == ["magic04.data"]
    assert rules.declared_format(Layout()) == ""
