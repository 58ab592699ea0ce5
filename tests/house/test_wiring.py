"""Nothing is built and then forgotten: every router is served, every loop and reaction runs, every group has a file."""

from importlib import import_module
from pathlib import Path

import pytest

from moyai import app, worker
from moyai.faces.cli import root
from tests.house import tree

ROUTERS = [path for path in tree.sources("faces/rest") if "router = APIRouter" in path.read_text()]


@pytest.mark.parametrize("path", ROUTERS, ids=tree.name_of)
def test_a_router_is_served(path: Path) -> None:
    assert import_module(f"moyai.faces.rest.{path.stem}").router in app.ROUTERS


@pytest.mark.parametrize("room", tree.rooms(), ids=tree.name_of)
def test_the_loops_and_reactions_of_a_room_run(room: Path) -> None:
    for kind, running in (("loops", worker.LOOPS), ("reactions", worker.REACTIONS)):
        declared = import_module(f"moyai.{room.name}.{kind}") if (room / f"{kind}.py").exists() else None
        assert set(getattr(declared, kind.upper(), ())) <= set(running), f"the worker does not run {room.name}.{kind}"


@pytest.mark.parametrize("name", root.GROUPS)
def test_a_group_of_the_command_stands(name: str) -> None:
    assert import_module(f"moyai.faces.cli.{name}").group


def test_every_file_of_the_command_that_has_a_group_is_offered() -> None:
    files = [path for path in tree.sources("faces/cli") if "\ngroup = typer.Typer(" in path.read_text()]
    assert {path.stem for path in files} <= set(root.GROUPS)
