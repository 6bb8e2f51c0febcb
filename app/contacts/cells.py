"""What the cells of a list mean: each kind of cell is read by a function of its own, or refused with a reason."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.kit.csv_files import unguarded
from app.kit.i18n import N_

Read = Callable[[str], Any]

LONGEST_TEXT = 200
LONGEST_TIME = 7 * 24 * 3600
MOST_DIGITS = 18
MOST_RINGS = 1000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
YES_NO: Mapping[str, bool] = {
    **dict.fromkeys("1 y yes true t x on 是 はい ja si oui".split(), True),
    **dict.fromkeys("0 n no false f off 否 いいえ nein non".split(), False),
}
DIRECTIONS: Mapping[str, str] = {
    **dict.fromkeys("inbound in incoming 呼入 来电 着信 インバウンド".split(), "inbound"),
    **dict.fromkeys("outbound out outgoing 呼出 去电 発信 アウトバウンド".split(), "outbound"),
}
SECONDS_IN = {"s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}


class Unfit(ValueError):
    """A cell cannot mean what it should; its message says why."""


def text(cell: str) -> str | None:
    """Words, without blanks at the ends."""
    found = unguarded(cell.strip())
    if len(found) > LONGEST_TEXT:
        raise Unfit(N_("is longer than 200 characters"))
    if "\0" in found:
        raise Unfit(N_("has a character in it that cannot be kept"))
    return found or None


def small(cell: str) -> str | None:
    """Words in small letters, such as a channel."""
    found = text(cell)
    return found.lower() if found else None


def yes_no(cell: str) -> bool | None:
    found = YES_NO.get(cell)
    if found is None:
        plain = cell.strip().lower()
        if not plain:
            return None
        found = YES_NO.get(plain)
        if found is None:
            raise Unfit(N_("is neither yes nor no"))
    return found


def direction(cell: str) -> str | None:
    found = DIRECTIONS.get(cell)
    if found is None:
        plain = cell.strip().lower()
        if not plain:
            return None
        found = DIRECTIONS.get(plain)
        if found is None:
            raise Unfit(N_("is neither inbound nor outbound"))
    return found


def whole(least: int, most: int, reason: str) -> Read:
    """A whole number in these bounds."""

    def number(cell: str) -> int | None:
        try:
            found = int(cell)
        except ValueError:
            plain = cell.strip()
            if not plain:
                return None
            plain = plain.removesuffix(".0")
            if not plain.isdecimal() or len(plain) > MOST_DIGITS:
                raise Unfit(reason) from None
            found = int(plain)
        if least <= found <= most:
            return found
        raise Unfit(reason)

    return number


def seconds(unit: str = "s") -> Read:
    """A length of time in whole seconds, from a number in this unit or a clock such as 0:03:25."""
    factor = SECONDS_IN[unit]

    def length(cell: str) -> int | None:
        try:
            found = int(cell) if factor == 1 else int(float(cell) * factor + 0.5)
        except (ValueError, OverflowError):
            if not cell.strip():
                return None
            found = _clock(cell)
        if 0 <= found <= LONGEST_TIME:
            return found
        raise Unfit(N_("is no length of time from 0 seconds to 7 days"))

    return length


def _clock(cell: str) -> int:
    """The seconds that 0:03:25, 3:25 or 25.4 say; -1: none."""
    parts = cell.strip().split(":")
    try:
        *larger, last = (float(one) for one in parts)
    except ValueError:
        return -1
    if len(larger) > 2 or not 0 <= last <= LONGEST_TIME or any(one < 0 for one in larger):
        return -1
    total = last
    for place, one in enumerate(reversed(larger), 1):
        total += one * 60.0**place
    return int(total + 0.5) if total <= LONGEST_TIME else -1


def moment(form: str | None, zone: ZoneInfo | None, now: datetime) -> Read:
    """A moment in UTC; `form`: None for ISO 8601, epoch, epoch_ms, or as Python's strptime writes it.

    A time without an offset is one of this zone's clock.
    """
    latest = now + timedelta(days=1)
    parse = _parsed(form)

    def time(cell: str) -> datetime | None:
        try:
            found = parse(cell)
            if found.tzinfo is None and zone is not None:
                found = found.replace(tzinfo=zone)
            if found.tzinfo not in (None, UTC):
                found = found.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            if not cell.strip():
                return None
            raise Unfit(N_("is no time; write it as 2026-11-23T09:30:00+08:00")) from None
        if found.tzinfo is None:
            raise Unfit(N_("has no offset, and the teams are in several time zones; say which one is meant"))
        if not EARLIEST <= found <= latest:
            raise Unfit(N_("lies before 1990 or in the future"))
        return found

    return time


def _parsed(form: str | None) -> Callable[[str], datetime]:
    if form is None:
        return lambda cell: datetime.fromisoformat(cell if cell[-1] != " " else cell.strip())
    if form in ("epoch", "epoch_ms"):
        factor = 1.0 if form == "epoch" else 0.001
        return lambda cell: datetime.fromtimestamp(float(cell) * factor, UTC)
    return lambda cell: datetime.strptime(cell.strip(), form)


def day(form: str | None) -> Read:
    """A day, as 2026-11-23 unless another form is said."""

    def found(cell: str) -> date | None:
        plain = cell.strip()
        if not plain:
            return None
        try:
            one = datetime.strptime(plain, form).date() if form else date.fromisoformat(plain)
        except ValueError:
            raise Unfit(N_("is no day; write it as 2026-11-23")) from None
        if not 1990 <= one.year <= 2200:
            raise Unfit(N_("is no day; write it as 2026-11-23"))
        return one

    return found
