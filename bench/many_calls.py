"""Fills a database as some years of work would: calls, transcripts, evaluations, reviews, tallies, notes, complaints.

The people are 5 supervisors, 10 reviewers and 40 agents in 5 teams, and an administrator. Every fiftieth transcript and
the newest have 60 turns, the others 12; they are varied with numbers, so that rare words can be searched. Every fifth
review is submitted. What was found are findings of the shipped scorecards, of the shorter calls without quotations.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic_core import PydanticUndefined
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.types import UserDefinedType
from sqlmodel import Session, SQLModel

from app.accounts.models import Role, Team, User
from app.accounts.service import add_team, add_user
from app.calls.models import Call, CallState
from app.coaching.models import CoachingNote, CoachingPoint, NoteState
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.domain.lifecycle import ReviewState
from app.domain.scorecard import Scorecard
from app.domain.scoring import Score, score
from app.domain.transcript import Transcript
from app.evaluations.models import Evaluation, StoredFinding
from app.evaluations.service import rules_version
from app.kit import db
from app.kit.db import id_of
from app.ledger.models import LedgerEntry, LedgerHead
from app.reviews.models import Review, ReviewVerdict
from app.scorecards import service as scorecards
from app.scorecards.loader import shipped_card
from app.tallies.cells import NUMBERS
from app.tallies.models import Contribution, TallyKey
from app.tallies.pending import Pending
from app.tallies.service import FINAL, MACHINE, counts_of
from app.transcription.models import Spoken, Terms, TranscriptRevision
from app.transcription.said import form, terms
from bench.scoring import calls as varied_calls

TEAMS, AGENTS_EACH, DAYS = 5, 8, 365
LANGUAGES = ("en", "zh", "ja")
# Different transcripts of each length and language; what else is said in a call is its own.
LIKE = 10
LONG, SHORT, LONG_EVERY = 60, 12, 50
AT_ONCE = 2000
NOW = datetime.now(UTC).replace(microsecond=0)
OWN = {
    "en": "the reference for that is {n} and the parcel went to lane {m}",
    "zh": "这个单子编号是{n},{m}号已经发出去了",
    "ja": "受付番号は{n}番で、{m}日にお送りしました",
}
# Said in one call of a thousand.
RARE = {"en": "my zebra crossing was flooded", "zh": "我的斑马被水淹了", "ja": "シマウマが逃げました"}


class Written(UserDefinedType[Any]):
    """A value that is written as it is: JSON that was made before."""

    cache_ok = True

    def get_col_spec(self) -> str:
        return "TEXT"


@dataclass(frozen=True)
class Likeness:
    """A transcript that many calls have, but for one turn, and what was found in it."""

    card: Scorecard
    transcript: Transcript
    turns: tuple[str, ...]
    form: str
    terms: frozenset[str]
    told: str
    result: Score
    findings: tuple[tuple[str, int, str, str], ...]


@dataclass(frozen=True)
class People:
    """Who works here, by id."""

    agents: Sequence[User]
    reviewers: Mapping[int, Sequence[User]]


def fill(engine: Engine, count: int) -> None:
    """Add the people and this many calls, the newest of today."""
    with db.session(engine) as session:
        people = _people(session)
        likes = {code: _likes(session, code) for code in LANGUAGES}
    with engine.connect() as connection:
        triggers = _without_triggers(connection)
        tallied = Pending()
        for first in range(1, count + 1, AT_ONCE):
            _add(connection, people, likes, range(first, min(first + AT_ONCE, count + 1)), count, tallied)
        tallied.write(connection)
        for trigger in triggers:
            connection.execute(sa.text(trigger))
        connection.commit()
        if engine.dialect.name == "postgresql":
            _catch_up(connection)
        else:
            connection.connection.driver_connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[union-attr]


def _without_triggers(connection: Connection) -> list[str]:
    """Takes away what SQLite does with every row, to be safe too; what to do in the end instead."""
    if connection.dialect.name != "sqlite":
        return []
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-200000"):
        connection.connection.driver_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]
    found = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in found:
        connection.execute(sa.text(f"DROP TRIGGER {name}"))
    return ["INSERT INTO spoken_index (spoken_index) VALUES ('rebuild')", *(sql for _, sql in found)]


def _people(session: Session) -> People:
    agents: list[User] = []
    reviewers: dict[int, Sequence[User]] = {}

    def add(name: str, role: Role, team: Team | None = None) -> User:
        of = id_of(team) if team else None
        return add_user(session, username=name.lower().replace(" ", "."), name=name, role=role, team_id=of, now=NOW)

    add("Admin", Role.ADMIN)
    for number in range(1, TEAMS + 1):
        team = add_team(session, f"Team {number}", ("Asia/Shanghai", "Asia/Tokyo", "UTC")[number % 3])
        add(f"Supervisor {number}", Role.SUPERVISOR, team)
        reviewers[id_of(team)] = [add(f"Reviewer {number} {one}", Role.REVIEWER, team) for one in (1, 2)]
        agents += [add(f"Agent {number} {one}", Role.AGENT, team) for one in range(1, AGENTS_EACH + 1)]
    return People(agents, reviewers)


def _likes(session: Session, code: str) -> list[Likeness]:
    """The short transcripts of a language, then the long ones."""
    card = shipped_card(code)
    scorecards.keep(session, card, NOW)
    whole = varied_calls(card, 2 * LIKE)
    cut = [SHORT] * LIKE + [LONG] * LIKE
    return [
        _likeness(card, call.model_copy(update={"turns": call.turns[:n]}), n)
        for call, n in zip(whole, cut, strict=True)
    ]


def _likeness(card: Scorecard, call: Transcript, length: int) -> Likeness:
    result = score(card, call)
    bare = {"evidence": (), "searched": None, "nearest": None} if length == SHORT else {}
    findings = tuple(
        (one.id, place, one.verdict.value, one.model_copy(update=bare).model_dump_json(exclude_defaults=True))
        for place, one in enumerate(result.findings)
    )
    turns = tuple(f"{turn.speaker.value}\t{round(turn.start or 0, 2)}\t{turn.text}" for turn in call.turns)
    text = "\n".join(form(turn.text).text for turn in call.turns)
    told = call.model_dump_json(exclude={"activity"})
    return Likeness(card, call, turns, text, frozenset(terms(text)), told, result, findings)


def _add(
    connection: Connection,
    people: People,
    likes: Mapping[str, Sequence[Likeness]],
    numbers: range,
    count: int,
    tallied: Pending,
) -> None:
    """Some calls with all that belongs to them; ids are given here, the same everywhere."""
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {}
    for number in numbers:
        for kind, row in _call(people, likes, number, count, tallied):
            rows.setdefault(kind, []).append(row)
    for kind in (Call, TranscriptRevision, Spoken, Evaluation, StoredFinding, Review, ReviewVerdict, Contribution):
        _insert(connection, kind, rows.get(kind, []))
    for kind in (LedgerEntry, CoachingNote, CoachingPoint, Complaint):
        _insert(connection, kind, rows.get(kind, []))
    ends = {one["stream"]: {name: one[name] for name in ("stream", "sequence", "hash")} for one in rows[LedgerEntry]}
    _insert(connection, LedgerHead, list(ends.values()))
    connection.commit()


def _call(
    people: People,
    likes: Mapping[str, Sequence[Likeness]],
    number: int,
    count: int,
    tallied: Pending,
) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    agent = people.agents[number * 7919 % len(people.agents)]
    code = LANGUAGES[(agent.id or 0) % len(LANGUAGES)]
    is_long = number % LONG_EVERY == 0 or number > count - 200
    like = likes[code][number % LIKE + LIKE * is_long]
    started = NOW - timedelta(days=DAYS) * ((count - number) / count) - timedelta(minutes=number * 37 % 600)
    # The newest are still under way, and some could not be read.
    state = CallState.RECEIVED if number > count - 10 else CallState.FAILED if number % 97 == 0 else CallState.SCORED
    yield Call, _call_row(agent, code, number, started, state)
    yield LedgerEntry, _entry(number, 1, "call.received", started, {"file_name": f"call-{number:06}.wav"})
    if state != CallState.SCORED:
        return
    yield LedgerEntry, _entry(number, 2, "call.transcribed", started, {"revision": 1, "engine": "bench"})
    yield LedgerEntry, _entry(number, 3, "evaluation.scored", started, {"score": like.result.score})
    yield from _words(like, code, number, started)
    yield from _judged(like, number, started)
    yield from _reviewed(like, people, agent, number, started)
    yield from _counted(like, agent, number, started.date(), tallied)
    if number % 10 == 0:
        yield CoachingNote, _note(people, agent, number, started)
        yield CoachingPoint, row(CoachingPoint, id=number, note_id=number, call_id=number)
    if number % 33 == 0:
        yield Complaint, _complaint(agent, number, started)


@cache
def _defaults(kind: type[SQLModel]) -> dict[str, Any]:
    return {name: field.default for name, field in kind.model_fields.items() if field.default is not PydanticUndefined}


def row(kind: type[SQLModel], **values: Any) -> dict[str, Any]:
    """A row with these values; making and checking an object for each would take longer than storing them."""
    return {**_defaults(kind), **values}


def _call_row(agent: User, code: str, number: int, started: datetime, state: CallState) -> dict[str, Any]:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return row(
        Call,
        id=number,
        external_id=f"pbx-{number * 7 + 13}",
        content_hash=digest,
        blob=f"{digest[:2]}/{digest}",
        file_name=f"call-{number:06}.json",
        size_bytes=9000 + number % 5000,
        state=state,
        error_code="not_audio" if state == CallState.FAILED else None,
        error_message="This is no recording." if state == CallState.FAILED else None,
        language=code,
        agent_id=agent.id,
        team_id=agent.team_id,
        queue=("support", "sales", "billing")[number % 3],
        customer_name=("Daniel Osei", "王小明", "佐藤花子", None)[number % 4],
        started_at=started,
        site_day=started.date(),
        duration=240.0 + number % 300,
        channels=2,
        created_at=started + timedelta(hours=1),
        created_by="bench",
    )


def _entry(number: int, sequence: int, event: str, at: datetime, payload: dict[str, Any]) -> dict[str, Any]:
    return row(
        LedgerEntry,
        id=4 * number + sequence,
        stream=f"call:{number}",
        sequence=sequence,
        at=at,
        actor="machine",
        event=event,
        payload=json.dumps(payload),
        previous_hash="",
        hash=f"{number}-{sequence}",
    )


def _words(like: Likeness, code: str, number: int, at: datetime) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    own = OWN[code].format(n=100000 + number * 7919 % 900000, m=number % 28)
    if number % 997 == 7:
        own = f"{RARE[code]}, {own}"
    turn = {"speaker": "customer", "start": 590.0, "end": 594.0, "text": own}
    content = like.told.replace('"turns":[', f'"turns":[{json.dumps(turn)},', 1)
    searched = form(own).text
    revision = dict.fromkeys(("reading", "reading_version"))
    told = {"call_id": number, "revision": 1, "attempt": 1, "engine": "bench", "content": content}
    yield TranscriptRevision, {"id": number, **told, **revision, "created_at": at, "created_by": "machine"}
    yield (
        Spoken,
        {
            "call_id": number,
            "turns": "\n".join((f"customer\t590.0\t{own}", *like.turns)),
            "text": f"{searched}\n{like.form}",
            "terms": " ".join(sorted(like.terms.union(terms(searched)))),
        },
    )


def _judged(like: Likeness, number: int, at: datetime) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    result = like.result
    yield (
        Evaluation,
        row(
            Evaluation,
            id=number,
            call_id=number,
            transcript_id=number,
            scorecard_version=like.card.version,
            rules_version=rules_version() if number % 20 else "earlier",
            score=result.score,
            low=result.low,
            high=result.high,
            passed=_passed(like, number),
            critical_failed=result.critical_failed,
            created_at=at,
            created_by="machine",
        ),
    )
    for item, place, verdict, content in like.findings:
        told = {"evaluation_id": number, "item_id": item, "place": place, "verdict": verdict, "content": content}
        yield StoredFinding, {"id": number * 100 + place, **told}


def _passed(like: Likeness, number: int) -> bool | None:
    return (True, True, False, None)[number % 4] if like.result.low is not None else None


def _reviewed(
    like: Likeness, people: People, agent: User, number: int, at: datetime
) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    done = number % 5 == 0
    reviewer = people.reviewers[agent.team_id or 0][number % 2]
    given: dict[str, Any] = {"due_at": at + timedelta(days=5), "called_at": at, "blind": number % 10 == 0}
    review = row(
        Review,
        id=number,
        call_id=number,
        evaluation_id=number,
        state=ReviewState.SUBMITTED if done else ReviewState.OPEN,
        reviewer_id=reviewer.id if done else None,
        score=like.result.score if done else None,
        passed=number % 3 > 0 if done else None,
        submitted_at=at + timedelta(days=1) if done else None,
        created_at=at,
        **{name: value for name, value in given.items() if name in Review.model_fields},
    )
    yield Review, review
    if not done:
        return
    yield LedgerEntry, _entry(number, 4, "review.submitted", at, {"score": like.result.score})
    for item, place, verdict, _ in like.findings:
        verdicts = {"verdict": "pass" if verdict in ("unscored", "uncertain") else verdict, "machine_verdict": verdict}
        yield (
            ReviewVerdict,
            row(
                ReviewVerdict,
                id=number * 100 + place,
                review_id=number,
                item_id=item,
                **verdicts,
                fingerprint="",
                decided_by=id_of(reviewer),
                decided_at=at,
            ),
        )


def _counted(
    like: Likeness, agent: User, number: int, day: date, tallied: Pending
) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    counts = counts_of(like.result)
    numbers = {name: getattr(counts, name) for name in NUMBERS}
    for place, source in enumerate((MACHINE, FINAL)[: 2 if number % 5 == 0 else 1]):
        queue = ("support", "sales", "billing")[number % 3]
        design = "every" if source == FINAL else ""
        key = TallyKey(
            source=source,
            site_day=day,
            team_id=agent.team_id or 0,
            agent_id=id_of(agent),
            queue=queue,
            scorecard=like.card.id,
            version=like.card.version,
            design=design,
            submitted_day=day,
        )
        tallied.add(key, list(numbers.values()), counts.items)
        at = dict.fromkeys(("counted_from", "submitted_at", "started_at"), datetime.combine(day, time(), UTC))
        row = {"id": 2 * number + place, "call_id": number, **key.model_dump(), **numbers, **at}
        yield Contribution, {**row, "items": json.dumps(dict(counts.items))}


def _note(people: People, agent: User, number: int, at: datetime) -> dict[str, Any]:
    return row(
        CoachingNote,
        id=number,
        state=NoteState.ACKNOWLEDGED if number % 20 else NoteState.OPEN,
        agent_id=id_of(agent),
        author_id=id_of(people.reviewers[agent.team_id or 0][0]),
        text="Try to say what you are doing before you put the customer on hold.",
        created_at=at + timedelta(days=2),
        told_at=at + timedelta(days=2),
        acknowledged_at=at + timedelta(days=3) if number % 20 else None,
    )


def _complaint(agent: User, number: int, at: datetime) -> dict[str, Any]:
    return row(
        Complaint,
        id=number,
        external_id=f"complaint-{number}",
        call_id=number,
        agent_id=agent.id,
        team_id=agent.team_id,
        received_at=at + timedelta(days=4),
        site_day=(at + timedelta(days=4)).date(),
        category=list(ComplaintCategory)[number % 5],
        outcome=list(ComplaintOutcome)[number % 3],
        text="I was told to wait and nobody came back.",
        created_at=at + timedelta(days=4),
        created_by="bench",
    )


def _insert(connection: Connection, kind: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """All of these rows, with what is JSON already written."""
    if not rows:
        return
    table: sa.Table = kind.__table__  # type: ignore[attr-defined]
    columns = [sa.column(name, _written_as(table.c[name].type, connection)) for name in rows[0]]
    into = sa.table(table.name, *columns)
    connection.execute(sa.insert(into), rows)


def _written_as(kind: Any, connection: Connection) -> Any:
    if isinstance(kind, Terms):
        return TSVECTOR() if connection.dialect.name == "postgresql" else sa.Text()
    return Written() if isinstance(kind, sa.JSON) else kind


def _catch_up(connection: Connection) -> None:
    """PostgreSQL gives the next ids, and knows how much there is."""
    for kind in (Call, TranscriptRevision, Evaluation, StoredFinding, Review, ReviewVerdict, Contribution):
        _next_id(connection, kind)
    for kind in (LedgerEntry, CoachingNote, CoachingPoint, Complaint):
        _next_id(connection, kind)
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))


def _next_id(connection: Connection, kind: type[SQLModel]) -> None:
    name = kind.__table__.name  # type: ignore[attr-defined]
    connection.execute(
        sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM \"{name}\"))")
    )
