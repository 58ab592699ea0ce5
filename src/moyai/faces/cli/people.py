"""`moyai people`: organisations, persons, roles, qualifications, tokens."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from moyai.faces.cli.session import AsJson, client, out, show
from moyai.people.schema import (
    OrganisationAsked,
    PeopleAsked,
    PersonAsked,
    ProjectAsked,
    QualificationAsked,
    RoleAsked,
    RoleName,
    TokenAsked,
)

group = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Organisations, persons, roles, qualifications, tokens."
)
Cursor = Annotated[str | None, typer.Option(help="Where the page before ended.")]
Scope = Annotated[str | None, typer.Option(help="Only for this organisation or project, by id.")]


@group.command()
def me(json: AsJson = False) -> None:
    """Who I am here."""
    with client() as moyai:
        show(moyai.persons.me(), json)


@group.command("list")
def list_(organisation: str | None = None, cursor: Cursor = None, json: AsJson = False) -> None:
    """Persons, newest first."""
    with client() as moyai:
        page = moyai.persons.list(PeopleAsked(organisation=organisation, cursor=cursor))
        show(page, json, ("id", "name", "organisation", "persona"))


@group.command()
def organisations(cursor: Cursor = None, json: AsJson = False) -> None:
    """Members of the consortium."""
    with client() as moyai:
        show(moyai.organisations.list(PeopleAsked(cursor=cursor)), json, ("id", "name", "country", "currency"))


@group.command()
def projects(cursor: Cursor = None, json: AsJson = False) -> None:
    """Projects."""
    with client() as moyai:
        show(moyai.projects.list(PeopleAsked(cursor=cursor)), json, ("id", "name", "organisation", "members"))


@group.command()
def roles(person: str | None = None, cursor: Cursor = None, json: AsJson = False) -> None:
    """Who holds which role."""
    with client() as moyai:
        page = moyai.roles.list(PeopleAsked(person=person, cursor=cursor))
        show(page, json, ("id", "person", "role", "organisation", "project"))


@group.command()
def tokens(person: str | None = None, json: AsJson = False) -> None:
    """Tokens, without their secrets."""
    with client() as moyai:
        show(moyai.tokens.list(PeopleAsked(person=person)), json, ("id", "person", "label", "expires", "revoked_at"))


@group.command()
def qualifications(person: str | None = None, json: AsJson = False) -> None:
    """Certificates."""
    with client() as moyai:
        page = moyai.qualifications.list(PeopleAsked(person=person))
        show(page, json, ("id", "person", "name", "until", "revoked_at"))


@group.command("add-organisation")
def add_organisation(name: str, country: str, currency: str, json: AsJson = False) -> None:
    """Admit a member."""
    with client() as moyai:
        show(moyai.organisations.create(OrganisationAsked(name=name, country=country, currency=currency)), json)


@group.command("add-project")
def add_project(name: str, organisation: str, member: list[str] | None = None, json: AsJson = False) -> None:
    """Begin a project that ORGANISATION leads."""
    with client() as moyai:
        asked = ProjectAsked(name=name, organisation=organisation, members=tuple(member or ()))
        show(moyai.projects.create(asked), json)


@group.command("add")
def add(name: str, organisation: str | None = None, json: AsJson = False) -> None:
    """Enter a person."""
    with client() as moyai:
        show(moyai.persons.create(PersonAsked(name=name, organisation=organisation)), json)


@group.command()
def grant(person: str, role: RoleName, organisation: Scope = None, project: Scope = None, json: AsJson = False) -> None:
    """Give PERSON a role."""
    with client() as moyai:
        asked = RoleAsked(person=person, role=role, organisation=organisation, project=project)
        show(moyai.roles.grant(asked), json)


@group.command()
def award(person: str, name: str, days: int = 365, json: AsJson = False) -> None:
    """Certify PERSON as NAME."""
    with client() as moyai:
        until = datetime.now(UTC) + timedelta(days=days)
        show(moyai.qualifications.award(QualificationAsked(person=person, name=name, until=until)), json)


@group.command()
def token(
    person: Annotated[str, typer.Argument(help="Whose token, by id.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "made by hand",
    hours: Annotated[float, typer.Option(help="Hours until it expires.")] = 12,
    scope: Annotated[list[str] | None, typer.Option(help="Actions it may ask for, e.g. *.read or endpoint.*.")] = None,
) -> None:
    """A new token for PERSON; it is printed once."""
    with client() as moyai:
        asked = TokenAsked(person=person, label=label, hours=hours, scopes=tuple(scope or ("*",)))
        issued = moyai.tokens.issue(asked)
        out.print(issued.secret, markup=False)


@group.command("revoke-token")
def revoke_token(token: str, json: AsJson = False) -> None:
    """End a token."""
    with client() as moyai:
        show(moyai.tokens.revoke(token), json)
