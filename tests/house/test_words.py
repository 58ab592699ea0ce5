"""Words that no committed file may hold: paths of one machine, hosts of package indexes, silenced checks."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.house import tree

# Put together from pieces, so that this file does not hold them.
PLACES = ["/" + "work/", "/" + "farm/", "/" + "root/", "/tmp/" + "bash_jobs"]
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org", "index-" + "url ="]
SILENCED = [
    "type: " + "ignore",
    "no" + "qa",
    "pragma: " + "no cover",
    "pyright: " + "ignore",
    "TO" + "DO",
    "FIX" + "ME",
]
SKIPPED = ["pytest." + "skip", "mark." + "skip", "xf" + "ail(", "importor" + "skip"]


def committed(*suffixes: str) -> list[Path]:
    """Files that git tracks or would track; in an unpacked archive without git, every file."""
    asked = ["git", "-C", str(tree.HERE), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        paths = [tree.HERE / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [
            p for p in tree.HERE.rglob("*") if not any(part.startswith(".") for part in p.relative_to(tree.HERE).parts)
        ]
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


def holding(words: list[str], paths: list[Path]) -> list[str]:
    wanted = re.compile("|".join(re.escape(word) for word in words))
    found: list[str] = []
    for path in paths:
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path}:{text[: hit.start()].count(chr(10)) + 1}: {hit.group()}" for hit in wanted.finditer(text)]
    return found


def test_no_file_names_a_place_on_one_machine() -> None:
    assert not holding(PLACES, committed())


def test_no_file_names_a_package_index() -> None:
    assert not holding(HOSTS, committed())


def test_no_check_is_silenced_in_a_line() -> None:
    assert not holding(SILENCED, committed(".py"))


def test_no_test_is_skipped() -> None:
    assert not holding(SKIPPED, [path for path in committed(".py") if path.is_relative_to(tree.HERE / "tests")])


@pytest.mark.parametrize("words", [PLACES, HOSTS, SILENCED, SKIPPED])
def test_a_forbidden_word_is_found(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"first\nsecond {words[-1]}\n")
    assert holding(words, [tmp_path / "a.py"]) == [f"{tmp_path / 'a.py'}:2: {words[-1]}"]
