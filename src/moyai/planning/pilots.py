"""Pilots: what was declared, what each step gave, and where it stands; so that a pilot that was killed goes on."""

import hashlib

from moyai.compute.ports import Transform
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.models.ports import Trainer
from moyai.planning import store
from moyai.planning.declaration import read_pilot
from moyai.planning.events import PilotDeclared, StepRecorded
from moyai.planning.schema.declared import PilotFile
from moyai.planning.schema.records import PilotAsked, PilotLine, PilotsAsked, PilotShown, StepAsked, StepShown
from moyai.planning.tables import Pilot

OWN = "own.py"


def check(call: Call, asked: PilotAsked) -> PilotFile:
    """What the text declares, without keeping it. Raises Invalid listing every mistake with its line."""
    call.require("pilot.read", Thing("pilot"))
    return read_pilot(asked.text, asked.source)


def declare(call: Call, asked: PilotAsked) -> PilotShown:
    """Keep a pilot's declaration; the same text is the same pilot, and goes on where it stood.

    Raises Invalid listing every mistake with its line, or NotAllowed.
    """
    call.require("pilot.declare", Thing("pilot"))
    declared = read_pilot(asked.text, asked.source)
    digest = "sha256:" + hashlib.sha256(asked.text.encode()).hexdigest()
    row = store.same_pilot(call.session, declared.pilot.name, digest)
    if row is None:
        row = Pilot(
            id=ids.new("plt"), name=declared.pilot.name, digest=digest, text=asked.text, by=call.who.person, at=call.now
        )
        store.add(call.session, row)
        call.announce(PilotDeclared(about=row.id, name=row.name, digest=digest))
    return _show(call, row)


def get(call: Call, pilot: str) -> PilotShown:
    """By id, or the newest declaration of a name. Raises NotFound."""
    call.require("pilot.read", Thing("pilot", pilot))
    return _show(call, store.pilot(call.session, pilot))


def list(call: Call, asked: PilotsAsked) -> Page[PilotLine]:
    """Declarations, newest first."""
    call.require("pilot.read", Thing("pilot"))
    return store.pilots(call.session, asked)


def record(call: Call, pilot: str, asked: StepAsked) -> StepShown:
    """Write down what a step gave. Raises NotFound or NotAllowed."""
    row = store.pilot(call.session, pilot)
    call.require("pilot.record", thing(row))
    step = store.put_step(call.session, row.id, asked)
    step.at = call.now
    if asked.state != "running":
        call.announce(StepRecorded(about=row.id, step=asked.name, state=asked.state, seconds=asked.seconds))
    return StepShown(**asked.model_dump(), at=call.now)


def thing(row: Pilot) -> Thing:
    return Thing("pilot", row.id, attrs={"by": row.by})


def _show(call: Call, row: Pilot) -> PilotShown:
    declared = read_pilot(row.text)
    return PilotShown(
        id=row.id, name=row.name, digest=row.digest, declared=declared, code_digest=_code(call, declared), by=row.by,
        at=row.at, steps=store.steps(call.session, row.id), elsewhere=store.done_elsewhere(call.session, row),
    )  # fmt: skip


def _code(call: Call, declared: PilotFile) -> str:
    """Digest over the programs that prepare and train, as they are installed now, without a person's own script."""
    transform: Transform = call.engines.get("transforms", "tabular")
    tabular: Trainer = call.engines.get("trainers", "tabular")
    programs = [
        transform.program(declared.preparing()),
        tabular.program(declared.fitting(declared.baseline, 1.0), {}),
    ]
    if declared.training.script:
        script: Trainer = call.engines.get("trainers", "script")
        programs.append(script.program({"script": OWN}, {OWN: b""}))
    else:
        programs.append(tabular.program(declared.fitting(declared.training, 1.0), {}))
    return "sha256:" + hashlib.sha256(" ".join(program.code_digest for program in programs).encode()).hexdigest()
