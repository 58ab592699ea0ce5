"""Fits the two classifiers and writes them as ONNX, inside a job. Knows arrays; knows no files and no tasks."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from skl2onnx.operator_converters.random_forest import convert_sklearn_random_forest_classifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from moyai.numerics.measures import log_loss

Numbers = NDArray[np.float32]
Labels = NDArray[np.int64]

CURVE_POINTS = 10
CURVE_ROWS = 2_000


def fitted(algorithm: str, parameters: Mapping[str, Any], seed: int, numbers: Numbers, label: Labels) -> Any:
    """A classifier fitted to `numbers` and `label` (0 or 1); the same for the same arguments and thread count."""
    if algorithm == "gradient_boosting":
        model = HistGradientBoostingClassifier(**{**parameters, "random_state": seed, "early_stopping": False})
    else:
        model = Pipeline(
            [
                ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
                ("scale", StandardScaler()),
                ("decide", LogisticRegression(random_state=seed, **parameters)),
            ]
        )
    return model.fit(numbers, label)


def curve(model: Any, numbers: Numbers, label: Labels) -> Iterator[dict[str, float]]:
    """How the loss on held-out rows fell while the model grew; the baseline has its last step only."""
    numbers, label = numbers[:CURVE_ROWS], label[:CURVE_ROWS]
    if isinstance(model, HistGradientBoostingClassifier):
        every = max(1, model.n_iter_ // CURVE_POINTS)
        for step, probability in enumerate(model.staged_predict_proba(numbers), start=1):
            if step % every == 0:
                yield {"step": step, "holdout_log_loss": log_loss(label, probability[:, 1])}
    else:
        steps = int(np.max(model["decide"].n_iter_))
        yield {"step": steps, "holdout_log_loss": log_loss(label, model.predict_proba(numbers)[:, 1])}


def as_onnx(model: Any, features: Sequence[str], metadata: Mapping[str, str]) -> bytes:
    """The model as ONNX bytes: input `features` FP32 [-1, n]; outputs `label` INT64 [-1], `probability` FP32 [-1, 2].

    `metadata` is written into the file's own properties. The same model gives the same bytes.
    """
    converted = convert_sklearn(
        model,
        name="moyai",
        initial_types=[("features", FloatTensorType([None, len(features)]))],
        final_types=[("label", Int64TensorType([None])), ("probability", FloatTensorType([None, 2]))],
        options={id(model): {"zipmap": False}},
        custom_conversion_functions={HistGradientBoostingClassifier: _convert_boosting},
        custom_shape_calculators={HistGradientBoostingClassifier: calculate_linear_classifier_output_shapes},
    )
    if not isinstance(converted, onnx.ModelProto):
        raise TypeError(f"skl2onnx gave {type(converted).__name__}, not a model")
    converted.opset_import.sort(key=lambda one: one.domain)  # skl2onnx lists them in the order of a set
    onnx.helper.set_model_props(converted, dict(sorted(metadata.items())))
    return converted.SerializeToString(deterministic=True)


def probabilities(content: bytes, numbers: Numbers) -> NDArray[np.float64]:
    """What the written model says of each row: the probability of 1."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    said = np.asarray(session.run(["probability"], {"features": numbers})[0])
    return said[:, 1].astype(np.float64)


def properties(features: Sequence[str], classes: Sequence[str], facts: Mapping[str, Any]) -> dict[str, str]:
    """The metadata of a model file: `features` and `classes` as JSON lists, the rest as text."""
    lists = {"features": json.dumps(list(features)), "classes": json.dumps(list(classes))}
    return {**{name: str(value) for name, value in facts.items()}, **lists}


class _WholeNumbers:
    """A skl2onnx container that writes flags as 0 and 1: protobuf 7 refuses booleans where ONNX has integers."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, *given: Any, **attributes: Any) -> Any:
        flags = attributes["nodes_missing_value_tracks_true"]
        attributes["nodes_missing_value_tracks_true"] = [int(flag) for flag in flags]
        return self._container.add_node(*given, **attributes)


def _convert_boosting(scope: Any, operator: Any, container: Any) -> None:
    convert_sklearn_random_forest_classifier(scope, operator, _WholeNumbers(container))
