"""What one contact adds to the tallies of its day, team, agent, queue, direction and channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from app.contacts.models import Contact, ContactTally

if TYPE_CHECKING:
    from app.settings import Settings

KEY = ("site_day", "team_id", "agent_id", "queue", "direction", "channel")
# Every number that is added up, as formulas ask for it.
SUMS = tuple(name for name in ContactTally.model_fields if name not in ("id", *KEY))
# What is kept of a contact, in the order in which it is passed along; its id stands apart.
FIELDS = tuple(name for name in Contact.model_fields if name != "id")

PLACE = {name: place for place, name in enumerate(FIELDS)}
_OF_KEY = itemgetter(*(PLACE[name] for name in KEY))
# fmt: off
(
    CONTACTS, INBOUND, OUTBOUND, INBOUND_ANSWERED, OUTBOUND_ANSWERED, ANSWERED_IN_TIME, ABANDONED, SHORT_ABANDONS,
    QUEUED, QUEUE_SECONDS, QUEUE_SQUARES, LONG_WAITS, ANSWERED_QUEUED, ANSWERED_QUEUE_SECONDS,
    RUNG, RINGS, RING_SQUARES, HANDLED, TALK_KNOWN, TALK_SECONDS, HOLD_SECONDS, TALK_TIME_SQUARES,
    AFTER_CALL_KNOWN, AFTER_CALL_SECONDS, AFTER_CALL_SQUARES, HANDLE_KNOWN, HANDLE_SECONDS, HANDLE_SQUARES,
    INBOUND_HANDLE_SECONDS, OUTBOUND_HANDLE_SECONDS, TRANSFER_KNOWN, TRANSFERRED, SUCCESS_KNOWN, SUCCESSES,
    OUTCOME_KNOWN, SOLVED, FIRST_KNOWN, SOLVED_FIRST, RATED, SATISFIED, NPS_RATED, PROMOTERS, DETRACTORS,
    CUSTOMER_KNOWN, REPEATS,
) = range(len(SUMS))
# fmt: on


@dataclass(frozen=True)
class Terms:
    """What counts as answered in time, as abandoned at once, as a long wait (seconds), and as a repeat (days)."""

    answer_within: int = 20
    short_abandon: int = 5
    long_wait: int = 180
    repeat_days: int = 7


def terms(settings: "Settings") -> Terms:
    """The terms that the settings say."""
    return Terms(settings.answer_within, settings.short_abandon, settings.long_wait, settings.repeat_days)


def key_of(contact: Sequence[Any]) -> tuple[Any, ...]:
    """The key under which a contact (its values in the order of FIELDS) is counted."""
    day, team, agent, queue, direction, channel = _OF_KEY(contact)
    return day, team or 0, agent or 0, queue, direction, channel


def nothing() -> list[int]:
    """Sums of nothing yet, in the order of SUMS."""
    return [0] * len(SUMS)


def add(sums: list[int], contact: Sequence[Any], sign: int, on: Terms) -> None:
    """Add what a contact counts to the sums of its key, or (with -1) take it back."""
    # fmt: off
    (
        _, _, _, _, direction, _, _, _, _,
        answered, rings, wait, talk, hold, after, transferred, success, customer, repeat,
        solved, first, csat, nps, _,
    ) = contact
    # fmt: on
    sums[CONTACTS] += sign
    if direction == "inbound":
        sums[INBOUND] += sign
        _add_wait(sums, answered, wait, sign, on)
        if customer is not None:
            sums[CUSTOMER_KNOWN] += sign
            sums[REPEATS] += sign * repeat
    else:
        sums[OUTBOUND] += sign
        sums[OUTBOUND_ANSWERED] += sign * answered
        if success is not None:
            sums[SUCCESS_KNOWN] += sign
            sums[SUCCESSES] += sign * success
    if rings is not None:
        sums[RUNG] += sign
        sums[RINGS] += sign * rings
        sums[RING_SQUARES] += sign * rings * rings
    if answered:
        _add_handling(sums, direction, talk, hold, after, sign)
        if transferred is not None:
            sums[TRANSFER_KNOWN] += sign
            sums[TRANSFERRED] += sign * transferred
    if solved is not None or first is not None or csat is not None or nps is not None:
        _add_answers(sums, (solved, first, csat, nps), sign)


def _add_wait(sums: list[int], answered: bool, wait: int | None, sign: int, on: Terms) -> None:
    sums[INBOUND_ANSWERED if answered else ABANDONED] += sign
    if wait is None:
        return
    sums[QUEUED] += sign
    sums[QUEUE_SECONDS] += sign * wait
    sums[QUEUE_SQUARES] += sign * wait * wait
    if wait > on.long_wait:
        sums[LONG_WAITS] += sign
    if answered:
        sums[ANSWERED_QUEUED] += sign
        sums[ANSWERED_QUEUE_SECONDS] += sign * wait
        if wait <= on.answer_within:
            sums[ANSWERED_IN_TIME] += sign
    elif wait < on.short_abandon:
        sums[SHORT_ABANDONS] += sign


def _add_handling(
    sums: list[int], direction: str, talk: int | None, hold: int | None, after: int | None, sign: int
) -> None:
    sums[HANDLED] += sign
    if after is not None:
        sums[AFTER_CALL_KNOWN] += sign
        sums[AFTER_CALL_SECONDS] += sign * after
        sums[AFTER_CALL_SQUARES] += sign * after * after
    if talk is None:
        return
    # A switch that tells no holds counts them as talk.
    connected = talk + (hold or 0)
    sums[TALK_KNOWN] += sign
    sums[TALK_SECONDS] += sign * talk
    sums[HOLD_SECONDS] += sign * (hold or 0)
    sums[TALK_TIME_SQUARES] += sign * connected * connected
    if after is not None:
        handling = connected + after
        sums[HANDLE_KNOWN] += sign
        sums[HANDLE_SECONDS] += sign * handling
        sums[HANDLE_SQUARES] += sign * handling * handling
        sums[INBOUND_HANDLE_SECONDS if direction == "inbound" else OUTBOUND_HANDLE_SECONDS] += sign * handling


def _add_answers(sums: list[int], answers: tuple[Any, ...], sign: int) -> None:
    solved, first, csat, nps = answers
    if solved is not None:
        sums[OUTCOME_KNOWN] += sign
        sums[SOLVED] += sign * solved
    if first is not None:
        sums[FIRST_KNOWN] += sign
        sums[SOLVED_FIRST] += sign * first
    if csat is not None:
        sums[RATED] += sign
        sums[SATISFIED] += sign * (csat >= 4)
    if nps is not None:
        sums[NPS_RATED] += sign
        sums[PROMOTERS] += sign * (nps >= 9)
        sums[DETRACTORS] += sign * (nps <= 6)
