"""Asterisk's queue_log: a line for each event of a call in a queue, of which contacts are put together.

A line is time|call id|queue|agent|event|data…, the time in seconds since 1970.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# What a visit to a queue tells, as columns of a list.
COLUMNS_OF_LOG = ("id", "time", "queue", "agent", "answered", "wait", "talk", "transferred", "caller")
# The caller, or the system, gave up waiting; where in the data the wait stands.
LEFT = {"ABANDON": 2, "EXITWITHTIMEOUT": 2, "EXITEMPTY": 2, "EXITWITHKEY": 3}
COMPLETED = {"COMPLETEAGENT", "COMPLETECALLER"}
TRANSFERRED = {"TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER"}
# Somebody waits or talks for a day: the end of this call was never written.
FORGOTTEN_SECONDS = 24 * 3600
LATEST = 1e10


@dataclass(slots=True)
class Visit:
    """A call in a queue, as far as the log has told of it; times are seconds since 1970."""

    line: int
    entered: float
    queue: str
    caller: str
    agent: str = ""
    connected: float | None = None
    wait: str = ""


def contacts_of(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The visits whose end stands in the log, each with its line; the others come last, without their end."""
    under_way: dict[str, Visit] = {}
    line, latest = 0, 0.0
    for line, written in enumerate(lines, 1):
        cells = written.rstrip("\r\n").split("|")
        moment = _number(cells[0])
        if moment is None or len(cells) < 5:
            continue
        latest = max(latest, moment)
        ended = _told(under_way, line, moment, cells)
        if ended is not None:
            yield ended
        if line % 100_000 == 0:
            yield from _forgotten(under_way, latest - FORGOTTEN_SECONDS)
    yield from _forgotten(under_way, latest + 1)


def _told(under_way: dict[str, Visit], line: int, moment: float, cells: list[str]) -> tuple[int, list[str]] | None:
    """What an event ends, if it ends something."""
    call, queue, agent, event, *data = cells[1:]
    data += [""] * 5
    if event == "ENTERQUEUE":
        before = under_way.get(call)
        under_way[call] = Visit(line, moment, queue, data[1])
        return None if before is None else _row(call, before, answered="", talk="", transferred="")
    visit = under_way.get(call)
    if visit is None:
        return None
    if event == "CONNECT":
        visit.agent, visit.connected, visit.wait = agent, moment, data[0]
        return None
    if event in LEFT:
        visit.wait = data[LEFT[event]]
        return _row(call, under_way.pop(call), answered="no", talk="", transferred="")
    if event in COMPLETED:
        visit.wait, visit.agent = data[0] or visit.wait, agent or visit.agent
        return _row(call, under_way.pop(call), answered="yes", talk=data[1], transferred="no")
    if event in TRANSFERRED and visit.connected is not None:
        talk = str(int(moment - visit.connected))
        return _row(call, under_way.pop(call), answered="yes", talk=talk, transferred="yes")
    return None


def _forgotten(under_way: dict[str, Visit], before: float) -> Iterator[tuple[int, list[str]]]:
    """Visits that began before this moment and have no end; nobody knows whether they were answered."""
    for call in [call for call, visit in under_way.items() if visit.entered < before]:
        visit = under_way.pop(call)
        yield _row(call, visit, answered="yes" if visit.connected is not None else "", talk="", transferred="")


def _row(call: str, visit: Visit, answered: str, talk: str, transferred: str) -> tuple[int, list[str]]:
    name = f"{call}:{visit.entered:.0f}"
    agent = "" if visit.agent == "NONE" else visit.agent
    told = [name, str(visit.entered), visit.queue, agent, answered, visit.wait, talk, transferred, visit.caller]
    return visit.line, told


def _number(cell: str) -> float | None:
    """The moment that a cell says, before the year 2286; what is beside that is no line of the log."""
    try:
        found = float(cell)
    except ValueError:
        return None
    return found if 0 <= found < LATEST else None
