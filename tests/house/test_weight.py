"""Nothing heavy is loaded by asking for help, by reading shapes, or by the client."""

import subprocess
import sys
from collections.abc import Iterable

from tests.house import tree

HEAVY = {"numpy", "scipy", "sklearn", "duckdb", "onnxruntime", "onnx", "pyarrow", "numba", "pandas", "skl2onnx"}
SERVER = {"sqlalchemy", "alembic", "fastapi", "starlette", "uvicorn", "cedarpy", "jinja2"}


def loaded_by(program: str, *arguments: str) -> set[str]:
    """Top-level modules that `program` has loaded when it ends, in a fresh interpreter."""
    witness = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('\\n@', *sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    run = [sys.executable, "-c", witness + program, *arguments]
    ended = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tree.HERE)
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.rpartition("\n@")[2].split())


def importing(modules: Iterable[str]) -> set[str]:
    return loaded_by("\n".join(f"import {module}" for module in modules))


def test_help_loads_nothing_heavy() -> None:
    run = "import sys; sys.argv = ['moyai', '--help']\nfrom moyai.main import run\nrun()"
    assert not loaded_by(run) & (HEAVY | SERVER)


def test_shapes_load_neither_the_server_nor_anything_heavy() -> None:
    shapes = [f"moyai.{room.name}.schema" for room in tree.rooms() if (room / "schema.py").exists()]
    assert not importing(shapes) & (HEAVY | SERVER)


def test_the_client_loads_neither_the_server_nor_anything_heavy() -> None:
    assert not loaded_by("from moyai import Client") & (HEAVY | SERVER)


def test_the_server_waits_without_anything_heavy() -> None:
    assert not importing(["moyai.app", "moyai.worker"]) & HEAVY


def test_what_is_loaded_is_seen() -> None:
    assert "sqlite3" in loaded_by("import sqlite3")
