"""Which part of the queue somebody works through, as the address of a page says it."""

from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from app.reviews.queries import Waiting


class QueueFilter(BaseModel):
    """What is left out of the queue; `after` is the review after which a page of it begins."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    mine: bool = False
    overdue: bool = False
    team: int | None = Field(None, ge=1, lt=2**31)
    language: str | None = Field(None, max_length=10)
    after: int | None = Field(None, ge=1, lt=2**31)

    @field_validator("team", "language", "after", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("mine", "overdue", mode="before")
    @classmethod
    def empty_is_false(cls, given: object) -> object:
        return False if given == "" else given

    def wanted(self, now: datetime) -> Waiting:
        """The same, as the queue is asked for it."""
        return Waiting(self.mine, self.team, self.language, now if self.overdue else None)

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
