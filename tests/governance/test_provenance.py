"""Provenance: walks find what is within reach, each way, and end however links circle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moyai.governance import provenance, rules
from moyai.governance.schema import Link, Relation
from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotAllowed
from moyai.kernel.policy import Held, Who
from tests.governance.conftest import Consortium

ANYBODY = Who(person="per_1", roles=(Held("operator"),))
LINEAGE = (
    Link(source="run_1", relation="used", target="dsv_2"),
    Link(source="run_1", relation="generated", target="mdv_1"),
    Link(source="dsv_2", relation="derived_from", target="dsv_1"),
    Link(source="run_2", relation="used", target="dsv_2"),
    Link(source="mdv_1", relation="attributed_to", target="per_9"),
)


def test_upstream_and_downstream_read_every_relation_in_its_own_direction(consortium: Consortium, edge: Edge):
    edge.run(ANYBODY, provenance.link, *LINEAGE)
    up = edge.read(ANYBODY, provenance.upstream, "mdv_1")
    assert set(up.nodes) == {"mdv_1", "run_1", "dsv_2", "dsv_1", "per_9"}
    down = edge.read(ANYBODY, provenance.downstream, "dsv_1")
    assert set(down.nodes) == {"dsv_1", "dsv_2", "run_1", "run_2", "mdv_1"}
    both = edge.read(ANYBODY, provenance.of, "run_1", 1)
    assert set(both.nodes) == {"run_1", "dsv_2", "mdv_1"}
    assert "run_2" not in edge.read(ANYBODY, provenance.of, "run_1").nodes


def test_a_link_is_kept_once_and_announced_once(consortium: Consortium, edge: Edge):
    for _ in range(2):
        edge.run(ANYBODY, provenance.link, *LINEAGE, LINEAGE[0])
    assert consortium.names() == ["ProvenanceLinked"] * len(LINEAGE)
    with pytest.raises(ValueError, match="not its own origin"):
        Link(source="a", relation="used", target="a")


def test_circles_end_and_a_crowd_is_cut_off_and_said_so(consortium: Consortium, edge: Edge):
    circle = [Link(source=f"c_{n}", relation="informed_by", target=f"c_{(n + 1) % 3}") for n in range(3)]
    crowd = [Link(source=f"job_{n}", relation="used", target="dsv_9") for n in range(rules.MOST_NODES + 20)]
    edge.run(ANYBODY, provenance.link, *circle, *crowd)
    found = edge.read(ANYBODY, provenance.of, "c_0", 20)
    assert (set(found.nodes), len(found.links), found.truncated) == ({"c_0", "c_1", "c_2"}, 3, False)
    found = edge.read(ANYBODY, provenance.of, "dsv_9", 1)
    assert (len(found.nodes), found.truncated) == (rules.MOST_NODES + 1, True)


def test_a_thing_that_nobody_linked_stands_alone_and_strangers_see_nothing(consortium: Consortium, edge: Edge):
    found = edge.read(ANYBODY, provenance.of, "job_0")
    assert (found.nodes, found.links) == (("job_0",), ())
    with pytest.raises(NotAllowed):
        edge.read(Who(person="per_2"), provenance.of, "job_0")


names = st.sampled_from([f"n_{n}" for n in range(9)])
relations = st.sampled_from(list[Relation](["used", "generated", "derived_from"]))
graphs = st.lists(st.tuples(names, relations, names).filter(lambda one: one[0] != one[2]), max_size=25)


@given(graphs, names, st.integers(1, 6), st.integers(1, 12))
def test_a_walk_reaches_exactly_what_is_within_its_steps(
    graph: list[tuple[str, Relation, str]], start: str, depth: int, most: int
):
    links = [Link(source=one, relation=relation, target=other) for one, relation, other in graph]
    pairs = [(*rules.in_time(link), link) for link in links]
    walked = rules.walk(
        start, depth, lambda border: [(early, link) for late, early, link in pairs if late in border], most
    )
    reach = {start}
    for _ in range(depth):
        reach |= {early for late, early, _ in pairs if late in reach}
    assert walked.truncated == (len(reach) > most + 1)
    assert set(walked.nodes) <= reach
    assert len(walked.nodes) == min(len(reach), most + 1)
    assert {end for link in walked.links for end in (link.source, link.target)} <= set(walked.nodes)
    if not walked.truncated:
        assert set(walked.nodes) == reach
