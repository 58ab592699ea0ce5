"""`moyai procedures`: the operating rules; drafts, the floor's comments, their answers, what is in force."""

from pathlib import Path
from typing import Annotated

import typer

from moyai.faces.cli.session import AsJson, client, out, show
from moyai.governance.schema import (
    AnswerAsked,
    CommentAsked,
    ProcedureAsked,
    ProceduresAsked,
    ProcedureShown,
    ProcedureState,
)

group = typer.Typer(no_args_is_help=True, add_completion=False, help="Operating rules: draft, comment, answer, enact.")
FACTS = ("id", "subject", "number", "title", "state", "drafted_by", "drafted_at", "enacted_by", "enacted_at")
File = typer.Option(exists=True, dir_okay=False, help="Text file, UTF-8.")


@group.command("list")
def list_(
    subject: str | None = None,
    state: ProcedureState | None = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    json: AsJson = False,
) -> None:
    """Versions of operating rules, newest first."""
    with client() as moyai:
        page = moyai.procedures.list(ProceduresAsked(subject=subject, state=state, cursor=cursor))
        show(page, json, ("id", "subject", "number", "state", "title"))


@group.command()
def get(procedure: str, json: AsJson = False) -> None:
    """One version, its text and its comments."""
    with client() as moyai:
        _read_out(moyai.procedures.get(procedure), json)


@group.command()
def current(subject: str, json: AsJson = False) -> None:
    """The version in force for SUBJECT."""
    with client() as moyai:
        found = moyai.procedures.current(subject)
    if found is None:
        out.print("null" if json else "No operating rules are in force for it.", markup=False)
    else:
        _read_out(found, json)


@group.command()
def draft(
    subject: str,
    title: Annotated[str, typer.Option(help="What the rules are called.")],
    text: Annotated[Path, File],
    text_ja: Annotated[Path | None, File] = None,
    project: Annotated[str | None, typer.Option(help="Project that they are for, by id or name.")] = None,
    json: AsJson = False,
) -> None:
    """Write the next version of the rules about SUBJECT."""
    asked = ProcedureAsked(
        subject=subject, title=title, text=text.read_text(encoding="utf-8"), project=project,
        text_ja=text_ja.read_text(encoding="utf-8") if text_ja else None,
    )  # fmt: skip
    with client() as moyai:
        show(moyai.procedures.draft(asked), json, FACTS)


@group.command()
def comment(procedure: str, text: str, json: AsJson = False) -> None:
    """Say something about a version; it has to be answered before the next takes effect."""
    with client() as moyai:
        show(moyai.procedures.comment(procedure, CommentAsked(text=text)), json)


@group.command()
def answer(
    comment: str,
    text: str,
    taken: Annotated[bool, typer.Option("--taken", help="The comment changes the rules.")] = False,
    json: AsJson = False,
) -> None:
    """Answer a comment."""
    with client() as moyai:
        show(moyai.procedures.answer(comment, AnswerAsked(text=text, taken=taken)), json)


@group.command()
def enact(procedure: str, json: AsJson = False) -> None:
    """Put a draft in force."""
    with client() as moyai:
        show(moyai.procedures.enact(procedure), json, FACTS)


def _read_out(version: ProcedureShown, json: bool) -> None:
    show(version, json, FACTS)
    if json:
        return
    out.print("\n" + "\n\n".join(filter(None, (version.text, version.text_ja))), markup=False)
    for one in version.comments:
        out.print(f"\n{one.id} {one.by}: {one.text}\n  -> {one.answer or 'not answered yet'}", markup=False)
