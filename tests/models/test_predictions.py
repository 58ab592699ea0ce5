"""Predictions on their way from the spool into the database."""

from moyai.kernel.clock import Fixed
from moyai.kernel.edge import Edge
from moyai.models import loops, predictions, serving
from moyai.models.schema import PredictionsAsked
from tests.models.stage import Stage, log, turn


def listed(stage: Stage, endpoint: str, **more: str) -> list[str]:
    asked = PredictionsAsked(endpoint=endpoint, **more)
    return [one.id for one in stage.edge.read(stage.owner, predictions.list, asked).items]


def test_each_row_of_a_request_becomes_a_prediction_with_named_inputs(stage: Stage):
    endpoint = stage.endpoint()
    first, second = log(stage, endpoint, [[1, 2, 3], [4, 5, 6]], "night-3")
    assert listed(stage, endpoint.id) == [second, first]
    shown = stage.edge.read(stage.owner, predictions.get, second)
    assert shown.inputs == {"size": 4, "width": 5, "alpha": 6}
    assert (shown.outputs, shown.source) == ({"label": 0, "probability": [0.9, 0.1]}, "night-3")
    assert shown.at == stage.edge.clock.now()


def test_draining_again_repeats_nothing(stage: Stage, clock: Fixed):
    endpoint = stage.endpoint()
    log(stage, endpoint, [[1, 2, 3]])
    clock.move(seconds=5)
    assert turn(stage.edge, loops.LOOPS[0]) == 1
    assert len(listed(stage, endpoint.id)) == 1


def test_predictions_are_found_by_source_and_request(stage: Stage, clock: Fixed):
    endpoint = stage.endpoint()
    (first,) = log(stage, endpoint, [[1, 2, 3]], "night-3")
    clock.move(seconds=5)
    (second,) = log(stage, endpoint, [[1, 2, 3]], "bright-moon")
    assert listed(stage, "gamma", source="bright-moon") == [second]
    assert listed(stage, "gamma", request=first) == [first]


def test_pages_go_on_where_the_one_before_ended(stage: Stage):
    endpoint = stage.endpoint()
    made = log(stage, endpoint, [[float(n), 0, 0] for n in range(5)])
    page = stage.edge.read(stage.owner, predictions.list, PredictionsAsked(endpoint="gamma", limit=3))
    rest = stage.edge.read(stage.owner, predictions.list, PredictionsAsked(endpoint="gamma", limit=3, cursor=page.next))
    assert [one.id for one in (*page.items, *rest.items)] == made[::-1]
    assert rest.next is None


def test_a_file_of_a_process_that_is_gone_is_cleared_away(stage: Stage, clock: Fixed):
    endpoint = stage.endpoint()
    log(stage, endpoint, [[1, 2, 3]])
    (file,) = stage.edge.home.spool.glob("predictions-*")
    gone = file.with_name(file.name.replace(file.name.split("-")[1], "999999999"))
    gone.write_bytes(file.read_bytes().replace(b"prd_0", b"prd_z"))
    clock.move(seconds=5)
    turn(stage.edge, loops.LOOPS[0])
    assert (file.exists(), gone.exists()) == (True, False)
    assert len(listed(stage, endpoint.id)) == 2


def test_figures_count_what_is_on_record(stage: Stage, edge: Edge):
    endpoint = stage.endpoint()
    assert edge.read(stage.owner, serving.figures, "gamma").p50_ms is None
    log(stage, endpoint, [[1, 2, 3]] * 10, "night-3")
    found = edge.read(stage.owner, serving.figures, "gamma")
    assert (found.predictions, found.p50_ms, found.p99_ms, found.sources) == (10, 1.5, 1.5, {"night-3": 10})


def test_ids_follow_each_other():
    first = "prd_" + "0" * 25 + "z"
    assert predictions.identifier(first, 0) == first
    assert predictions.identifier(first, 1) == "prd_" + "0" * 24 + "10"
