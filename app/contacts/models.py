"""Records of the switch as they are stored: contacts with their sums, and the days of agents."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.calls.models import Direction
from app.kit.db import UtcTime, values_of

# Waits up to this, in seconds, are no long ones by any setting that the index is for.
SHORTEST_LONG_WAIT = 60
VISIT = text("visit_week IS NOT NULL")
WAITED = text(f"wait_seconds > {SHORTEST_LONG_WAIT}")


class Contact(SQLModel, table=True):
    """A call, chat or mail as the switch has recorded it; what nobody has told is None, and enters no sum.

    `site_day` is the day of `started_at` in the team's time zone. `talk_seconds` leaves `hold_seconds` out.
    `customer_key` is a keyed hash of the customer's number: the number itself is never kept. `repeat`: the same
    customer had come in before, within the days that the settings say; it follows from the other contacts.
    `success` is that of an outbound contact; `solved`, `solved_first`, `csat` (1-5) and `nps` (0-10) come from surveys
    and the like. `team_given`: the switch said of which team it is, so that it stays there when the roster is mended.
    `visit_week`: where a known customer came in, the week of it, counted from 1970 in UTC (`app.contacts.visits`).
    """

    __table_args__ = (
        # By week first: contacts that come together are then kept on few pages, though their customers are any.
        Index(
            "ix_contact_visit",
            *("visit_week", "customer_key", "started_at"),
            sqlite_where=VISIT,
            postgresql_where=VISIT,
        ),
        Index("ix_contact_agent", "agent_id", "started_at"),
        Index("ix_contact_waited", "started_at", sqlite_where=WAITED, postgresql_where=WAITED),
    )

    id: int | None = Field(default=None, primary_key=True)
    external_id: str = Field(unique=True)
    started_at: datetime = Field(sa_type=UtcTime)
    site_day: date
    channel: str = "phone"
    direction: Direction = Field(default=Direction.INBOUND, sa_column=Column(values_of(Direction), nullable=False))
    queue: str = ""
    agent_id: int | None = Field(default=None, foreign_key="user.id")
    team_id: int | None = Field(default=None, foreign_key="team.id")
    team_given: bool = False
    answered: bool
    rings: int | None = None
    wait_seconds: int | None = None
    talk_seconds: int | None = None
    hold_seconds: int | None = None
    after_call_seconds: int | None = None
    transferred: bool | None = None
    success: bool | None = None
    customer_key: int | None = Field(default=None, sa_type=BigInteger)
    repeat: bool = False
    solved: bool | None = None
    solved_first: bool | None = None
    csat: int | None = None
    nps: int | None = None
    visit_week: int | None = None


def _sum() -> int:
    """A number that is added up; squares of seconds grow large."""
    return Field(default=0, sa_type=BigInteger)  # type: ignore[no-any-return]


class ContactTally(SQLModel, table=True):
    """What the contacts of a key add up to; 0 and "" stand for none. `app.contacts.sums` says what each number is."""

    __tablename__ = "contact_tally"
    __table_args__ = (
        UniqueConstraint(
            "site_day", "team_id", "agent_id", "queue", "direction", "channel", name="uq_contact_tally_key"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    site_day: date
    team_id: int = 0
    agent_id: int = 0
    queue: str = ""
    direction: str
    channel: str
    contacts: int = _sum()
    inbound: int = _sum()
    outbound: int = _sum()
    inbound_answered: int = _sum()
    outbound_answered: int = _sum()
    answered_in_time: int = _sum()
    abandoned: int = _sum()
    short_abandons: int = _sum()
    queued: int = _sum()
    queue_seconds: int = _sum()
    queue_squares: int = _sum()
    long_waits: int = _sum()
    answered_queued: int = _sum()
    answered_queue_seconds: int = _sum()
    rung: int = _sum()
    rings: int = _sum()
    ring_squares: int = _sum()
    handled: int = _sum()
    talk_known: int = _sum()
    talk_seconds: int = _sum()
    hold_seconds: int = _sum()
    talk_time_squares: int = _sum()
    after_call_known: int = _sum()
    after_call_seconds: int = _sum()
    after_call_squares: int = _sum()
    handle_known: int = _sum()
    handle_seconds: int = _sum()
    handle_squares: int = _sum()
    inbound_handle_seconds: int = _sum()
    outbound_handle_seconds: int = _sum()
    transfer_known: int = _sum()
    transferred: int = _sum()
    success_known: int = _sum()
    outbound_successes: int = _sum()
    outcome_known: int = _sum()
    solved: int = _sum()
    first_known: int = _sum()
    solved_first: int = _sum()
    rated: int = _sum()
    satisfied: int = _sum()
    nps_rated: int = _sum()
    promoters: int = _sum()
    detractors: int = _sum()
    customer_known: int = _sum()
    repeats: int = _sum()


class AgentDay(SQLModel, table=True):
    """What one agent did on one day, by the switch and the roster; what nobody has told is None.

    `within_hours_seconds`: signed in within the hours that were planned. `busy_seconds`: the agent had made themselves
    busy. `idle_seconds`: between contacts, not in after-call work. `outbound_busy_seconds`: at work on outbound calls.
    `team_id` is the team of that day.
    """

    __tablename__ = "agent_day"
    __table_args__ = (UniqueConstraint("agent_id", "day"), Index("ix_agent_day_day", "day"))

    id: int | None = Field(default=None, primary_key=True)
    agent_id: int = Field(foreign_key="user.id")
    day: date
    team_id: int | None = Field(default=None, foreign_key="team.id")
    team_given: bool = False
    scheduled: bool | None = None
    present: bool | None = None
    scheduled_seconds: int | None = None
    logged_in_seconds: int | None = None
    within_hours_seconds: int | None = None
    busy_seconds: int | None = None
    idle_seconds: int | None = None
    paid_seconds: int | None = None
    outbound_busy_seconds: int | None = None
