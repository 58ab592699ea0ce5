"""The edge: where a call begins and its transaction ends. Commit happens here and nowhere else."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from moyai.kernel import journal, policy
from moyai.kernel.call import Call
from moyai.kernel.clock import Clock, System
from moyai.kernel.database import Database, opened
from moyai.kernel.errors import Failure
from moyai.kernel.home import Home
from moyai.kernel.journal import Event
from moyai.kernel.plugins import Engines
from moyai.kernel.policy import Policy, Who
from moyai.kernel.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


class Bell:
    """Rung after each commit that others may wait for; waiting costs nothing."""

    def __init__(self) -> None:
        self._rung = 0
        self._condition = threading.Condition()
        self.stopping = False

    @property
    def rung(self) -> int:
        return self._rung

    def ring(self) -> None:
        with self._condition:
            self._rung += 1
            self._condition.notify_all()

    def stop(self) -> None:
        self.stopping = True
        self.ring()

    def wait(self, heard: int, seconds: float) -> int:
        """Wait until it rings after `heard`, at most `seconds`; gives what was heard last."""
        with self._condition:
            end = time.monotonic() + seconds
            while self._rung == heard and not self.stopping:
                left = end - time.monotonic()
                if left <= 0 or not self._condition.wait(left):
                    break
            return self._rung


@dataclass(slots=True)
class Edge:
    """An open home: what every face, loop and reaction starts from."""

    settings: Settings
    home: Home
    database: Database
    engines: Engines
    policy: Policy
    clock: Clock = field(default_factory=System)
    bell: Bell = field(default_factory=Bell)
    listeners: list[Callable[[Sequence[Event]], None]] = field(default_factory=list)
    """Told at once what this process committed, for what it remembers; nothing that must happen hangs on them."""

    def run(self, who: Who, verb: Callable[Concatenate[Call, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """One call of a verb in one transaction: committed with its news when it returns, undone when it raises."""
        with self.database.writing() as session:
            call = self._call(who, session)
            try:
                result = verb(call, *args, **kwargs)
                session.flush()
                journal.append(session, who.person, call.now, call.news)
                session.commit()
            except Failure as refused:
                session.rollback()
                if refused.news:
                    journal.append(session, who.person, call.now, refused.news)
                    session.commit()
                    self._tell(refused.news)
                raise
        if call.news or call.dues:
            self._tell(call.news)
        return result

    def read(self, who: Who, verb: Callable[Concatenate[Call, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """One call of a verb that only reads; it never waits for a writer, and nothing it did is kept."""
        with self.database.reading() as session:
            return verb(self._call(who, session), *args, **kwargs)

    def _tell(self, news: Sequence[Event]) -> None:
        for hear in self.listeners:
            hear(news)
        self.bell.ring()

    def change(self, work: Callable[[Session], R]) -> R:
        """The kernel's own bookkeeping, in a transaction of its own; no news."""
        with self.database.writing() as session:
            result = work(session)
            session.commit()
            return result

    def _call(self, who: Who, session: Session) -> Call:
        return Call(who, session, self.clock, self.engines, self.settings, self.home, self.policy)

    def close(self) -> None:
        self.bell.stop()
        self.engines.close()
        self.database.close()


def open_home(settings: Settings, clock: Clock | None = None) -> Edge:
    """Open (and make, if need be) the home of `settings`: tables up to date, engines ready to load, policies read.

    The caller holds the home's lock. Raises Conflict for a home or a database from a newer Moyai.
    """
    home = Home(settings.home.absolute())
    home.make()
    database = opened(settings.database_url)
    return Edge(settings, home, database, engines(home), policy.read(Path(__file__).parents[1]), clock or System())


def engines(home: Home) -> Engines:
    """The engines of this home: a group that keeps files is told where."""

    def rooted(folder: Path) -> Callable[[Callable[..., Any]], Any]:
        return lambda factory: factory(folder)

    return Engines({"executors": rooted(home.work), "storage": rooted(home.path / "blobs")})
