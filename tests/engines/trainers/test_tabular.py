"""The trainer `tabular` as a job on the shipped tables: what it writes, that it repeats itself, what it refuses."""

import json

import numpy as np
import onnxruntime
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from moyai.engines.trainers.tabular import Tabular
from moyai.engines.transforms.tabular import Tabular as Split
from moyai.kernel.errors import Invalid
from tests.engines.jobfolder import run
from tests.engines.transforms.test_tabular import GAMMA, MAGIC, STEEL

FAULTS = ("Pastry_Fault", "Z_Scratch_Fault", "Stains_Fault", "Dirtiness_Fault", "Bumps_Fault", "Other_Faults")
PARTS = ("train.parquet", "holdout.parquet", "recipe.json")


def parts(task, source, folder):
    ended = run(Split().program(task), folder, {f"data/{source.name}": source.absolute()})
    assert ended.code == 0, ended.stderr
    return {f"data/{name}": ended.outputs / name for name in PARTS}


def train(task, inputs, folder):
    task = {"bootstrap": 100, "seed": 3, **task}
    return run(
        Tabular().program(task, {}), folder, inputs, hash_seed=folder.name if folder.name.isdigit() else "random"
    )


@pytest.fixture(scope="module")
def gamma(tmp_path_factory):
    return parts(GAMMA, MAGIC, tmp_path_factory.mktemp("split"))


@pytest.fixture(scope="module")
def steel(tmp_path_factory):
    task = {"target": "K_Scatch_Fault", "positive": 1, "drop": list(FAULTS), "seed": 1}
    return parts(task, STEEL, tmp_path_factory.mktemp("split"))


@pytest.fixture(scope="module")
def baseline(gamma, tmp_path_factory):
    ended = train({"algorithm": "logistic"}, gamma, tmp_path_factory.mktemp("baseline"))
    assert ended.code == 0, ended.stderr
    return ended


@pytest.fixture(scope="module")
def boosted(gamma, baseline, tmp_path_factory):
    inputs = {**gamma, "compare/scores.npz": baseline.outputs / "scores.npz"}
    ended = train({"algorithm": "gradient_boosting"}, inputs, tmp_path_factory.mktemp("boosted"))
    assert ended.code == 0, ended.stderr
    return ended


@pytest.mark.slow
def test_boosting_reaches_its_yardstick_and_beats_the_baseline(boosted, baseline):
    reached = boosted.result["metrics"]["roc_auc"]
    assert reached["low"] < reached["value"] < reached["high"]
    assert reached["value"] > 0.92
    assert baseline.result["metrics"]["roc_auc"]["value"] == pytest.approx(0.84, abs=0.02)
    difference = boosted.result["difference"]["roc_auc"]
    assert difference["low"] > 0.05
    assert difference["value"] == pytest.approx(reached["value"] - baseline.result["metrics"]["roc_auc"]["value"])


@pytest.mark.slow
def test_the_written_model_gives_the_written_scores(boosted, gamma):
    session = onnxruntime.InferenceSession(boosted.outputs / "model.onnx")
    held = pq.read_table(gamma["data/holdout.parquet"])
    features = json.loads(session.get_modelmeta().custom_metadata_map["features"])
    numbers = np.column_stack([held[name].to_numpy() for name in features]).astype(np.float32)
    label, probability = session.run(["label", "probability"], {"features": numbers})
    scores = np.load(boosted.outputs / "scores.npz")
    np.testing.assert_allclose(probability[:, 1], scores["score"], atol=1e-5)
    np.testing.assert_array_equal(held["moyai_row"], scores["row"])
    assert ((probability[:, 1] >= 0.5) == label).mean() > 0.999
    expected = roc_auc_score([value == "g" for value in held["class"].to_pylist()], probability[:, 1])
    assert boosted.result["metrics"]["roc_auc"]["value"] == pytest.approx(expected)
    assert json.loads(session.get_modelmeta().custom_metadata_map["classes"]) == ["h", "g"]
    assert boosted.result["onnx"]["max_abs_difference"] < 1e-5


@pytest.mark.slow
def test_what_watching_and_replaying_need_is_there(boosted, gamma):
    reference = np.load(boosted.outputs / "reference.npz")
    assert {reference[name].shape for name in reference} == {(5000,)}
    replay = json.loads((boosted.outputs / "holdout.json").read_text())
    held = pq.read_table(gamma["data/holdout.parquet"])
    assert len(replay["values"]) == len(replay["row"]) == len(replay["label"]) == held.num_rows
    first = np.array(replay["values"][0], dtype=np.float32)
    np.testing.assert_array_equal(first, [np.float32(held[name][0].as_py()) for name in replay["features"]])
    card = json.loads((boosted.outputs / "card.json").read_text())
    assert sum(card["confusion"].values()) == card["judged_on"]["rows"] == held.num_rows
    assert card["roc"][0] == [0.0, 0.0]
    assert card["roc"][-1] == [1.0, 1.0]
    signature = json.loads((boosted.outputs / "signature.json").read_text())
    assert signature["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 10]}]


@pytest.mark.slow
def test_progress_is_one_json_object_a_line(boosted):
    rows = [json.loads(line) for line in (boosted.folder / "metrics.jsonl").read_text().splitlines()]
    losses = [row["holdout_log_loss"] for row in rows if "holdout_log_loss" in row]
    assert len(losses) == 10
    assert losses[-1] < losses[0]
    assert rows[-1] == {"step": 300, **{name: one["value"] for name, one in boosted.result["metrics"].items()}}


@pytest.mark.slow
def test_the_same_training_gives_the_same_bytes(steel, tmp_path):
    # folder names are hash seeds here, under which Python's sets come out in different orders
    first, second = (train({"algorithm": "gradient_boosting"}, steel, tmp_path / name) for name in ("2", "5"))
    assert first.result["outputs"] == second.result["outputs"]
    assert first.result["metrics"] == second.result["metrics"]
    assert first.result["environment_digest"] == second.result["environment_digest"]
    assert {"scikit-learn", "skl2onnx", "onnxruntime"} <= set(first.result["environment"]["packages"])
    assert first.result["metrics"]["roc_auc"]["value"] > 0.97


def test_a_fraction_is_the_beginning_of_the_whole(steel, tmp_path):
    half = train(
        {"algorithm": "logistic", "fraction": 0.5, "features": ["Pixels_Areas", "Edges_Index"]}, steel, tmp_path
    )
    assert half.code == 0, half.stderr
    whole = json.loads(steel["data/recipe.json"].read_bytes())["rows"]["train"]
    assert half.result["rows"] == round(0.5 * whole)
    card = json.loads((half.outputs / "card.json").read_text())
    assert [one["name"] for one in card["features"]] == ["Pixels_Areas", "Edges_Index"]


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["gradient_boosting", "logistic"])
def test_missing_values_are_learnt_from_and_served(algorithm, tmp_path):
    random = np.random.default_rng(1)
    rows = [(random.normal() + label, random.normal(), label) for label in random.integers(0, 2, 400)]
    lines = ["a,b,y", *(f"{'' if i % 5 == 0 else a},{b},{y}" for i, (a, b, y) in enumerate(rows))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    inputs = parts({"target": "y", "positive": 1}, tmp_path / "t.csv", tmp_path / "split")
    ended = train({"algorithm": algorithm}, inputs, tmp_path / "job")
    assert ended.code == 0, ended.stderr
    assert ended.result["onnx"]["max_abs_difference"] < 1e-5
    replay = json.loads((ended.outputs / "holdout.json").read_text())
    assert any(value is None for event in replay["values"] for value in event)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"positive": "0"}, "task.positive: The data were split for positive '1', and the task says '0'."),
        (
            {"features": ["Pixels_Areas", "Height"]},
            "task.features: 'Height' is not among the features of the split data.",
        ),
        ({"fraction": 0.001}, "task.fraction: 1 training rows hold one class only. Use a larger fraction."),
    ],
)
def test_a_task_that_does_not_fit_the_data(change, sentence, steel, tmp_path):
    ended = train({"algorithm": "logistic", **change}, steel, tmp_path)
    assert ended.code == 2
    assert ended.sentence.startswith(sentence)


@pytest.mark.slow
def test_scores_of_other_rows_are_not_compared(steel, baseline, tmp_path):
    ended = train({"algorithm": "logistic"}, {**steel, "compare/scores.npz": baseline.outputs / "scores.npz"}, tmp_path)
    assert ended.code == 2
    assert "judged on other rows" in ended.sentence
    assert ended.result["error"]["where"] == "inputs/compare/scores.npz"


def test_a_damaged_part_is_named(steel, tmp_path):
    ended = train({"algorithm": "logistic"}, {**steel, "data/train.parquet": b"PAR1 and no more"}, tmp_path)
    assert ended.code == 2
    assert ended.sentence.startswith("inputs/data/train.parquet: The train part cannot be read")


@pytest.mark.parametrize(
    ("task", "where"),
    [
        ({}, "task"),
        ({"algorithm": "magic"}, "task.algorithm"),
        ({"algorithm": "logistic", "parameters": {"max_leaf_nodes": 3}}, "task.parameters.max_leaf_nodes"),
        ({"algorithm": "logistic", "parameters": {"C": "big"}}, "task.parameters.C"),
        ({"algorithm": "logistic", "fraction": 0}, "task.fraction"),
        ({"algorithm": "logistic", "bootstrap": 3}, "task.bootstrap"),
    ],
)
def test_a_wrong_key_is_refused_before_any_job(task, where):
    with pytest.raises(Invalid) as refused:
        Tabular().program(task, {})
    assert refused.value.where == where
    assert refused.value.fix


def test_code_of_ones_own_belongs_to_the_other_trainer():
    with pytest.raises(Invalid, match="no code of your own"):
        Tabular().program({"algorithm": "logistic"}, {"train.py": b""})
