"""Inspection: a published version is read outside any transaction and judged; nothing of a lost lease is applied."""

import pytest

from moyai.data import datasets, loops, profiles, validation, versions
from moyai.data.schema import ColumnRule, Contract, Layout, Revision
from moyai.kernel import leases
from moyai.kernel.clock import Fixed
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Invalid, NotFound, Unavailable
from moyai.kernel.leases import LeaseLost
from moyai.kernel.policy import Who
from tests.data.conftest import SEEN, TABLE, told
from tests.fakes.memory import MemoryStorage, ToldReader

CONTRACT = Contract(columns=(ColumnRule(name="size", minimum=0), ColumnRule(name="alpha", type="integer")))


def test_a_version_that_keeps_its_contract_is_validated(
    edge: Edge, owner: Who, register, send, publish, settle, news, reader: ToldReader
):
    register(owner, contract=CONTRACT, layout=Layout(delimiter=","))
    version = publish(owner, "showers", send(owner))
    assert settle() == []
    shown = edge.read(owner, versions.get, version.id)
    assert (shown.state, shown.rows, shown.reason) == ("validated", 2, "")
    profile = edge.read(owner, profiles.of, version.id)
    assert [column.name for column in profile.columns] == ["size", "alpha"]
    assert (profile.rows, profile.notes, profile.tables) == (2, SEEN.notes, ("showers.csv",))
    verdict = edge.read(owner, validation.of, version.id)
    assert (verdict.verdict, verdict.findings, verdict.contract) == ("passed", (), CONTRACT)
    assert reader.shown == [{"showers.csv": TABLE}]
    assert reader.layouts[0].delimiter == ","
    assert told(news("VersionValidated", "VersionRejected")) == [("VersionValidated", version.id)]


def test_the_copies_that_were_read_are_gone(
    edge: Edge, owner: Who, register, send, publish, settle, reader: ToldReader
):
    register(owner)
    publish(owner, "showers", send(owner))
    settle()
    (path,) = reader.paths
    assert path.is_relative_to(edge.home.cache)
    assert list(edge.home.cache.iterdir()) == []


def test_a_version_that_breaks_its_contract_is_rejected(
    edge: Edge, owner: Who, register, send, publish, settle, news, reader: ToldReader
):
    register(owner, contract=Contract(columns=(ColumnRule(name="size", minimum=2),)))
    version = publish(owner, "showers", send(owner))
    settle()
    shown = edge.read(owner, versions.get, version.id)
    reason = "size: the smallest value is 1.5; the contract asks for at least 2"
    assert (shown.state, shown.reason) == ("rejected", reason)
    assert edge.read(owner, validation.of, version.id).verdict == "failed"
    (entry,) = news("VersionRejected")
    assert reason in entry.body


def test_a_file_that_cannot_be_read_is_a_rejected_version_not_a_failing_loop(
    edge: Edge, owner: Who, register, send, publish, settle, reader: ToldReader
):
    def refuse(_):
        raise Invalid("Line 3 has 4 fields, not 2.", where="showers.csv", fix="Mend the line.")

    reader.answer = refuse
    register(owner)
    version = publish(owner, "showers", send(owner))
    assert settle() == []
    shown = edge.read(owner, versions.get, version.id)
    assert shown.state == "rejected"
    assert shown.reason == "The files cannot be read. showers.csv: Line 3 has 4 fields, not 2. Mend the line."
    with pytest.raises(NotFound, match="has no profile: The files cannot be read"):
        edge.read(owner, profiles.of, version.id)


def test_bytes_that_were_altered_in_the_store_are_not_read(
    edge: Edge, owner: Who, register, send, publish, settle, reader: ToldReader, storage: MemoryStorage
):
    register(owner)
    file = send(owner)
    version = publish(owner, "showers", file)
    storage.blobs[file.digest] = b"altered"
    assert settle() == []
    assert "was altered" in edge.read(owner, versions.get, version.id).reason
    assert reader.shown == []


def test_what_is_away_for_a_while_is_tried_again_and_then_given_up(
    edge: Edge, clock: Fixed, owner: Who, register, send, publish, settle, reader: ToldReader
):
    def away(_):
        raise Unavailable("The reader is away.")

    reader.answer = away
    register(owner)
    version = publish(owner, "showers", send(owner))
    for _ in range(loops.TRIES):
        assert settle() == ["Unavailable: The reader is away."]
        assert edge.read(owner, versions.get, version.id).state == "published"
        clock.move(minutes=6)
    assert settle() == []
    assert edge.read(owner, versions.get, version.id).state == "rejected"


def test_files_that_are_no_table_get_a_profile_that_says_so(
    edge: Edge, owner: Who, register, send, publish, settle, reader: ToldReader
):
    register(owner)
    version = publish(owner, "showers", send(owner, "recipe.json", b"{}"))
    settle()
    profile = edge.read(owner, profiles.of, version.id)
    assert (profile.tables, reader.shown) == ((), [])
    assert "not a table by its name" in profile.notes[0]
    shown = edge.read(owner, versions.get, version.id)
    assert (shown.state, shown.rows) == ("validated", None)


def test_only_the_tables_of_a_version_are_read(
    edge: Edge, owner: Who, register, send, publish, settle, reader: ToldReader
):
    register(owner)
    files = [send(owner, name, name.encode()) for name in ("train.parquet", "holdout.parquet", "recipe.json")]
    version = publish(owner, "showers", *files)
    settle()
    assert [set(shown) for shown in reader.shown] == [{"train.parquet", "holdout.parquet"}]
    assert edge.read(owner, profiles.of, version.id).notes[-1] == "Not read as tables: recipe.json."


def test_a_verdict_of_a_lost_lease_is_thrown_away(
    edge: Edge, clock: Fixed, owner: Who, register, send, publish, settle, news, reader: ToldReader
):
    register(owner)
    version = publish(owner, "showers", send(owner))

    def stolen(_):
        clock.move(seconds=120)
        edge.change(lambda session: leases.take(session, validation.INSPECTION, "other", clock.now(), (5, 60)))
        return SEEN

    reader.answer = stolen
    reading = loops.LOOPS[0].work
    edge.run(owner, validation.again, version.id)
    (lease,) = edge.change(lambda session: leases.take(session, validation.INSPECTION, "me", clock.now(), (1, 60)))
    with pytest.raises(LeaseLost):
        reading(edge, lease)
    assert edge.read(owner, versions.get, version.id).state == "published"
    assert news("VersionValidated", "VersionRejected") == []


def test_a_version_is_judged_again_by_the_contract_of_today(
    edge: Edge, owner: Who, register, send, publish, settle, reader: ToldReader, clock: Fixed
):
    register(owner)
    version = publish(owner, "showers", send(owner))
    settle()
    stricter = Contract(rows_min=10)
    edge.run(owner, datasets.revise, "showers", Revision(contract=stricter))
    settle()
    assert edge.read(owner, versions.get, version.id).state == "validated", "a revision alone judges nothing"
    clock.move(seconds=1)
    assert edge.run(owner, validation.again, version.id).state == "published"
    settle()
    assert edge.read(owner, versions.get, version.id).state == "rejected"
    assert edge.read(owner, validation.of, version.id).contract == stricter


def test_a_contract_is_drafted_from_what_is_there(
    edge: Edge, owner: Who, register, send, publish, settle, reader: ToldReader
):
    register(owner)
    version = publish(owner, "showers", send(owner))
    with pytest.raises(NotFound, match="still being read"):
        edge.read(owner, validation.draft, version.id)
    with pytest.raises(NotFound, match="not been judged yet"):
        edge.read(owner, validation.of, version.id)
    settle()
    size, alpha = edge.read(owner, validation.draft, version.id).columns
    assert (size.type, size.minimum, size.maximum) == ("number", 1.5, 2.5)
    assert (alpha.type, alpha.minimum, alpha.maximum) == ("integer", 2, 3)
