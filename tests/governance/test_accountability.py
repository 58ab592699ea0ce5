"""Accountability: one person answers at a time, holds the role claimed, and whoever answered before stays known."""

import pytest

from moyai.governance import accountability
from moyai.governance.schema import AccountabilityAsked
from moyai.kernel.clock import Fixed
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from moyai.kernel.policy import Held, Who
from tests.governance.conftest import Consortium

KEY_USER = Who(person="per_k", name="Mika", roles=(Held("key_user"),))


def asked(person: str, role: str = "leader", **more: str) -> AccountabilityAsked:
    return AccountabilityAsked(
        subject="mdv_1", person=person, role=role, statement="I answer for its use on the night shift.", **more
    )


def test_one_person_answers_and_the_ones_before_stay_known(consortium: Consortium, edge: Edge, clock: Fixed):
    assert edge.read(KEY_USER, accountability.of, "mdv_1") is None
    aiko = consortium.enter("Aiko", "leader", organisation=consortium.aoba)
    ren = consortium.enter("Ren", "leader", project=consortium.gamma)
    first = edge.run(KEY_USER, accountability.assign, asked(aiko.person, project="gamma"))
    assert edge.run(KEY_USER, accountability.assign, asked(aiko.person, project="gamma")) == first
    clock.move(days=1)
    second = edge.run(KEY_USER, accountability.assign, asked(ren.person, project="gamma"))
    assert edge.read(KEY_USER, accountability.of, "mdv_1") == second
    kept = edge.read(KEY_USER, accountability.history, "mdv_1")
    assert [(one.person, one.until) for one in kept] == [(ren.person, None), (aiko.person, clock.now())]
    assert consortium.names() == ["AccountabilityAssigned"] * 2


def test_a_name_without_the_role_there_does_not_answer(consortium: Consortium, edge: Edge):
    elsewhere = consortium.enter("Cho", "leader", organisation=consortium.cedar)
    operator = consortium.enter("Ren", "operator", organisation=consortium.aoba)
    for person in (elsewhere.person, operator.person):
        with pytest.raises(Invalid, match="does not hold the role 'leader' there"):
            edge.run(KEY_USER, accountability.assign, asked(person, project="gamma"))
    with pytest.raises(NotFound):
        edge.run(KEY_USER, accountability.assign, asked("per_nobody", project="gamma"))
    assert edge.run(KEY_USER, accountability.assign, asked(elsewhere.person)).number == 1


def test_the_floor_names_nobody_and_a_subject_stays_where_it_belongs(consortium: Consortium, edge: Edge):
    aiko = consortium.enter("Aiko", "leader")
    with pytest.raises(NotAllowed):
        edge.run(Who(person="per_f", roles=(Held("operator"),)), accountability.assign, asked(aiko.person))
    edge.run(KEY_USER, accountability.assign, asked(aiko.person, project="gamma"))
    with pytest.raises(Conflict, match="belongs to another"):
        edge.run(KEY_USER, accountability.assign, asked(aiko.person, organisation="Cedar"))
