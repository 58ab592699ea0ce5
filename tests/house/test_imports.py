"""Contract 9: no import inside a function (ruff, PLC0415) and none under TYPE_CHECKING (here)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import tree


def hidden(module: ast.Module) -> list[int]:
    """Lines on which something is imported for the type checker only."""
    guards = [
        node for node in ast.walk(module) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    return [
        inner.lineno for guard in guards for inner in ast.walk(guard) if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


@pytest.mark.parametrize("path", tree.sources(), ids=tree.name_of)
def test_nothing_is_imported_for_the_type_checker_alone(path: Path) -> None:
    assert not hidden(tree.parsed(path))


def test_an_import_for_the_type_checker_alone_is_found() -> None:
    assert hidden(ast.parse("import typing as t\nif t.TYPE_CHECKING:\n    from a import b\n")) == [3]


def test_an_import_inside_a_function_is_found(tmp_path: Path) -> None:
    culprit = tmp_path / "jobs.py"
    culprit.write_text('"""Jobs."""\n\n\ndef submit() -> None:\n    import json\n\n    json.dumps({})\n')
    settings = tree.HERE / "pyproject.toml"
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(settings), str(culprit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "PLC0415" in found.stdout
