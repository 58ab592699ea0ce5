"""Operating rules (運用ルール) as versions: drafted, commented on by the floor, in force once comments are answered."""

from moyai.governance import rules, scopes, store
from moyai.governance.events import CommentAnswered, ProcedureCommented, ProcedureDrafted, ProcedureEnacted
from moyai.governance.schema import (
    AnswerAsked,
    CommentAsked,
    CommentShown,
    ProcedureAsked,
    ProceduresAsked,
    ProcedureShown,
    Scoped,
)
from moyai.governance.tables import Comment, Procedure
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page


def draft(call: Call, asked: ProcedureAsked) -> ProcedureShown:
    """Write the next version of the rules about a subject; a draft that it replaces is withdrawn.

    The words of the newest version, drafted again, give that version. Raises NotAllowed, NotFound (project,
    organisation), or Conflict when the subject's rules belong to another project or organisation.
    """
    scope = scopes.settle(call, asked)
    call.require("procedure.draft", scopes.thing(call, "procedure", scope))
    store.alone(call.session, asked.subject)
    latest = store.latest_procedure(call.session, asked.subject)
    digest = rules.digest(asked)
    if latest is not None:
        _same_scope(latest, scope)
        if latest.digest == digest:
            return store.show_procedure(latest)
        if latest.state == "draft":
            latest.state, latest.ended_at = "withdrawn", call.now
    row = Procedure(
        id=ids.new("prc"), subject=asked.subject, number=latest.number + 1 if latest else 1, project=scope.project,
        organisation=scope.organisation, title=asked.title, text=asked.text, text_ja=asked.text_ja, digest=digest,
        state="draft", drafted_by=call.who.person, drafted_at=call.now, enacted_by=None, enacted_at=None,
        ended_at=None, scripted=False, comments=[],
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(ProcedureDrafted(about=row.id, subject=row.subject, number=row.number, digest=digest))
    return store.show_procedure(row)


def comment(call: Call, procedure: str, asked: CommentAsked) -> CommentShown:
    """Say something about a draft or about the version in force; the next version waits until it is answered.

    Raises NotFound, NotAllowed, or Conflict for a version that is neither.
    """
    version = store.procedure(call.session, procedure)
    call.require("procedure.comment", scopes.thing_of(call, "procedure", version))
    store.alone(call.session, version.subject)
    call.session.refresh(version)
    rules.comments_on(store.show_procedure(version))
    row = Comment(
        id=ids.new("cmt"), procedure=version.id, subject=version.subject, text=asked.text, by=call.who.person,
        scripted=call.who.scripted, at=call.now, answer=None, taken=None, answered_by=None, answered_at=None,
    )  # fmt: skip
    version.comments.append(row)
    call.session.flush()
    call.announce(ProcedureCommented(about=version.id, comment=row.id))
    return store.show_comment(row)


def answer(call: Call, comment: str, asked: AnswerAsked) -> CommentShown:
    """Answer a comment, once; the same answer again changes nothing. Raises NotFound, NotAllowed, or Conflict."""
    row = store.comment(call.session, comment)
    version = store.procedure(call.session, row.procedure)
    call.require("procedure.answer", scopes.thing_of(call, "procedure", version))
    if rules.answers(store.show_comment(row), asked.text, asked.taken):
        row.answer, row.taken, row.answered_by, row.answered_at = asked.text, asked.taken, call.who.person, call.now
        call.announce(CommentAnswered(about=row.procedure, comment=row.id, taken=asked.taken))
    return store.show_comment(row)


def enact(call: Call, procedure: str) -> ProcedureShown:
    """Put a draft in force; the version before it is superseded, its words unchanged.

    Raises NotFound, NotAllowed, or Conflict while any comment on these rules waits for its answer.
    """
    version = store.procedure(call.session, procedure)
    call.require("procedure.enact", scopes.thing_of(call, "procedure", version))
    store.alone(call.session, version.subject)
    call.session.refresh(version)
    if not rules.enacts(store.show_procedure(version), store.unanswered(call.session, version.subject)):
        return store.show_procedure(version)
    before = store.procedure_in_force(call.session, version.subject)
    if before is not None:
        before.state, before.ended_at = "superseded", call.now
    version.state, version.scripted = "in_force", call.who.scripted
    version.enacted_by, version.enacted_at = call.who.person, call.now
    call.session.flush()
    call.announce(ProcedureEnacted(about=version.id, subject=version.subject, number=version.number))
    return store.show_procedure(version)


def current(call: Call, subject: str) -> ProcedureShown | None:
    """The version in force for the subject, or None. Raises NotAllowed."""
    call.require("procedure.read", Thing("procedure"))
    row = store.procedure_in_force(call.session, subject)
    return store.show_procedure(row) if row else None


def get(call: Call, procedure: str) -> ProcedureShown:
    """Any version, with its comments and answers. Raises NotFound or NotAllowed."""
    call.require("procedure.read", Thing("procedure"))
    return store.show_procedure(store.procedure(call.session, procedure))


def list(call: Call, asked: ProceduresAsked) -> Page[ProcedureShown]:
    """Versions, newest first. Raises NotAllowed."""
    call.require("procedure.read", Thing("procedure"))
    return store.procedures(call.session, asked)


def _same_scope(latest: Procedure, scope: Scoped) -> None:
    if (latest.project, latest.organisation) != (scope.project, scope.organisation):
        raise Conflict(
            f"The rules about {latest.subject} belong to another project or organisation.",
            fix="Draft them there.",
            where="subject",
        )
