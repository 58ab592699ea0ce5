"""Settings come from the environment, the home's file and the defaults, in that order; a wrong one is named."""

from pathlib import Path

import pytest

from moyai.kernel import settings
from moyai.kernel.errors import Invalid


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in settings.Settings.model_fields:
        monkeypatch.delenv(settings.PREFIX + key.upper(), raising=False)


def write(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "moyai.toml").write_text(text)


def test_the_defaults_listen_on_this_machine_only(tmp_path: Path):
    found = settings.read(home=tmp_path)
    assert (found.host, found.port) == ("127.0.0.1", 8420)
    assert found.database_url == f"sqlite:///{tmp_path / 'moyai.sqlite'}"


def test_what_is_given_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path, 'port = 1001\nhost = "127.0.0.2"\nlanguage = "ja"\n')
    monkeypatch.setenv("MOYAI_PORT", "1002")
    monkeypatch.setenv("MOYAI_HOST", "127.0.0.3")
    found = settings.read(home=tmp_path, port=1003)
    assert (found.port, found.host, found.language) == (1003, "127.0.0.3", "ja")


def test_the_home_of_the_environment_says_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path / "mine", "port = 1001\n")
    monkeypatch.setenv("MOYAI_HOME", str(tmp_path / "mine"))
    assert settings.read().port == 1001


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch):
    for name in ("MOYAI_HOME", "MOYAI_PORT", "MOYAI_TOKEN"):
        monkeypatch.setenv(name, "")
    found = settings.read()
    assert (found.home, found.port, found.token) == (Path(".moyai"), 8420, None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("prot = 8420\n", "key prot"),
        ('port = "many"\n', "key port"),
        ("port = 70000\n", "key port"),
        ("policy_seconds = 60\n", "key policy_seconds"),
        ('log_level = "loud"\n', "key log_level"),
        ("port = \n", "moyai.toml"),
    ],
)
def test_a_wrong_key_of_the_file_is_named(tmp_path: Path, text: str, place: str):
    write(tmp_path, text)
    with pytest.raises(Invalid) as refused:
        settings.read(home=tmp_path)
    assert place in refused.value.where
    assert "moyai.toml" in refused.value.where
    assert refused.value.fix


def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MOYAI_PORT", "many")
    with pytest.raises(Invalid) as refused:
        settings.read(home=tmp_path)
    assert refused.value.where == "environment MOYAI_PORT"


def test_a_wrong_option_is_named(tmp_path: Path):
    with pytest.raises(Invalid) as refused:
        settings.read(home=tmp_path, port=70000)
    assert refused.value.where == "option port"


def test_a_token_is_never_shown(tmp_path: Path):
    found = settings.read(home=tmp_path, token="moyai_secret")
    assert "moyai_secret" not in repr(found) + str(found) + found.model_dump_json()
