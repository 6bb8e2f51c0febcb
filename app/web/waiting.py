"""Which part of the queue somebody works through, as the address of a page says it."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from app.reviews.queries import Waiting
from app.reviews.set_aside import Aside


class Which(StrEnum):
    """Which reviews are looked at: all that wait, one's own, those of nobody yet, those that were set aside."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    SET_ASIDE = "set_aside"


class QueueFilter(BaseModel):
    """What is left out of the queue; `after` is the review after which a page of it begins."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    which: Which = Which.OPEN
    overdue: bool = False
    team: int | None = Field(None, ge=1, lt=2**31)
    language: str | None = Field(None, max_length=10)
    reason: Aside | None = None
    after: int | None = Field(None, ge=1, lt=2**31)

    @field_validator("team", "language", "reason", "after", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("overdue", mode="before")
    @classmethod
    def empty_is_false(cls, given: object) -> object:
        return False if given == "" else given

    def wanted(self, now: datetime) -> Waiting:
        """The same, as the queue is asked for it."""
        return Waiting(
            mine=self.which == Which.MINE,
            team_id=self.team,
            language=self.language,
            due_before=now if self.overdue else None,
            unassigned=self.which == Which.UNASSIGNED,
            aside=self.which == Which.SET_ASIDE,
            reason=self.reason,
        )

    def to_work(self, now: datetime) -> Waiting:
        """The part of the queue that is worked through: what was set aside is looked at, not worked through."""
        wanted = self.wanted(now)
        return replace(wanted, aside=False, reason=None)

    @property
    def query(self) -> str:
        """The filter as the part of an address after the question mark, whichever page of it is looked at."""
        said = self.model_dump(exclude_none=True, exclude_defaults=True, exclude={"after"})
        return urlencode({name: 1 if value is True else value for name, value in said.items()})

    def at(self, path: str, **more: object) -> str:
        """The address of a page that keeps the filter."""
        query = "&".join(filter(None, (self.query, urlencode(more))))
        return f"{path}?{query}" if query else path


def where_from(request: Request) -> QueueFilter:
    """The part of the queue that the page was opened from which asks; the page's own address says it."""
    said = dict(parse_qsl(urlsplit(request.headers.get("referer", "")).query))
    try:
        return QueueFilter.model_validate(said)
    except ValidationError:
        return QueueFilter()
