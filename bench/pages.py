"""How long every page takes with many calls in the database.

    python -m bench.pages [--calls 100000] [--database URL] [--folder FOLDER] [--times 20] [--only TEXT]

Fills a scratch database (SQLite; another with --database, which must be empty), unless FOLDER or the database has the
calls already, then asks every page of the application, as an administrator, a supervisor, a reviewer and an agent, and
prints the server's time in milliseconds: p50, p95 and the slowest of --times, and for how long a processor worked on it
(that of PostgreSQL's own is not in it), which says more on a machine that is busy with other things. Marked is what is
over the goal: 100 ms for the first page of a list, 150 ms for any other, none for files to download. In the end stands
what a plain loop of arithmetic took (10 million steps), for no two machines are alike, and which pages somebody has
none of.
"""

import argparse
import math
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from app import web
from app.accounts import queries as accounts
from app.accounts.service import open_session
from app.calls.models import Call, CallState
from app.cli.serving import warm_up
from app.evaluations.models import StoredFinding
from app.kit import clock, db, migrations, queue
from app.main import create_app
from app.request import SESSION_COOKIE
from app.reviews.models import Review
from app.scorecards.models import ScorecardVersion
from app.settings import Settings
from bench.many_calls import RARE, fill
from bench.reference import reference

FIRST_PAGE_MS, ANY_PAGE_MS = 100, 150
READERS = {"admin": "admin", "supervisor": "supervisor.1", "reviewer": "reviewer.1.1", "agent": "agent.1.1"}
# First pages of lists, by the beginning of their address.
LISTS = ("/queue", "/calls", "/complaints", "/coaching", "/inbox", "/admin", "/teams", "/rescoring")
# Common words of the fixtures' languages, a rare one, a phrase, a name.
WORDS = ("thank", "您好", "申し", RARE["zh"][2:4], "zebra", '"the reference for that"', "查询", "pbx-70013", "Osei")
# Other ways to ask a page than plainly: filters, and pages far down.
ASKED = {
    "/calls": (
        "order=start",
        "before={deep}",
        "before={deep}&order=start",
        "state=failed",
        "state=received",
        "outcome=failed",
        "outcome=passed&by=person",
        "outcome=not_applicable",
        "outcome=open&by=machine&order=start",
        "complaint=yes",
        "agent={agent}",
        "agent={agent}&state=failed",
        "team={team}&language=ja",
        "language=zh&order=start",
        "first={day}&last={day}",
        *(f"words={one}" for one in WORDS),
        *(f"words={one}&order=start" for one in WORDS[:3]),
        "words=nobodysaidthis",
        "words=thank&outcome=failed",
    ),
    "/calls/states": ("call={call}&call={failed}",),
    "/complaints": ("outcome=open", "category=waiting", "first={day}"),
    "/coaching": ("acknowledged=no",),
    "/teams/{team_id}": ("first=2020-01-01&last={day}",),
}


@dataclass(frozen=True)
class Timing:
    """What one page took, in milliseconds, of which the processor worked on it `work`; and its size, in kB."""

    path: str
    reader: str
    times: tuple[float, ...]
    work: float
    size: float

    @property
    def p95(self) -> float:
        return sorted(self.times)[round(0.95 * (len(self.times) - 1))]

    @property
    def goal(self) -> float:
        if re.search(r"\.(csv|xlsx|yaml)$", self.path):
            # A file holds everything, however long that is.
            return math.inf
        is_first = self.path.startswith(LISTS) and not re.search(r"/\d|before=|cursor=", self.path)
        return FIRST_PAGE_MS if is_first else ANY_PAGE_MS

    def __str__(self) -> str:
        over = "OVER" if self.p95 > self.goal else ""
        figures = (
            f"{median(self.times):7.1f} {self.p95:7.1f} {max(self.times):7.1f} {self.work:7.1f} {self.size:7.0f} kB"
        )
        return f"{figures}  {self.reader:10} {self.path}  {over}"


def examples(session: Session) -> dict[str, str]:
    """What stands in the addresses: of a long call, its review, and others by the names that the routes use."""
    newest = session.exec(select(Call).where(Call.state == CallState.SCORED).order_by(col(Call.id).desc())).first()
    failed = session.exec(select(Call.id).where(Call.state == CallState.FAILED).limit(1)).one()
    agent, team = accounts.user_named(session, READERS["agent"]), accounts.team_named(session, "Team 1")
    assert newest is not None and agent is not None and team is not None
    own = select(Call.id).where(Call.agent_id == agent.id, Call.state == CallState.SCORED)
    mine = session.exec(own.order_by(col(Call.id).desc()).limit(1)).one()
    reviewed = session.exec(select(Review).where(Review.call_id == mine)).one()
    card = session.exec(select(ScorecardVersion).limit(1)).one()
    item = session.exec(select(StoredFinding.item_id).limit(1)).one()
    return {
        "call_id": str(mine),
        "call": str(newest.id),
        "failed": str(failed),
        "review_id": str(reviewed.id),
        "team_id": str(team.id),
        "team": str(team.id),
        "user_id": str(agent.id),
        "agent": str(agent.id),
        "agent_id": str(agent.id),
        "place": "1",
        "item_id": item,
        "item": item,
        "name": card.scorecard,
        "card_id": card.scorecard,
        "scorecard": card.scorecard,
        "scorecard_id": card.scorecard,
        "version": card.version,
        "deep": str((newest.id or 0) // 3),
        "day": newest.site_day.isoformat(),
    }


def addresses(known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Every page with these in its address, asked in every way; and those for which nothing is known."""
    found, unknown = [], []
    for path in _paths():
        if set(re.findall(r"{(\w+)}", path.replace(":path", ""))) - set(known):
            unknown.append(path)
            continue
        plain = path.replace(":path", "").format(**known)
        ways = [way.format(**known) for way in ASKED.get(path, ())]
        found += [*([] if path == "/calls/states" else [plain]), *(f"{plain}?{way}" for way in ways)]
    return found, unknown


def _paths() -> Iterator[str]:
    for router in web.ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                yield route.path


def ask(client: TestClient, path: str, reader: str, token: str, times: int) -> Timing | int:
    """How long a page takes for this reader; the status where there is none for them."""
    headers = {"cookie": f"{SESSION_COOKIE}={token}", "accept": "text/html", "sec-fetch-site": "same-origin"}
    answer = client.get(path, headers=headers)
    if answer.status_code != 200:
        return answer.status_code
    took, worked = [], []
    for _ in range(times):
        began, work = time.perf_counter(), time.process_time()
        client.get(path, headers=headers)
        took.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - work))
    return Timing(path, reader, tuple(took), median(worked), len(answer.content) / 1000)


def measure(settings: Settings, times: int, only: str) -> list[Timing]:
    """Every page, printed as it was measured."""
    engine = db.make_engine(settings.database)
    with db.session(engine) as session:
        known = examples(session)
        people = {reader: accounts.user_named(session, name) for reader, name in READERS.items()}
        tokens = {reader: open_session(session, one, clock.now()) for reader, one in people.items() if one}
    found, unknown = addresses(known)
    timings, refused = [], []
    app = create_app(settings)
    # As `callmark serve` does when it begins.
    warm_up(app.state.services.engine)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        for path in (one for one in found if only in one):
            for reader, token in tokens.items():
                timing = ask(client, path, reader, token, times)
                if isinstance(timing, Timing):
                    timings.append(timing)
                    print(timing, flush=True)
                else:
                    refused.append(f"{timing} {reader} {path}")
    print("No page for:", *refused, sep="\n  ")
    print("No example for:", *(unknown or ["(none)"]), sep="\n  ")
    return timings


def prepared(folder: Path, url: str | None, count: int) -> Settings:
    """A database with as many calls, filled if it has none."""
    settings = Settings(data_dir=folder, database_url=url)
    migrations.upgrade(settings.database)
    queue.prepare(settings.jobs)
    engine = db.make_engine(settings.database)
    with db.session(engine, reads_only=True) as session:
        is_empty = session.exec(select(Call.id).limit(1)).first() is None
    if is_empty:
        began = time.perf_counter()
        fill(engine, count)
        print(f"{count} calls filled in {time.perf_counter() - began:.0f} s", flush=True)
    engine.dispose()
    return settings


def main() -> None:
    """Fill, ask, and tell how many are over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--database")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        settings = prepared(args.folder or Path(scratch), args.database, args.calls)
        before = reference()
        print("    p50     p95     max    work      size  reader     page")
        timings = measure(settings, args.times, args.only)
    over = [one for one in timings if one.p95 > one.goal]
    print(
        f"{len(timings)} measured, {len(over)} over the goal; reference {before:.0f} ms before, {reference():.0f} after"
    )
    for one in sorted(over, key=lambda one: -one.p95):
        print(one)


if __name__ == "__main__":
    main()
