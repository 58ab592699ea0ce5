"""Where a record of models belongs: the project whose roles count for it."""

from dataclasses import replace

from moyai.kernel.call import Call
from moyai.kernel.policy import Attributes, Thing, moyai
from moyai.people import projects


def as_moyai(call: Call) -> Call:
    """The same call asked by Moyai: for what a verb has to look up whether or not the person could."""
    return replace(call, who=moyai("models"))


def thing(call: Call, named: tuple[str, str], project: str, attrs: Attributes | None = None) -> Thing:
    """A (kind, id) of a project, as policies see it. Raises NotFound for an unknown project."""
    kind, identifier = named
    found = projects.thing(projects.get(as_moyai(call), project))
    return replace(found, kind=kind, id=identifier, attrs=attrs or {})
