"""What several resources ask for: who asks, which page, which days, whose calls."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope
from app.accounts.policies import may_see_calls, may_upload
from app.kit import clock
from app.kit.csv_files import Cell, csv_text
from app.kit.pagination import LARGEST_PAGE, PAGE_SIZE
from app.request import Client, KeyFor, SessionDep

T = TypeVar("T")

# Who may add calls and complaints, and who may read what they themselves may see.
Writer = Annotated[Client, KeyFor(may_upload, Scope.CALLS_WRITE)]
Reader = Annotated[Client, KeyFor(may_see_calls, Scope.SCORES_READ)]

RowId = Annotated[int, Path(ge=1, lt=2**31, description="The id that Callmark gave.", examples=[17])]
# Every moment that goes out is told in UTC, whatever zone it came in with.
Moment = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
# Moments beyond these are slips of the pen, and no database keeps all of them.
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
# Neither database keeps a NUL character.
PLAIN = r"^[^\x00]*$"

PageSize = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many rows at most.", examples=[PAGE_SIZE])]
Cursor = Annotated[
    str | None,
    Query(max_length=300, pattern=PLAIN, description="`next_cursor` of the page before.", examples=["WzE3XQ"]),
]
ByteOrderMark = Annotated[
    bool, Query(description="Begin CSV with a byte order mark, which Excel needs to see UTF-8.", examples=[False])
]


class PageOut(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T] = Field(description="The rows of this page.")
    next_cursor: str | None = Field(description="Give it as `cursor` to go on; null: the end.", examples=["WzE3XQ"])
    total: int = Field(description="How many rows the whole list has.", examples=[8123])


@dataclass(frozen=True)
class Days:
    """A stretch of days: from the first up to, not including, the end; None: no limit."""

    first_day: date | None
    end_day: date | None

    @property
    def last_day(self) -> date | None:
        return self.end_day - timedelta(days=1) if self.end_day else None


async def days(
    from_: Annotated[
        str | None,
        Query(
            alias="from",
            max_length=40,
            description="First day: a date, or midnight as RFC 3339. Days are those of each call's team.",
            examples=["2026-10-01T00:00:00+08:00"],
        ),
    ] = None,
    to: Annotated[
        str | None,
        Query(
            max_length=40,
            description="The day after the last: a date, or midnight as RFC 3339. The range is half-open.",
            examples=["2026-11-01T00:00:00+08:00"],
        ),
    ] = None,
    tz: Annotated[
        str | None,
        Query(
            max_length=60,
            description="IANA time zone into which `from` and `to` are turned first; without it, as they are written.",
            examples=["Asia/Shanghai"],
        ),
    ] = None,
) -> Days:
    """The days that `from` and `to` name."""
    zone = _zone(tz)
    first, end = _day("from", from_, zone), _day("to", to, zone)
    if first is not None and end is not None and end < first:
        raise wrong("to", "must not be before `from`")
    return Days(first, end)


DaysDep = Annotated[Days, Depends(days)]


async def as_of(
    as_of: Annotated[
        str | None,
        Query(
            max_length=40,
            description="Count what counted at this moment (RFC 3339, not in the future), whatever was corrected, "
            "reviewed or deleted since; without it, what counts now.",
            examples=["2026-11-01T00:00:00+08:00"],
        ),
    ] = None,
) -> datetime | None:
    """The moment of the past at which the counts are to be told."""
    if not as_of:
        return None
    try:
        moment = moment_of(as_of)
    except (ValueError, OverflowError) as error:
        raise wrong("as_of", str(error).removesuffix(", or only the date")) from error
    if moment > clock.now():
        raise wrong("as_of", "lies in the future")
    if moment.year < EARLIEST_YEAR:
        raise wrong("as_of", f"must not lie before {EARLIEST_YEAR}")
    return moment.astimezone(UTC)


AsOfDep = Annotated[datetime | None, Depends(as_of)]


@dataclass(frozen=True)
class Whose:
    """An agent and a team that calls are chosen by; None: any."""

    agent_id: int | None
    team_id: int | None


def whose(
    session: SessionDep,
    agent: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="User name of the agent.", examples=["mei"])
    ] = None,
    team: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Name of the team.", examples=["Team A"])
    ] = None,
) -> Whose:
    """The agent and the team that these names mean."""
    known_agent = accounts.user_named(session, agent) if agent else None
    known_team = accounts.team_named(session, team) if team else None
    if agent and known_agent is None:
        raise wrong("agent", f"there is no agent {agent!r}")
    if team and known_team is None:
        raise wrong("team", f"there is no team {team!r}")
    return Whose(known_agent.id if known_agent else None, known_team.id if known_team else None)


WhoseDep = Annotated[Whose, Depends(whose)]


def username(session: Session, user_id: int | None) -> str | None:
    """The user name by which clients know a person."""
    user = accounts.user(session, user_id) if user_id is not None else None
    return user.username if user else None


def team_name(session: Session, team_id: int | None) -> str | None:
    """The name by which clients know a team."""
    team = accounts.team(session, team_id) if team_id is not None else None
    return team.name if team else None


def wrong(field: str, message: str, place: str = "query") -> RequestValidationError:
    """The error that a field cannot be used as it is."""
    return RequestValidationError([{"type": "value_error", "loc": (place, field), "msg": message, "input": None}])


async def wants_csv(request: Request) -> bool:
    """Whether the client asks for CSV rather than JSON."""
    return "text/csv" in request.headers.get("accept", "").lower()


CsvWanted = Annotated[bool, Depends(wants_csv)]
# How a route that answers with either says so.
CSV_TOO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "JSON; CSV with `Accept: text/csv`."}
}


def csv_response(header: list[str], rows: list[list[Cell]], byte_order_mark: bool) -> Response:
    """A table as a CSV answer."""
    return Response(csv_text(header, rows, byte_order_mark), media_type="text/csv; charset=utf-8")


def _zone(name: str | None) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise wrong("tz", "is no IANA time zone, such as Asia/Shanghai") from error


def _day(field: str, given: str | None, zone: ZoneInfo | None) -> date | None:
    if not given:
        return None
    written = _written(given)
    try:
        day = date.fromisoformat(written) if re.fullmatch(r"\d{4}-\d\d-\d\d", written) else _midnight(written, zone)
    except OverflowError:
        day = date.min
    except ValueError as error:
        raise wrong(field, str(error)) from error
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise wrong(field, f"must lie between {EARLIEST_YEAR} and {LATEST_YEAR}")
    return day


def _written(given: str) -> str:
    """A moment as it was meant: an unescaped + in a URL means a space; before an offset it can only have been a +."""
    return re.sub(r" (?=\d\d:?\d\d$)", "+", given)


def moment_of(given: str) -> datetime:
    """The moment that a client wrote; what is none raises a ValueError that says why."""
    return _moment(_written(given))


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError("is no date and no RFC 3339 time, such as 2026-10-01T00:00:00+08:00") from None
    if moment.tzinfo is None:
        raise ValueError("give the time with its offset, such as 2026-10-01T00:00:00+08:00, or only the date")
    return moment


def _midnight(written: str, zone: ZoneInfo | None) -> date:
    """The day that begins at this moment."""
    moment = _moment(written)
    moment = moment.astimezone(zone) if zone else moment
    if moment.timetz().replace(tzinfo=None) != time(0):
        raise ValueError("counts go by whole days: give midnight in the time zone of the calls, or only the date")
    return moment.date()
