"""The small timed notation in which a scorecard's examples are written.

    0-4 agent: Good morning, this is Ada.
    30-160 hold music

Lines without times are allowed when no line has them; `mono` on a line of its own makes a one-channel recording.
"""

import re
from typing import Literal

from app.domain.transcript import Activity, Hold, HoldKind, Span, Speaker, Transcript, Turn

TIMED = re.compile(r"^(?P<start>\d+(?:\.\d+)?)-(?P<end>\d+(?:\.\d+)?) (?P<what>.+)$")
SAID = re.compile(r"^(?P<speaker>agent|customer|system): (?P<text>.+)$")
HELD = re.compile(r"^hold (?P<kind>music|announcement|silence|unknown)$")
MONO = "mono"


class UnreadableLine(ValueError):
    """A line of an example is neither `0-4 agent: words`, `30-60 hold music`, nor `mono`."""


def transcript_of(
    lines: tuple[str, ...],
    language: str,
    *,
    direction: Literal["inbound", "outbound"] = "inbound",
    customer_name: str | None = None,
) -> Transcript:
    """The call that an example's lines describe: two-channel when timed unless a line says `mono`."""
    turns: list[Turn] = []
    holds: list[Hold] = []
    for line in lines:
        if line == MONO:
            continue
        timed = TIMED.match(line)
        what = timed["what"] if timed else line
        start, end = (float(timed["start"]), float(timed["end"])) if timed else (None, None)
        if said := SAID.match(what):
            turns.append(Turn(speaker=Speaker(said["speaker"]), start=start, end=end, text=said["text"]))
        elif (held := HELD.match(what)) and start is not None and end is not None:
            holds.append(Hold(start=start, end=end, kind=HoldKind(held["kind"])))
        else:
            raise UnreadableLine(f"this line of an example cannot be read: {line!r}")
    timed_throughout = all(turn.start is not None for turn in turns)
    channels: Literal[0, 1, 2] = 0 if not timed_throughout else 1 if MONO in lines else 2
    return Transcript(
        language=language,
        direction=direction,
        customer_name=customer_name,
        duration=max((turn.end or 0.0 for turn in turns), default=0.0) if timed_throughout else None,
        channels=channels,
        turns=tuple(sorted(turns, key=lambda turn: turn.start or 0.0)) if timed_throughout else tuple(turns),
        holds=tuple(holds) if timed_throughout else None,
        activity=_activity(turns) if channels == 2 else None,
    )


def _activity(turns: list[Turn]) -> Activity:
    def spans(speaker: Speaker) -> tuple[Span, ...]:
        return tuple(Span(start=turn.start or 0.0, end=turn.end or 0.0) for turn in turns if turn.speaker == speaker)

    return Activity(agent=spans(Speaker.AGENT), customer=spans(Speaker.CUSTOMER))
