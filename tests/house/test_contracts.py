"""The import contracts of pyproject.toml: the house keeps them, and each of them bites."""

from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from grimp import ImportGraph, build_graph
from importlinter import Contract
from importlinter.api import read_configuration
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

from tests.house import tree
from tests.house.contracts import SIGHTS, Rooms, Sees

KINDS: dict[str, type[Contract]] = {
    "layers": LayersContract,
    "independence": IndependenceContract,
    "protected": ProtectedContract,
    "acyclic_siblings": AcyclicSiblingsContract,
    "sees": Sees,
    "rooms": Rooms,
}


@cache
def configured() -> dict[str, Any]:
    return read_configuration(str(tree.HERE / "pyproject.toml"))


@cache
def today() -> ImportGraph:
    return build_graph("moyai", include_external_packages=True, cache_dir=None)


def contract(name: str) -> Contract:
    options = next(each for each in configured()["contracts_options"] if each["id"] == name)
    return KINDS[options["type"]](options["name"], configured()["session_options"], options)


def kept(name: str, graph: ImportGraph) -> bool:
    return contract(name).check(graph, verbose=False).kept


def built(*imports: str) -> ImportGraph:
    """A house with these imports only, written `compute.jobs -> models.training`; a bare name is a module."""
    graph = ImportGraph()
    stand(graph, "moyai")
    for wanted in imports:
        importer, _, imported = wanted.partition(" -> ")
        for name in filter(None, (importer, imported)):
            stand(graph, full(name))
        if imported:
            graph.add_import(importer=full(importer), imported=full(imported))
    return graph


def full(name: str) -> str:
    """Names are said from inside the house; a library is written `:sqlalchemy`."""
    return name.removeprefix(":") if name.startswith(":") else f"moyai.{name}"


def stand(graph: ImportGraph, module: str) -> None:
    """Add `module` and the packages that hold it, where they are missing."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        if name not in graph.modules:
            graph.add_module(name, is_squashed=not name.startswith("moyai"))


@pytest.mark.parametrize("name", [each["id"] for each in configured()["contracts_options"]])
def test_the_house_keeps_its_contract(name: str) -> None:
    answer = contract(name).check(deepcopy(today()), verbose=False)
    assert answer.kept, f"run lint-imports for the reasons: {answer.metadata}"


BREACHES = [
    # 1. Calls go down.
    ("floors", "kernel.errors -> people.schema"),
    ("floors", "people.persons -> governance.audit"),
    ("floors", "governance.audit -> data.datasets"),
    ("floors", "data.datasets -> compute.jobs"),
    ("floors", "compute.jobs -> models.training"),
    ("floors", "models.training -> learning.courses"),
    ("floors", "models.training -> planning.pilots"),
    ("floors", "planning.pilots -> faces.rest.planning"),
    ("floors", "planning.pilots -> engines.documents"),
    ("floors", "faces.rest.planning -> app"),
    ("floors", "app -> worker"),
    ("floors", "numerics.drift -> kernel.errors"),
    ("floors", "kernel.call -> simulator.pool"),
    ("floors", "cellar"),
    # 2. The command stands on the SDK.
    ("faces", "faces.rest.data -> faces.cli.data"),
    ("faces", "faces.sdk.client -> faces.cli.data"),
    ("faces", "faces.portal.data -> faces.rest.data"),
    ("faces", "faces.sdk.client -> faces.rest.data"),
    ("faces", "faces.gopher"),
    # 3. Clients see shapes and plain values.
    ("client", "faces.sdk.client -> compute.jobs"),
    ("client", "faces.cli.data -> data.tables"),
    ("client", "faces.cli.data -> kernel.database"),
    ("client", "faces.sdk.drivers.pilot -> kernel.call"),
    ("client", "faces.cli.data -> engines.storage"),
    ("client", "faces.cli.data -> faces.rest.data"),
    ("client", "faces.cli.data -> main"),
    ("values", "kernel.errors -> kernel.database"),
    # 4. Engines see ports.
    ("engines", "engines.executors.local -> compute.jobs"),
    ("engines", "engines.storage.folder -> data.store"),
    ("engines", "engines.storage.folder -> kernel.settings"),
    ("engines", "engines.documents.html -> faces.portal"),
    ("strangers", "engines.executors.local -> engines.storage"),
    # 5. Nobody imports an engine.
    ("plugged", "app -> engines.storage.folder"),
    ("plugged", "compute.dispatch -> engines.executors.local"),
    ("plugged", "faces.rest.data -> engines.readers"),
    # 6. Inside a domain.
    ("rooms", "compute.schema -> compute.rules"),
    ("rooms", "compute.schema -> kernel.database"),
    ("rooms", "compute.schema -> data.datasets"),
    ("rooms", "compute.schema -> :sqlalchemy"),
    ("rooms", "compute.rules -> compute.tables"),
    ("rooms", "compute.rules -> kernel.clock"),
    ("rooms", "compute.rules -> :sqlalchemy"),
    ("rooms", "compute.rules -> :httpx"),
    ("rooms", "compute.tables -> compute.rules"),
    ("rooms", "compute.events -> compute.tables"),
    ("rooms", "compute.ports -> kernel.settings"),
    ("rooms", "compute.store -> compute.jobs"),
    ("rooms", "compute.store -> data.versions"),
    ("rooms", "compute.jobs -> compute.loops"),
    ("rooms", "compute.jobs -> compute.reactions"),
    ("rooms", "compute.jobs -> data.events"),
    ("rooms", "compute.jobs -> :sqlalchemy"),
    ("rooms", "compute.jobs -> :fastapi"),
    ("rooms", "compute.reactions -> compute.loops"),
    ("rooms", "compute.reactions -> data.versions"),
    ("rooms", "compute -> compute.jobs"),
    # 7. Store, tables and rules stay at home.
    ("rooms", "models.training -> compute.store"),
    ("rooms", "models.training -> compute.store.jobs"),
    ("rooms", "faces.rest.compute -> compute.tables"),
    ("rooms", "models.rules -> compute.rules"),
    ("rooms", "faces.rest.compute -> compute.loops"),
    # 8. No circles.
    ("circles", "compute.jobs -> compute.placement", "compute.placement -> compute.jobs"),
    ("circles", "kernel.leases -> kernel.reacting", "kernel.reacting -> kernel.leases"),
]


@pytest.mark.parametrize("breach", BREACHES, ids=" ".join)
def test_a_breach_is_refused(breach: tuple[str, ...]) -> None:
    name, *imports = breach
    assert not kept(name, built(*imports))


PERMITTED = [
    ("floors", "main -> faces.cli"),
    ("client", "faces.sdk.client -> compute.schema"),
    ("client", "faces.cli.data -> faces.sdk.client"),
    ("engines", "engines.trainers.tabular -> models.ports"),
    ("engines", "engines.documents.html -> numerics.drift"),
    ("strangers", "engines.executors.local -> engines.executors.supervisor"),
    ("rooms", "compute.schema -> data.schema"),
    ("rooms", "compute.schema -> kernel.ids"),
    ("rooms", "models.ports -> compute.ports"),
    ("rooms", "models.training -> compute.jobs"),
    ("rooms", "models.training -> models.store.runs"),
    ("rooms", "models.rules -> numerics.resampling"),
    ("rooms", "models.reactions -> compute.events"),
    ("rooms", "models.loops -> models.serving"),
    ("rooms", "models.store.runs -> models.tables"),
    ("rooms", "worker -> compute.loops"),
    ("rooms", "faces.rest.compute -> compute.jobs"),
]


@pytest.mark.parametrize("use", PERMITTED, ids=" ".join)
def test_what_the_house_is_built_for_passes(use: tuple[str, ...]) -> None:
    name, *imports = use
    assert kept(name, built(*imports))


def test_every_kind_of_file_has_its_sight() -> None:
    assert set(SIGHTS) == {*tree.FILES, "noun"}


def test_every_contract_is_shown_to_bite() -> None:
    assert {breach[0] for breach in BREACHES} == {each["id"] for each in configured()["contracts_options"]}
