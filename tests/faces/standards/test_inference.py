"""The Open Inference Protocol as a foreign client speaks it, and as it is broken."""

import json
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton

from moyai.kernel import spool
from moyai.models import predictions, serving
from moyai.models.schema import EndpointAsked, Reason
from tests.faces.standards.conftest import Served

ROW = [1.0, 2.0, 0.5]


def body(**more: Any) -> dict[str, Any]:
    tensor = {"name": "features", "shape": [1, 3], "datatype": "FP32", "data": ROW}
    return {"inputs": [{**tensor, **more.pop("tensor", {})}], **more}


def logged(served: Served) -> list[predictions.Answered]:
    files = spool.files(served.stage.edge.home.spool, predictions.TOPIC)
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    return [predictions.read(line) for line in lines]


@pytest.mark.parametrize("binary", [True, False])
def test_the_third_party_client_gets_the_models_answer(served: Served, binary: bool):
    rows = np.array([ROW, [-1, 0, 3]], dtype=np.float32)
    asked = triton.InferInput("features", [2, 3], "FP32")
    asked.set_data_from_numpy(rows, binary_data=binary)
    client = triton.InferenceServerClient(served.url.removeprefix("http://"))
    headers = {"authorization": f"Bearer {served.token}"}
    assert client.is_server_live()
    assert client.is_model_ready("gamma", headers=headers)
    found = client.infer("gamma", [asked], headers=headers, request_id="night-3-17")
    scores = rows @ np.array([[1, -1], [0.5, -0.5], [-1, 1]], dtype=np.float32)
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.as_numpy("probability"), expected, rtol=1e-5)
    assert found.as_numpy("label").tolist() == [0, 1]
    assert found.get_response()["id"] == "night-3-17"
    client.close()


def test_metadata_says_what_is_expected(served: Served):
    with served.client() as client:
        found = client.get("/v2/models/gamma").json()
        assert client.get("/v2/models/gamma/versions/1/ready").json() == {"name": "gamma", "ready": True}
        assert client.get("/v2").json()["name"] == "moyai"
    assert found["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 3]}]
    assert [one["name"] for one in found["outputs"]] == ["label", "probability"]
    assert (found["versions"], found["parameters"]["features"]) == (["1"], "size,width,alpha")


def test_a_prediction_is_logged_before_it_is_answered(served: Served):
    with served.client() as client:
        found = client.post("/v2/models/gamma/infer", json=body(parameters={"source": "night-3"})).json()
    (kept,) = logged(served)
    assert found["parameters"]["prediction"] == kept.first
    assert (kept.source, kept.inputs, kept.millis > 0) == ("night-3", {"features": [ROW]}, True)
    assert kept.outputs["label"] == found["outputs"][0]["data"]


def test_nested_data_are_the_same_as_flat_ones(served: Served):
    with served.client() as client:
        flat = client.post("/v2/models/gamma/infer", json=body()).json()
        nested = client.post("/v2/models/gamma/infer", json=body(tensor={"data": [ROW]})).json()
    assert flat["outputs"] == nested["outputs"]


def test_only_the_outputs_asked_for_are_sent(served: Served):
    with served.client() as client:
        found = client.post("/v2/models/gamma/infer", json=body(outputs=[{"name": "label"}])).json()
    assert [one["name"] for one in found["outputs"]] == ["label"]


WRONG: dict[str, tuple[Any, str]] = {
    "no JSON": (b"{", "not JSON"),
    "no object": (b"[]", "Expected `object`"),
    "no inputs": ({"id": "1"}, "inputs"),
    "another name": (body(tensor={"name": "x"}), "expected: features"),
    "another datatype": (body(tensor={"datatype": "FP64"}), "expected: FP32"),
    "another width": (body(tensor={"shape": [1, 4], "data": [1, 2, 3, 4]}), "expected: [-1, 3]"),
    "one dimension": (body(tensor={"shape": [3]}), "expected: [-1, 3]"),
    "no rows": (body(tensor={"shape": [0, 3], "data": []}), "one row or more"),
    "negative": (body(tensor={"shape": [-1, 3]}), "expected"),
    "too few": (body(tensor={"data": [1, 2]}), "takes 3 values; there are 2"),
    "too many": (body(tensor={"data": [1, 2, 3, 4]}), "takes 3 values; there are 4"),
    "text": (body(tensor={"data": [1, 2, "3"]}), "not values of FP32"),
    "null": (body(tensor={"data": [1, 2, None]}), "not values of FP32"),
    "ragged": (body(tensor={"data": [[1, 2], [3]]}), "not values of FP32"),
    "truths": (body(tensor={"data": [[True, False, True]]}), "not values of FP32"),
    "no data": ({"inputs": [{"name": "features", "shape": [1, 3], "datatype": "FP32"}]}, "no data"),
    "nested too deep": (
        json.dumps(body(tensor={"data": "DEEP"})).replace('"DEEP"', "[" * 9000 + "]" * 9000).encode(),
        "recursion",
    ),
    "twice": ({"inputs": body()["inputs"] * 2}, "expected: features"),
    "an unknown output": (body(outputs=[{"name": "x"}]), "there are: label, probability"),
    "a source that is no name": (body(parameters={"source": 3}), "parameters.source"),
    "a source too long": (body(parameters={"source": "x" * 81}), "parameters.source"),
    "an id too long": (body(id="x" * 81), "id"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_what_was_expected(served: Served, name: str):
    content, expected = WRONG[name]
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    with served.client() as client:
        answer = client.post("/v2/models/gamma/infer", content=content)
    assert answer.status_code == 400, answer.text
    assert expected in answer.json()["error"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert logged(served) == []


def test_a_binary_part_has_to_be_as_long_as_it_says(served: Served):
    head = json.dumps(
        {"inputs": [{"name": "features", "shape": [1, 3], "datatype": "FP32", "parameters": {"binary_data_size": 12}}]}
    ).encode()
    header = {"inference-header-content-length": str(len(head))}
    tail = np.array(ROW, dtype="<f4").tobytes()
    with served.client() as client:
        for wrong in (tail[:8], tail + b"1", b""):
            assert client.post("/v2/models/gamma/infer", content=head + wrong, headers=header).status_code == 400
        good = client.post("/v2/models/gamma/infer", content=head + tail, headers=header)
        assert good.status_code == 200
        assert client.post("/v2/models/gamma/infer", content=head, headers={**header,
            "inference-header-content-length": "999999"
        }).status_code == 400  # fmt: skip


def test_too_much_at_once_is_refused(served: Served):
    with served.client() as client:
        answer = client.post("/v2/models/gamma/infer", content=b" " * (served.stage.edge.settings.body_bytes + 1))
    assert answer.status_code == 413


def test_a_large_batch_is_answered_row_by_row(served: Served):
    rows = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    asked = body(tensor={"shape": [500, 3], "data": rows.ravel().tolist()})
    with served.client() as client:
        found = client.post("/v2/models/gamma/infer", json=asked).json()
    assert found["outputs"][1]["shape"] == [500, 2]
    assert len(logged(served)[0].inputs["features"]) == 500


def test_health_is_public_and_all_else_is_not(served: Served):
    with served.client("moyai_wrong") as client:
        assert client.get("/v2/health/live").json() == {"live": True}
        assert client.get("/v2/health/ready").json() == {"ready": True}
        for path in ("/v2", "/v2/models/gamma", "/v2/models/gamma/ready", "/v2/models/nothing"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert client.post("/v2/models/gamma/infer", json=body()).status_code == 401
        assert client.post("/v2/models/gamma/infer", json=body(), headers={"authorization": ""}).status_code == 401


def test_a_person_of_another_project_may_not_ask(served: Served):
    served.stage.stranger("visitor")
    with served.client(served.stage.token("visitor")) as client:
        answer = client.post("/v2/models/gamma/infer", json=body())
    assert (answer.status_code, "a role in the project" in answer.json()["detail"]) == (403, True)


def test_unknown_addresses_models_and_methods(served: Served):
    with served.client() as client:
        assert client.get("/v2/models/nothing").status_code == 404
        assert client.get("/v2/models/gamma/versions/9").status_code == 404
        assert client.get(f"/v2/models/gamma/versions/{'9' * 5000}").status_code == 404
        assert client.get("/v2/nothing").status_code == 404
        assert client.get("/v2/models").status_code == 404
        assert client.get("/v2/models/gamma/infer").status_code == 405
        assert client.post("/v2/models/gamma").status_code == 405


def test_the_stop_button_works_at_once_and_says_why(served: Served):
    edge, people = served.stage.edge, served.stage.people
    with served.client() as client:
        assert client.post("/v2/models/gamma/infer", json=body()).status_code == 200
        edge.run(people["operator"], serving.stop, "gamma", Reason(reason="fog on the mirror"))
        refused = client.post("/v2/models/gamma/infer", json=body())
        assert (refused.status_code, "fog on the mirror" in refused.json()["error"]) == (503, True)
        assert client.get("/v2/models/gamma/ready").status_code == 503
        edge.run(people["leader"], serving.resume, "gamma", Reason(reason="mirror dried"))
        assert client.post("/v2/models/gamma/infer", json=body()).status_code == 200
    assert len(logged(served)) == 2


def test_a_new_version_answers_at_once(served: Served):
    stage = served.stage
    with served.client() as client:
        assert client.post("/v2/models/gamma/infer", json=body()).json()["model_version"] == "1"
        version = stage.version(2)
        asked = EndpointAsked(name="gamma", model_version=version, gate=stage.gate(version), project=stage.project)
        stage.edge.run(stage.people["leader"], serving.open, asked)
        assert client.post("/v2/models/gamma/infer", json=body()).json()["model_version"] == "2"
        assert client.post("/v2/models/gamma/versions/1/infer", json=body()).status_code == 404
