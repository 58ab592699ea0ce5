"""Operating rules: whatever is drafted, said, answered and enacted in whatever order, the promises hold."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from moyai.governance import procedures
from moyai.governance.schema import (
    AnswerAsked,
    CommentAsked,
    ProcedureAsked,
    ProceduresAsked,
    ProcedureShown,
)
from moyai.kernel import policy
from moyai.kernel.clock import Fixed
from moyai.kernel.database import Database, Row
from moyai.kernel.edge import Edge, engines
from moyai.kernel.errors import Conflict, NotAllowed
from moyai.kernel.home import Home
from moyai.kernel.policy import Held, Who
from moyai.kernel.settings import Settings
from tests.conftest import OWNER, START
from tests.governance.conftest import Consortium, consortium_at

LEADER = Who(person="per_leader", name="Aiko", roles=(Held("leader"),))
FLOOR = Who(person="per_floor", name="Ren", roles=(Held("operator"),))


def drafted(edge: Edge, words: str = "Stop at the red line.", **more: str) -> ProcedureShown:
    asked = ProcedureAsked(subject="end_1", title="Night shift", text=words, **more)
    return edge.run(LEADER, procedures.draft, asked)


def test_the_road_from_a_draft_to_the_next_version(consortium: Consortium, edge: Edge):
    first = drafted(edge, text_ja="赤い線で止める。", project="gamma")
    said = edge.run(FLOOR, procedures.comment, first.id, CommentAsked(text="Which line?"))
    with pytest.raises(Conflict, match="1 comment on these rules not answered yet"):
        edge.run(LEADER, procedures.enact, first.id)
    edge.run(LEADER, procedures.answer, said.id, AnswerAsked(text="The upper one; see version 2.", taken=True))
    edge.run(LEADER, procedures.enact, first.id)
    second = drafted(edge, "Stop at the upper red line.", project="gamma")
    edge.run(LEADER, procedures.enact, second.id)
    kept = edge.read(FLOOR, procedures.get, first.id)
    assert (kept.state, kept.text, kept.text_ja) == ("superseded", first.text, "赤い線で止める。")
    assert kept.comments[0].answer == "The upper one; see version 2."
    now = edge.read(FLOOR, procedures.current, "end_1")
    assert now is not None
    assert (now.id, now.number, now.enacted_by) == (second.id, 2, "per_leader")
    assert consortium.names().count("ProcedureEnacted") == 2


def test_a_new_draft_does_not_silence_a_comment_on_the_one_before(consortium: Consortium, edge: Edge):
    first = drafted(edge)
    edge.run(FLOOR, procedures.comment, first.id, CommentAsked(text="We cannot see it at night."))
    second = drafted(edge, "Stop.")
    assert edge.read(FLOOR, procedures.get, first.id).state == "withdrawn"
    with pytest.raises(Conflict, match="not answered yet"):
        edge.run(LEADER, procedures.enact, second.id)


def test_the_same_words_again_are_the_same_version(consortium: Consortium, edge: Edge):
    first = drafted(edge)
    assert drafted(edge) == first
    edge.run(LEADER, procedures.enact, first.id)
    assert drafted(edge).state == "in_force"
    assert edge.run(LEADER, procedures.enact, first.id).id == first.id
    assert consortium.names() == ["ProcedureDrafted", "ProcedureEnacted"]


def test_the_rules_of_a_project_are_not_taken_over_from_elsewhere(consortium: Consortium, edge: Edge):
    drafted(edge, project="gamma")
    other = Who(person="per_o", roles=(Held("leader", organisation=consortium.cedar),))
    asked = ProcedureAsked(subject="end_1", title="Ours", text="Ours now.", organisation="Cedar")
    with pytest.raises(Conflict, match="belong to another"):
        edge.run(other, procedures.draft, asked)
    with pytest.raises(NotAllowed):
        edge.run(other, procedures.draft, asked.model_copy(update={"organisation": None, "project": "gamma"}))


def test_the_floor_comments_but_neither_answers_nor_enacts(consortium: Consortium, edge: Edge):
    version = drafted(edge)
    said = edge.run(FLOOR, procedures.comment, version.id, CommentAsked(text="Yes."))
    with pytest.raises(NotAllowed, match="a leader or coordinator"):
        edge.run(FLOOR, procedures.answer, said.id, AnswerAsked(text="Thanks."))
    with pytest.raises(NotAllowed):
        edge.run(FLOOR, procedures.enact, version.id)


def test_an_answer_stands(consortium: Consortium, edge: Edge):
    version = drafted(edge)
    said = edge.run(FLOOR, procedures.comment, version.id, CommentAsked(text="Why?"))
    answer = AnswerAsked(text="Because of the lamp.")
    shown = edge.run(LEADER, procedures.answer, said.id, answer)
    assert edge.run(LEADER, procedures.answer, said.id, answer) == shown
    with pytest.raises(Conflict, match="answered already"):
        edge.run(LEADER, procedures.answer, said.id, AnswerAsked(text="Never mind."))


def opened(folder: Path) -> Edge:
    home = Home(folder)
    home.make()
    asked = Settings(home=folder)
    database = Database(asked.database_url)
    Row.metadata.create_all(database.engine)
    rules = policy.read(Path(policy.__file__).parents[1])
    return Edge(asked, home, database, engines(home), rules, Fixed(START))


class Rules(RuleBasedStateMachine):
    """One subject's rules under any order of verbs, beside a small model of what must be true."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.edge = opened(Path(self.folder.name))
        consortium_at(self.edge, OWNER)
        self.words: dict[str, str] = {}
        self.open: set[str] = set()
        self.force: str | None = None
        self.versions: list[str] = []

    @rule(words=st.sampled_from(["one", "two", "three"]))
    def draft(self, words: str) -> None:
        shown = drafted(self.edge, words)
        assert self.words.setdefault(shown.id, words) == words
        if shown.id not in self.versions:
            self.versions.append(shown.id)

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def comment(self, data: st.DataObject) -> None:
        version = data.draw(st.sampled_from(self.versions))
        live = version in (self.versions[-1], self.force)
        try:
            said = self.edge.run(FLOOR, procedures.comment, version, CommentAsked(text="Hm."))
        except Conflict:
            assert not live
            return
        assert live
        self.open.add(said.id)

    @precondition(lambda self: self.open)
    @rule()
    def answer(self) -> None:
        self.edge.run(LEADER, procedures.answer, self.open.pop(), AnswerAsked(text="So."))

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def enact(self, data: st.DataObject) -> None:
        version = data.draw(st.sampled_from(self.versions))
        may = version == self.force or (version == self.versions[-1] and not self.open)
        try:
            self.edge.run(LEADER, procedures.enact, version)
        except Conflict:
            assert not may
            return
        assert may
        self.force = version

    @invariant()
    def promises(self) -> None:
        if not self.versions:
            return
        shown = self.edge.read(LEADER, procedures.list, ProceduresAsked(limit=200)).items
        assert [one.id for one in shown] == self.versions[::-1]
        assert [one.number for one in shown] == list(range(len(shown), 0, -1))
        assert {one.id: one.text for one in shown} == self.words
        assert [one.id for one in shown if one.state == "in_force"] == ([self.force] if self.force else [])
        assert all(one.id == self.versions[-1] for one in shown if one.state == "draft")
        found = self.edge.read(LEADER, procedures.current, "end_1")
        assert (found.id if found else None) == self.force

    def teardown(self) -> None:
        if hasattr(self, "edge"):
            self.edge.close()
            self.folder.cleanup()


TestRules = Rules.TestCase
TestRules.settings = settings(
    max_examples=8, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
