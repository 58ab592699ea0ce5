"""Models over REST, up to the gate: training runs, the registry, gates. Shape in, one call, shape out."""

from typing import Annotated

from fastapi import APIRouter, Query

from moyai.faces.rest.desk import CallOf
from moyai.kernel.shapes import Page
from moyai.models import gates, registry, training
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

router = APIRouter(tags=["models"])
Which = Annotated[ModelsAsked, Query()]


@router.post("/runs", status_code=201)
async def start_run(asked: TrainingAsked, call: CallOf) -> RunShown:
    return await call.run(training.start, asked)


@router.post("/runs/same")
async def same_run(asked: TrainingAsked, call: CallOf) -> RunShown | None:
    return await call.read(training.same, asked)


@router.get("/runs")
async def list_runs(asked: Which, call: CallOf) -> Page[RunShown]:
    return await call.read(training.list, asked)


@router.get("/runs/{run}")
async def get_run(run: str, call: CallOf) -> RunShown:
    return await call.read(training.get, run)


@router.post("/runs/{run}/repeat", status_code=201)
async def repeat_run(run: str, call: CallOf) -> RunShown:
    return await call.run(training.repeat, run)


@router.get("/runs/{run}/compare/{other}")
async def compare_runs(run: str, other: str, call: CallOf) -> ComparedShown:
    return await call.read(training.compare, run, other)


@router.get("/models")
async def list_models(asked: Which, call: CallOf) -> Page[ModelShown]:
    return await call.read(registry.models, asked)


@router.get("/models/{model}")
async def get_model(model: str, call: CallOf) -> ModelShown:
    return await call.read(registry.model, model)


@router.get("/model-versions")
async def list_model_versions(asked: Which, call: CallOf) -> Page[ModelVersionShown]:
    return await call.read(registry.versions, asked)


@router.get("/model-versions/{version}")
async def get_model_version(version: str, call: CallOf) -> ModelVersionShown:
    return await call.read(registry.version, version)


@router.post("/gates", status_code=201)
async def evaluate_gate(asked: GateAsked, call: CallOf) -> GateShown:
    return await call.run(gates.evaluate, asked)


@router.get("/gates")
async def list_gates(asked: Which, call: CallOf) -> Page[GateShown]:
    return await call.read(gates.list, asked)


@router.get("/gates/questions")
async def list_questions(call: CallOf) -> dict[str, str]:
    return await call.read(gates.questions)


@router.get("/gates/{gate}")
async def get_gate(gate: str, call: CallOf) -> GateShown:
    return await call.read(gates.get, gate)
