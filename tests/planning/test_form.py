"""A drafted pilot is one that Moyai reads, whatever the columns of a table are called."""

import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moyai.kernel.errors import Invalid
from moyai.planning import form
from moyai.planning.declaration import read_pilot
from moyai.planning.form import Answers, Seen

PLATES = (
    Seen(name="width", type="number", minimum=-3.2, maximum=211.5, nulls=0.013),
    Seen(name="share", type="number", minimum=0.1, maximum=0.9),
    Seen(name="shift", type="text", values=("early", "late")),
    Seen(name="fault", type="integer", minimum=0, maximum=1, values=("0", "1")),
)


def answers(**more: object) -> Answers:
    facts = {
        "file": "plates.csv",
        "columns": PLATES,
        "rows": 500,
        "name": "plates",
        "target": "fault",
        "positive": "1",
        "price_core_hour": "3.5",
        "start": date(2027, 1, 4),
        "end": date(2027, 3, 31),
    }
    return Answers.model_validate({**facts, **more})


def test_a_draft_is_a_pilot() -> None:
    pilot = read_pilot(form.fill(answers(people={"operator": "Emi"}, drop=("shift",))))
    assert pilot.preparation.target == "fault"
    assert pilot.preparation.drop == ("shift",)
    assert pilot.holder("operator") == "Emi"
    assert pilot.approver == "Second leader"
    assert len(pilot.training.fractions) == 3
    assert pilot.benefit is None
    assert pilot.monitor.shift is not None
    assert pilot.monitor.shift.column == "width"


def test_the_contract_gives_some_room() -> None:
    rules = {rule.name: rule for rule in read_pilot(form.fill(answers())).contract.columns}
    assert (rules["width"].min, rules["width"].max, rules["width"].nulls) == (-30, 240, 0.02)
    assert (rules["share"].min, rules["share"].max) == (0, 1)
    assert rules["shift"].one_of == ("early", "late")


def test_every_part_of_a_draft_is_commented() -> None:
    assert form.fill(answers()).count("#") > 10


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"target": "flaw"}, "plates.csv has no column 'flaw'. Its columns: width, share, shift, fault."),
        ({"drop": ("lenght",)}, "no column 'lenght'"),
        ({"drop": ("fault",)}, "The target 'fault' cannot be dropped"),
        ({"target": "width"}, "Column 'width' holds many different values; a model needs exactly two."),
        ({"positive": "yes"}, "Column 'fault' has no value 'yes'. It has 0, 1."),
        ({"approver": "Key user", "people": {"key_user": "Key user"}}, "cannot approve"),
        ({"end": date(2026, 1, 1)}, "before it starts"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(Invalid) as refused:
        form.fill(answers(**wrong))
    assert told in str(refused.value)


@given(st.text(min_size=1).filter(lambda name: name not in {"width", "fault"}), st.text(), st.floats(-1e9, 1e9))
def test_any_name_and_any_number_can_be_written(name: str, words: str, low: float) -> None:
    columns = (*PLATES[:1], Seen(name=name, type="number", minimum=low, maximum=low + 1), PLATES[3])
    text = form.fill(answers(columns=columns, title=words or "t", question=words))
    rule = tomllib.loads(text)["contract"]["columns"][1]
    assert rule["name"] == name
    assert rule["min"] <= low
    assert rule["max"] >= low + 1
