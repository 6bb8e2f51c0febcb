"""Takes in a list of a million contacts and says how fast, with how much memory, and whether the sums are right.

    python -m bench.contacts --rows 1000000 [--url postgresql://…]

Without --url it makes an SQLite database in a folder of its own. The list is made first, in the order of time, as a
switch writes it: 200 agents in 5 teams, a third of the customers call again. With --shuffled the rows are in no order,
with --again the same list is given a second time.
"""

import argparse
import csv
import random
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts.models import Role
from app.accounts.service import add_team, add_user
from app.contacts.customers import Customers
from app.contacts.recount import recount
from app.contacts.service import Intake, Taken, take_contacts
from app.contacts.sums import Terms
from app.kit import db
from app.kit.db import id_of
from app.kit.migrations import upgrade
from app.ledger.service import Actor

COLUMNS = (
    "external_id,started_at,direction,queue,agent,answered,rings,wait_seconds,talk_seconds,hold_seconds,"
    "after_call_seconds,transferred,customer"
).split(",")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
TEAMS, AGENTS, DAYS = 5, 200, 90


def main() -> None:
    asked = _asked()
    with TemporaryDirectory(dir=asked.folder) as folder:
        url = asked.url or f"sqlite:///{folder}/app.db"
        upgrade(url)
        engine = db.make_engine(url)
        with db.session(engine) as session:
            _add_people(session)
        file = Path(folder) / "contacts.csv"
        began = time.perf_counter()
        _write(file, asked.rows, asked.shuffled)
        print(f"list of {asked.rows:,} rows, {file.stat().st_size / 1e6:.0f} MB, made in {_since(began):.1f} s")
        for name in ("first time", *(["again"] if asked.again else [])):
            _take(engine, file, asked.rows, name)
        began = time.perf_counter()
        with db.session(engine, reads_only=True) as session:
            differences = recount(session, Terms())
        print(f"recount: {len(differences)} differences, {_since(began):.1f} s")
    sys.exit(bool(differences))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--url")
    parser.add_argument("--folder")
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--again", action="store_true")
    return parser.parse_args()


def _take(engine: Engine, file: Path, count: int, name: str) -> None:
    marks = [0.25, 0.5, 1.0]
    peaks: list[str] = []

    def tell(taken: Taken, at: int, size: int) -> None:
        while marks and taken.rows >= marks[0] * count:
            peaks.append(f"{marks.pop(0):.0%} {_peak():.0f} MB")

    intake = Intake(engine, Terms(), Customers(file.parent / "customers.key"), Actor("bench", NOW), tell=tell)
    began, worked = time.perf_counter(), time.process_time()
    with file.open("rb") as source:
        taken = take_contacts(intake, source)
    seconds, worked = _since(began), time.process_time() - worked
    print(
        f"{name}: {taken.rows:,} rows in {seconds:.1f} s = {taken.rows / seconds:,.0f} rows/s, "
        f"of which this process worked {worked:.1f} s = {taken.rows / worked:,.0f} rows/s"
    )
    print(f"  {taken.added:,} added, {taken.changed:,} changed, {taken.unchanged:,} unchanged, {taken.bad:,} bad")
    print(f"  peak memory at {', '.join(peaks)}")


def _add_people(session: Session) -> None:
    long_ago = NOW - timedelta(days=1000)
    teams = [add_team(session, f"Team {number}", "Asia/Shanghai") for number in range(TEAMS)]
    for number in range(AGENTS):
        team = id_of(teams[number % TEAMS])
        name = f"agent{number}"
        add_user(session, username=name, name=name, role=Role.AGENT, team_id=team, now=long_ago)


def _write(file: Path, count: int, shuffled: bool) -> None:
    chance = random.Random(7)
    places = list(range(count))
    if shuffled:
        chance.shuffle(places)
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        for place in places:
            started = NOW - timedelta(days=DAYS) + timedelta(days=DAYS) * (place / count)
            writer.writerow(_row(chance, place, started, count))


def _row(chance: random.Random, place: int, started: datetime, count: int) -> list[object]:
    inbound, answered = chance.random() < 0.8, chance.random() < 0.9
    handled = (
        [chance.randrange(20, 600), chance.randrange(0, 60), chance.randrange(0, 120)] if answered else ["", "", ""]
    )
    return [
        f"c-{place:09}",
        f"{started:%Y-%m-%d %H:%M:%S}+00:00",
        "inbound" if inbound else "outbound",
        ("support", "sales", "billing")[chance.randrange(3)],
        f"agent{chance.randrange(AGENTS)}" if answered else "",
        "yes" if answered else "no",
        chance.randrange(1, 6),
        chance.randrange(0, 240) if inbound else "",
        *handled,
        "yes" if answered and chance.random() < 0.1 else "no",
        f"+86 139 {chance.randrange(count // 3 + 1):08}",
    ]


def _since(began: float) -> float:
    return time.perf_counter() - began


def _peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
