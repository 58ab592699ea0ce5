"""Decisions of governance on plain values: is a decision new, may a rule take effect, how far do links lead."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from moyai.governance.schema import ApprovalDecision, ApprovalShown, CommentShown, Link, ProcedureAsked, ProcedureShown
from moyai.kernel.errors import Conflict

MOST_NODES = 500
"""How many things one walk along links may reach."""
MOST_LINKS = 2000
"""How many links one step of a walk looks at."""


@dataclass(frozen=True, slots=True)
class Readable:
    """The scopes in which somebody holds a role, spelled out for the filter of a list."""

    everything: bool
    projects: frozenset[str]
    organisations: frozenset[str]


def decides(approval: ApprovalShown, person: str, decision: ApprovalDecision) -> bool:
    """True when the decision is to be written; False when it is the one that stands already, sent again.

    Raises Conflict when somebody decided before, or the same person otherwise.
    """
    if approval.state == "waiting":
        return True
    if (approval.decided_by, approval.state, approval.reason) == (person, decision.verdict, decision.reason):
        return False
    raise Conflict(
        f"This approval was {approval.state} by {approval.decided_by} already.",
        fix="A decision is final; ask for a new approval.",
        where=approval.id,
        state=approval.state,
    )


def digest(asked: ProcedureAsked) -> str:
    """What identifies the words of a rule, in both languages."""
    words = json.dumps([asked.title, asked.text, asked.text_ja], ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(words.encode()).hexdigest()}"


def enacts(version: ProcedureShown, unanswered: int) -> bool:
    """True when the version is to take effect; False when it is in force already.

    `unanswered` counts open comments on every version of the subject: a new draft does not silence the floor.
    Raises Conflict for a version whose time is over, or while a comment waits for its answer.
    """
    if version.state == "in_force":
        return False
    if version.state != "draft":
        raise Conflict(
            f"Version {version.number} is {version.state}; it does not come back.",
            fix="Draft its text again as a new version.",
            where=version.id,
        )
    if unanswered:
        raise Conflict(
            f"{unanswered} comment{'s' if unanswered > 1 else ''} on these rules not answered yet.",
            fix="Answer every comment, then enact.",
            where=version.id,
            unanswered=unanswered,
        )
    return True


def comments_on(version: ProcedureShown) -> None:
    """Raises Conflict when the version is not one that people work by, or are about to."""
    if version.state not in ("draft", "in_force"):
        raise Conflict(
            f"Version {version.number} is {version.state}.",
            fix="Comment on the draft or on the version in force.",
            where=version.id,
        )


def answers(comment: CommentShown, text: str, taken: bool) -> bool:
    """True when the answer is to be written; False when it is there already. Raises Conflict for another one."""
    if comment.answer is None:
        return True
    if (comment.answer, comment.taken) == (text, taken):
        return False
    raise Conflict("This comment was answered already.", fix="Comment again, to go on.", where=comment.id)


def in_time(link: Link) -> tuple[str, str]:
    """The link as (later, earlier): what came, and what it came from."""
    return (link.target, link.source) if link.relation == "generated" else (link.source, link.target)


@dataclass(frozen=True, slots=True)
class Walked:
    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    truncated: bool


def walk(start: str, depth: int, step: Callable[[Sequence[str]], Sequence[tuple[str, Link]]], most: int) -> Walked:
    """Everything within `depth` steps of `start`, nearest first, each thing once however links circle.

    `step(things)` gives the links that leave those things, each with the thing that it reaches; more than MOST_LINKS
    means that there are others. At most `most` things are reached; `truncated` says that there are more in reach.
    """
    seen = {start: None}
    links: dict[Link, None] = {}
    border: list[str] = [start]
    truncated = False
    for _ in range(depth):
        reached: list[str] = []
        steps = step(border)
        truncated |= len(steps) > MOST_LINKS
        for found, link in steps:
            if found not in seen:
                if len(seen) > most:
                    truncated = True
                    continue
                seen[found] = None
                reached.append(found)
            links[link] = None
        border = reached
        if not border:
            break
    return Walked(tuple(seen), tuple(links), truncated)
