"""The ONNX runtime: signature and metadata from the file, predictions, and refusals that say what to send."""

import json
import threading

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from moyai.engines.runtimes.onnx import Onnx
from moyai.kernel.errors import Invalid
from moyai.models.ports import Tensor


def saved(path, nodes, inputs, outputs):
    graph = helper.make_graph(nodes, "small", inputs, outputs)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, {"features": json.dumps(["a", "b"]), "classes": json.dumps(["h", "g"])})
    path.write_bytes(made.SerializeToString())
    return path


@pytest.fixture
def model(tmp_path):
    """probability = x / (1 + sum), one row each."""
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Softmax", ["features"], ["probability"], axis=1),
        helper.make_node("ArgMax", ["probability"], ["label"], axis=1, keepdims=0),
    ]
    inputs = [value("features", TensorProto.FLOAT, [None, 2])]
    outputs = [value("label", TensorProto.INT64, [None]), value("probability", TensorProto.FLOAT, [None, 2])]
    return Onnx().load(saved(tmp_path / "model.onnx", nodes, inputs, outputs))


def test_the_signature_is_read_from_the_file(model):
    assert model.signature.inputs == (Tensor("features", "FP32", (-1, 2)),)
    assert model.signature.outputs == (Tensor("label", "INT64", (-1,)), Tensor("probability", "FP32", (-1, 2)))
    assert json.loads(model.signature.metadata["features"]) == ["a", "b"]
    assert json.loads(model.signature.metadata["classes"]) == ["h", "g"]


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_a_prediction_has_the_signatures_shapes_and_types(model, rows):
    given = np.random.default_rng(1).normal(size=(rows, 2)).astype(np.float32)
    said = model.predict({"features": given})
    expected = np.exp(given) / np.exp(given).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(said["probability"], expected, rtol=1e-5)
    np.testing.assert_array_equal(said["label"], expected.argmax(axis=1))
    assert (said["probability"].dtype, said["label"].dtype) == (np.float32, np.int64)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "inputs.features: The input 'features' is missing. Send FP32 values of the shape [-1, 2] (-1: any number"),
        ({"x": np.zeros((1, 2), np.float32)}, "inputs.x: The model has no input 'x'. It takes: features."),
        ({"features": np.zeros((1, 2))}, "inputs.features: 'features' holds float64 values. Send FP32 values"),
        ({"features": [[0.0, 1.0]]}, "inputs.features: 'features' holds list values. Send FP32 values"),
        ({"features": np.zeros((1, 3), np.float32)}, "inputs.features: 'features' has the shape [1, 3]. Send FP32"),
        ({"features": np.zeros(2, np.float32)}, "inputs.features: 'features' has the shape [2]. Send FP32 values"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_send(model, inputs, said):
    with pytest.raises(Invalid) as refused:
        model.predict(inputs)
    assert str(refused.value).startswith(said)


def test_inputs_of_different_lengths_are_refused(tmp_path):
    value = helper.make_tensor_value_info
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"])]
    inputs = [value(name, TensorProto.FLOAT, [None]) for name in "ab"]
    model = Onnx().load(saved(tmp_path / "m.onnx", nodes, inputs, [value("sum", TensorProto.FLOAT, [None])]))
    with pytest.raises(Invalid, match="different numbers of rows: a 2, b 1"):
        model.predict({"a": np.zeros(2, np.float32), "b": np.zeros(1, np.float32)})


def test_many_threads_may_ask_one_model(model):
    given = np.random.default_rng(2).normal(size=(500, 2)).astype(np.float32)
    expected = model.predict({"features": given})["probability"]
    wrong = []

    def ask():
        for _ in range(30):
            if not np.array_equal(model.predict({"features": given})["probability"], expected):
                wrong.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x08"])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(Invalid, match="not a model that onnxruntime"):
        Onnx().load(tmp_path / "model.onnx")


def test_a_file_that_points_at_another_for_its_weights_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    weight = helper.make_tensor("w", TensorProto.FLOAT, [2], np.zeros(2, np.float32).tobytes(), raw=True)
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="secret.bin")
    (tmp_path / "secret.bin").write_bytes(bytes(8))
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Add", ["a", "w"], ["sum"])],
        "pointing",
        [value("a", TensorProto.FLOAT, [2])],
        [value("sum", TensorProto.FLOAT, [2])],
        [weight],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    onnx.load(tmp_path / "model.onnx")
    with pytest.raises(Invalid, match="not a model"):
        Onnx().load(tmp_path / "model.onnx")
