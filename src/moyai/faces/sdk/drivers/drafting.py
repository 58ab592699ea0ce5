"""A pilot for one's own table: the table is imported and looked at, a few questions are asked, the file is written."""

from collections.abc import Callable, Mapping
from pathlib import Path

from moyai.data.schema import DatasetAsked, VersionAsked
from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.telling import PATIENCE, until
from moyai.kernel.errors import Conflict, Invalid, NotFound
from moyai.kernel.wording import retell
from moyai.planning.schema.records import DraftAsked

Ask = Callable[[str, str], str]
"""(question, proposed answer) -> answer."""


def draft(owner: Client, table: Path, output: Path | None, given: Mapping[str, str], ask: Ask | None) -> Path:
    """Write `pilot.toml` beside `table` (or to `output`), valid, with what was answered and what was seen in the table.

    Raises Invalid when the table cannot be read or an answer does not fit it, Conflict when the file is there already.
    """
    made = output or table.parent / "pilot.toml"
    if made.exists():
        raise Conflict(f"{made} is there already.", fix="Move it away, or name another with --output.", where=str(made))
    if not table.is_file():
        raise Invalid("There is no such table.", fix="Name a CSV or Parquet file.", where=str(table))
    version = looked_at(owner, table)
    answers = dict(given)
    for question in owner.pilots.questions(version):
        if ask is not None and question.key not in answers:
            answers[question.key] = ask(retell(question.ask), question.proposed)
    text = owner.pilots.draft(DraftAsked(version=version, file=relative(table, made.parent), answers=answers)).text
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(text, encoding="utf-8")
    return made


def relative(table: Path, folder: Path) -> str:
    """The table as the file will name it: from the file's folder where it lies below it, else in full."""
    full, home = table.resolve(), folder.resolve()
    return full.relative_to(home).as_posix() if full.is_relative_to(home) else full.as_posix()


def looked_at(owner: Client, table: Path) -> str:
    """The table as a version of a dataset of drafts, profiled. Raises Invalid when it cannot be read."""
    name = "draft-" + "".join(letter if letter.isalnum() else "-" for letter in table.stem.lower())[:60].strip("-")
    try:
        dataset = owner.datasets.get(name).id
    except NotFound:
        dataset = owner.datasets.register(DatasetAsked(name=name, title=table.name, classification="restricted")).id
    version = owner.versions.publish(VersionAsked(dataset=dataset, files=(owner.blobs.keep_file(table),)))
    seen = until(lambda: owner.versions.get(version.id), lambda one: one.state != "published", PATIENCE, "The profile")
    if seen.state == "rejected":
        raise Invalid(f"The table cannot be used: {seen.reason}", where=str(table))
    return seen.id
