"""What each verb needs: who asks, the session, the clock, the engines; so that no function drags five arguments."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from moyai.kernel import leases
from moyai.kernel.clock import Clock
from moyai.kernel.errors import NotAllowed
from moyai.kernel.home import Home
from moyai.kernel.journal import Event
from moyai.kernel.plugins import Engines
from moyai.kernel.policy import Policy, Thing, Who
from moyai.kernel.settings import Settings


@dataclass(slots=True)
class Call:
    """One request, loop step or reaction. Its transaction is committed at the edge, never in a verb."""

    who: Who
    session: Session
    clock: Clock
    engines: Engines
    settings: Settings
    home: Home
    policy: Policy
    news: list[Event] = field(default_factory=list[Event])
    dues: int = 0

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def may(self, action: str, thing: Thing) -> bool:
        return self.policy.decide(self.who, action, thing).allowed

    def require(self, action: str, thing: Thing, *news: Event) -> None:
        """Go on only if policy permits. Raises NotAllowed with the reason; `news` is journalled all the same."""
        decision = self.policy.decide(self.who, action, thing)
        if not decision.allowed:
            who = self.who.name or self.who.person
            raise NotAllowed(
                f"{who} may not {action.replace('.', ' ', 1)}: {decision.reason}.",
                fix="Ask the owner or a coordinator for the role.",
                where=thing.id or thing.kind,
                news=news,
                action=action,
            )

    def announce(self, event: Event) -> None:
        """News for the rooms above and for the audit: journalled with this transaction, or not at all."""
        self.news.append(event)

    def later(self, kind: str, key: str, at: datetime | None = None) -> None:
        """Let the loop `kind` look at `key` at that time (now when absent), once this transaction is committed."""
        leases.due(self.session, kind, key, at or self.now)
        self.dues += 1
