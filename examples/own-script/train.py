"""Own training code: a random forest in place of the built-in algorithms. Nothing in here knows of Moyai.

It runs as a job in a folder of its own: reads task.json and inputs/data/, writes outputs/, metrics.jsonl, result.json.
"""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

DATA, OUTPUTS = Path("inputs/data"), Path("outputs")
task = json.loads(Path("task.json").read_text())
recipe = json.loads((DATA / "recipe.json").read_text())
features = recipe["features"]


def part(name):
    """Numbers, labels (0 or 1) and row numbers of one side of the split."""
    table = pq.read_table(DATA / f"{name}.parquet")
    numbers = np.column_stack([table[column].to_numpy().astype(np.float32) for column in features])
    label = np.array([str(value) == recipe["positive"] for value in table[recipe["target"]].to_pylist()])
    return numbers, label.astype(np.int64), table[recipe["row"]].to_numpy()


def write(name, content):
    (OUTPUTS / name).write_text(json.dumps(content))


numbers, label, _ = part("train")
rows = round(task["fraction"] * len(label))  # the rows come shuffled, so the first share is a fair one
numbers, label = numbers[:rows], label[:rows]
held, truth, row = part("holdout")

forest = RandomForestClassifier(random_state=task["seed"], **task["parameters"]).fit(numbers, label)
score = forest.predict_proba(held)[:, 1]
auc = float(roc_auc_score(truth, score))

# What has to be there: the model as ONNX (input `features`; outputs `label`, `probability`), and result.json.
onnx = convert_sklearn(
    forest,
    initial_types=[("features", FloatTensorType([None, len(features)]))],
    final_types=[("label", Int64TensorType([None])), ("probability", FloatTensorType([None, 2]))],
    options={id(forest): {"zipmap": False}},
)
(OUTPUTS / "model.onnx").write_bytes(onnx.SerializeToString())
Path("metrics.jsonl").write_text(json.dumps({"step": forest.n_estimators, "roc_auc": auc}) + "\n")
Path("result.json").write_text(json.dumps({"metrics": {"roc_auc": auc}, "rows": rows}))

# What may be left out, and what it is for:
np.savez(OUTPUTS / "scores.npz", row=row, label=truth, score=score)  # intervals, and the comparison with the baseline
np.savez(OUTPUTS / "reference.npz", **{f: numbers[:5000, at].astype(float) for at, f in enumerate(features)})  # drift
write("holdout.json", {"features": features, "row": row.tolist(), "values": held.tolist(), "label": truth.tolist()})
tensor = {"name": "features", "datatype": "FP32", "shape": [-1, len(features)]}
write(
    "signature.json",
    {
        "inputs": [tensor],
        "outputs": [
            {"name": "label", "datatype": "INT64", "shape": [-1]},
            {"name": "probability", "datatype": "FP32", "shape": [-1, 2]},
        ],
        "metadata": {"features": json.dumps(features), "classes": json.dumps(recipe["classes"])},
    },
)
write("card.json", {"algorithm": "random forest", "parameters": task["parameters"], "trained_on": {"rows": rows}})
