"""What every step of a pilot's story stands on."""

from dataclasses import dataclass
from pathlib import Path

from moyai.faces.sdk.client import Client
from moyai.faces.sdk.drivers.consortium import Cast
from moyai.faces.sdk.drivers.telling import Memory, Outcome, Teller
from moyai.planning.schema.declared import PilotFile
from moyai.planning.schema.records import PilotShown


@dataclass(slots=True)
class Story:
    """What every step needs: the declaration, who plays, the folder of the pilot's file, what was done before."""

    pilot: PilotShown
    folder: Path
    cast: Cast
    memory: Memory
    tell: Teller

    @property
    def declared(self) -> PilotFile:
        return self.pilot.declared

    @property
    def project(self) -> str:
        return str(self.memory.outcomes["consortium"]["project"])

    def speak(self, name: str, *scopes: str) -> Client:
        return self.cast.speak(name, *scopes)

    def site(self, organisation: str) -> str | None:
        """The site that the declaration wants something to run at, if it does."""
        return self.memory.outcomes["consortium"]["sites"][organisation] if organisation else None

    def outcome(self, step: str) -> Outcome:
        return self.memory.outcomes[step]
