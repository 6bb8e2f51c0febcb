"""How long what is kept: for the site, and for teams that need other periods."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.ledger.service import Actor, record
from app.retention import queries
from app.retention.models import SITE, RetentionPolicy
from app.retention.queries import Due, Period

STREAM = "retention"
LONGEST_DAYS = 36_500


class PeriodInvalid(AppError):
    """Give whole days from 1 to 36,500, or nothing: then it is kept for ever."""

    code = "period_invalid"
    status = 422


@dataclass(frozen=True)
class Kept:
    """For how many days after the day of a call its sound is kept, and its words; None: for ever."""

    sound_days: int | None = None
    words_days: int | None = None


def set_policy(session: Session, team_id: int, kept: Kept, user: User, actor: Actor) -> RetentionPolicy:
    """Say how long the calls of a team are kept, or of SITE those of all that have no policy of their own."""
    for days in (kept.sound_days, kept.words_days):
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise PeriodInvalid
    told = _told_team(session, team_id)
    found = queries.policy(session, team_id)
    before = Kept(found.sound_days, found.words_days) if found else None
    if found is not None and before == kept:
        return found
    found = found or RetentionPolicy(team_id=team_id, set_by=id_of(user), set_at=actor.at)
    found.sound_days, found.words_days = kept.sound_days, kept.words_days
    found.set_by, found.set_at = id_of(user), actor.at
    session.add(found)
    session.flush()
    record(session, STREAM, actor, "retention.set", **told, **_told(before, kept))
    return found


def remove_policy(session: Session, team_id: int, actor: Actor) -> None:
    """From now on the calls of a team are kept as long as those of the site; those of the site, for ever."""
    found = queries.policy(session, team_id)
    if found is None:
        raise NotFound
    session.delete(found)
    session.flush()
    before = Kept(found.sound_days, found.words_days)
    record(session, STREAM, actor, "retention.removed", **_told_team(session, team_id), **_told(before, Kept()))


def would_remove(session: Session, team_id: int, kept: Kept, today: date) -> Due:
    """How many calls would lose their sound and their words at once, if this were the policy."""
    others = tuple(one.team_id for one in queries.policies(session) if one.team_id not in (SITE, team_id))
    on = Period(team_id, kept.sound_days, kept.words_days, others if team_id == SITE else ())
    return queries.due(session, on, today)


def _told_team(session: Session, team_id: int) -> dict[str, object]:
    if team_id == SITE:
        return {"team_id": None, "team": None}
    team = accounts.team(session, team_id)
    if team is None:
        raise NotFound
    return {"team_id": team_id, "team": team.name}


def _told(before: Kept | None, now: Kept) -> dict[str, object]:
    old = before or Kept()
    return {
        "sound_days": {"old": old.sound_days, "new": now.sound_days},
        "words_days": {"old": old.words_days, "new": now.words_days},
    }
