"""People through the SDK: the same nouns and verbs as everywhere."""

from moyai.faces.sdk.transport import Transport
from moyai.kernel.shapes import Page
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

ANY = PeopleAsked()


class Organisations:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def create(self, asked: OrganisationAsked) -> OrganisationShown:
        return self._http.post("/organisations", asked, OrganisationShown)

    def get(self, organisation: str) -> OrganisationShown:
        return self._http.get(f"/organisations/{organisation}", OrganisationShown)

    def list(self, asked: PeopleAsked = ANY) -> Page[OrganisationShown]:
        return self._http.get("/organisations", Page[OrganisationShown], asked)


class Projects:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def create(self, asked: ProjectAsked) -> ProjectShown:
        return self._http.post("/projects", asked, ProjectShown)

    def get(self, project: str) -> ProjectShown:
        return self._http.get(f"/projects/{project}", ProjectShown)

    def list(self, asked: PeopleAsked = ANY) -> Page[ProjectShown]:
        return self._http.get("/projects", Page[ProjectShown], asked)


class Persons:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def create(self, asked: PersonAsked) -> PersonShown:
        return self._http.post("/persons", asked, PersonShown)

    def get(self, person: str) -> PersonShown:
        return self._http.get(f"/persons/{person}", PersonShown)

    def list(self, asked: PeopleAsked = ANY) -> Page[PersonShown]:
        return self._http.get("/persons", Page[PersonShown], asked)

    def me(self) -> Me:
        """Who this client's token speaks for."""
        return self._http.get("/me", Me)


class Roles:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def grant(self, asked: RoleAsked) -> RoleShown:
        return self._http.post("/roles", asked, RoleShown)

    def list(self, asked: PeopleAsked = ANY) -> Page[RoleShown]:
        return self._http.get("/roles", Page[RoleShown], asked)

    def revoke(self, role: str) -> None:
        self._http.delete(f"/roles/{role}")


class Qualifications:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def award(self, asked: QualificationAsked) -> QualificationShown:
        return self._http.post("/qualifications", asked, QualificationShown)

    def list(self, asked: PeopleAsked = ANY) -> Page[QualificationShown]:
        return self._http.get("/qualifications", Page[QualificationShown], asked)

    def revoke(self, qualification: str) -> QualificationShown:
        return self._http.post(f"/qualifications/{qualification}/revoke", None, QualificationShown)


class Tokens:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def issue(self, asked: TokenAsked) -> TokenIssued:
        return self._http.post("/tokens", asked, TokenIssued)

    def list(self, asked: PeopleAsked = ANY) -> Page[TokenShown]:
        return self._http.get("/tokens", Page[TokenShown], asked)

    def revoke(self, token: str) -> TokenShown:
        return self._http.post(f"/tokens/{token}/revoke", None, TokenShown)
