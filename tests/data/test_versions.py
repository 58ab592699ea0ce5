"""Versions: identified by content, also concurrently; numbered without gaps; made only of bytes one has."""

import threading

import pytest

from moyai.data import blobs, datasets, versions
from moyai.data.schema import DatasetShown, FileAsked, VersionAsked, VersionsAsked
from moyai.governance import provenance
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from moyai.kernel.policy import Who, moyai


def test_a_version_is_its_content(edge: Edge, owner: Who, register, send, publish, news):
    register(owner)
    one, two = send(owner, "a.csv"), send(owner, "b.csv", b"other")
    first = publish(owner, "showers", one, two, note="the first")
    again = publish(owner, "showers", two, one, note="in another order")
    assert again == first
    assert (first.name, first.state, first.file_count, first.bytes) == ("showers@1", "published", 2, 28)
    assert [file.name for file in first.files] == ["a.csv", "b.csv"]
    assert [entry.about for entry in news("VersionPublished")] == [first.id]


def test_other_content_or_another_name_is_the_next_version(owner: Who, register, send, publish):
    register(owner)
    published = [
        publish(owner, "showers", send(owner)),
        publish(owner, "showers", send(owner, "renamed.csv")),
        publish(owner, "showers", send(owner, data=b"size\n1\n")),
    ]
    assert [version.name for version in published] == ["showers@1", "showers@2", "showers@3"]
    assert len({version.digest for version in published}) == 3


def test_the_same_content_in_two_datasets_has_one_identity(owner: Who, register, send, publish):
    register(owner, "one"), register(owner, "two")
    file = send(owner)
    one, two = publish(owner, "one", file), publish(owner, "two", file)
    assert one.digest == two.digest
    assert one.id != two.id


def test_many_who_publish_the_same_at_once_get_one_version(edge: Edge, owner: Who, register, send, news):
    register(owner)
    file, found = send(owner), []

    def publish() -> None:
        found.append(edge.run(owner, versions.publish, VersionAsked(dataset="showers", files=(file,))))

    threads = [threading.Thread(target=publish) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({version.id for version in found}) == 1
    assert len(news("VersionPublished")) == 1


def test_many_who_publish_different_things_at_once_number_without_gaps(edge: Edge, owner: Who, register, send):
    made = register(owner)
    files = [send(owner, data=b"size\n%d\n" % number) for number in range(8)]
    threads = [
        threading.Thread(target=edge.run, args=(owner, versions.publish, VersionAsked(dataset=made.id, files=(file,))))
        for file in files
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = edge.read(owner, versions.list, VersionsAsked(dataset=made.id))
    assert sorted(version.number for version in listed.items) == list(range(1, 9))
    assert edge.read(owner, datasets.get, made.id).versions == 8


@pytest.mark.parametrize("ref", ["{0.id}", "{0.name}", "showers", "{0.dataset}", "{0.dataset}@2"])
def test_a_version_is_found_by_what_a_person_calls_it(edge: Edge, owner: Who, register, send, publish, ref: str):
    register(owner)
    publish(owner, "showers", send(owner))
    newest = publish(owner, "showers", send(owner, data=b"size\n1\n"))
    assert edge.read(owner, versions.get, ref.format(newest)) == newest


@pytest.mark.parametrize("ref", ["showers@3", "showers@0", "showers@x", "showers@", "dsv_unknown", "other"])
def test_what_is_not_there_is_not_found(edge: Edge, owner: Who, register, send, publish, ref: str):
    register(owner)
    publish(owner, "showers", send(owner))
    with pytest.raises(NotFound):
        edge.read(owner, versions.get, ref)


def test_a_file_of_a_version_is_found_by_its_name(edge: Edge, owner: Who, register, send, publish):
    register(owner)
    version = publish(owner, "showers", send(owner))
    file = edge.read(owner, versions.file, version.id, "showers.csv")
    assert (file,) == edge.read(owner, versions.files, version.id)
    assert b"".join(blobs.open(edge, file.digest)).startswith(b"size,alpha")
    with pytest.raises(NotFound, match="No file 'other.csv'"):
        edge.read(owner, versions.file, version.id, "other.csv")


def test_nobody_publishes_bytes_by_guessing_their_digest(edge: Edge, owner: Who, register, send, publish, person):
    secret = send(owner, data=b"secret")
    thief = person("key_user", organisation="org_x", name="thief")
    register(owner, "theirs", classification="open", owner=None)
    with pytest.raises(NotAllowed):
        publish(thief, "theirs", secret)
    mine = edge.run(moyai("test"), open_dataset, "mine", thief.person)
    with pytest.raises(NotFound, match="are not here"):
        publish(thief, mine.name, secret)
    publish(owner, "theirs", secret)
    assert publish(thief, mine.name, secret).file_count == 1, "what is open to read may be published again"


def open_dataset(call, name: str, owner: str) -> DatasetShown:
    asked = datasets.DatasetAsked(name=name, title=name, classification="open")
    made = datasets.register(call, asked)
    datasets.store.dataset_row(call.session, made.id).owner = owner
    return made


def test_a_size_that_is_given_is_checked(owner: Who, register, send, publish):
    register(owner)
    file = send(owner)
    with pytest.raises(Invalid, match="has 23 bytes, not 24"):
        publish(owner, "showers", file.model_copy(update={"bytes": 24}))
    assert publish(owner, "showers", file.model_copy(update={"bytes": 23})).bytes == 23


def test_names_are_checked_before_anything_is_stored(edge: Edge, owner: Who, register, send, publish):
    register(owner)
    with pytest.raises(Invalid, match="parts of a path"):
        publish(owner, "showers", send(owner, "../showers.csv"))
    assert edge.read(owner, versions.list, VersionsAsked()).items == ()


def test_moyai_publishes_what_its_store_holds(edge: Edge, owner: Who, register, publish, storage):
    register(owner, "made")
    kept = blobs.keep(edge, iter([b"rows"]))
    version = publish(moyai("compute"), "made", FileAsked(name="train.parquet", digest=kept.digest))
    assert (version.bytes, version.published_by) == (4, "moyai:compute")
    with pytest.raises(NotFound, match="are not here"):
        publish(moyai("compute"), "made", FileAsked(name="a", digest="sha256:" + "0" * 64))


def test_what_it_was_made_from_is_linked(edge: Edge, owner: Who, register, send, publish):
    register(owner, "raw"), register(owner, "made")
    raw = publish(owner, "raw", send(owner))
    made = publish(owner, "made", send(owner, data=b"size\n1\n"), derived_from=["raw@1", raw.id])
    assert made.derived_from == (raw.id,)
    graph = edge.read(owner, provenance.of, made.id)
    assert raw.id in graph.nodes


def test_a_derived_version_is_not_less_protected(owner: Who, register, send, publish):
    register(owner, "raw", classification="restricted")
    register(owner, "made", classification="open")
    raw = publish(owner, "raw", send(owner))
    with pytest.raises(Conflict, match="raw, from which it was made, is restricted"):
        publish(owner, "made", send(owner), derived_from=[raw.id])


def test_only_its_owner_or_a_steward_publishes(owner: Who, register, send, publish, person):
    register(owner)
    user = person("key_user", organisation="org_a")
    with pytest.raises(NotAllowed, match="answers for the dataset or a steward"):
        publish(user, "showers", send(user))


def test_versions_of_hidden_datasets_are_hidden(edge: Edge, owner: Who, register, send, publish, person):
    register(owner, classification="restricted")
    version = publish(owner, "showers", send(owner))
    stranger = person("key_user", organisation="org_x")
    assert edge.read(stranger, versions.list, VersionsAsked()).items == ()
    for verb in (versions.get, versions.files):
        with pytest.raises(NotFound):
            edge.read(stranger, verb, version.id)
    with pytest.raises(NotFound):
        edge.read(stranger, versions.file, version.id, "showers.csv")
    with pytest.raises(NotFound):
        publish(stranger, "showers", send(stranger))
