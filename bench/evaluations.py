"""Evaluations by the million, as the calls of a large site would leave them: what each counts, and every sum of it.

Two years of 50 teams of 20 agents, 6 queues judged by 3 scorecards of 19 items, each in 2 versions; one call in fifty
was reviewed by a person too. All is drawn from a seed. What each call counts and the sums are worked out apart from the
application, and written in bulk, so that a bench can ask the one whether the other says the same.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection

from app.calls.models import Call, CallState, Direction
from app.evaluations.models import Evaluation
from app.reviews.models import Purpose, Review, ReviewState
from app.tallies.models import Contribution, ItemTally, Level, Span, Tally, TallyGroup
from app.transcription.models import TranscriptRevision

FIRST, DAYS = date(2024, 11, 1), 730
TEAMS, AGENTS_EACH, QUEUES = 50, 20, 6
ITEMS = 19
SOURCES = ("machine", "final")
DESIGNS = ("", "every", "sample", "risk")
REVIEWED = 50
# So many different outcomes of a call, each with a verdict on every item.
OUTCOMES = 300
VERDICTS = ("pass", "fail", "uncertain", "unscored", "not_applicable")
AT_ONCE = 200_000
ZONE_HOURS = 8


@dataclass(frozen=True)
class Outcomes:
    """What may come of a call: a verdict on every item (by number), and what that makes of the call."""

    verdicts: np.ndarray
    numbers: np.ndarray

    @classmethod
    def drawn(cls, chance: np.random.Generator) -> "Outcomes":
        verdicts = chance.choice(len(VERDICTS), size=(OUTCOMES, ITEMS), p=(0.87, 0.06, 0.02, 0.01, 0.04))
        passes, fails = (verdicts == 0).sum(axis=1), (verdicts == 1).sum(axis=1)
        open_ = (verdicts == 2).sum(axis=1) > 1
        critical = verdicts[:, 0] == 1
        tenths = np.round(1000 * passes / np.maximum(1, passes + fails)).astype(int)
        decided = ~open_
        passed = decided & (tenths >= 850) & ~critical
        columns = (decided, passed, open_, np.zeros(OUTCOMES, int), critical, np.where(decided, tenths, 0))
        return cls(verdicts, np.stack([one.astype(int) for one in columns], axis=1))


@dataclass(frozen=True)
class Counted:
    """What each evaluation counts, a column each; days are numbers from the first on."""

    source: np.ndarray
    call: np.ndarray
    day: np.ndarray
    submitted: np.ndarray
    second: np.ndarray
    team: np.ndarray
    agent: np.ndarray
    queue: np.ndarray
    version: np.ndarray
    design: np.ndarray
    outcome: np.ndarray

    def __len__(self) -> int:
        return len(self.call)


def counted(rows: int, seed: int = 4711) -> tuple[Counted, Outcomes]:
    """This many machine's evaluations and the reviews beside them."""
    chance = np.random.default_rng(seed)
    outcomes = Outcomes.drawn(chance)
    day = np.sort(chance.integers(0, DAYS, rows)).astype(np.int32)
    agent = chance.integers(0, TEAMS * AGENTS_EACH, rows).astype(np.int32)
    team = agent // AGENTS_EACH
    queue = (team + (chance.random(rows) < 0.15)) % QUEUES
    version = (queue % 3) * 2 + (day >= DAYS // 2)
    reviewed = np.flatnonzero(chance.random(rows) < 1 / REVIEWED)
    late = (chance.random(rows) < 0.01).astype(np.int32)
    after = chance.integers(0, 10, len(reviewed)).astype(np.int32)
    both = [(one, one[reviewed]) for one in (np.arange(1, rows + 1), day, team, agent, queue, version)]
    call, of_day, of_team, of_agent, of_queue, of_version = (np.concatenate(one) for one in both)
    design = chance.choice([1, 2, 3], size=len(reviewed), p=(0.55, 0.4, 0.05))
    return Counted(
        source=np.repeat([0, 1], [rows, len(reviewed)]),
        call=call,
        day=of_day,
        submitted=of_day + np.concatenate([late, after]),
        second=chance.integers(0, 36_000, rows + len(reviewed)),
        team=of_team,
        agent=of_agent,
        queue=of_queue,
        version=of_version,
        design=np.concatenate([np.zeros(rows, int), design]),
        outcome=chance.integers(0, OUTCOMES, rows + len(reviewed)),
    ), outcomes


@dataclass(frozen=True)
class Names:
    """What numbers stand for: the ids of teams and agents, the scorecards and their versions, the items."""

    teams: Sequence[int]
    agents: Sequence[int]
    cards: Sequence[tuple[str, str]]
    items: Sequence[str]

    def queue(self, number: int) -> str:
        return f"queue-{number}"


def contributions(found: Counted, outcomes: Outcomes, names: Names) -> Iterator[tuple[Any, ...]]:
    """What each evaluation counts, as it is stored (`COLUMNS`)."""
    days = [(FIRST + timedelta(days=number)).isoformat() for number in range(DAYS + 10)]
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    # Between 8 and 18 o'clock of the site; moments are told in UTC.
    texts = [
        json.dumps({names.items[place]: VERDICTS[verdict] for place, verdict in enumerate(row)})
        for row in outcomes.verdicts
    ]
    numbers = [tuple(int(one) for one in row) for row in outcomes.numbers]
    base = midnight + timedelta(hours=8 - ZONE_HOURS)
    prefix = [(base + timedelta(days=number)).strftime("%Y-%m-%d ") for number in range(DAYS + 10)]
    clock = [f"{one // 3600:02}:{one // 60 % 60:02}:{one % 60:02}.000000" for one in range(36_000)]
    columns = zip(*(getattr(found, name).tolist() for name in Counted.__dataclass_fields__), strict=True)
    for number, (source, call, day, submitted, second, team, agent, queue, version, design, outcome) in enumerate(
        columns, 1
    ):
        at = prefix[submitted] + clock[second]
        yield (
            number,
            SOURCES[source],
            days[day],
            names.teams[team],
            names.agents[agent],
            names.queue(queue),
            *names.cards[version],
            DESIGNS[design],
            days[submitted],
            call,
            *numbers[outcome],
            texts[outcome],
            at,
            at,
            prefix[day] + clock[second],
        )


COLUMNS = (
    *("id", "source", "site_day", "team_id", "agent_id", "queue", "scorecard", "version", "design", "submitted_day"),
    *("call_id", "n", "passed", "uncertain", "not_applicable", "critical", "score_tenths"),
    *("items", "counted_from", "submitted_at", "started_at"),
)


@dataclass(frozen=True)
class Rollup:
    """The sums of one level: the key of each group, and of each evaluation the group that it is in."""

    level: Level
    keys: list[tuple[Any, ...]]
    group: np.ndarray


def rollups(found: Counted, names: Names) -> Iterator[Rollup]:
    """The groups of every level."""
    nobody = np.zeros(len(found), np.int64)
    for level, team, agent, queue, version in (
        (Level.AGENT, found.team + 1, found.agent + 1, found.queue + 1, found.version + 1),
        (Level.TEAM, found.team + 1, nobody, found.queue + 1, found.version + 1),
        (Level.SITE, nobody, nobody, nobody, found.version + 1),
        (Level.WHOLE_AGENT, found.team + 1, found.agent + 1, nobody, nobody),
        (Level.WHOLE_TEAM, found.team + 1, nobody, nobody, nobody),
        (Level.WHOLE_SITE, nobody, nobody, nobody, nobody),
    ):
        code = found.source.astype(np.int64)
        for part, size in ((team, 100), (agent, 2000), (queue, 10), (version, 10), (found.design, 10)):
            code = code * size + part
        values, group = np.unique(code, return_inverse=True)
        yield Rollup(level, [_key(level, int(one), names) for one in values], group)


def _key(level: Level, code: int, names: Names) -> tuple[Any, ...]:
    code, design = divmod(code, 10)
    code, version = divmod(code, 10)
    code, queue = divmod(code, 10)
    code, agent = divmod(code, 2000)
    source, team = divmod(code, 100)
    return (
        level.value,
        SOURCES[source],
        names.teams[team - 1] if team else 0,
        names.agents[agent - 1] if agent else 0,
        names.queue(queue - 1) if queue else "",
        *(names.cards[version - 1] if version else ("", "")),
        DESIGNS[design],
    )


def months() -> tuple[np.ndarray, list[str]]:
    """Of each day, the number of its month; and the first days of the months."""
    days = [(FIRST + timedelta(days=number)).replace(day=1).isoformat() for number in range(DAYS + 10)]
    firsts = sorted(set(days))
    return np.array([firsts.index(one) for one in days]), firsts


def sums(
    found: Counted, outcomes: Outcomes, names: Names, rollup: Rollup
) -> Iterator[tuple[type[Any], Iterable[tuple[Any, ...]]]]:
    """The rows of tally and item_tally of one level; groups are numbered from 0."""
    of_month, firsts = months()
    day_names = [(FIRST + timedelta(days=number)).isoformat() for number in range(DAYS + 10)]
    for first, call, submitted, starts in (
        (Span.CALL_DAY, found.day, found.submitted, day_names),
        (Span.CALL_MONTH, of_month[found.day], of_month[found.submitted], firsts),
    ):
        same = call == submitted
        for span, when, which in (
            (first, call, ~same),
            (first + 1, submitted, ~same),
            (first + 2, call, same),
        ):
            cell = rollup.group[which].astype(np.int64) * 1000 + when[which]
            cells, place = np.unique(cell, return_inverse=True)
            outcome = found.outcome[which]
            where = [(int(one) // 1000, int(span), starts[int(one) % 1000]) for one in cells.tolist()]
            numbers = [_summed(place, outcomes.numbers[:, one][outcome], len(cells)) for one in range(6)]
            yield Tally, ((*key, *row) for key, row in zip(where, zip(*numbers, strict=True), strict=True))
            by_month = rollup.level in (Level.TEAM, Level.SITE)
            if by_month or (rollup.level == Level.AGENT and first == Span.CALL_DAY):
                yield ItemTally, _items(outcomes, names, place, outcome, where)


def _items(
    outcomes: Outcomes, names: Names, place: np.ndarray, outcome: np.ndarray, where: list[tuple[int, int, str]]
) -> Iterator[tuple[Any, ...]]:
    """An item after another, so that not all sums have to be kept at once."""
    for number, item in sorted(enumerate(names.items), key=lambda one: one[1]):
        verdicts = outcomes.verdicts[:, number][outcome]
        counts = [_summed(place, verdicts == one, len(where)) for one in range(len(VERDICTS))]
        for key, row in zip(where, zip(*counts, strict=True), strict=True):
            yield (*key, item, *row)


def _summed(place: np.ndarray, weights: np.ndarray, size: int) -> list[int]:
    return np.bincount(place, weights=weights, minlength=size).astype(int).tolist()


def write(connection: Connection, found: Counted, outcomes: Outcomes, names: Names) -> None:
    """Store it all; what the index of a table needs is made at the end, which is quicker."""
    indexes = list(Contribution.__table__.indexes)  # type: ignore[attr-defined]
    for index in indexes:
        index.drop(connection)
    _store(connection, Contribution, COLUMNS, contributions(found, outcomes, names))
    for index in indexes:
        index.create(connection)
    connection.commit()
    first = 1
    for rollup in rollups(found, names):
        ids = range(first, first + len(rollup.keys))
        first = ids.stop
        columns = tuple(one.name for one in TallyGroup.__table__.columns)  # type: ignore[attr-defined]
        _store(connection, TallyGroup, columns, ((of, *key) for of, key in zip(ids, rollup.keys, strict=True)))
        for kind, rows in sums(found, outcomes, names, rollup):
            columns = tuple(one.name for one in kind.__table__.columns)
            _store(connection, kind, columns, ((ids[row[0]], *row[1:]) for row in rows))
        connection.commit()
    if connection.dialect.name == "postgresql":
        for name in ("contribution", "tally_group"):
            top = f"(SELECT max(id) FROM {name})"
            connection.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {top})"))
        connection.commit()
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))


def reviews(connection: Connection, found: Counted, outcomes: Outcomes, names: Names, reviewer_id: int) -> None:
    """The calls that were reviewed, and their reviews: one in twenty of them blind, each released after two days.

    Behind each stand a transcript and an evaluation without content, of the number of the call.
    """
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    reviewed = np.flatnonzero(found.source == 1)
    for part in np.array_split(reviewed, 1 + len(reviewed) // (AT_ONCE // 10)):
        rows: dict[type[Any], list[dict[str, Any]]] = {one: [] for one in _BLANK}
        for place in part.tolist():
            at = midnight + timedelta(days=int(found.day[place]), seconds=int(found.second[place]))
            decided, passed = (bool(one) for one in outcomes.numbers[found.outcome[place]][:2])
            number = int(found.call[place])
            of_call = {"id": number, "call_id": number, "created_at": at}
            team, agent = names.teams[found.team[place]], names.agents[found.agent[place]]
            day = {"site_day": at.date(), "started_at": at, "content_hash": str(number)}
            whose = {"team_id": team, "agent_id": agent, "queue": names.queue(found.queue[place])}
            judged = {"transcript_id": number, "scorecard_version": names.cards[found.version[place]][1]}
            review = {
                "evaluation_id": number,
                "reviewer_id": reviewer_id,
                "passed": passed if decided else None,
                "blind": place % 20 == 0,
                "picked": DESIGNS[found.design[place]],
                "released_at": at + timedelta(days=2),
                **dict.fromkeys(("due_at", "called_at", "submitted_at"), at),
            }
            for kind, more in ((Call, day | whose), (TranscriptRevision, {}), (Evaluation, judged), (Review, review)):
                rows[kind].append({**_BLANK[kind], **of_call, **more})
        for kind, of_kind in rows.items():
            known = {one.name for one in kind.__table__.columns}
            connection.execute(sa.insert(kind), [{name: row[name] for name in row.keys() & known} for row in of_kind])
    connection.commit()


_BLANK: dict[type[Any], dict[str, Any]] = {
    Call: {
        **{"blob": "", "file_name": "", "size_bytes": 0, "state": CallState.SCORED, "attempt": 1, "step": ""},
        **{"progress": 1.0, "direction": Direction.INBOUND, "team_given": False, "created_by": "bench", "version": 1},
    },
    TranscriptRevision: {"revision": 1, "engine": "bench", "content": {}, "created_by": "bench"},
    Evaluation: {
        **{"rules_version": "", "current": True, "score": None, "low": None, "high": None, "passed": None},
        **{"critical_failed": False, "created_by": "bench"},
    },
    Review: {
        **{"state": ReviewState.RELEASED, "critical_failed": False, "purpose": Purpose.COUNTS, "version": 1},
        **{"acknowledged_words": "", "awaits_self_score": False},
    },
}


def _store(connection: Connection, kind: type[Any], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    table, raw = kind.__table__.name, connection.connection.driver_connection
    named = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        # In bulk, past what turns Python's values into those of the database: they are written as it keeps them.
        connection.exec_driver_sql("SELECT 1")
        raw.executemany(f"INSERT INTO {table} ({named}) VALUES ({', '.join('?' * len(columns))})", rows)
        return
    with raw.cursor().copy(f"COPY {table} ({named}) FROM STDIN") as copy:
        held: list[str] = []
        for row in rows:
            held.append("\t".join(map(str, row)))
            if len(held) == AT_ONCE // 10:
                copy.write("\n".join(held) + "\n")
                held.clear()
        if held:
            copy.write("\n".join(held) + "\n")
