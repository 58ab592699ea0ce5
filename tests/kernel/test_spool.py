"""The spool keeps records from the death of the process and hands each over once."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moyai.kernel import spool
from moyai.kernel.edge import Edge
from moyai.kernel.spool import Spool


def drain(edge: Edge, folder: Path, most: int = 4 << 20) -> list[bytes]:
    """One round over every file, as a loop does it."""
    taken: list[bytes] = []
    for file in spool.files(folder, "prediction"):
        edge.change(lambda session, file=file: spool.drain(session, file, taken.extend, most))
    return taken


def test_each_record_arrives_once_and_in_order(edge: Edge):
    with Spool(edge.home.spool, "prediction") as written:
        for number in range(5):
            written.append(b"%d" % number)
        assert drain(edge, edge.home.spool) == [b"0", b"1", b"2", b"3", b"4"]
        written.append(b"5")
        assert drain(edge, edge.home.spool) == [b"5"]
        assert drain(edge, edge.home.spool) == []


def test_a_record_that_was_not_applied_comes_again(edge: Edge):
    with Spool(edge.home.spool, "prediction") as written:
        written.append(b"one")
    (file,) = spool.files(edge.home.spool, "prediction")

    def fail(lines: list[bytes]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        edge.change(lambda session: spool.drain(session, file, fail))
    assert drain(edge, edge.home.spool) == [b"one"]


def test_half_a_record_waits_for_its_other_half(edge: Edge):
    file = edge.home.spool / "prediction-1-a-000001.jsonl"
    file.write_bytes(b"whole\nhal")
    assert drain(edge, edge.home.spool) == [b"whole"]
    with file.open("ab") as more:
        more.write(b"f\n")
    assert drain(edge, edge.home.spool) == [b"half"]


def test_a_record_longer_than_a_round_is_taken_whole(edge: Edge):
    with Spool(edge.home.spool, "prediction") as written:
        written.append(b"x" * 1000)
        written.append(b"y")
    taken = [line for _ in range(5) for line in drain(edge, edge.home.spool, most=100)]
    assert taken == [b"x" * 1000, b"y"]


def test_two_writers_have_files_of_their_own(edge: Edge):
    with Spool(edge.home.spool, "prediction") as one, Spool(edge.home.spool, "prediction") as two:
        one.append(b"one")
        two.append(b"two")
    assert sorted(drain(edge, edge.home.spool)) == [b"one", b"two"]


def test_a_full_file_is_closed_and_a_new_one_begun(edge: Edge, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spool, "ROLL", 10)
    with Spool(edge.home.spool, "prediction") as written:
        for _ in range(4):
            written.append(b"12345678")
    assert len(spool.files(edge.home.spool, "prediction")) == 2
    assert len(drain(edge, edge.home.spool)) == 4


def test_what_is_drained_is_known(edge: Edge):
    with Spool(edge.home.spool, "prediction") as written:
        written.append(b"one")
    (file,) = spool.files(edge.home.spool, "prediction")
    with edge.database.reading() as session:
        assert not spool.drained(session, file)
    drain(edge, edge.home.spool)
    with edge.database.reading() as session:
        assert spool.drained(session, file)


def test_a_full_disk_is_an_error_and_spoils_no_other_record(edge: Edge, monkeypatch: pytest.MonkeyPatch):
    with Spool(edge.home.spool, "prediction") as written:
        written.append(b"before")
        write = os.write
        monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:3]))
        with pytest.raises(OSError, match="half a record"):
            written.append(b"unlucky")
        monkeypatch.undo()
        written.append(b"after")
    assert sorted(drain(edge, edge.home.spool)) == [b"after", b"before"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(st.binary(max_size=30).filter(lambda record: b"\n" not in record), min_size=1, max_size=20),
    most=st.integers(1, 60),
)
def test_any_records_arrive_as_they_were(edge: Edge, records: list[bytes], most: int):
    for old in spool.files(edge.home.spool, "prediction"):
        old.unlink()
    with Spool(edge.home.spool, "prediction") as written:
        for record in records:
            written.append(record)
    assert [line for _ in range(len(records) + 1) for line in drain(edge, edge.home.spool, most)] == records
