"""Where things lie on the picture of a call: turns, holds, ticks and numbered pins, in percent of its length."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.domain.transcript import Hold, Speaker, Turn
from app.reports.wording import SPEAKERS, clock

# A pin is 24 px wide: its share of a wide page's timeline, and of a phone's.
WIDE_PIN, NARROW_PIN = 2.6, 8.6
TICK_SECONDS = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
MOST_TICKS = 6
# A word of a second in a call of an hour must still be seen.
THINNEST = 0.15


class Bar(NamedTuple):
    """A stretch of the call; `row` is who speaks, or the kind of a hold."""

    x: float
    width: float
    row: str
    label: str


class Tick(NamedTuple):
    """A moment of the call by the clock."""

    x: float
    label: str


class Pin(NamedTuple):
    """A moment of the call that stands for an item's verdict; pins too close together stand in several lanes."""

    x: float
    lane: int
    number: int
    tone: str


class Timeline(NamedTuple):
    """The picture of a call, in numbers; `said` describes it to those who don't see it."""

    turns: tuple[Bar, ...]
    holds: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    wide_pins: tuple[Pin, ...]
    narrow_pins: tuple[Pin, ...]
    said: str

    @property
    def wide_lanes(self) -> int:
        return max((pin.lane + 1 for pin in self.wide_pins), default=0)

    @property
    def narrow_lanes(self) -> int:
        return max((pin.lane + 1 for pin in self.narrow_pins), default=0)


def timeline(
    seconds: float, turns: Iterable[Turn], holds: Sequence[Hold], marks: Sequence[tuple[float, int, str]]
) -> Timeline:
    """The picture of a call of so many seconds; `marks` are (moment, item number, tone)."""

    def share(moment: float) -> float:
        return round(100 * min(max(moment, 0.0), seconds) / seconds, 3)

    def bar(start: float, end: float, row: str, label: str) -> Bar:
        return Bar(share(start), max(THINNEST, round(share(end) - share(start), 3)), row, label)

    places = sorted({(share(moment), number, tone) for moment, number, tone in marks})
    step = next((one for one in TICK_SECONDS if seconds / one <= MOST_TICKS), TICK_SECONDS[-1])
    return Timeline(
        turns=tuple(
            bar(turn.start, turn.end, turn.speaker.value, SPEAKERS[turn.speaker])
            for turn in turns
            if turn.start is not None and turn.end is not None and turn.speaker != Speaker.SYSTEM
        ),
        holds=tuple(bar(hold.start, hold.end, hold.kind.value, f"Hold {clock(hold.length)}") for hold in holds),
        ticks=tuple(Tick(share(at), clock(at)) for at in range(0, int(seconds * 0.96) + 1, step)),
        wide_pins=_in_lanes(places, WIDE_PIN),
        narrow_pins=_in_lanes(places, NARROW_PIN),
        said=_said(seconds, holds),
    )


def _in_lanes(places: list[tuple[float, int, str]], width: float) -> tuple[Pin, ...]:
    """Each pin in the lowest lane where it touches no other."""
    ends: list[float] = []
    pins = []
    for x, number, tone in places:
        # A pin at the very edge is moved inwards by half its width.
        middle = round(min(max(x, width / 2), 100 - width / 2), 3)
        lane = next((at for at, end in enumerate(ends) if end <= middle - width / 2), len(ends))
        ends[lane : lane + 1] = [middle + width / 2]
        pins.append(Pin(middle, lane, number, tone))
    return tuple(pins)


def _said(seconds: float, holds: Sequence[Hold]) -> str:
    waits = "; ".join(f"hold from {clock(hold.start)} for {clock(hold.length)}, {hold.kind.value}" for hold in holds)
    return f"Timeline of a call of {clock(seconds)}: {waits or 'no holds'}."
