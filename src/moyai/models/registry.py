"""The registry: models and their versions, each with its file by digest, its card and what it came from."""

import json
from collections.abc import Mapping
from typing import Any

from moyai.compute.schema import ArtifactShown
from moyai.data import blobs
from moyai.governance import provenance
from moyai.governance.schema import Link
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Invalid
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.models import rules
from moyai.models.events import ModelVersionAdded
from moyai.models.schema import ModelsAsked, ModelShown, ModelVersionShown
from moyai.models.store import runs as store
from moyai.models.tables import Model, ModelVersion, Run

MODEL, SIGNATURE, CARD, REFERENCE = (
    "outputs/model.onnx", "outputs/signature.json", "outputs/card.json", "outputs/reference.npz"
)  # fmt: skip
MOST = 1 << 20
"""Bytes of a signature or card that are read."""


def model(call: Call, model: str) -> ModelShown:
    """Raises NotAllowed or NotFound."""
    call.require("model.read", Thing("model", model))
    return store.show_model(store.model(call.session, model))


def models(call: Call, asked: ModelsAsked) -> Page[ModelShown]:
    """Models, newest first. Raises NotAllowed."""
    call.require("model.read", Thing("model"))
    return store.models(call.session, asked)


def version(call: Call, version: str) -> ModelVersionShown:
    """Raises NotAllowed or NotFound."""
    call.require("model.read", Thing("model", version))
    return store.show_version(store.version(call.session, version))


def versions(call: Call, asked: ModelsAsked) -> Page[ModelVersionShown]:
    """Model versions, newest first. Raises NotAllowed."""
    call.require("model.read", Thing("model"))
    return store.versions(call.session, asked)


def add(call: Call, run: Run, artifacts: Mapping[str, ArtifactShown]) -> None:
    """Enter what a finished run made as the next version of its model, with its lineage; for runs alone.

    A run without a model file adds nothing, and a repetition only notes the file's digest. Raises Invalid when the
    signature or the card is not what it has to be.
    """
    file = artifacts.get(MODEL)
    if file is None:
        run.detail = f"The run left no {MODEL}: nothing to register."
        return
    run.result = {**run.result, "digest": file.digest}
    if run.repeats:
        return
    signature, card = _read(call, artifacts.get(SIGNATURE)), _read(call, artifacts.get(CARD))
    parent = _next(call, run)
    reference = artifacts.get(REFERENCE)
    row = ModelVersion(
        id=ids.new("mdv"), model=parent.id, name=parent.name, number=parent.versions, project=run.project, run=run.id,
        digest=file.digest, reference=reference.id if reference else None,
        features=rules.names_in(signature, "features"), classes=rules.names_in(signature, "classes"), card=card,
        state="candidate", at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    parent.latest = run.model_version = row.id
    provenance.link(call, *_origins(row, run, file))
    call.announce(ModelVersionAdded(about=row.id, model=row.model, number=row.number, run=row.run, digest=row.digest))


def _next(call: Call, run: Run) -> Model:
    """The model of the run, made when it is new, with the next version's number taken."""
    found = store.model_for_update(call.session, run.project, run.model)
    if found is None:
        found = Model(id=ids.new("mdl"), name=run.model, project=run.project, versions=0, latest=None, at=call.now)
        store.add(call.session, found)
    found.versions += 1
    return found


def _origins(row: ModelVersion, run: Run, file: ArtifactShown) -> tuple[Link, ...]:
    return (
        Link(source=run.id, relation="generated", target=row.id),
        Link(source=row.id, relation="derived_from", target=run.asked["version"]),
        Link(source=row.id, relation="derived_from", target=file.id),
        Link(source=row.id, relation="attributed_to", target=run.requester),
    )


def _read(call: Call, artifact: ArtifactShown | None) -> dict[str, Any]:
    if artifact is None:
        return {}
    if artifact.bytes > MOST:
        raise Invalid(f"It has {artifact.bytes:,} bytes; at most {MOST:,} are read.", where=artifact.name)
    try:
        found = json.loads(b"".join(blobs.open(call, artifact.digest)))
    except ValueError as wrong:
        raise Invalid(f"Not JSON: {wrong}.", where=artifact.name) from wrong
    if not isinstance(found, dict):
        raise Invalid("Not a JSON object.", where=artifact.name)
    return found
