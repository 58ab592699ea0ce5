"""The page of events: what each room announces, and who reacts."""

from collections import defaultdict
from types import ModuleType

from moyai.kernel.journal import Event
from scripts.reference import rooms, text


def announced(module: ModuleType) -> list[type[Event]]:
    """Events defined in `module`, in the order in which they are written."""
    found = [thing for thing in vars(module).values() if isinstance(thing, type) and issubclass(thing, Event)]
    return [event for event in found if event.__module__ == module.__name__]


def listeners() -> dict[str, list[str]]:
    """`compute.jobs.finish` and so on, by the event they react to."""
    found: dict[str, list[str]] = defaultdict(list)
    for _, module in rooms.each("reactions"):
        for reaction in module.REACTIONS:
            verb = f"{reaction.verb.__module__.removeprefix('moyai.')}.{reaction.verb.__name__}"
            found[reaction.event.__name__].append(verb)
    return found


def page() -> str:
    heard = listeners()
    parts: list[str] = []
    for room, module in rooms.each("events"):
        rows = [
            (
                text.code(event.__name__),
                text.said(event),
                ", ".join(text.code(name) for name in event.model_fields if name != "about"),
                ", ".join(text.code(verb) for verb in heard[event.__name__]),
            )
            for event in announced(module)
        ]
        parts += [f"## {room}", text.table(("event", "what happened", "fields", "what reacts"), rows)]
    return text.page(
        "Events",
        "What the journal holds. Every event also says what it is `about` (an id), who caused it and when.",
        *parts,
    )
