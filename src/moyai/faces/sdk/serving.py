"""Models through the SDK, in production: endpoints, inference, predictions, decisions, monitors."""

from collections.abc import Sequence
from typing import Any

from moyai.faces.sdk.transport import Transport
from moyai.kernel.shapes import Page
from moyai.models.schema import (
    DecisionAsked,
    DecisionsAsked,
    DecisionShown,
    DeploymentShown,
    EndpointAsked,
    EndpointShown,
    FiguresShown,
    ModelsAsked,
    MonitorAsked,
    MonitorShown,
    NextAsked,
    PredictionsAsked,
    PredictionShown,
    Reason,
    WindowsAsked,
    WindowShown,
)

ANY = ModelsAsked()
ALL = WindowsAsked()


class Endpoints:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def open(self, asked: EndpointAsked) -> EndpointShown:
        return self._http.post("/endpoints", asked, EndpointShown)

    def stop(self, endpoint: str, why: Reason) -> EndpointShown:
        return self._http.post(f"/endpoints/{endpoint}/stop", why, EndpointShown)

    def resume(self, endpoint: str, why: Reason) -> EndpointShown:
        return self._http.post(f"/endpoints/{endpoint}/resume", why, EndpointShown)

    def get(self, endpoint: str) -> EndpointShown:
        return self._http.get(f"/endpoints/{endpoint}", EndpointShown)

    def list(self, asked: ModelsAsked = ANY) -> Page[EndpointShown]:
        return self._http.get("/endpoints", Page[EndpointShown], asked)

    def history(self, endpoint: str) -> tuple[DeploymentShown, ...]:
        return self._http.get(f"/endpoints/{endpoint}/history", tuple[DeploymentShown, ...])

    def figures(self, endpoint: str) -> FiguresShown:
        return self._http.get(f"/endpoints/{endpoint}/figures", FiguresShown)

    def infer(self, endpoint: str, rows: Sequence[Sequence[float]], source: str = "") -> dict[str, Any]:
        """Ask the model about rows of features, over the Open Inference Protocol V2; the protocol's answer."""
        flat = [value for row in rows for value in row]
        shape = [len(rows), len(rows[0])]
        asked: dict[str, Any] = {
            "inputs": [{"name": "features", "datatype": "FP32", "shape": shape, "data": flat}],
            "parameters": {"source": source} if source else {},
        }
        return self._http.raw("POST", f"/v2/models/{endpoint}/infer", json=asked).json()


class Predictions:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def get(self, prediction: str) -> PredictionShown:
        return self._http.get(f"/predictions/{prediction}", PredictionShown)

    def list(self, asked: PredictionsAsked) -> Page[PredictionShown]:
        return self._http.get("/predictions", Page[PredictionShown], asked)


class Decisions:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def next(self, asked: NextAsked) -> PredictionShown | None:
        """A prediction to decide, kept for this person for ten minutes; None when none waits."""
        return self._http.post("/decisions/next", asked, PredictionShown | None)

    def decide(self, asked: DecisionAsked) -> DecisionShown:
        return self._http.post("/decisions", asked, DecisionShown)

    def get(self, decision: str) -> DecisionShown:
        return self._http.get(f"/decisions/{decision}", DecisionShown)

    def list(self, asked: DecisionsAsked) -> Page[DecisionShown]:
        return self._http.get("/decisions", Page[DecisionShown], asked)


class Monitors:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def watch(self, asked: MonitorAsked) -> MonitorShown:
        return self._http.post("/monitors", asked, MonitorShown)

    def get(self, monitor: str) -> MonitorShown:
        return self._http.get(f"/monitors/{monitor}", MonitorShown)

    def of(self, endpoint: str) -> tuple[MonitorShown, ...]:
        return self._http.get(f"/endpoints/{endpoint}/monitors", tuple[MonitorShown, ...])

    def windows(self, monitor: str, asked: WindowsAsked = ALL) -> Page[WindowShown]:
        return self._http.get(f"/monitors/{monitor}/windows", Page[WindowShown], asked)

    def window(self, window: str) -> WindowShown:
        return self._http.get(f"/windows/{window}", WindowShown)
