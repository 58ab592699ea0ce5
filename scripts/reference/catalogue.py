"""Which pages there are, and which of them are out of date."""

from importlib.util import find_spec
from pathlib import Path

from scripts.reference import commands, errors, events, policy, ports, routes, settings, shapes

SINGLE = {
    "settings.md": ("moyai.kernel.settings", settings.page),
    "errors.md": ("moyai.kernel.errors", errors.page),
    "events.md": ("moyai.kernel.journal", events.page),
    "policy.md": ("moyai.kernel.policy", policy.page),
    "ports.md": ("moyai.kernel.plugins", ports.page),
    "rest.md": ("moyai.app", routes.page),
    "cli.md": ("moyai.main", commands.page),
}
"""Page, the module it is written from, and what writes it."""


def pages() -> dict[str, str]:
    """Every page by its file name. A page whose module does not stand yet is left out."""
    written = {name: write() for name, (module, write) in SINGLE.items() if find_spec(module)}
    for declared in shapes.DECLARED:
        if declared.stands():
            written[f"{declared.name}.md"] = declared.page()
            written[f"{declared.name}.schema.json"] = declared.schema()
    return written


def stale(folder: Path) -> list[str]:
    """Names of pages that differ from the code, are missing, or describe something that is gone."""
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}
    return sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
