"""Every entry point leads to something that exists and is named after its technology."""

import importlib
import tomllib

import pytest

from tests.house import tree

PROJECT = tomllib.loads((tree.HERE / "pyproject.toml").read_text())["project"]
DECLARED = {
    f"{group}:{name}": target for group, names in PROJECT["entry-points"].items() for name, target in names.items()
} | {f"scripts:{name}": target for name, target in PROJECT["scripts"].items()}


@pytest.mark.parametrize("target", DECLARED.values(), ids=DECLARED.keys())
def test_an_entry_point_leads_somewhere(target: str) -> None:
    module, _, attribute = target.partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))


GROUPS = sorted(
    {path.parent.name for path in tree.sources("engines")} - {"engines", "programs"}
)  # what programs in jobs share: decision 0009


@pytest.mark.parametrize("name", GROUPS)
def test_an_engine_group_is_a_port_with_entry_points(name: str) -> None:
    declared = [target for group, target in DECLARED.items() if group.startswith(f"moyai.{name}:")]
    assert declared, f"no entry point of moyai.{name}: nobody can load what stands in engines/{name}"
