"""What a newcomer without the right Python is told."""

from scripts import environment


def test_an_old_python_is_told_which_one_is_needed() -> None:
    said = environment.missing((3, 9), [])
    assert "3.11 or newer" in said
    assert "3.9" in said
    assert "make PYTHON=" in said


def test_a_debian_without_venv_is_told_what_to_install() -> None:
    said = environment.missing((3, 12), ["ensurepip"])
    assert "apt-get install python3-venv" in said
    assert "python3.12-venv" in said


def test_a_good_python_is_told_nothing() -> None:
    assert environment.missing((3, 13), []) == ""


def test_what_is_absent_is_found() -> None:
    assert environment.absent(["json", "no_such_module_here"]) == ["no_such_module_here"]
