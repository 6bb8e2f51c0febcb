"""The stretches in which the agent is away: the definition of a hold, on nothing but who speaks when."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.audio.spans import joined, shared, within
from app.domain.transcript import Span

# Fifteen seconds, of which one is tolerance.
SHORTEST_HOLD_SECONDS = 14.0
ABSENCE_SECONDS = 15.0
MOST_CUSTOMER_SHARE = 0.25
# A wait that goes on after the agent was back may be shorter than one that stands alone.
SHORTEST_PART_SECONDS = 8.0
SHORTEST_SILENT_PART_SECONDS = 11.0
# The agent is back for "a sentence or two", not to talk.
MOST_BETWEEN_SECONDS = 25.0
MOST_CHECK_IN_SECONDS = 12.5
MOST_EXCHANGE_SECONDS = 8.0
# The customer's answer to "please hold" still belongs to the talk before it.
ANSWER_SECONDS = 2.5
STRAY_SOUND_SECONDS = 0.3
STRAY_WORD_SECONDS = 1.5
STRAY_APART_SECONDS = 4.0
TURN_SECONDS = 1.0


@dataclass(frozen=True)
class Wait:
    """One hold: the parts in which the agent is away, with the check-ins between them.

    `doubtful` when the customer may have been the one who was busy.
    """

    parts: tuple[Span, ...]
    check_ins: tuple[Span, ...] = ()
    doubtful: bool = False

    @property
    def start(self) -> float:
        return self.parts[0].start

    @property
    def end(self) -> float:
        return self.parts[-1].end

    @property
    def length(self) -> float:
        return self.end - self.start


def waits(
    agent: Sequence[Span], customer: Sequence[Span], music: Sequence[Span], duration: float, apart: bool
) -> list[Wait]:
    """The holds of a call; with `apart` False `agent` is whoever speaks, on one channel."""
    present = _without_strays(agent, STRAY_SOUND_SECONDS if apart else STRAY_WORD_SECONDS)
    parts = [
        (part, long_enough)
        for before, after in pairwise(present)
        # Before the customer has spoken the call waits in the queue, whoever it is that greets there.
        if not apart or any(span.start < before.end for span in customer)
        for part, long_enough in _part(before.end, after.start, customer, music)
    ]
    groups: list[list[tuple[Span, bool]]] = []
    for part in parts:
        if groups and _goes_on(groups[-1][-1][0], part[0], present, customer):
            groups[-1].append(part)
        else:
            groups.append([part])
    found = [
        _wait([part for part, _ in group], present, customer)
        for group in groups
        if any(long_enough for _, long_enough in group)
    ]
    return [*found, *_unfinished(present, customer, music, duration)]


def _without_strays(agent: Sequence[Span], longest: float) -> list[Span]:
    """The agent's turns without single sounds far from all others."""
    turns = joined(agent, TURN_SECONDS)
    kept = []
    for place, turn in enumerate(turns):
        inner = 0 < place < len(turns) - 1
        if inner and turn.length <= longest:
            alone = min(turn.start - turns[place - 1].end, turns[place + 1].start - turn.end)
            if alone >= STRAY_APART_SECONDS:
                continue
        kept.append(turn)
    return kept


def _part(left: float, back: float, customer: Sequence[Span], music: Sequence[Span]) -> list[tuple[Span, bool]]:
    """The wait between the agent's last and next word, if there is one, and whether it can stand alone."""
    start = left
    for span in within(customer, left, back):
        if span.start - start > ANSWER_SECONDS:
            break
        start = span.end
    length = back - start
    if length < SHORTEST_PART_SECONDS:
        return []
    stands = length >= SHORTEST_HOLD_SECONDS and shared(customer, start, back) < MOST_CUSTOMER_SHARE * length
    absence = back - left
    by_the_word = absence >= ABSENCE_SECONDS and shared(customer, left, back) < MOST_CUSTOMER_SHARE * absence
    part = Span(start=start, end=back)
    if stands or by_the_word:
        return [(part, True)]
    with_music = shared(music, start, back) > length / 2
    quiet = length >= SHORTEST_SILENT_PART_SECONDS and not within(customer, start, back)
    return [(part, False)] if with_music or quiet else []


def _goes_on(before: Span, after: Span, agent: Sequence[Span], customer: Sequence[Span]) -> bool:
    """Whether the agent was only back for a sentence or two between two parts of a wait."""
    if after.start - before.end > MOST_BETWEEN_SECONDS:
        return False
    said = within(agent, before.end, after.start)
    total = sum(span.length for span in said)
    answers = within(customer, said[0].end, said[-1].start) if said else []
    return total <= (MOST_EXCHANGE_SECONDS if answers else MOST_CHECK_IN_SECONDS)


def _wait(parts: list[Span], agent: Sequence[Span], customer: Sequence[Span]) -> Wait:
    """The parts as one wait."""
    check_ins = []
    for before, after in pairwise(parts):
        said = within(agent, before.end, after.start)
        check_ins.append(Span(start=said[0].start, end=said[-1].end))
    last = within(customer, parts[-1].start, parts[-1].end)
    # Who breaks the silence and is answered at once was perhaps looking for something while the agent waited.
    doubtful = bool(last) and parts[-1].end - last[-1].end < ANSWER_SECONDS
    return Wait(tuple(parts), tuple(check_ins), doubtful)


def _unfinished(agent: Sequence[Span], customer: Sequence[Span], music: Sequence[Span], duration: float) -> list[Wait]:
    """The wait the call ends in: only with music is it one, for otherwise the line was just left open."""
    if not agent:
        return []
    played = within(music, agent[-1].end, duration)
    if not played:
        return []
    part = _part(agent[-1].end, played[-1].end, customer, music)
    if not part or not part[0][1] or shared(played, part[0][0].start, part[0][0].end) < part[0][0].length / 2:
        return []
    return [Wait((part[0][0],), doubtful=True)]
