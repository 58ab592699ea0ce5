"""The base of every shape that travels, and the shapes of the kernel's own: a page, a journal entry, a check."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

T = TypeVar("T")


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as wrong:
        raise ValueError("outside the years 1 to 9999 in UTC") from wrong


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time that somebody sends: with a zone, and one that any database can keep."""


class Shape(BaseModel):
    """A value that crosses a border (asked, shown, announced): frozen. Unknown keys are refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=1_000_000)


class PageAsked(Shape):
    """Which page of a list."""

    limit: int = Field(default=50, ge=1, le=200, description="Rows on the page.")
    cursor: str | None = Field(default=None, description="`next` of the page before; absent for the first.")


class Page(Shape, Generic[T]):
    """Some rows, newest first, and where to go on."""

    items: tuple[T, ...]
    next: str | None = None


class EntryShown(Shape):
    """One entry of the journal."""

    seq: int
    id: str
    at: datetime
    actor: str
    name: str
    about: str
    body: dict[str, Any]
    hash: str


class Verified(Shape):
    """What a check of the whole chain found."""

    entries: int
    verified: bool
    head: str
    anchors: int
    problems: tuple[str, ...] = ()
