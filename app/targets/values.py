"""What a target can be in each unit, how it is typed, and how it is told."""

import math
from typing import NamedTuple

from app.domain.metrics.indicator import Unit
from app.kit.errors import AppError
from app.kit.i18n import N_


class ValueUnusable(AppError):
    """This value is none that the indicator can reach."""

    code = "target_value_unusable"
    status = 422


class Bounds(NamedTuple):
    """From where to where a value may lie, and what is said of one that does not."""

    low: float
    high: float
    wanted: str


BOUNDS = {
    Unit.SHARE: Bounds(0, 1, N_("Give a percentage from 0% to 100%, such as 85%, or a share from 0 to 1.")),
    Unit.PER_THOUSAND: Bounds(0, 1000, N_("Give so many per 1,000, from 0 to 1,000.")),
    Unit.SECONDS: Bounds(0, 1_000_000, N_("Give seconds, from 0 to 1,000,000.")),
    Unit.RINGS: Bounds(0, 1000, N_("Give a number of rings, from 0 to 1,000.")),
    Unit.COUNT: Bounds(0, 1e9, N_("Give a number from 0 to 1,000,000,000.")),
    Unit.PER_DAY: Bounds(0, 1e9, N_("Give so many a day, from 0 to 1,000,000,000.")),
    Unit.POINTS: Bounds(0, 100, N_("Give points from 0 to 100.")),
    Unit.NET_POINTS: Bounds(-100, 100, N_("Give points from -100 to 100.")),
    Unit.MONEY: Bounds(0, 1e12, N_("Give an amount from 0 to 1,000,000,000,000.")),
}
# What stands behind the number; {} is the number.
TOLD = {
    Unit.SHARE: N_("{}%"),
    Unit.PER_THOUSAND: N_("{} per 1,000"),
    Unit.SECONDS: N_("{} s"),
    Unit.RINGS: N_("{} rings"),
    Unit.COUNT: "{}",
    Unit.PER_DAY: N_("{} a day"),
    Unit.POINTS: N_("{} points"),
    Unit.NET_POINTS: N_("{} net points"),
    Unit.MONEY: N_("{} (amount of money)"),
}


def checked(unit: Unit, value: float) -> float:
    """The value, if the indicator can reach it."""
    bounds = BOUNDS[unit]
    if not (math.isfinite(value) and bounds.low <= value <= bounds.high):
        raise ValueUnusable(bounds.wanted, field="value")
    return value


def typed(unit: Unit, written: str, in_percent: bool = False) -> float:
    """The value that somebody typed; 85% of a share means 0.85, and so does 85 in a field that asks for percent."""
    number = written.strip().replace("％", "%")
    of_hundred = unit == Unit.SHARE and (in_percent or number.endswith("%"))
    if unit == Unit.SHARE:
        number = number.removesuffix("%").strip()
    try:
        value = float(number)
    except ValueError as error:
        raise ValueUnusable(BOUNDS[unit].wanted, field="value") from error
    return checked(unit, round(value / 100, 12) if of_hundred else value)


def in_field(unit: Unit, value: float) -> str:
    """The value as it stands in a field: shares in percent."""
    return f"{round(value * 100, 6) if unit == Unit.SHARE else value:.10g}"
