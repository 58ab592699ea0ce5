"""`moyai approvals`: what waits for a second person, and the decision."""

from typing import Annotated

import typer

from moyai.faces.cli.session import AsJson, client, show
from moyai.governance.schema import ApprovalAsked, ApprovalDecision, ApprovalsAsked, ApprovalState

group = typer.Typer(no_args_is_help=True, add_completion=False, help="Approvals: ask for one, grant or deny one.")
Reason = Annotated[str, typer.Option(help="Why; kept with the decision.")]


@group.command("list")
def list_(
    subject: str | None = None,
    state: ApprovalState | None = None,
    project: str | None = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    json: AsJson = False,
) -> None:
    """The approvals that I may see, newest first."""
    asked = ApprovalsAsked(subject=subject, state=state, project=project, cursor=cursor)
    with client() as moyai:
        show(moyai.approvals.list(asked), json, ("id", "subject", "state", "role", "purpose", "decided_by"))


@group.command()
def get(approval: str, json: AsJson = False) -> None:
    """One approval."""
    with client() as moyai:
        show(moyai.approvals.get(approval), json)


@group.command()
def request(
    subject: str,
    purpose: Annotated[str, typer.Option(help="What would be allowed by it.")],
    role: Annotated[str, typer.Option(help="Role of the person who may decide.")],
    qualification: Annotated[str | None, typer.Option(help="Certificate that the person needs as well.")] = None,
    project: Annotated[str | None, typer.Option(help="Project whose roles count, by id or name.")] = None,
    not_by: Annotated[list[str] | None, typer.Option(help="Person who may not decide; may be repeated.")] = None,
    json: AsJson = False,
) -> None:
    """Ask for an approval of SUBJECT; somebody else decides."""
    asked = ApprovalAsked(
        subject=subject, purpose=purpose, role=role, qualification=qualification, project=project,
        not_by=tuple(not_by or ()),
    )  # fmt: skip
    with client() as moyai:
        show(moyai.approvals.request(asked), json)


@group.command()
def grant(approval: str, reason: Reason = "", json: AsJson = False) -> None:
    """Grant an approval, for good."""
    with client() as moyai:
        show(moyai.approvals.decide(approval, ApprovalDecision(verdict="granted", reason=reason)), json)


@group.command()
def deny(
    approval: str, reason: Annotated[str, typer.Option(help="Why; kept with the decision.")], json: AsJson = False
) -> None:
    """Deny an approval, for good."""
    with client() as moyai:
        show(moyai.approvals.decide(approval, ApprovalDecision(verdict="denied", reason=reason)), json)
