"""Questions about somebody's own table, and what becomes of the answers."""

from datetime import UTC, date, datetime

import pytest

from moyai.data.schema import ColumnShown, DatasetShown, Layout, ProfileShown, Terms
from moyai.kernel.errors import Invalid
from moyai.planning import drafts, form
from moyai.planning.declaration import read_pilot

AT = datetime(2027, 1, 4, tzinfo=UTC)
PROFILE = ProfileShown(
    version="dsv_1",
    rows=200,
    duplicate_rows=0,
    columns=(
        ColumnShown(name="width", type="number", nulls=2, distinct=180, minimum=0.5, maximum=9.5),
        ColumnShown(name="line", type="text", nulls=0, distinct=2, top=(("a", 150), ("b", 50))),
        ColumnShown(name="flaw", type="text", nulls=0, distinct=2, top=(("no", 170), ("yes", 30))),
        ColumnShown(name="serial", type="text", nulls=0, distinct=200),
    ),
    notes=(),
    tables=("plates.csv",),
    at=AT,
)
DATASET = DatasetShown(
    id="dst_1",
    name="draft-plates",
    title="plates.csv",
    organisation=None,
    classification="restricted",
    owner="per_1",
    terms=Terms(),
    terms_revision=1,
    layout=Layout(),
    contract=None,
    versions=1,
    at=AT,
)


def proposed(target: str = "") -> dict[str, str]:
    return {one.key: one.proposed for one in drafts.proposals(PROFILE, DATASET, date(2027, 1, 4), target)}


def test_the_rare_value_of_the_last_short_list_is_proposed() -> None:
    assert (proposed()["target"], proposed()["positive"]) == ("flaw", "yes")
    assert proposed()["name"] == "plates"
    assert proposed()["end"] == "2027-04-04"


def test_every_question_is_a_key_of_the_form() -> None:
    assert proposed().keys() - {*drafts.CASTING, *drafts.IMPACT} <= form.Answers.model_fields.keys()


def test_taking_what_is_proposed_gives_a_pilot() -> None:
    told = form.fill(drafts.answered(proposed(), "plates.csv", PROFILE, DATASET))
    pilot = read_pilot(told)
    assert pilot.data.files == ("plates.csv",)
    assert pilot.preparation.target == "flaw"
    assert pilot.contract.columns[0].nulls == 0.02
    assert pilot.contract.columns[3].one_of == ()


def test_answers_reach_the_pilot() -> None:
    given = proposed() | {"drop": "serial, line", "operator": "Emi", "price_core_hour": "4.5", "question": "Is it so?"}
    pilot = read_pilot(form.fill(drafts.answered(given, "plates.csv", PROFILE, DATASET)))
    assert pilot.preparation.drop == ("serial", "line")
    assert pilot.holder("operator") == "Emi"
    assert str(pilot.organisation[0].price_core_hour) == "4.5"
    assert pilot.pilot.question.en == "Is it so?"


def test_an_answer_that_is_none_is_told_by_its_key() -> None:
    with pytest.raises(Invalid) as refused:
        drafts.answered(proposed() | {"price_core_hour": "cheap"}, "plates.csv", PROFILE, DATASET)
    assert str(refused.value).startswith("price_core_hour: ")
    assert "'cheap'" in str(refused.value)


def test_a_proposed_answer_to_an_impact_question_says_that_it_is_a_draft() -> None:
    given = proposed() | {"impact_error": "The part is looked at again."}
    pilot = read_pilot(form.fill(drafts.answered(given, "plates.csv", PROFILE, DATASET)))
    answers = [question.answer.en for question in pilot.gate.questions]
    assert answers[1] == "The part is looked at again."
    assert [answer.startswith("Draft: ") for answer in answers] == [True, False, True, True]


def test_columns_that_are_no_numbers_are_proposed_to_be_dropped_and_what_fits_the_named_target() -> None:
    assert proposed()["drop"] == "line, serial"
    assert (proposed("line")["positive"], proposed("line")["drop"]) == ("b", "flaw, serial")
