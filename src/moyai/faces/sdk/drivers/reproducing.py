"""Running a recorded training again, from its lineage alone."""

from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.telling import PATIENCE, until
from moyai.kernel.errors import Failure, NotFound
from moyai.models.schema import ComparedShown


def reproduce(owner: Client, pilot: str) -> ComparedShown:
    """Repeat the training behind a pilot's model and compare: metrics are equal only to the last bit.

    Nothing is read but the run's record: data version, program, parameters, seed. Raises NotFound for a pilot that has
    not trained yet.
    """
    found = owner.pilots.get(pilot)
    trained = [step for step in found.steps if step.name == "train" and step.state in ("done", "unchanged")]
    if not trained:
        raise NotFound(f"The pilot {found.name} has not trained yet.", fix="Run it first.", where=found.id)
    first = str(trained[0].outcome["run"])
    again = owner.training.repeat(first)
    ended = until(
        lambda: owner.training.get(again.id),
        lambda run: run.state in ("succeeded", "failed"),
        PATIENCE,
        "The repetition",
    )
    if ended.state == "failed":
        raise Failure(
            f"The repetition failed: {ended.detail}", fix=f"See `moyai jobs logs {ended.job}`.", where=ended.job
        )
    return owner.training.compare(first, ended.id)
