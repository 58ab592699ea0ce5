"""The story of a pilot, told through the public API alone: each persona acts with a token of its own.

The order of the steps and what each depends on; each is told in `making`, `proving`, `working` or `watching`.
"""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers import making, proving, watching, working
from moyai.faces.sdk.drivers.consortium import Cast, settle
from moyai.faces.sdk.drivers.story import Story
from moyai.faces.sdk.drivers.telling import Memory, Outcome, Teller
from moyai.kernel.errors import Invalid
from moyai.planning.schema.records import PilotAsked, PilotShown, ReportAsked


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a pilot: its id, its report, and which steps were done anew."""

    pilot: str
    name: str
    report: str
    endpoint: str
    states: dict[str, str]


def run(owner: Client, file: Path, tell: Teller, fresh: bool = False, portal: str = "") -> Told:
    """Tell the pilot declared in `file` from where it stands.

    Raises Invalid listing every mistake in the file with its line, or whatever a step was refused with.
    """
    pilot = owner.pilots.declare(PilotAsked(text=read(file), source=str(file)))
    with told(owner, pilot, file, tell, fresh) as story:
        for name, depends, step in chapters(story, portal):
            story.memory.step(name, depends, step)
        memory = story.memory
        return Told(
            pilot.id, pilot.name, memory.outcomes["report"]["report"], memory.outcomes["serve"]["name"], memory.states
        )


def read(file: Path) -> str:
    """The declaration's text. Raises Invalid when there is none that can be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Invalid(
            f"The pilot's file cannot be read: {wrong}.", fix="Name a pilot.toml; `moyai pilot init` makes one.",
            where=str(file),
        ) from wrong  # fmt: skip


@contextmanager
def told(owner: Client, pilot: PilotShown, file: Path, tell: Teller, fresh: bool) -> Generator[Story]:
    """The story, with the consortium in place; the personas' tokens end with it."""
    memory = Memory(owner, pilot, tell, fresh)
    declared = pilot.declared
    lent = [declared.organisation, declared.person, declared.pilot.name]
    consortium = memory.step("consortium", [str(part) for part in lent], lambda: settle(owner, declared))
    cast = Cast(owner, consortium["persons"], f"script of the pilot {pilot.name}")
    cast.tidy()
    try:
        yield Story(pilot, file.parent, cast, memory, tell)
    finally:
        cast.close()


def chapters(story: Story, portal: str) -> list[tuple[str, Any, Any]]:
    """(name, what it depends on beside the steps before it, work)."""
    d = story.declared
    files = [story.folder / name for name in d.data.files]
    code = own_code(story)
    told = (d.benefit, d.projection, d.indicator, d.report, d.pilot, d.stage, portal)
    return [
        ("data", [str(d.data), str(d.contract), *map(digest_of, files)], lambda: making.publish(story, files)),
        ("prepare", [str(d.preparation), story.pilot.code_digest], lambda: making.prepare(story)),
        ("train", [str(d.training), str(d.baseline), code], lambda: proving.train(story, code)),
        ("gate", [str(d.gate)], lambda: proving.gate(story)),
        ("serve", [str(d.endpoint), str(d.traffic)], lambda: working.serve(story)),
        ("decide", [str(d.decisions)], lambda: working.decide(story)),
        ("watch", [str(d.monitor)], lambda: watching.watch(story)),
        ("report", [str(part) for part in told], lambda: report(story, portal)),
    ]


def report(story: Story, portal: str) -> Outcome:
    asked = ReportAsked(portal=portal) if portal else ReportAsked()
    return {"report": story.cast.owner.reports.make(story.pilot.id, asked).id}


def own_code(story: Story) -> dict[str, str]:
    """The person's own training script, if the pilot declares one."""
    name = story.declared.training.script
    return {Path(name).name: read(story.folder / name)} if name else {}


def digest_of(file: Path) -> str:
    """sha256 of a file, without holding it in memory. Raises Invalid when it cannot be read."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as wrong:
        fix = "Paths in [data] files are seen from the pilot file's folder."
        raise Invalid(f"The data file cannot be read: {wrong.strerror}.", fix=fix, where=str(file)) from wrong


def write(owner: Client, report_id: str, folder: Path) -> tuple[Path, Path]:
    """Put the report and the evidence into `folder`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = {"report.html": owner.reports.document, "evidence.json": owner.reports.evidence}
    for name, ask in pieces.items():
        partial = folder / f".{name}.part"
        with partial.open("wb") as target:
            for piece in ask(report_id):
                target.write(piece)
        partial.replace(folder / name)
    return folder / "report.html", folder / "evidence.json"
