"""Sets targets and takes them back; every change stands in the ledger."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.accounts.models import Role, User
from app.domain.metrics.indicator import Indicator
from app.domain.metrics.indicators import INDICATORS
from app.kit.errors import AppError, NotFound
from app.ledger.service import Actor, record
from app.targets import queries
from app.targets.models import SetTarget
from app.targets.values import checked

DIRECTIONS = ("inbound", "outbound")
LONGEST_NOTE = 500
LONGEST_QUEUE = 100
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200


class IndicatorUnknown(AppError):
    """There is no indicator of this name; the names are those of the list of targets."""

    code = "indicator_unknown"
    status = 422


class DirectionUnknown(AppError):
    """The direction is inbound, outbound, or empty for both together."""

    code = "direction_unknown"
    status = 422


class PeriodUnusable(AppError):
    """A target holds from a day between 1970 and 2200 on, and ends no earlier than it begins."""

    code = "period_unusable"
    status = 422


class QueueUnusable(AppError):
    """The name of a queue has at most 100 characters, and none that cannot be seen."""

    code = "queue_unusable"
    status = 422


class TargetNoteTooLong(AppError):
    """The note of a target has at most 500 characters, and none that cannot be seen."""

    code = "target_note_too_long"
    status = 422


class TargetOfAnotherTeam(AppError):
    """You set targets of your own team; those of other teams, and of all together, are set by who leads them all."""

    code = "target_of_another_team"
    status = 403


@dataclass(frozen=True)
class TargetFacts:
    """What is to be reached, by whom and when; see `SetTarget`."""

    indicator: str
    value: float
    holds_from: date
    holds_until: date | None = None
    team_id: int | None = None
    queue: str = ""
    direction: str = ""
    note: str = ""


def indicator_named(indicator_id: str) -> Indicator:
    """The indicator that this is the name of."""
    found = INDICATORS.get(indicator_id.strip())
    if found is None:
        raise IndicatorUnknown(field="indicator")
    return found


def sets_for(user: User, team_id: int | None) -> bool:
    """Whether a leader sets targets of this team (None: of all): who leads a team, its own alone."""
    return user.role == Role.ADMIN or user.team_id is None or user.team_id == team_id


def set_target(session: Session, user: User, facts: TargetFacts, actor: Actor) -> tuple[SetTarget, bool]:
    """Let a target hold from its day on, in place of what was set for just that day; and whether it is new."""
    if not sets_for(user, facts.team_id):
        raise TargetOfAnotherTeam(field="team")
    facts = _checked(facts)
    known = _known(session, facts)
    if known is None:
        kept = SetTarget(**vars(facts), set_by=actor.user_id, set_at=actor.at)
        try:
            with session.begin_nested():
                session.add(kept)
        except IntegrityError:
            # Somebody else set it in the same moment: theirs is changed.
            known = _known(session, facts)
            if known is None:
                raise
        else:
            _tell(session, kept, "target.set", actor)
            return kept, True
    return known, _change(session, known, facts, actor)


def remove_target(session: Session, user: User, target_id: int, actor: Actor) -> None:
    """Take back a target: what held before it, or what is shipped, holds again."""
    known = queries.row(session, target_id)
    if known is None:
        raise NotFound
    if not sets_for(user, known.team_id):
        raise TargetOfAnotherTeam
    session.delete(known)
    session.flush()
    _tell(session, known, "target.removed", actor)


def _known(session: Session, facts: TargetFacts) -> SetTarget | None:
    return queries.row_of(session, facts.indicator, facts.team_id, facts.queue, facts.direction, facts.holds_from)


def _change(session: Session, known: SetTarget, facts: TargetFacts, actor: Actor) -> bool:
    now = (facts.value, facts.holds_until, facts.note)
    if (known.value, known.holds_until, known.note) == now:
        return False
    old = {"value": known.value, "holds_until": known.holds_until}
    known.value, known.holds_until, known.note = now
    known.set_by, known.set_at = actor.user_id, actor.at
    session.add(known)
    session.flush()
    _tell(session, known, "target.set", actor, old=old)
    return True


def _checked(facts: TargetFacts) -> TargetFacts:
    indicator = indicator_named(facts.indicator)
    direction, queue, note = facts.direction.strip().lower(), facts.queue.strip(), facts.note.strip()
    if direction and direction not in DIRECTIONS:
        raise DirectionUnknown(field="direction")
    if len(queue) > LONGEST_QUEUE or not _is_plain(queue):
        raise QueueUnusable(field="queue")
    if len(note) > LONGEST_NOTE or not _is_plain(note):
        raise TargetNoteTooLong(field="note")
    last = facts.holds_until or facts.holds_from
    if last < facts.holds_from or facts.holds_from.year < EARLIEST_YEAR or last.year > LATEST_YEAR:
        raise PeriodUnusable(field="until" if last < facts.holds_from else "from")
    value = checked(indicator.unit, facts.value)
    return replace(facts, indicator=indicator.id, direction=direction, queue=queue, note=note, value=value)


def _is_plain(text: str) -> bool:
    return all(one.isprintable() or one in "\n\r\t" for one in text)


def _tell(session: Session, target: SetTarget, event: str, actor: Actor, **more: object) -> None:
    """What was set or taken back; the note stays out of the ledger."""
    record(
        session,
        f"target:{target.indicator}",
        actor,
        event,
        indicator=target.indicator,
        team_id=target.team_id,
        queue=target.queue,
        direction=target.direction,
        holds_from=target.holds_from,
        holds_until=target.holds_until,
        value=target.value,
        **more,
    )
