"""What the addresses of the indicators' pages say: the days, and whose facts of which kind are wanted."""

from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.contacts.queries import Chosen
from app.kit.i18n import Translator
from app.reports.indicator_asked import By
from app.web.choices import Choice
from app.web.target_views import DIRECTIONS

# Days beyond these are slips of the pen.
EARLIEST, LATEST = date(1970, 1, 2), date(2200, 12, 31)
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]


class Days(BaseModel):
    """The days that are meant, both counted; without any, from the beginning of the last month on.

    So there is always a whole month in them: results of exams and costs are told of whole months alone.
    """

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    first: Day | None = None
    last: Day | None = None

    @field_validator("*", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def within(self, today: date) -> tuple[date, date]:
        """The first and the last day."""
        last = self.last or max(today, self.first or today)
        before = (last.replace(day=1) - timedelta(days=1)).replace(day=1)
        return self.first or max(EARLIEST, before), last

    def address(self, path: str, **changed: Any) -> str:
        """The address of a page with this filter."""
        query = self.model_copy(update=changed).model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        return f"{path}?{urlencode(query)}" if query else path


class IndicatorFilter(Days):
    """The days, and whose facts: of a team, an agent, a queue, a direction.

    On the page of one indicator, `interval` is what a step of its chart is, and `by` what its table is broken down by.
    """

    team: int | None = Field(None, ge=1, lt=2**31)
    agent: int | None = Field(None, ge=1, lt=2**31)
    queue: str | None = Field(None, max_length=100)
    direction: str | None = Field(None, pattern="^(inbound|outbound)$")
    interval: By = By.WEEK
    by: By | None = None

    @field_validator("interval", mode="before")
    @classmethod
    def empty_is_week(cls, given: object) -> object:
        return By.WEEK if given is None else given

    def chosen(self, today: date, user: User) -> Chosen:
        """The facts that are meant; who belongs to a team means its own."""
        first, last = self.within(today)
        own = None if leads_all(user) else user.team_id
        team = self.team if self.team is not None else own
        return Chosen(first, last + timedelta(days=1), team, self.agent, self.queue, self.direction)

    def whose(self, **changed: Any) -> dict[str, Any]:
        """Only what is passed on between the list and the page of one indicator."""
        return {"interval": By.WEEK, "by": None, **changed}


def leads_all(user: User) -> bool:
    """Whether a person sees more than one team."""
    return user.role == Role.ADMIN or user.team_id is None


def team_choices(session: Session, user: User, chosen: int | None) -> tuple[Choice, ...]:
    """The teams that can be asked for."""
    teams = [one for one in accounts.teams(session) if leads_all(user) or one.id == user.team_id]
    return tuple(Choice(str(one.id), one.name, one.id == chosen) for one in teams)


def agent_choices(session: Session, user: User, chosen: int | None) -> tuple[Choice, ...]:
    """The agents that can be asked for."""
    agents = accounts.agents(session, None if leads_all(user) else user.team_id)
    return tuple(Choice(str(one.id), one.name, one.id == chosen) for one in agents)


def direction_choices(chosen: str | None, words: Translator) -> tuple[Choice, ...]:
    return tuple(Choice(one, words.gettext(label), one == chosen) for one, label in DIRECTIONS.items())
