"""The decisions: which states follow which, what an end means, how many hours may be held."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moyai.compute import rules
from moyai.compute.ports import Cause
from moyai.compute.rules import Balance
from moyai.compute.schema import JobState, Need, Resources
from moyai.kernel.errors import Conflict, Invalid, QuotaExceeded

END = datetime(2027, 4, 1, tzinfo=UTC)
NAMES = ("gamma", "North")
hours = st.decimals(min_value=0, max_value=1000, places=6)
needs = st.builds(
    Need, cores=st.integers(1, 8), gpus=st.integers(0, 2), memory_bytes=st.integers(1 << 20, 1 << 34)
)  # fmt: skip


def balance(granted: str, reserved: str = "0", used: str = "0") -> Balance:
    return Balance(Decimal(granted), Decimal(reserved), Decimal(used), END)


def test_a_reservation_beyond_what_is_left_names_what_is_left_and_until_when():
    with pytest.raises(QuotaExceeded) as refused:
        rules.reserve(balance("500", "494"), Decimal(7), NAMES)
    assert "6 of 500 core-hours left at North until 2027-04-01" in refused.value.what
    assert refused.value.facts["left"] == "6"


@given(hours, st.lists(st.tuples(hours, st.decimals(min_value=0, max_value=1, places=3)), max_size=30))
def test_reserved_and_used_never_exceed_what_was_granted(granted: Decimal, wishes: list[tuple[Decimal, Decimal]]):
    """Whatever is asked for, held and settled below what was held."""
    held = Balance(granted, Decimal(0), Decimal(0), END)
    open_: list[tuple[Decimal, Decimal]] = []
    for wanted, share in wishes:
        try:
            held = rules.reserve(held, wanted, NAMES)
        except QuotaExceeded:
            assert wanted > rules.left(held)
            if open_:
                reserved, used = open_.pop()
                held = rules.settle(held, reserved, used)
            continue
        open_.append((wanted, wanted * share))
        assert held.reserved + held.used <= held.granted
    for reserved, used in open_:
        held = rules.settle(held, reserved, used)
        assert held.reserved + held.used <= held.granted
    assert held.reserved == 0


def test_overuse_shows_and_nothing_is_left():
    over = rules.settle(rules.reserve(balance("2"), Decimal(2), NAMES), Decimal(2), Decimal(3))
    assert (rules.left(over), rules.overdrawn(over)) == (0, 1)


@given(needs)
def test_what_a_job_holds_is_never_less_than_it_may_use(need: Need):
    exact = Decimal(need.cores) * need.wall_seconds / 3600
    assert exact <= rules.hours_of(need) <= exact + rules.QUANTUM


@pytest.mark.parametrize(
    ("cause", "code", "state"),
    [
        (Cause.EXITED, 0, JobState.SUCCEEDED),
        (Cause.EXITED, 1, JobState.FAILED),
        (Cause.SIGNALLED, 9, JobState.FAILED),
        (Cause.CANCELLED, None, JobState.CANCELLED),
        (Cause.WALLTIME, None, JobState.KILLED),
        (Cause.MEMORY, None, JobState.KILLED),
        (Cause.FOLDER, None, JobState.KILLED),
        (Cause.PROCESSES, None, JobState.KILLED),
        (Cause.NOT_STARTED, None, JobState.FAILED),
        (None, None, JobState.FAILED),
    ],
)
def test_an_end_has_one_meaning_and_words_unless_all_went_well(cause: Cause | None, code: int | None, state: JobState):
    word = cause.value if cause else None
    assert rules.end_of(word, code) is state
    assert bool(rules.explain_end(word, code, Need(), "")) == (state is not JobState.SUCCEEDED)


@given(st.lists(st.sampled_from(list(JobState)), max_size=20))
def test_a_job_ends_once_and_for_good(wishes: list[JobState]):
    state, ends = JobState.QUEUED, 0
    for wish in wishes:
        try:
            state = rules.move(state, wish)
        except Conflict:
            continue
        ends += state in rules.ENDED
    assert ends <= 1


def test_every_state_can_end():
    def reach(state: JobState) -> set[JobState]:
        return {state}.union(*(reach(after) for after in rules.NEXT[state]))

    for state in JobState:
        assert reach(state) & rules.ENDED
    assert reach(JobState.QUEUED) == set(JobState)


@given(st.lists(needs, max_size=10), st.integers(0, 16), st.integers(0, 1 << 35), st.integers(0, 4))
def test_what_starts_together_fits_and_nobody_is_overtaken(waiting: list[Need], cores: int, memory: int, gpus: int):
    room = Resources(cores=cores, memory_bytes=memory, gpus=gpus)
    count = rules.startable(waiting, room)
    taken = rules.total(waiting[:count])
    assert taken.cores <= cores and taken.memory_bytes <= memory and taken.gpus <= gpus
    if count < len(waiting):
        assert rules.lacking(waiting[count], rules.minus(room, taken))


@pytest.mark.parametrize(
    "name", ["../a", "/etc/passwd", "inputs/data/x", "result.json", "a//b", "", ".engine/spec.json", "a/../b", "x\0"]
)
def test_a_file_sent_along_stays_in_its_place(name: str):
    with pytest.raises(Invalid):
        rules.check_files({name: b""})


def test_files_sent_along_are_bounded():
    rules.check_files({"task.json": b"{}", "lib/a.py": b"x"})
    with pytest.raises(Invalid, match="at most"):
        rules.check_files({"a": bytes(rules.FILES_BYTES + 1)})


def test_the_strictest_classification_counts():
    assert rules.most_guarded(["open", "restricted", "members"]) == "restricted"
    assert rules.most_guarded([]) == "open"
