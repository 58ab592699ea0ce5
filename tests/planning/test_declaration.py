"""Reading a declared pilot: what is wrong is told with its line, what was expected, and what is near."""

from pathlib import Path

import pytest

from moyai.kernel.errors import Invalid
from moyai.planning.declaration import places, read_pilot

EXAMPLES = Path(__file__).parents[2] / "examples"
GAMMA = (EXAMPLES / "gamma-ray/pilot.toml").read_text("utf-8")


def line(words: str, text: str = GAMMA) -> int:
    return text[: text.index(words)].count("\n") + 1


def refusal(text: str) -> Invalid:
    with pytest.raises(Invalid) as refused:
        read_pilot(text, "my/pilot.toml")
    return refused.value


@pytest.mark.parametrize("name", ["gamma-ray", "steel-inspection"])
def test_the_examples_are_read(name: str) -> None:
    folder = EXAMPLES / name
    pilot = read_pilot((folder / "pilot.toml").read_text("utf-8"))
    assert pilot.pilot.name == name
    assert pilot.monitor.windows >= 200
    assert len(pilot.training.fractions) >= 3


def test_a_wrong_key_is_told_with_its_line_and_the_nearest_one() -> None:
    text = GAMMA.replace("licence =", "license =")
    refused = refusal(text)
    assert f"my/pilot.toml:{line('license =', text)}: data.license: there is no key 'license' here" in str(refused)
    assert "did you mean 'licence'?" in str(refused)
    assert "data.licence is missing. Licence, e.g. CC-BY-4.0" in str(refused)


def test_a_key_in_the_wrong_table_is_told_where_it_belongs() -> None:
    refused = refusal(GAMMA.replace("[traffic]", "[traffic]\nfractions = [0.1]"))
    assert "it belongs in [training]." in str(refused)


def test_an_unknown_table_is_told_with_its_line() -> None:
    text = GAMMA.replace("[traffic]", "[trafic]")
    assert refusal(text).facts["mistakes"] == [
        (line("[trafic]", text), refusal(text).facts["mistakes"][0][1]),
    ]
    assert "did you mean 'traffic'?" in str(refusal(text))


def test_every_mistake_is_told_at_once_and_in_order() -> None:
    text = GAMMA.replace("price_core_hour = 4.2", "price_core_hour = 0").replace("alpha = 0.001", "alpha = 'small'")
    mistakes = refusal(text).facts["mistakes"]
    assert [at for at, _ in mistakes] == [line("price_core_hour = 0\n", text), line("alpha = 'small'", text)]
    assert "greater than 0" in mistakes[0][1]
    assert "'small'" in mistakes[1][1]


def test_a_mistake_inside_a_list_over_several_lines_has_its_own_line() -> None:
    text = GAMMA.replace('name = "fDist", type = "number"', 'name = "fDist", type = "real"')
    [(at, words)] = refusal(text).facts["mistakes"]
    assert at == line('type = "real"', text)
    assert words.startswith("contract.columns[10].type: expected 'integer', 'number'")


def test_broken_toml_is_told_with_its_line() -> None:
    text = GAMMA.replace("singles = 300", "singles = = 300")
    assert str(refusal(text)).startswith(f"my/pilot.toml:{line('singles = =', text)}: 1 mistake")
    assert "this is not TOML" in str(refusal(text))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('by = "Pau Serra"', 'by = "Pao Serra"', "decisions.by: no [[person]] has the name 'Pao Serra'"),
        ('at = "hpc-centre"', 'at = "hpc"', "training.at: no [[organisation]] has the name 'hpc'"),
        ("end = 2027-01-31", "end = 2026-01-31", "pilot.end: the pilot ends (2026-01-31) before it starts"),
        ('approver = "Shinji Oka"', 'approver = "Haruka Ito"', "Haruka Ito trains the model and cannot approve it"),
        ('qualifications = ["gate-approver"]', "", "nobody can approve"),
        ('roles = ["operator"]', 'roles = ["trainer"]', "nobody has the role 'operator'"),
        ("drop_below = 2.55", "", "either `drop_below` or `drop_below_quantile`"),
        (
            'purposes = ["research", "production"]',
            'purposes = ["research"]',
            "data.purposes: allows research only, and the gate opens to production",
        ),
        ('target = "class"', 'target = "klass"', "'klass' is not among data.columns"),
        ('algorithm = "gradient_boosting"', 'algorithm = "logistic"\nscript = "own.py"', "one of the two"),
    ],
)
def test_contradictions_are_told_in_words(old: str, new: str, told: str) -> None:
    text = GAMMA.replace(old, new, 1)
    if old.startswith("qualifications"):
        text = text.replace('approver = "Shinji Oka"', "")
    if "gate" not in told and old.startswith("approver"):
        assert refusal(text).facts["mistakes"][0][0] == line('approver = "Haruka Ito"', text)
    assert told in str(refusal(text))


def test_places_knows_every_way_of_writing_a_key() -> None:
    text = '''a.b = 1
"quoted key" = """
several
[lines]
"""
[t]
list = [
  1, # [x]
  { k = "}", m = 2 },
]
[[t.many]]
x = 1
[[t.many]]
y = 2
[t.many.deep]
z = '#'
'''
    found = places(text)
    assert found["a", "b"] == 1
    assert found["quoted key",] == 2
    assert found["t",] == 6
    assert found["t", "list", 1, "m"] == 9
    assert found["t", "many", 0, "x"] == 12
    assert found["t", "many", 1, "y"] == 14
    assert found["t", "many", 1, "deep", "z"] == 16
