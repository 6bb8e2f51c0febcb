"""Sends by mail what was noted down: one mail per person and sweep, or one a day; at least once, seldom twice.

Who sends takes the notices first (their next try is put off, which is committed), and settles them after the server has
taken the mail. Two workers never take the same ones; a worker that dies in between leaves them to the next try, whose
mail has the same Message-ID.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Mail, User
from app.kit import db
from app.kit.db import id_of
from app.kit.mail import Letter, MailAway, MailRefused, MailServer, connected, mail_server
from app.notices import queries
from app.notices.letters import letter
from app.notices.models import Notice
from app.notices.service import settle, settle_unwanted
from app.settings import Settings

log = logging.getLogger(__name__)

# How long after the first, the second, … try the next one comes; after the last one it is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (2, 10, 30, 120, 360, 720, 1440))
AT_ONCE = 500
DAILY_AT = time(8)


@dataclass(frozen=True)
class Taken:
    """What one mail tells a person of; `ids` are its notices."""

    ids: tuple[int, ...]
    user_id: int
    letter: Letter
    is_last_try: bool


def send_notices(engine: Engine, server: MailServer | None, public_url: str | None, now: datetime) -> None:
    """Send what is to be sent now; without a mail server nothing is, and the inbox alone tells."""
    with db.session(engine, reads_only=True) as session:
        if not any(queries.unsent(session)):
            return
    with db.session(engine) as session:
        settle_unwanted(session, server is None, now)
        taken = take(session, public_url, now) if server else ()
    if server is not None and taken:
        _send(engine, server, taken, now)


def server_of(settings: Settings) -> MailServer | None:
    """The mail server that the settings name, if they name one."""
    url = settings.smtp_url
    return None if url is None else mail_server(url.get_secret_value(), settings.mail_from)


def take(session: Session, public_url: str | None, now: datetime) -> tuple[Taken, ...]:
    """Take what is to be sent now, so that nobody else does; what goes with the daily mail waits for it."""
    by_person: dict[int, list[Notice]] = defaultdict(list)
    people: dict[int, User] = {}
    zones = _zones(session)
    for notice, user in queries.waiting(session, now, AT_ONCE):
        goes_at = _goes_at(notice, user, zones)
        if notice.tried == 0 and goes_at > now:
            notice.try_after = goes_at
        else:
            notice.tried += 1
            notice.try_after = now + PAUSES[min(notice.tried, len(PAUSES)) - 1]
            by_person[notice.user_id].append(notice)
            people[notice.user_id] = user
        session.add(notice)
    session.flush()
    return tuple(_taken(people[one], notices, public_url) for one, notices in by_person.items())


def _goes_at(notice: Notice, user: User, zones: Mapping[int | None, str]) -> datetime:
    """When a notice is to be sent: at once, or at eight in the morning on the reader's clock."""
    if user.mail != Mail.DAILY:
        return notice.at
    local = notice.at.astimezone(ZoneInfo(user.time_zone or zones.get(user.team_id, "UTC")))
    day = local.date() if local.time() < DAILY_AT else local.date() + timedelta(days=1)
    return datetime.combine(day, DAILY_AT, local.tzinfo)


def _zones(session: Session) -> dict[int | None, str]:
    return {team.id: team.time_zone for team in accounts.teams(session)}


def _taken(user: User, notices: Sequence[Notice], public_url: str | None) -> Taken:
    return Taken(
        tuple(id_of(one) for one in notices),
        id_of(user),
        letter(user, notices, public_url),
        all(one.tried >= len(PAUSES) for one in notices),
    )


def _send(engine: Engine, server: MailServer, taken: Sequence[Taken], now: datetime) -> None:
    left = list(taken)
    try:
        with connected(server) as opened:
            while left:
                try:
                    opened.send(left[0].letter, now)
                except MailRefused as refusal:
                    _fail(engine, left[:1], refusal, now)
                else:
                    _settle(engine, left[0].ids, now)
                left.pop(0)
    except MailAway as away:
        _fail(engine, left, away, now)


def _fail(engine: Engine, taken: Sequence[Taken], why: MailRefused | MailAway, now: datetime) -> None:
    """Leave what could not be sent to the next try, if one is left."""
    cause = type(why.__cause__).__name__ if why.__cause__ else why.code
    log.warning("mail to %d people could not be sent (%s: %s)", len(taken), why.code, cause)
    for one in taken:
        if one.is_last_try:
            log.error("mail to person %d was given up after %d tries (%s)", one.user_id, len(PAUSES), why.code)
            _settle(engine, one.ids, now)


def _settle(engine: Engine, ids: Sequence[int], now: datetime) -> None:
    with db.session(engine) as session:
        settle(session, ids, now)
