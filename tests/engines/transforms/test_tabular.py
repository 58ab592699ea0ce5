"""The transform `tabular` as a job: what it writes, what it keeps together, and what it refuses in one sentence."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from moyai.engines.transforms.tabular import Tabular
from moyai.kernel.errors import Invalid
from tests.engines.jobfolder import run

MAGIC = Path("examples/gamma-ray/data/magic04.data")
STEEL = Path("examples/steel-inspection/data/steel_plates_faults.csv")
NAMES = ["fLength", "fWidth", "fSize", "fConc", "fConc1", "fAsym", "fM3Long", "fM3Trans", "fAlpha", "fDist", "class"]
GAMMA = {"target": "class", "positive": "g", "header": False, "columns": NAMES, "holdout": 0.25, "seed": 1}


def split(task, folder, **inputs):
    given = {f"data/{name.replace('__', '.')}": content for name, content in inputs.items()}
    return run(Tabular().program(task), folder, given)


@pytest.fixture(scope="module")
def gamma(tmp_path_factory):
    ended = split(GAMMA, tmp_path_factory.mktemp("gamma"), magic04__data=MAGIC.absolute())
    assert ended.code == 0, ended.stderr
    return ended


def test_every_row_comes_out_once_shuffled_and_in_proportion(gamma):
    train, holdout = (pq.read_table(gamma.outputs / f"{name}.parquet") for name in ("train", "holdout"))
    rows = [part["moyai_row"].to_numpy() for part in (train, holdout)]
    assert sorted(np.concatenate(rows)) == list(range(19020))
    assert train.column_names == ["moyai_row", *NAMES]
    counts = gamma.result["rows"]
    assert (counts["read"], counts["copies"], counts["train"] + counts["holdout"]) == (19020, 115, 19020)
    assert counts["holdout"] == pytest.approx(0.25 * 19020, abs=20)
    shares = [part["class"].to_pylist().count("g") / part.num_rows for part in (train, holdout)]
    assert shares[0] == pytest.approx(shares[1], abs=0.002)
    half = train["class"].to_pylist()[: train.num_rows // 2]
    assert half.count("g") / len(half) == pytest.approx(shares[0], abs=0.03)


def test_copies_of_a_row_stay_on_one_side(gamma):
    sides = [
        {
            tuple(row.values())
            for row in pq.read_table(gamma.outputs / f"{name}.parquet", columns=NAMES[:-1]).to_pylist()
        }
        for name in ("train", "holdout")
    ]
    assert not sides[0] & sides[1]


def test_the_same_task_gives_the_same_bytes_and_another_seed_others(gamma, tmp_path):
    again = split(GAMMA, tmp_path / "again", magic04__data=MAGIC.absolute())
    assert again.result["outputs"] == gamma.result["outputs"]
    assert again.result["environment_digest"] == gamma.result["environment_digest"]
    other = split({**GAMMA, "seed": 2}, tmp_path / "other", magic04__data=MAGIC.absolute())
    assert other.result["outputs"]["train.parquet"] != gamma.result["outputs"]["train.parquet"]


def test_the_result_says_with_what_it_was_made(gamma):
    result = gamma.result
    assert result["code_digest"] == Tabular().program(GAMMA).code_digest
    assert {"duckdb", "numpy", "pyarrow"} <= set(result["environment"]["packages"])
    assert "scikit-learn" not in result["environment"]["packages"]
    assert result["inputs"]["data/magic04.data"].startswith("sha256:e9314b7e")
    assert result["seed"] == 1


def test_parquet_and_csv_give_the_same_parts(gamma, tmp_path):
    original = pq.read_table(gamma.outputs / "train.parquet").drop_columns("moyai_row")
    pq.write_table(original, tmp_path / "t.parquet")
    task = {"target": "class", "positive": "g"}
    text = "\n".join([",".join(NAMES), *(",".join(map(str, row.values())) for row in original.to_pylist())])
    first = split(task, tmp_path / "a", t__parquet=tmp_path / "t.parquet")
    second = split(task, tmp_path / "b", t__csv=text.encode())
    assert first.result["outputs"] == second.result["outputs"]


def test_numbers_that_stand_for_classes_and_rows_without_target(tmp_path):
    lines = ["a,b,y"] + [f"{i},{i % 7},{i % 2}" for i in range(60)] + ["5,5,", "6,,NA"]
    ended = split({"target": "y", "positive": 1.0}, tmp_path, t__csv="\n".join(lines).encode())
    assert ended.code == 0, ended.stderr
    assert ended.result["rows"]["without_target"] == 2
    recipe = (ended.outputs / "recipe.json").read_text()
    assert '"positive": "1"' in recipe


def table(rows=40, extra="x", value="t"):
    return "\n".join([f"a,{extra},y"] + [f"{i},{value},{'gh'[i % 2]}" for i in range(rows)]).encode()


@pytest.mark.parametrize(
    ("task", "content", "sentence"),
    [
        (
            {"target": "y", "positive": "g"},
            table(),
            "inputs/data: Only numbers can be features, and x holds text values. "
            "List such columns under drop, or turn them into numbers before publishing.",
        ),
        ({"target": "z", "positive": "g"}, table(), "task.target: The table has no column 'z'. It has: a, x, y."),
        (
            {"target": "y", "positive": "q", "drop": ["x"]},
            table(),
            "task.positive: The target never holds 'q'; it holds 'g', 'h'. Name one of them.",
        ),
        (
            {"target": "a", "positive": 1, "drop": ["x", "y"]},
            b"a,x,y,b\n1,1,g,1\n2,2,h,2\n3,3,h,3\n",
            "task.target: The target 'a' holds 3 different values (1, 2, 3); exactly two are needed. "
            "Choose a two-valued column, or make one (this value against all others) before publishing.",
        ),
        ({"target": "y", "positive": "g", "drop": ["a", "x"]}, table(), "task.drop: No column is left to learn from."),
        (
            {"target": "y", "positive": "g"},
            table(value="1e300"),
            "inputs/data, data row 1: The column 'x' holds 1e+300, which is infinite or too large for a model input.",
        ),
        ({"target": "y", "positive": "g"}, b"a,y\n1,g\n2\n", "t.csv, line 3: This line has 1 values; the table has 2"),
        ({"target": "y", "positive": "g"}, b"a,y\n1,g\n2,h\n", "task.holdout: The holdout part"),
    ],
)
def test_what_cannot_be_split_ends_in_one_sentence(task, content, sentence, tmp_path):
    ended = split(task, tmp_path, t__csv=content)
    assert ended.code == 2
    assert ended.sentence.startswith(sentence)
    assert ended.result["error"]["what"] in ended.sentence
    assert not list(ended.outputs.glob("*.json"))


def test_a_job_without_data_says_so(tmp_path):
    ended = split({"target": "y", "positive": "g"}, tmp_path)
    assert (ended.code, ended.sentence[:12]) == (2, "inputs/data/")


@pytest.mark.parametrize(
    ("task", "where"),
    [
        ({"target": "y"}, "task"),
        ({"target": "y", "positive": "g", "holdout": 0.9}, "task.holdout"),
        ({"target": "y", "positive": "g", "seed": True}, "task.seed"),
        ({"target": "y", "positive": "g", "drop": "x"}, "task.drop"),
        ({"target": "y", "positive": "g", "drop": [1]}, "task.drop"),
        ({"target": "y", "positive": "g", "sead": 1}, "task.sead"),
    ],
)
def test_a_wrong_key_is_refused_before_any_job(task, where):
    with pytest.raises(Invalid) as refused:
        Tabular().program(task)
    assert refused.value.where == where
    assert refused.value.fix


def test_every_key_is_explained():
    assert set(Tabular().keys()) == {"target", "positive", "columns", "header", "delimiter", "drop", "holdout", "seed"}
    assert all(meaning.endswith(".") for meaning in Tabular().keys().values())
