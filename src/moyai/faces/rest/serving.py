"""Models over REST, in production: endpoints, predictions, decisions, monitors. Shape in, one call, shape out."""

from typing import Annotated

from fastapi import APIRouter, Query

from moyai.faces.rest.desk import CallOf
from moyai.kernel.shapes import Page
from moyai.models import decisions, monitoring, predictions, serving
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

router = APIRouter(tags=["serving"])


@router.post("/endpoints", status_code=201)
async def open_endpoint(asked: EndpointAsked, call: CallOf) -> EndpointShown:
    return await call.run(serving.open, asked)


@router.get("/endpoints")
async def list_endpoints(asked: Annotated[ModelsAsked, Query()], call: CallOf) -> Page[EndpointShown]:
    return await call.read(serving.list, asked)


@router.get("/endpoints/{endpoint}")
async def get_endpoint(endpoint: str, call: CallOf) -> EndpointShown:
    return await call.read(serving.get, endpoint)


@router.post("/endpoints/{endpoint}/stop")
async def stop_endpoint(endpoint: str, why: Reason, call: CallOf) -> EndpointShown:
    return await call.run(serving.stop, endpoint, why)


@router.post("/endpoints/{endpoint}/resume")
async def resume_endpoint(endpoint: str, why: Reason, call: CallOf) -> EndpointShown:
    return await call.run(serving.resume, endpoint, why)


@router.get("/endpoints/{endpoint}/history")
async def endpoint_history(endpoint: str, call: CallOf) -> tuple[DeploymentShown, ...]:
    return await call.read(serving.history, endpoint)


@router.get("/endpoints/{endpoint}/figures")
async def endpoint_figures(endpoint: str, call: CallOf) -> FiguresShown:
    return await call.read(serving.figures, endpoint)


@router.get("/predictions")
async def list_predictions(asked: Annotated[PredictionsAsked, Query()], call: CallOf) -> Page[PredictionShown]:
    return await call.read(predictions.list, asked)


@router.get("/predictions/{prediction}")
async def get_prediction(prediction: str, call: CallOf) -> PredictionShown:
    return await call.read(predictions.get, prediction)


@router.post("/decisions/next")
async def next_decision(asked: NextAsked, call: CallOf) -> PredictionShown | None:
    return await call.run(decisions.next, asked)


@router.post("/decisions", status_code=201)
async def decide(asked: DecisionAsked, call: CallOf) -> DecisionShown:
    return await call.run(decisions.decide, asked)


@router.get("/decisions")
async def list_decisions(asked: Annotated[DecisionsAsked, Query()], call: CallOf) -> Page[DecisionShown]:
    return await call.read(decisions.list, asked)


@router.get("/decisions/{decision}")
async def get_decision(decision: str, call: CallOf) -> DecisionShown:
    return await call.read(decisions.get, decision)


@router.post("/monitors", status_code=201)
async def watch_endpoint(asked: MonitorAsked, call: CallOf) -> MonitorShown:
    return await call.run(monitoring.watch, asked)


@router.get("/endpoints/{endpoint}/monitors")
async def endpoint_monitors(endpoint: str, call: CallOf) -> tuple[MonitorShown, ...]:
    return await call.read(monitoring.of, endpoint)


@router.get("/monitors/{monitor}")
async def get_monitor(monitor: str, call: CallOf) -> MonitorShown:
    return await call.read(monitoring.get, monitor)


@router.get("/monitors/{monitor}/windows")
async def list_windows(monitor: str, asked: Annotated[WindowsAsked, Query()], call: CallOf) -> Page[WindowShown]:
    return await call.read(monitoring.windows, monitor, asked)


@router.get("/windows/{window}")
async def get_window(window: str, call: CallOf) -> WindowShown:
    return await call.read(monitoring.window, window)
