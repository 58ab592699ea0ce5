"""The journal as people read it, and the anchors that make a change of it visible."""

import pytest
from sqlalchemy import text

from moyai.governance import audit, loops, provenance
from moyai.governance.schema import Link, LogAsked
from moyai.kernel import journal, leases
from moyai.kernel.clock import Fixed
from moyai.kernel.edge import Edge
from moyai.kernel.errors import NotAllowed
from moyai.kernel.policy import Held, Who, moyai
from tests.governance.conftest import Consortium

LEADER = Who(person="per_leader", roles=(Held("leader", organisation="org_x"),))
FLOOR = Who(person="per_floor", roles=(Held("operator"),))


def write(edge: Edge, who: Who, count: int, target: str = "dsv_1") -> None:
    for number in range(count):
        edge.run(who, provenance.link, Link(source=f"job_{number}", relation="used", target=target))


def test_pages_of_a_filtered_log_are_the_whole_of_it_newest_first(consortium: Consortium, edge: Edge, clock: Fixed):
    write(edge, FLOOR, 7)
    clock.move(hours=1)
    write(edge, LEADER, 4, "dsv_2")
    asked, seen = LogAsked(name="ProvenanceLinked", limit=4), list[int]()
    while True:
        page = edge.read(LEADER, audit.log, asked)
        seen += [entry.seq for entry in page.items]
        if page.next is None:
            break
        asked = asked.model_copy(update={"cursor": page.next})
    assert len(seen) == 11
    assert seen == sorted(seen, reverse=True)

    def count(**filters: object) -> int:
        return len(edge.read(LEADER, audit.log, LogAsked.model_validate(filters)).items)

    assert count(about="job_0") == 2
    assert count(actor="per_floor") == 7
    assert count(since=clock.now()) == 4
    assert count(until=clock.now(), name="ProvenanceLinked") == 7
    assert count(about="job_9") == 0


def test_who_decides_and_documents_reads_all_and_everybody_their_own_acts(consortium: Consortium, edge: Edge):
    write(edge, FLOOR, 1)
    coordinator = Who(person="per_c", roles=(Held("coordinator"),))
    for who in (LEADER, coordinator, consortium.owner):
        assert edge.read(who, audit.verify).verified
        assert edge.read(who, audit.log, LogAsked()).items
    assert len(edge.read(FLOOR, audit.log, LogAsked(actor="per_floor")).items) == 1
    for asked in (LogAsked(), LogAsked(actor="per_leader")):
        with pytest.raises(NotAllowed, match="a coordinator or leader"):
            edge.read(FLOOR, audit.log, asked)
    with pytest.raises(NotAllowed):
        edge.read(FLOOR, audit.verify)


def lease(edge: Edge) -> leases.Lease:
    (taken,) = edge.change(lambda session: leases.take(session, audit.ANCHOR, "worker", edge.clock.now(), (9, 60.0)))
    return taken


def test_the_head_is_anchored_at_the_start_and_when_it_moved(consortium: Consortium, edge: Edge, clock: Fixed):
    (start,), (loop,) = loops.STARTS, loops.LOOPS
    edge.run(moyai("governance"), start)
    held = lease(edge)
    again = loop.work(edge, held)
    assert again is not None
    assert (again - clock.now()).total_seconds() == edge.settings.anchor_seconds
    loop.work(edge, held)
    assert len(journal.read_anchors(edge.home.anchors)) == 1
    write(edge, FLOOR, 2)
    loop.work(edge, held)
    anchors = journal.read_anchors(edge.home.anchors)
    assert [one.seq for one in anchors] == [len(consortium_entries(edge)) - 2, len(consortium_entries(edge))]
    assert edge.read(LEADER, audit.verify).anchors == 2


def consortium_entries(edge: Edge) -> list[int]:
    with edge.database.reading() as session:
        return [entry.seq for entry in session.query(journal.Entry)]


def test_starting_twice_makes_one_row(consortium: Consortium, edge: Edge):
    for _ in range(2):
        edge.run(moyai("governance"), audit.begin)
    assert lease(edge).key == "journal"


@pytest.mark.parametrize(
    "tamper",
    [
        "delete from kernel_journal where seq = (select max(seq) from kernel_journal)",
        "update kernel_journal set actor = 'per_x' where seq = 3",
        "delete from kernel_journal",
    ],
)
def test_what_is_changed_behind_an_anchor_is_found(consortium: Consortium, edge: Edge, tamper: str):
    edge.run(moyai("governance"), audit.begin)
    loops.anchor(edge, lease(edge))
    assert edge.read(LEADER, audit.verify).verified
    edge.change(lambda session: session.execute(text(tamper)))
    assert not edge.read(LEADER, audit.verify).verified
