"""Projects: what organisations do together, and what roles, allocations and data terms are given for."""

from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.people import store
from moyai.people.events import ProjectCreated
from moyai.people.schema import PeopleAsked, ProjectAsked, ProjectShown
from moyai.people.tables import Project


def create(call: Call, asked: ProjectAsked) -> ProjectShown:
    """Begin a project of existing organisations.

    Raises NotFound, Conflict when the name is taken, or NotAllowed: whoever begins it coordinates every organisation
    that is to take part, since its roles and data count in the project from then on.
    """
    lead = store.organisation(call.session, asked.organisation)
    members = [store.organisation(call.session, member).id for member in asked.members]
    for one in (lead.id, *members):
        call.require("project.create", Thing("project", organisation=one))
    if store.project_named(call.session, asked.name):
        raise Conflict(f"There is a project {asked.name!r} already.", fix="Choose another name.", where="name")
    row = Project(
        id=ids.new("prj"), name=asked.name, title=asked.title, organisation=lead.id,
        members=[member for member in members if member != lead.id], at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(ProjectCreated(about=row.id, organisation=lead.id))
    return store.project(call.session, row.id)


def get(call: Call, project: str) -> ProjectShown:
    """By id or name. Raises NotFound."""
    call.require("project.read", Thing("project"))
    return store.project(call.session, project)


def list(call: Call, asked: PeopleAsked) -> Page[ProjectShown]:
    """Every project, newest first."""
    call.require("project.read", Thing("project"))
    return store.projects(call.session, asked)


def thing(project: ProjectShown) -> Thing:
    """The project as policies see it: roles held in it, in its lead, or in a member count."""
    return Thing(
        "project", project.id, organisation=project.organisation, project=project.id, organisations=project.members
    )
