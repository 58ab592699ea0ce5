"""`from moyai import Client`: every noun of the public API as an attribute."""

from typing import Self

from moyai.faces.sdk.compute import Allocations, Jobs, Sites, Transforms, Usage
from moyai.faces.sdk.data import Blobs, Datasets, Versions
from moyai.faces.sdk.governance import Accountability, Approvals, Audit, Procedures, Provenance
from moyai.faces.sdk.models import Gates, Registry, Training
from moyai.faces.sdk.people import Organisations, Persons, Projects, Qualifications, Roles, Tokens
from moyai.faces.sdk.planning import Pilots, Reports
from moyai.faces.sdk.portal import Portal
from moyai.faces.sdk.serving import Decisions, Endpoints, Monitors, Predictions
from moyai.faces.sdk.transport import Transport


class Client:
    """A client of one Moyai, speaking for the person whose token it carries.

    `client.jobs.submit(...)` and the like raise the errors of `moyai.kernel.errors`. Safe from many threads.
    """

    def __init__(self, url: str, token: str, socket: str | None = None, timeout: float = 60.0) -> None:
        self.url = url.rstrip("/")
        self._socket, self._timeout = socket, timeout
        self.http = http = Transport(self.url, token, socket, timeout)
        self.organisations = Organisations(http)
        self.projects = Projects(http)
        self.persons = Persons(http)
        self.roles = Roles(http)
        self.qualifications = Qualifications(http)
        self.tokens = Tokens(http)
        self.accountability = Accountability(http)
        self.approvals = Approvals(http)
        self.procedures = Procedures(http)
        self.provenance = Provenance(http)
        self.audit = Audit(http)
        self.blobs = Blobs(http)
        self.datasets = Datasets(http)
        self.versions = Versions(http)
        self.sites = Sites(http)
        self.allocations = Allocations(http)
        self.jobs = Jobs(http)
        self.transforms = Transforms(http)
        self.usage = Usage(http)
        self.training = Training(http)
        self.models = Registry(http)
        self.gates = Gates(http)
        self.endpoints = Endpoints(http)
        self.predictions = Predictions(http)
        self.decisions = Decisions(http)
        self.monitors = Monitors(http)
        self.pilots = Pilots(http)
        self.reports = Reports(http)
        self.portal = Portal(http)

    def speaking_for(self, token: str) -> "Client":
        """The same server, another person's token."""
        return Client(self.url, token, self._socket, self._timeout)

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
