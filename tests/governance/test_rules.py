"""Pure decisions: the first word on an approval is the last, and words are told apart whatever they say."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from moyai.governance import rules
from moyai.governance.schema import ApprovalDecision, ApprovalShown, ProcedureAsked
from moyai.kernel.errors import Conflict

WAITING = ApprovalShown(
    id="apr_1", subject="gat_1", purpose="Open", state="waiting", role="leader", qualification=None, not_by=(),
    asked_by="per_0", asked_at=datetime(2027, 1, 4, tzinfo=UTC), at=datetime(2027, 1, 4, tzinfo=UTC),
)  # fmt: skip
decisions = st.builds(
    ApprovalDecision, verdict=st.sampled_from(["granted", "denied"]), reason=st.sampled_from(["yes", "no"])
)
words = st.text("ab ", max_size=4).map(lambda text: f"x{text}x")


@given(st.lists(st.tuples(st.sampled_from(["per_1", "per_2"]), decisions), min_size=1, max_size=6))
def test_the_first_decision_stands_whoever_decides_after(attempts: list[tuple[str, ApprovalDecision]]):
    approval = WAITING
    for person, decision in attempts:
        try:
            if rules.decides(approval, person, decision):
                change = {"state": decision.verdict, "decided_by": person, "reason": decision.reason}
                approval = approval.model_copy(update=change)
        except Conflict:
            assert (person, decision) != attempts[0]
        else:
            assert (person, decision) == attempts[0]
    first, decision = attempts[0]
    assert (approval.decided_by, approval.state, approval.reason) == (first, decision.verdict, decision.reason)


@given(*[st.tuples(words, words, st.none() | words)] * 2)
def test_a_digest_tells_words_apart(one: tuple[str, str, str | None], other: tuple[str, str, str | None]):
    asked = [ProcedureAsked(subject="s", title=a, text=b, text_ja=c) for a, b, c in (one, other)]
    same = (asked[0].title, *one[1:]) == (asked[1].title, *other[1:])
    assert (rules.digest(asked[0]) == rules.digest(asked[1])) == same
