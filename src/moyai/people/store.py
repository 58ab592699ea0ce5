"""Every query of people."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moyai.kernel.errors import NotFound
from moyai.kernel.listing import page
from moyai.kernel.policy import Held
from moyai.kernel.shapes import Page
from moyai.people.schema import (
    OrganisationShown,
    PeopleAsked,
    PersonShown,
    ProjectShown,
    QualificationShown,
    RoleShown,
    TokenShown,
)
from moyai.people.tables import Organisation, Person, Project, Qualification, Role, Token


def add(session: Session, row: Organisation | Project | Person | Role | Qualification | Token) -> None:
    session.add(row)
    session.flush()


def organisation(session: Session, ref: str) -> OrganisationShown:
    """By id or by name."""
    row = session.execute(select(Organisation).where(or_(Organisation.id == ref, Organisation.name == ref))).scalar()
    if row is None:
        raise NotFound(f"No organisation {ref!r}.", fix="See `moyai people organisations`.", where="organisation")
    return _organisation(row)


def project(session: Session, ref: str) -> ProjectShown:
    """By id or by name."""
    row = session.execute(select(Project).where(or_(Project.id == ref, Project.name == ref))).scalar()
    if row is None:
        raise NotFound(f"No project {ref!r}.", fix="See `moyai people projects`.", where="project")
    return _project(row)


def person(session: Session, ref: str) -> PersonShown:
    row = session.get(Person, ref)
    if row is None:
        raise NotFound(f"No person {ref!r}.", fix="See `moyai people list`.", where="person")
    return _person(row)


def organisation_named(session: Session, name: str) -> bool:
    return session.execute(select(Organisation.id).where(Organisation.name == name)).scalar() is not None


def project_named(session: Session, name: str) -> bool:
    return session.execute(select(Project.id).where(Project.name == name)).scalar() is not None


def organisations(session: Session, asked: PeopleAsked) -> Page[OrganisationShown]:
    return page(session, select(Organisation), Organisation.id, asked, _organisation)


def projects(session: Session, asked: PeopleAsked) -> Page[ProjectShown]:
    query = select(Project)
    if asked.organisation:
        query = query.where(Project.organisation == asked.organisation)
    return page(session, query, Project.id, asked, _project)


def persons(session: Session, asked: PeopleAsked) -> Page[PersonShown]:
    query = select(Person)
    if asked.organisation:
        query = query.where(Person.organisation == asked.organisation)
    return page(session, query, Person.id, asked, _person)


def roles(session: Session, asked: PeopleAsked) -> Page[RoleShown]:
    query = select(Role)
    for column, value in ((Role.person, asked.person), (Role.role, asked.role)):
        query = query.where(column == str(value)) if value else query
    if asked.organisation or asked.project:
        query = query.where(Role.scope == (asked.project or asked.organisation))
    return page(session, query, Role.id, asked, show_role)


def role(session: Session, ref: str) -> RoleShown:
    row = session.get(Role, ref)
    if row is None:
        raise NotFound(f"No role {ref!r}.", where="role")
    return show_role(row)


def same_role(session: Session, wanted: tuple[str, str, str]) -> RoleShown | None:
    holder, name, scope = wanted
    query = select(Role).where(Role.person == holder, Role.role == name, Role.scope == scope)
    row = session.execute(query).scalar()
    return show_role(row) if row else None


def drop_role(session: Session, ref: str) -> None:
    session.delete(session.get_one(Role, ref))


def held(session: Session, holder: str) -> tuple[Held, ...]:
    rows = session.execute(select(Role).where(Role.person == holder).order_by(Role.id)).scalars()
    return tuple(Held(shown.role, shown.organisation, shown.project) for shown in map(show_role, rows))


def qualifications(session: Session, asked: PeopleAsked) -> Page[QualificationShown]:
    query = select(Qualification)
    if asked.person:
        query = query.where(Qualification.person == asked.person)
    return page(session, query, Qualification.id, asked, show_qualification)


def qualification(session: Session, ref: str) -> Qualification:
    row = session.get(Qualification, ref, with_for_update=True)
    if row is None:
        raise NotFound(f"No qualification {ref!r}.", where="qualification")
    return row


def qualified(session: Session, holder: str, at: datetime) -> tuple[str, ...]:
    """Names of the certificates that are in force."""
    valid = (Qualification.person == holder, Qualification.until > at, Qualification.revoked_at.is_(None))
    return tuple(session.execute(select(Qualification.name).where(*valid).distinct()).scalars())


def tokens(session: Session, asked: PeopleAsked) -> Page[TokenShown]:
    query = select(Token)
    if asked.person:
        query = query.where(Token.person == asked.person)
    return page(session, query, Token.id, asked, show_token)


def token(session: Session, ref: str) -> Token:
    row = session.get(Token, ref, with_for_update=True)
    if row is None:
        raise NotFound(f"No token {ref!r}.", where="token")
    return row


def token_of(session: Session, digest: str) -> Token | None:
    return session.execute(select(Token).where(Token.digest == digest)).scalar()


def anybody(session: Session) -> bool:
    return session.execute(select(Person.id).limit(1)).scalar() is not None


def show_role(row: Role) -> RoleShown:
    organisation_id = row.scope if row.scope.startswith("org_") else None
    project_id = row.scope if row.scope.startswith("prj_") else None
    return RoleShown.model_validate(
        {"id": row.id, "person": row.person, "role": row.role, "organisation": organisation_id,
         "project": project_id, "granted_by": row.granted_by, "at": row.at}
    )  # fmt: skip


def show_token(row: Token) -> TokenShown:
    return TokenShown(
        id=row.id, person=row.person, label=row.label, scopes=tuple(row.scopes), scripted=row.scripted, at=row.at,
        expires=row.expires, revoked_at=row.revoked_at,
    )  # fmt: skip


def _organisation(row: Organisation) -> OrganisationShown:
    return OrganisationShown(id=row.id, name=row.name, country=row.country, currency=row.currency, at=row.at)


def _project(row: Project) -> ProjectShown:
    return ProjectShown(
        id=row.id, name=row.name, title=row.title, organisation=row.organisation, members=tuple(row.members), at=row.at
    )


def _person(row: Person) -> PersonShown:
    return PersonShown(id=row.id, name=row.name, organisation=row.organisation, persona=row.persona, at=row.at)


def show_qualification(row: Qualification) -> QualificationShown:
    return QualificationShown(
        id=row.id, person=row.person, name=row.name, until=row.until, awarded_by=row.awarded_by, at=row.at,
        revoked_at=row.revoked_at,
    )  # fmt: skip
