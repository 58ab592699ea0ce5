"""People over REST: shape in, one call, shape out."""

from typing import Annotated

from fastapi import APIRouter, Query

from moyai.faces.rest.desk import CallOf
from moyai.kernel.shapes import Page
from moyai.people import organisations, persons, projects, qualifications, roles, tokens
from moyai.people.schema import (
    Me,
    OrganisationAsked,
    OrganisationShown,
    PeopleAsked,
    PersonAsked,
    PersonShown,
    ProjectAsked,
    ProjectShown,
    QualificationAsked,
    QualificationShown,
    RoleAsked,
    RoleShown,
    TokenAsked,
    TokenIssued,
    TokenShown,
)

router = APIRouter(tags=["people"])
Which = Annotated[PeopleAsked, Query()]


@router.get("/me")
async def me(call: CallOf) -> Me:
    return await call.read(persons.me)


@router.post("/organisations", status_code=201)
async def create_organisation(asked: OrganisationAsked, call: CallOf) -> OrganisationShown:
    return await call.run(organisations.create, asked)


@router.get("/organisations")
async def list_organisations(asked: Which, call: CallOf) -> Page[OrganisationShown]:
    return await call.read(organisations.list, asked)


@router.get("/organisations/{organisation}")
async def get_organisation(organisation: str, call: CallOf) -> OrganisationShown:
    return await call.read(organisations.get, organisation)


@router.post("/projects", status_code=201)
async def create_project(asked: ProjectAsked, call: CallOf) -> ProjectShown:
    return await call.run(projects.create, asked)


@router.get("/projects")
async def list_projects(asked: Which, call: CallOf) -> Page[ProjectShown]:
    return await call.read(projects.list, asked)


@router.get("/projects/{project}")
async def get_project(project: str, call: CallOf) -> ProjectShown:
    return await call.read(projects.get, project)


@router.post("/persons", status_code=201)
async def create_person(asked: PersonAsked, call: CallOf) -> PersonShown:
    return await call.run(persons.create, asked)


@router.get("/persons")
async def list_persons(asked: Which, call: CallOf) -> Page[PersonShown]:
    return await call.read(persons.list, asked)


@router.get("/persons/{person}")
async def get_person(person: str, call: CallOf) -> PersonShown:
    return await call.read(persons.get, person)


@router.post("/roles", status_code=201)
async def grant_role(asked: RoleAsked, call: CallOf) -> RoleShown:
    return await call.run(roles.grant, asked)


@router.get("/roles")
async def list_roles(asked: Which, call: CallOf) -> Page[RoleShown]:
    return await call.read(roles.list, asked)


@router.delete("/roles/{role}", status_code=204)
async def revoke_role(role: str, call: CallOf) -> None:
    await call.run(roles.revoke, role)


@router.post("/qualifications", status_code=201)
async def award_qualification(asked: QualificationAsked, call: CallOf) -> QualificationShown:
    return await call.run(qualifications.award, asked)


@router.get("/qualifications")
async def list_qualifications(asked: Which, call: CallOf) -> Page[QualificationShown]:
    return await call.read(qualifications.list, asked)


@router.post("/qualifications/{qualification}/revoke")
async def revoke_qualification(qualification: str, call: CallOf) -> QualificationShown:
    return await call.run(qualifications.revoke, qualification)


@router.post("/tokens", status_code=201)
async def issue_token(asked: TokenAsked, call: CallOf) -> TokenIssued:
    return await call.run(tokens.issue, asked)


@router.get("/tokens")
async def list_tokens(asked: Which, call: CallOf) -> Page[TokenShown]:
    return await call.read(tokens.list, asked)


@router.post("/tokens/{token}/revoke")
async def revoke_token(token: str, call: CallOf) -> TokenShown:
    return await call.run(tokens.revoke, token)
