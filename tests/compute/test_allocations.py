"""Allocations on a real database: exact hours, one period at a time, nobody takes the last hour twice."""

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from moyai.compute import allocations, jobs, store
from moyai.compute.schema import AllocationAsked, AllocationsAsked, JobState
from moyai.kernel.errors import Conflict, NotAllowed, QuotaExceeded
from moyai.kernel.policy import Held, Who
from tests.compute.conftest import Pool


def test_hours_are_kept_exactly(pool: Pool):
    share = pool.share(pool.site(), "0.3")
    for _ in range(3):
        pool.submit(need={"wall_seconds": 360})
    shown = pool.edge.read(pool.owner, allocations.get, share.id)
    assert (shown.core_hours, shown.reserved, shown.left) == (Decimal("0.3"), Decimal("0.3"), Decimal(0))


def test_a_job_beyond_the_allocation_is_told_what_is_left_and_until_when(pool: Pool):
    pool.share(pool.site(), "1")
    pool.submit(need={"wall_seconds": 1800})
    with pytest.raises(QuotaExceeded, match=r"0\.5 of 1 core-hours left at North until 2027-04-04"):
        pool.submit(need={"wall_seconds": 3600})


def test_two_jobs_cannot_both_take_the_last_hour(pool: Pool):
    share = pool.share(pool.site(), "1")
    ready, outcomes = Barrier(2), list[str]()

    def take() -> None:
        ready.wait()
        try:
            outcomes.append(pool.submit(need={"wall_seconds": 3600}).state)
        except QuotaExceeded as refused:
            outcomes.append(refused.kind)

    threads = [Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [JobState.QUEUED, "quota-exceeded"]
    assert pool.edge.read(pool.owner, allocations.get, share.id).reserved == 1


def test_a_share_is_read_anew_when_it_is_locked(pool: Pool):
    share = pool.share(pool.site(), "1")
    with pool.edge.database.writing() as session:
        before = store.allocation(session, share.id)
        session.execute(text("UPDATE compute_allocation SET used = 1000000"))
        assert (before.used, store.allocation(session, share.id, lock=True).used) == (0, 1)


def test_what_a_cancelled_job_held_comes_back(pool: Pool):
    share = pool.share(pool.site(), "1")
    job = pool.submit(need={"wall_seconds": 3600})
    pool.edge.run(pool.owner, jobs.cancel, job.id)
    shown = pool.edge.read(pool.owner, allocations.get, share.id)
    assert (shown.reserved, shown.used) == (0, 0)


def test_an_allocation_counts_only_in_its_period(pool: Pool, clock):
    pool.share(pool.site(), "1", days=10)
    clock.move(days=10)
    with pytest.raises(QuotaExceeded, match="no allocation at North now"):
        pool.submit()


def test_periods_of_one_project_at_one_site_do_not_overlap(pool: Pool):
    site = pool.site()
    first = pool.share(site)
    with pytest.raises(Conflict):
        pool.share(site)
    later = AllocationAsked(
        project=pool.project, site=site.id, core_hours=Decimal(1), start=first.end, end=first.end + timedelta(days=1)
    )
    second = pool.edge.run(pool.owner, allocations.grant, later)
    listed = pool.edge.read(pool.owner, allocations.list, AllocationsAsked(project=pool.project))
    assert [one.id for one in listed.items] == [second.id, first.id]


def test_hours_are_granted_by_those_who_run_the_site(pool: Pool):
    site = pool.site()
    asked = AllocationAsked(
        project=pool.project, site=site.id, core_hours=Decimal(1), start=pool.edge.clock.now(),
        end=pool.edge.clock.now() + timedelta(days=1),
    )  # fmt: skip
    operator = Who(person="per_2", roles=(Held("site_operator", organisation=pool.south),))
    with pytest.raises(NotAllowed, match="site operator of the site's organisation"):
        pool.edge.run(operator, allocations.grant, asked)
    operator = Who(person="per_2", roles=(Held("site_operator", organisation=pool.north),))
    assert pool.edge.run(operator, allocations.grant, asked).left == 1
