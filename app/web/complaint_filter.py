"""Which complaints of the register are wanted, as its address says it, and those complaints."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts.models import User
from app.complaints import queries
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.kit.pagination import LARGEST_PAGE, Page
from app.reports.complaint_link_queries import Which

# Days beyond these are slips of the pen.
EARLIEST, LATEST = date(1970, 1, 2), date(2200, 12, 31)
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]


class ComplaintFilter(BaseModel):
    """What the address of the register says about which complaints are wanted."""

    model_config = ConfigDict(frozen=True)

    category: ComplaintCategory | None = None
    outcome: ComplaintOutcome | None = None
    agent: int | None = Field(None, ge=1, lt=2**31)
    team: int | None = Field(None, ge=1, lt=2**31)
    first: Day | None = None
    last: Day | None = None
    cursor: str | None = Field(None, max_length=400)

    @field_validator("*", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def address(self, path: str, cursor: str | None = None) -> str:
        """The address of this part of the register."""
        query = urlencode(self.model_copy(update={"cursor": cursor}).model_dump(mode="json", exclude_none=True))
        return f"{path}?{query}" if query else path

    @property
    def narrows(self) -> bool:
        """Whether some complaints are left out."""
        return bool(self.model_dump(exclude_none=True, exclude={"cursor"}))

    @property
    def links_url(self) -> str:
        """Where it is told which items go with complaints, of the same days and team."""
        said = self.model_dump(mode="json", exclude_none=True, include={"team", "first", "last"})
        return f"/complaints/links?{urlencode(said)}" if said else "/complaints/links"

    @property
    def upheld(self) -> Which:
        """The upheld complaints among them, for what is said of all of these."""
        return Which(self.category, self.agent, self.team, self.first, self.last)


def every_page(session: Session, user: User, chosen: ComplaintFilter) -> Iterator[Page[Complaint]]:
    cursor: str | None = None
    while True:
        page = page_of(session, user, chosen, cursor, size=LARGEST_PAGE)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return


def page_of(session: Session, user: User, chosen: ComplaintFilter, cursor: str | None, **how: Any) -> Page[Complaint]:
    return queries.complaints(
        session,
        user,
        category=chosen.category,
        outcome=chosen.outcome,
        agent_id=chosen.agent,
        team_id=chosen.team,
        first_day=chosen.first,
        last_day=chosen.last,
        cursor=cursor,
        **how,
    )
