"""Models through the SDK, up to the gate: training runs, the registry, gates."""

from moyai.faces.sdk.transport import Transport
from moyai.kernel.shapes import Page
from moyai.models.schema import (
    ComparedShown,
    GateAsked,
    GateShown,
    ModelsAsked,
    ModelShown,
    ModelVersionShown,
    RunShown,
    TrainingAsked,
)

ANY = ModelsAsked()


class Training:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def start(self, asked: TrainingAsked) -> RunShown:
        return self._http.post("/runs", asked, RunShown)

    def same(self, asked: TrainingAsked) -> RunShown | None:
        """A finished run of the same data, code, parameters and seed, if there is one."""
        return self._http.post("/runs/same", asked, RunShown | None)

    def repeat(self, run: str) -> RunShown:
        """Train again exactly what is on record."""
        return self._http.post(f"/runs/{run}/repeat", None, RunShown)

    def compare(self, run: str, other: str) -> ComparedShown:
        return self._http.get(f"/runs/{run}/compare/{other}", ComparedShown)

    def get(self, run: str) -> RunShown:
        return self._http.get(f"/runs/{run}", RunShown)

    def list(self, asked: ModelsAsked = ANY) -> Page[RunShown]:
        return self._http.get("/runs", Page[RunShown], asked)


class Registry:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def list(self, asked: ModelsAsked = ANY) -> Page[ModelShown]:
        return self._http.get("/models", Page[ModelShown], asked)

    def get(self, model: str) -> ModelShown:
        return self._http.get(f"/models/{model}", ModelShown)

    def versions(self, asked: ModelsAsked = ANY) -> Page[ModelVersionShown]:
        return self._http.get("/model-versions", Page[ModelVersionShown], asked)

    def version(self, version: str) -> ModelVersionShown:
        return self._http.get(f"/model-versions/{version}", ModelVersionShown)


class Gates:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def questions(self) -> dict[str, str]:
        """The purpose-and-impact questionnaire: questions by key."""
        return self._http.get("/gates/questions", dict[str, str])

    def evaluate(self, asked: GateAsked) -> GateShown:
        return self._http.post("/gates", asked, GateShown)

    def get(self, gate: str) -> GateShown:
        return self._http.get(f"/gates/{gate}", GateShown)

    def list(self, asked: ModelsAsked = ANY) -> Page[GateShown]:
        return self._http.get("/gates", Page[GateShown], asked)
