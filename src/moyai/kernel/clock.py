"""What time it is, always aware and in UTC; replaceable in tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class System:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class Fixed:
    """A clock that stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        """Forward by the keywords of `datetime.timedelta`."""
        self.at += timedelta(**by)
