"""Endpoints: which version is in production, since when, and who said so. The stop button."""

from typing import Literal

from moyai.governance import procedures, provenance
from moyai.governance.schema import Link
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, NotFound
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.models import rules, scopes
from moyai.models.events import EndpointOpened, EndpointResumed, EndpointStopped
from moyai.models.schema import (
    Answering,
    DeploymentShown,
    EndpointAsked,
    EndpointShown,
    FiguresShown,
    ModelsAsked,
    Reason,
)
from moyai.models.store import endpoints as store
from moyai.models.store import predictions, runs
from moyai.models.tables import Deployment, Endpoint, Gate, ModelVersion
from moyai.people import projects

DRAIN = "models.predictions"
"""The loop that moves logged predictions into the database."""


def open(call: Call, asked: EndpointAsked) -> EndpointShown:
    """Put a version into production under a name; a name that serves already gets the new version.

    Raises NotAllowed (under a name that was stopped, it takes whoever may resume it), NotFound, or Conflict without a
    gate that passed this very version for production, for a version of another project, and for a name that another
    project uses.
    """
    project = projects.get(scopes.as_moyai(call), asked.project).id
    call.require("endpoint.open", scopes.thing(call, ("endpoint", ""), project))
    version, gate = runs.version(call.session, asked.model_version), store.gate(call.session, asked.gate)
    rules.may_open(version.id, store.show_gate(gate))
    before = store.endpoint_named(call.session, asked.name, for_update=True)
    _same_project(asked, project, version, before)
    if before is not None and before.state == "stopped":
        call.require("endpoint.resume", _thing(call, before))
    if asked.procedure:
        procedures.get(scopes.as_moyai(call), asked.procedure)
    if before is None:
        row = _new(call, asked, project)
    else:
        row, replaced = before, before.model_version
        if (replaced, row.gate, row.state) == (version.id, gate.id, "open"):
            return show(call, row)
        row.model_version, row.gate, row.state, row.reason = version.id, gate.id, "open", ""
        row.procedure, row.qualification = asked.procedure or row.procedure, asked.qualification or row.qualification
    _record(call, row, "opened" if before is None else "replaced", f"The gate {gate.id} passed.")
    _announce(call, row, gate)
    return show(call, row)


def stop(call: Call, endpoint: str, why: Reason) -> EndpointShown:
    """Answer no more: at once in this process, elsewhere within `policy_seconds`. Stopped already: nothing changes.

    Raises NotAllowed or NotFound.
    """
    row = store.endpoint(call.session, endpoint, for_update=True)
    call.require("endpoint.stop", _thing(call, row))
    if row.state != "stopped":
        row.state, row.reason = "stopped", why.reason
        _record(call, row, "stopped", why.reason)
        call.announce(EndpointStopped(about=row.id, reason=why.reason))
    return show(call, row)


def resume(call: Call, endpoint: str, why: Reason) -> EndpointShown:
    """Answer again. Raises NotAllowed (it takes a leader) or NotFound; open already: nothing changes."""
    row = store.endpoint(call.session, endpoint, for_update=True)
    call.require("endpoint.resume", _thing(call, row))
    if row.state != "open":
        row.state, row.reason = "open", ""
        _record(call, row, "resumed", why.reason)
        call.announce(EndpointResumed(about=row.id, reason=why.reason))
    return show(call, row)


def get(call: Call, endpoint: str) -> EndpointShown:
    """By id or name, with its history. Raises NotAllowed or NotFound."""
    call.require("endpoint.read", Thing("endpoint", endpoint))
    return show(call, store.endpoint(call.session, endpoint))


def list(call: Call, asked: ModelsAsked) -> Page[EndpointShown]:
    """Endpoints, newest first, without their histories. Raises NotAllowed."""
    call.require("endpoint.read", Thing("endpoint"))
    return store.endpoints(call.session, asked)


def history(call: Call, endpoint: str) -> tuple[DeploymentShown, ...]:
    """What was in production from when on, and who said so; newest first. Raises NotAllowed or NotFound."""
    return get(call, endpoint).history


def figures(call: Call, endpoint: str) -> FiguresShown:
    """Predictions, response times and decisions, counted now. Raises NotAllowed or NotFound."""
    call.require("endpoint.read", Thing("endpoint", endpoint))
    row = store.endpoint(call.session, endpoint)
    sources = predictions.by_source(call.session, row.id)
    count = sum(sources.values())
    decided, overridden, scripted = predictions.decided(call.session, row.id)
    return FiguresShown(
        endpoint=row.id, predictions=count, p50_ms=predictions.quantile(call.session, row.id, count, 0.50),
        p99_ms=predictions.quantile(call.session, row.id, count, 0.99), decisions=decided, overridden=overridden,
        scripted=scripted, sources=sources,
    )  # fmt: skip


def answering(call: Call, name: str, number: int | None = None) -> Answering:
    """What answers under this name: the version in production, or an earlier one of the endpoint by its number.

    Raises NotAllowed, or NotFound for a name or number that this endpoint never served.
    """
    row = store.endpoint(call.session, name)
    call.require("endpoint.infer", _thing(call, row))
    version = runs.version(call.session, row.model_version)
    if number is not None and number != version.number:
        raise NotFound(
            f"The endpoint {row.name} serves version {version.number}, not {number}.",
            fix="Leave the version out, or name the one in service.",
            where=row.name,
        )
    return Answering(
        endpoint=row.id, name=row.name, model_version=version.id, number=version.number, digest=version.digest,
        features=tuple(version.features), stopped=row.reason if row.state == "stopped" else None,
    )  # fmt: skip


def show(call: Call, row: Endpoint) -> EndpointShown:
    return store.show_endpoint(row, store.history(call.session, row.id))


def _thing(call: Call, row: Endpoint) -> Thing:
    return scopes.thing(call, ("endpoint", row.id), row.project)


def _same_project(asked: EndpointAsked, project: str, version: ModelVersion, before: Endpoint | None) -> None:
    if version.project != project:
        raise Conflict(f"The version {version.id} belongs to another project.", where="model_version")
    if before is not None and before.project != project:
        raise Conflict(f"Another project serves under the name {asked.name!r}.", fix="Choose another.", where="name")


def _new(call: Call, asked: EndpointAsked, project: str) -> Endpoint:
    row = Endpoint(
        id=ids.new("end"), name=asked.name, project=project, state="open", reason="",
        model_version=asked.model_version, gate=asked.gate, procedure=asked.procedure,
        qualification=asked.qualification, at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    return row


def _record(
    call: Call, row: Endpoint, action: Literal["opened", "replaced", "stopped", "resumed"], reason: str
) -> None:
    line = Deployment(
        id=ids.new("dep"), endpoint=row.id, action=action, model_version=row.model_version, gate=row.gate,
        by=call.who.person, reason=reason, at=call.now,
    )  # fmt: skip
    store.add(call.session, line)


def _announce(call: Call, row: Endpoint, gate: Gate) -> None:
    provenance.link(
        call,
        Link(source=row.id, relation="used", target=row.model_version),
        Link(source=row.id, relation="informed_by", target=gate.id),
    )
    call.announce(
        EndpointOpened(about=row.id, name=row.name, model_version=row.model_version, gate=gate.id, project=row.project)
    )
    call.later(DRAIN, "spool")
