"""Jobs as people see them: submitted or refused with reasons, seen by whom they concern, explained, cancelled."""

from dataclasses import replace

import pytest

from moyai.compute import jobs
from moyai.compute.schema import InputAsked, JobsAsked, JobState
from moyai.kernel.errors import Conflict, Failure, Invalid, NotAllowed, NotFound
from moyai.kernel.policy import Held, Who
from moyai.people import projects
from moyai.people.schema import ProjectAsked
from tests.compute.conftest import GIB, Pool


def test_a_queued_job_says_where_it_will_run_and_why(pool: Pool):
    pool.share(pool.site())
    job = pool.submit()
    told = pool.edge.read(pool.owner, jobs.why, job.id)
    assert told.state is JobState.QUEUED
    assert told.sentences[0].startswith("Chosen: North, the only site that fits; 4 of its 4 cores are free")
    assert told.sentences[-1] == "Waiting at North: there is room, it starts next."
    assert pool.names("JobQueued") == ["JobQueued"]


def test_a_job_takes_a_command(pool: Pool):
    pool.share(pool.site())
    with pytest.raises(Invalid, match="no command"):
        pool.edge.run(pool.owner, jobs.submit, pool.asked().model_copy(update={"argv": ()}))


def test_the_same_program_has_the_same_code_digest(pool: Pool):
    pool.share(pool.site())
    one, same, other = (pool.submit("sh", "a.sh", files={"a.sh": text}) for text in ("date", "date", "ls"))
    assert one.code_digest == same.code_digest != other.code_digest
    assert one.code_digest.startswith("sha256:")


def test_a_job_that_can_never_run_is_refused_and_leaves_nothing(pool: Pool):
    pool.share(pool.site())
    with pytest.raises(Invalid, match=r"North: it has 4 of the 64 cores it asks for"):
        pool.submit(need={"cores": 64})
    with pytest.raises(NotFound, match="West"):
        pool.submit(site="West")
    assert pool.edge.read(pool.owner, jobs.list, JobsAsked()).items == ()


def test_a_job_may_be_pinned_to_a_site(pool: Pool):
    pool.share(pool.site("North", cores=1))
    south = pool.site("South", cores=8)
    pool.share(south)
    north = pool.submit(site="North")
    assert (north.site, pool.submit().site) != (south.id, north.site)
    assert pool.submit().site == south.id


def test_jobs_are_submitted_by_those_who_work_in_the_project(pool: Pool):
    pool.share(pool.site())
    with pytest.raises(NotAllowed, match="a key user or leader of the project"):
        pool.submit(who=pool.member("operator"))
    assert pool.submit(who=pool.member("key_user")).requester == pool.member().person


def test_data_goes_only_where_its_classification_may(pool: Pool):
    pool.share(pool.site("North", data=("open",)))
    pool.share(pool.site("South", data=("open", "restricted"), cores=1))
    version = pool.publish(pool.dataset(classification="restricted"), {"a.csv": b"a\n1\n"})
    job = pool.submit(inputs=(InputAsked(name="data", version=version.id),))
    assert job.classification == "restricted"
    told = pool.edge.read(pool.owner, jobs.why, job.id).sentences
    assert told[0].startswith("Chosen: South")
    assert told[1] == "Not North: restricted data may not go there, only open."


def test_terms_of_use_are_asked_for_each_input(pool: Pool):
    pool.share(pool.site())
    dataset = pool.dataset(terms={"purposes": ["research"]})
    version = pool.publish(dataset, {"a.csv": b"a\n1\n"})
    inputs = (InputAsked(name="data", version=version.id),)
    assert pool.submit(inputs=inputs, purpose="research").inputs == inputs
    with pytest.raises(NotAllowed):
        pool.submit(inputs=inputs, purpose="advertising")


def test_an_artifact_carries_the_terms_of_what_it_was_made_from(pool: Pool):
    pool.share(pool.site())
    version = pool.publish(pool.dataset(terms={"purposes": ["research"]}), {"a.csv": b"a\n1\n"})
    made = pool.submit(
        "cp", "inputs/data/a.csv", "outputs/b.csv", inputs=(InputAsked(name="data", version=version.id),)
    )
    pool.run()
    artifact = pool.artifacts(made)["outputs/b.csv"]
    again = (InputAsked(name="data", artifact=artifact.id),)
    copied = pool.submit("cat", "inputs/data/b.csv", inputs=again)
    with pytest.raises(NotAllowed):
        pool.submit(inputs=again, purpose="advertising")
    pool.run()
    assert pool.text(copied, "stdout.txt") == "a\n1\n"


def test_why_names_who_uses_the_cores(pool: Pool):
    pool.share(pool.site(cores=4))
    pool.submit("sleep", "30", name="long", need={"cores": 3})
    with pool.running():
        pool.until(lambda: pool.edge.read(pool.owner, jobs.list, JobsAsked(state=JobState.RUNNING)).items != ())
        (long,) = pool.edge.read(pool.owner, jobs.list, JobsAsked(state=JobState.RUNNING)).items
        second = pool.submit(need={"cores": 2})
        third = pool.submit()
        assert pool.why(second) == (
            "Waiting because 3 of 4 cores at North are used by 'long'; free are 1 of the 2 cores it asks for."
        )
        assert pool.why(third).startswith("Waiting at North for its turn behind 1 of the queue: 'a job' is first")
        assert pool.why(long) == "It is running at North, and holds 3 cores there."
        pool.edge.run(pool.owner, jobs.cancel, long.id)
    assert {pool.job(one).state for one in (second, third)} == {JobState.SUCCEEDED}


def test_a_queued_job_is_cancelled_at_once_and_only_once(pool: Pool):
    pool.share(pool.site())
    job = pool.submit()
    for _ in range(2):
        ended = pool.edge.run(pool.owner, jobs.cancel, job.id)
        assert (ended.state, ended.detail) == (JobState.CANCELLED, "It was cancelled before it started.")
    assert pool.names("JobFinished", "JobCancelAsked") == ["JobFinished"]


def test_an_ended_job_cannot_be_cancelled(pool: Pool):
    pool.share(pool.site())
    job = pool.submit()
    pool.run()
    with pytest.raises(Conflict, match="succeeded"):
        pool.edge.run(pool.owner, jobs.cancel, job.id)


def test_jobs_are_cancelled_by_their_person_a_leader_or_the_site(pool: Pool):
    pool.share(pool.site())
    somebody = pool.member("key_user", person="per_00000000000000000000000002")
    operator = Who("per_3", roles=(Held("site_operator", pool.north),))
    for who in (pool.member("key_user"), pool.member("leader", person="per_4"), operator):
        job = pool.submit(who=pool.member("key_user"))
        with pytest.raises(NotAllowed):
            pool.edge.run(somebody, jobs.cancel, job.id)
        assert pool.edge.run(who, jobs.cancel, job.id).state is JobState.CANCELLED


def seen_one_by_one(pool: Pool, who: Who, everything: list[str]) -> list[str]:
    found = []
    for job in everything:
        try:
            found.append(pool.edge.read(who, jobs.get, job).id)
        except Failure:
            continue
    return found


def test_the_list_shows_exactly_what_may_be_looked_at_one_by_one(pool: Pool):
    north, south = pool.site("North"), pool.site("South", pool.south)
    pool.share(north)
    pool.share(south)
    other = Pool(pool.edge, pool.owner, pool.north, pool.south, "")
    other.project = pool.edge.run(pool.owner, projects.create, ProjectAsked(name="other", organisation=pool.south)).id
    other.share(north)
    made = [
        pool.submit(site="North").id,
        pool.submit(site="South", who=pool.member("key_user")).id,
        other.submit(site="North").id,
    ]
    people = [
        pool.owner,
        pool.member(),
        pool.member("operator", person="per_5"),
        other.member("key_user", person="per_6"),
        Who("per_7", roles=(Held("site_operator", pool.north),)),
        Who("per_8", roles=(Held("site_operator", pool.south),)),
        Who("per_9", roles=(Held("executive"),)),
        Who("per_0"),
    ]
    counts = set()
    for who in people:
        listed = [one.id for one in pool.edge.read(who, jobs.list, JobsAsked()).items]
        assert listed == sorted(seen_one_by_one(pool, who, made), reverse=True)
        counts.add(len(listed))
    assert counts == {0, 1, 2, 3}


def test_a_token_that_may_not_read_jobs_lists_none(pool: Pool):
    pool.site()
    with pytest.raises(NotAllowed, match="limited to endpoint.infer"):
        pool.edge.read(replace(pool.member("key_user"), scopes=("endpoint.infer",)), jobs.list, JobsAsked())


def test_a_list_is_filtered_and_paged(pool: Pool):
    pool.share(pool.site())
    made = [pool.submit().id for _ in range(5)]
    pool.edge.run(pool.owner, jobs.cancel, made[0])
    first = pool.edge.read(pool.owner, jobs.list, JobsAsked(limit=2, project="gamma", live=True))
    assert [one.id for one in first.items] == [made[4], made[3]]
    second = pool.edge.read(pool.owner, jobs.list, JobsAsked(limit=2, live=True, cursor=first.next))
    assert [one.id for one in second.items] == [made[2], made[1]]
    assert second.next is None
    assert len(pool.edge.read(pool.owner, jobs.list, JobsAsked(state=JobState.CANCELLED, site="North")).items) == 1


def test_two_inputs_cannot_share_a_name():
    with pytest.raises(ValueError, match="same name"):
        Pool.asked(
            Pool(None, None, "", "", "p"), inputs=[{"name": "a", "version": "v"}, {"name": "a", "artifact": "b"}]
        )


def test_a_job_needs_memory_for_the_machine_it_goes_to(pool: Pool):
    pool.share(pool.site())
    with pytest.raises(Invalid, match=r"8\.6 GB of the 10\.7 GB of memory"):
        pool.submit(need={"memory_bytes": 10 * GIB})
