"""Provenance: what came of what, as links between ids in relations of W3C PROV. Rooms record it as they make things."""

from functools import partial

from moyai.governance import rules, store
from moyai.governance.events import ProvenanceLinked
from moyai.governance.schema import Direction, Graph, Link
from moyai.governance.tables import ProvenanceLink
from moyai.kernel.call import Call
from moyai.kernel.policy import Thing


def link(call: Call, *links: Link) -> None:
    """Record the links, in the caller's transaction; one that is there already stays as it is.

    For rooms that made or used the things themselves: no face offers it, so it asks for no permission of its own.
    """
    for one in dict.fromkeys(links):
        later, earlier = rules.in_time(one)
        row = ProvenanceLink(
            source=one.source, relation=one.relation, target=one.target, later=later, earlier=earlier,
            by=call.who.person, at=call.now,
        )  # fmt: skip
        if store.link(call.session, row):
            call.announce(ProvenanceLinked(about=one.source, relation=one.relation, target=one.target))


def of(call: Call, id: str, depth: int = 3, direction: Direction = "both") -> Graph:
    """Where a thing came from and what came of it, up to `depth` steps each way and `rules.MOST_NODES` things.

    Raises NotAllowed. A thing that nobody linked gives a graph of itself alone.
    """
    call.require("provenance.read", Thing("provenance"))
    most = rules.MOST_NODES
    ways = {"up": (store.origins,), "down": (store.outcomes,), "both": (store.origins, store.outcomes)}[direction]
    walks = [rules.walk(id, depth, partial(way, call.session), most) for way in ways]
    return Graph(
        start=id,
        nodes=tuple(dict.fromkeys(node for walk in walks for node in walk.nodes)),
        links=tuple(dict.fromkeys(found for walk in walks for found in walk.links)),
        truncated=any(walk.truncated for walk in walks),
    )


def upstream(call: Call, id: str, depth: int = 3) -> Graph:
    """Only where it came from."""
    return of(call, id, depth, "up")


def downstream(call: Call, id: str, depth: int = 3) -> Graph:
    """Only what came of it."""
    return of(call, id, depth, "down")
