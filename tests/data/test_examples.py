"""The room with its real engines and real telescope data, and the command as a newcomer meets it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from moyai.data import blobs, profiles, validation, versions
from moyai.data.schema import Contract, FileAsked, RowsAsked
from moyai.kernel.edge import Edge
from moyai.kernel.policy import Who

MAGIC = Path(__file__).parents[2] / "examples" / "gamma-ray" / "data" / "magic04.data"
COLUMNS = ("fLength", "fWidth", "fSize", "fConc", "fConc1", "fAsym", "fM3Long", "fM3Trans", "fAlpha", "fDist", "class")
CONTRACT = Contract.model_validate(
    {
        "rows_min": 19_000,
        "columns": [
            {"name": "fSize", "type": "number", "minimum": 0},
            {"name": "fAlpha", "type": "number", "minimum": 0, "maximum": 90},
            {"name": "class", "type": "text", "one_of": ["g", "h"]},
        ],
    }
)


@pytest.fixture
def real(edge: Edge, owner: Who) -> Callable[[str, bytes], FileAsked]:
    """`real(name, bytes)`: sent into the home's own folder store."""

    def send(name: str, data: bytes) -> FileAsked:
        kept = blobs.receive(edge, [data])
        edge.run(owner, blobs.sent, kept)
        return FileAsked(name=name, digest=kept.digest)

    return send


def test_real_showers_are_profiled_and_keep_their_contract(edge: Edge, owner: Who, real, register, publish, settle):
    register(owner, contract=CONTRACT, layout={"header": False, "columns": COLUMNS})
    version = publish(owner, "showers", real("magic04.data", MAGIC.read_bytes()))
    assert settle() == []
    profile = edge.read(owner, profiles.of, version.id)
    assert (profile.rows, profile.duplicate_rows) == (19_020, 115)
    assert tuple(column.name for column in profile.columns) == COLUMNS
    assert any("sorted or grouped by class" in note for note in profile.notes)
    assert edge.read(owner, versions.get, version.id).state == "validated"
    assert edge.read(owner, profiles.rows, version.id, RowsAsked(limit=1)).rows[0][-1] == "g"


def test_a_drafted_contract_is_kept_by_the_real_data(edge: Edge, owner: Who, real, register, publish, settle):
    register(owner, layout={"header": False, "columns": COLUMNS})
    version = publish(owner, "showers", real("magic04.data", MAGIC.read_bytes()))
    settle()
    drafted = edge.read(owner, validation.draft, version.id)
    register(owner, "again", layout={"header": False, "columns": COLUMNS}, contract=drafted)
    publish(owner, "again", real("magic04.data", MAGIC.read_bytes()))
    settle()
    assert edge.read(owner, validation.of, "again").findings == ()


def test_a_broken_table_is_rejected_with_the_place(edge: Edge, owner: Who, real, register, publish, settle):
    register(owner, contract=CONTRACT)
    version = publish(owner, "showers", real("broken.parquet", b"PAR1 this is no parquet file PAR1"))
    assert settle() == []
    shown = edge.read(owner, versions.get, version.id)
    assert shown.state == "rejected"
    assert "broken.parquet" in shown.reason


def moyai(home: Path, *words: str, expect: int = 0) -> str:
    environ = {**os.environ, "MOYAI_HOME": str(home), "COLUMNS": "200"}
    asked = [sys.executable, "-c", "from moyai.main import run; run()", *words]
    answer = subprocess.run(asked, env=environ, capture_output=True, text=True, check=False)
    assert answer.returncode == expect, answer.stderr
    return answer.stdout + answer.stderr


@pytest.mark.slow
def test_a_newcomer_imports_a_table_into_a_new_home(tmp_path: Path):
    home, names = tmp_path / "home", ",".join(COLUMNS)
    said = moyai(home, "data", "import", str(MAGIC), "--name", "magic", "--columns", names, "--licence", "CC-BY-4.0")
    assert "magic@1 validated: 19,020 rows, 11 columns, 1.5 MB" in said
    assert "115 rows repeat an earlier row exactly" in said
    found = json.loads(moyai(home, "data", "import", str(MAGIC), "--name", "magic", "--json"))
    assert found["version"]["name"] == "magic@1", "the same content is the same version"
    assert json.loads(moyai(home, "data", "profile", "magic", "--json"))["rows"] == 19_020
    moyai(home, "data", "download", "magic", str(tmp_path / "copy"))
    assert (tmp_path / "copy" / "magic04.data").read_bytes() == MAGIC.read_bytes()
    refused = moyai(home, "data", "import", str(MAGIC), "--name", "magic", "--licence", "MIT", expect=3)
    assert "with another terms.licence" in refused


@pytest.mark.slow
def test_a_contract_that_is_broken_is_said_and_fails_the_command(tmp_path: Path):
    (tmp_path / "contract.json").write_text('{"columns": [{"name": "size", "minimum": 2}]}', encoding="utf-8")
    (tmp_path / "table.csv").write_text("size\n1\n3\n", encoding="utf-8")
    contract = str(tmp_path / "contract.json")
    words = ("data", "import", str(tmp_path / "table.csv"), "--contract", contract)
    said = moyai(tmp_path / "home", *words, expect=3)
    assert "table@1 rejected" in said
    assert "size the smallest value is 1; the contract asks for at least 2" in said
