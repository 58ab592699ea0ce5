"""Approvals on a real database: who may decide, what is on record when somebody may not, and who wins a race."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import text

from moyai.governance import approvals
from moyai.governance.schema import ApprovalAsked, ApprovalDecision, ApprovalsAsked, ApprovalShown
from moyai.kernel import journal
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Conflict, NotAllowed, NotFound
from moyai.kernel.policy import Held, Thing, Who, moyai
from tests.governance.conftest import Consortium

YES = ApprovalDecision(verdict="granted", reason="The checks are green.")
NO = ApprovalDecision(verdict="denied", reason="The model card lacks its limits.")
TRAINER = Who(person="per_trainer", name="Mika", roles=(Held("key_user"), Held("leader")), qualifications=("gate",))
HELPER = Who(person="per_helper", name="Jan", roles=(Held("leader"),), qualifications=("gate",))
SECOND = Who(person="per_second", name="Aiko", roles=(Held("leader"),), qualifications=("gate",))


def requested(consortium: Consortium) -> ApprovalShown:
    asked = ApprovalAsked(
        subject="gat_1", purpose="Open the endpoint", role="leader", qualification="gate", project="gamma",
        not_by=("per_helper",),
    )  # fmt: skip
    return consortium.edge.run(TRAINER, approvals.request, asked)


def test_a_second_person_with_role_and_qualification_grants(consortium: Consortium, edge: Edge):
    asked = requested(consortium)
    assert (asked.state, asked.asked_by, asked.project) == ("waiting", "per_trainer", consortium.gamma)
    shown = edge.run(SECOND, approvals.decide, asked.id, YES)
    assert (shown.state, shown.decided_by, shown.scripted) == ("granted", "per_second", False)
    assert edge.read(TRAINER, approvals.get, asked.id) == shown
    assert consortium.names() == ["ApprovalRequested", "ApprovalGranted"]


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (TRAINER, "nobody approves what they asked for themselves"),
        (HELPER, "whoever worked on it does not approve it"),
        (replace(SECOND, roles=(Held("key_user"),)), "the role that the request names"),
        (replace(SECOND, roles=(Held("owner"),)), "the role that the request names"),
        (replace(SECOND, roles=(Held("leader", organisation="org_elsewhere"),)), "the role that the request names"),
        (replace(SECOND, roles=(Held("leader", project="prj_elsewhere"),)), "the role that the request names"),
        (replace(SECOND, qualifications=("other",)), "the qualification that the request names"),
        (replace(SECOND, scopes=("job.*",)), "this token is limited to job.*"),
        (moyai("models"), "a person approves, never Moyai itself"),
    ],
)
def test_a_refused_attempt_is_on_record_and_changes_nothing(consortium: Consortium, edge: Edge, who: Who, why: str):
    asked = requested(consortium)
    with pytest.raises(NotAllowed, match=why) as refused:
        edge.run(who, approvals.decide, asked.id, YES)
    assert "a second person: a leader with the qualification gate" in refused.value.fix
    assert edge.read(TRAINER, approvals.get, asked.id) == asked
    assert consortium.names() == ["ApprovalRequested", "ApprovalRefused"]
    with edge.database.reading() as session:
        (entry,) = journal.since(session, 0, ["ApprovalRefused"], 5)
    shown = journal.show(entry)
    assert (shown.actor, shown.about, shown.body["person"]) == (who.person, asked.id, who.person)
    assert why in shown.body["reason"]


def test_a_role_in_the_lead_or_in_a_member_counts_and_not_after_the_member_left(consortium: Consortium, edge: Edge):
    asked = requested(consortium)
    member = replace(SECOND, roles=(Held("leader", organisation=consortium.birch),))
    edge.change(lambda session: session.execute(text("update people_project set members = '[]'")))
    with pytest.raises(NotAllowed):
        edge.run(member, approvals.decide, asked.id, YES)
    lead = replace(SECOND, roles=(Held("leader", organisation=consortium.aoba),))
    assert edge.run(lead, approvals.decide, asked.id, YES).state == "granted"


def test_the_same_decision_again_changes_nothing_and_another_is_a_conflict(consortium: Consortium, edge: Edge):
    asked = requested(consortium)
    first = edge.run(SECOND, approvals.decide, asked.id, NO)
    assert edge.run(SECOND, approvals.decide, asked.id, NO) == first
    for who, decision in ((SECOND, YES), (replace(SECOND, person="per_third"), NO)):
        with pytest.raises(Conflict, match="denied by per_second already"):
            edge.run(who, approvals.decide, asked.id, decision)
    assert consortium.names() == ["ApprovalRequested", "ApprovalDenied"]


def test_of_many_who_decide_at_once_one_wins(consortium: Consortium, edge: Edge):
    asked = requested(consortium)

    def decide(number: int) -> str:
        try:
            decision = YES if number % 2 else NO
            return edge.run(replace(SECOND, person=f"per_{number}"), approvals.decide, asked.id, decision).state
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(decide, range(6)))
    assert outcomes.count("conflict") == 5
    assert len(consortium.names()) == 2


def test_a_decision_sent_by_a_program_is_labelled(consortium: Consortium, edge: Edge):
    asked = requested(consortium)
    assert edge.run(replace(SECOND, scripted=True), approvals.decide, asked.id, YES).scripted


def test_asking_again_while_it_waits_gives_the_request_that_waits(consortium: Consortium, edge: Edge):
    first = requested(consortium)
    assert requested(consortium) == first
    edge.run(SECOND, approvals.decide, first.id, NO)
    assert requested(consortium).id != first.id
    assert [one.state for one in edge.read(SECOND, approvals.of, "gat_1")] == ["waiting", "denied"]


def test_a_denial_needs_a_reason_and_an_outsider_may_not_ask(consortium: Consortium, edge: Edge):
    with pytest.raises(ValueError, match="a denial needs a reason"):
        ApprovalDecision(verdict="denied", reason=" ")
    outsider = Who(person="per_x", roles=(Held("leader", organisation=consortium.cedar),))
    with pytest.raises(NotAllowed):
        edge.run(outsider, approvals.request, ApprovalAsked(subject="x", purpose="x", role="leader", project="gamma"))
    with pytest.raises(NotFound):
        edge.run(SECOND, approvals.decide, "apr_nothing", YES)


def test_a_list_holds_exactly_what_each_single_decision_permits(consortium: Consortium, edge: Edge):
    scopes = ({}, {"project": "gamma"}, *({"organisation": org} for org in ("Aoba", "Birch", "Cedar")))
    made = [
        edge.run(TRAINER, approvals.request, ApprovalAsked(subject="s_1", purpose="p", role="leader", **scope))
        for scope in scopes
    ]
    edge.run(replace(SECOND, person="per_1"), approvals.decide, made[4].id, YES)
    held = (Held("operator"), Held("owner"), Held("leader", project=consortium.gamma), Held("leader", project="prj_x"))
    held += tuple(Held("trainer", organisation=org) for org in (consortium.aoba, consortium.birch, consortium.cedar))
    holdings = ((), *((one,) for one in held), (held[2], held[6]), (held[3], held[5]))
    for roles, name in product(holdings, ("per_0", "per_1", "per_trainer")):
        who = Who(person=name, roles=roles)
        alone = {one.id for one in made if allowed(edge, who, one.id)}
        assert {one.id for one in edge.read(who, approvals.list, ApprovalsAsked()).items} == alone
        assert {one.id for one in edge.read(who, approvals.of, "s_1")} == alone


def allowed(edge: Edge, who: Who, approval: str) -> bool:
    try:
        return edge.read(who, approvals.get, approval).id == approval
    except NotAllowed:
        return False


def test_lists_are_filtered_and_paged(consortium: Consortium, edge: Edge):
    for number in range(5):
        asked = ApprovalAsked(subject=f"s_{number}", purpose="p", role="leader", project="gamma")
        edge.run(TRAINER, approvals.request, asked)
    first = edge.read(SECOND, approvals.list, ApprovalsAsked(limit=3, project=consortium.gamma))
    rest = edge.read(SECOND, approvals.list, ApprovalsAsked(limit=3, cursor=first.next))
    assert [one.subject for one in first.items + rest.items] == ["s_4", "s_3", "s_2", "s_1", "s_0"]
    assert rest.next is None
    assert edge.read(SECOND, approvals.list, ApprovalsAsked(state="granted")).items == ()


def test_a_token_for_other_work_lists_nothing(consortium: Consortium, edge: Edge):
    with pytest.raises(NotAllowed):
        edge.read(replace(SECOND, scopes=("job.*",)), approvals.list, ApprovalsAsked())
    assert not edge.policy.decide(replace(SECOND, roles=()), "approval.request", Thing("approval")).allowed
