"""Every rate can be told as it stood at any moment, whatever was corrected, reviewed or deleted since."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from app.calls.service import change_facts, delete
from app.domain.evidence import Verdict
from app.evaluations.service import evaluate
from app.kit.db import id_of
from app.ledger.service import Actor, machine
from app.reports import rates
from app.reports.queries import Filter
from app.reports.rate_groups import GroupBy
from app.reports.recount import recount
from app.reviews import service as reviews
from app.tallies import service as tallies
from app.tallies.models import Contribution, TallyKey
from app.tallies.queries import counting_twice
from app.tallies.service import FINAL, MACHINE, Counts
from app.transcription.service import keep_transcript
from tests.cast import Cast, make_cast
from tests.factories import make_call
from tests.stored import NOW, RUDE, scored

EDITS = 300
BY = (GroupBy.DAY, GroupBy.TEAM, GroupBy.AGENT, GroupBy.QUEUE, GroupBy.VERSION)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def told(session: Session, cast: Cast, as_of: datetime | None = None) -> list[object]:
    """All that reports say: every group by people and by the machine, and every item."""
    chosen = Filter(as_of=as_of)
    return [
        [(one.key, one.rate, one.uncertain, one.critical, one.mean_score) for one in found]
        for source in ("final", "machine")
        for found in (
            rates.pass_rates(session, cast.ada, source, BY, chosen).groups,
            [rates.pass_rates(session, cast.ada, source, (), chosen).total],
            rates.pass_rates(session, cast.ada, source, (GroupBy.ITEM,), chosen).groups,
        )
    ]


def counts(chance: random.Random) -> Counts:
    passed = chance.random() < 0.7
    verdicts = {f"item_{place}": chance.choice(("pass", "fail", "uncertain")) for place in range(3)}
    return Counts(
        n=1, passed=int(passed), critical=int(not passed), score_tenths=chance.randrange(1001), items=verdicts
    )


def test_after_random_edits_every_moment_is_told_as_it_was_told_then(session: Session, cast: Cast, known: str) -> None:
    chance, snapshots = random.Random(4711), []
    for number in range(EDITS):
        at = NOW + timedelta(minutes=number)
        call, source = chance.randrange(1, 25), chance.choice((FINAL, MACHINE))
        act = chance.random()
        place = {
            "team_id": chance.choice((0, id_of(cast.team_a), id_of(cast.team_b))),
            "agent_id": chance.choice((id_of(cast.dana), id_of(cast.mei))),
            "queue": chance.choice(("", "cards")),
            "site_day": date(2026, 10, chance.randrange(1, 5)),
        }
        if act < 0.6:
            design = "every" if source == FINAL else ""
            key = TallyKey(source=source, scorecard="one", version=known, design=design, **place)
            tallies.count(session, call, key, counts(chance), at)
        elif act < 0.8:
            tallies.uncount(session, call, source, at)
        elif act < 0.85:
            tallies.redesign(session, call, chance.choice(("every", "sample", "risk")), at)
        else:
            tallies.move(session, call, at=at, **place)
        if number % 10 == 0:
            snapshots.append((at, told(session, cast)))
    assert counting_twice(session) == []
    assert [told(session, cast, at) for at, _ in snapshots] == [then for _, then in snapshots]
    assert told(session, cast, NOW + timedelta(days=1)) == told(session, cast)


@pytest.fixture
def known(session: Session, cast: Cast) -> str:
    """The version of a scorecard that is kept."""
    scored(session, agent="kenji")
    found = session.exec(select(Contribution)).first()
    assert found is not None
    return found.version


def test_a_life_of_reviewing_reopening_correcting_and_deleting_can_be_read_day_by_day(
    session: Session, cast: Cast
) -> None:
    days: list[tuple[datetime, list[object]]] = []

    def end_of_day() -> Actor:
        at = NOW + timedelta(days=len(days), hours=12)
        days.append((at, told(session, cast)))
        return Actor("Alice", at + timedelta(hours=1), cast.alice.id)

    call, review = scored(session, agent="dana", team="Team A")
    other, _ = scored(session, *RUDE, agent="mei", team="Team A")
    actor = end_of_day()
    for item in [finding.id for finding in reviews.standing(session, review).findings]:
        reviews.decide(session, id_of(review), item, Verdict.PASS, cast.alice, actor, reason_code="misheard")
    reviews.submit(session, id_of(review), cast.alice, actor)
    actor = end_of_day()
    change_facts(session, id_of(call), {"agent_id": id_of(cast.kenji), "team_id": id_of(cast.team_b)}, actor)
    actor = end_of_day()
    reviews.reopen(session, id_of(review), cast.alice, actor, "heard wrongly")
    actor = end_of_day()
    revision = keep_transcript(session, other, make_call(*RUDE[:2]), "transcript", actor, attempt=2)
    evaluate(session, id_of(other), revision, machine(actor.at))
    actor = end_of_day()
    delete(session, id_of(other), actor, "asked for by the customer")
    for source in (FINAL, MACHINE):
        tallies.uncount(session, id_of(other), source, actor.at)
    end_of_day()
    assert [told(session, cast, at) for at, _ in days] == [then for _, then in days]
    assert len({str(then) for _, then in days}) == len(days), "every day something else was told"
    assert recount(session) == ()
    assert told(session, cast, datetime(2020, 1, 1, tzinfo=UTC)) != days[0][1]


def test_who_comes_with_an_earlier_moment_than_the_last_one_bends_no_history(session: Session, cast: Cast) -> None:
    key = TallyKey(source=MACHINE, site_day=NOW.date())
    tallies.count(session, 1, key, Counts(n=1, passed=1), NOW)
    tallies.count(session, 1, key, Counts(n=1), NOW - timedelta(seconds=5))
    tallies.uncount(session, 1, MACHINE, NOW - timedelta(seconds=9))
    assert counting_twice(session) == []
    assert session.exec(select(Contribution).where(Contribution.counted_from < NOW)).all() == []


def test_a_recount_finds_a_call_that_counts_twice_at_a_moment(session: Session, cast: Cast) -> None:
    scored(session, agent="dana")
    first = session.exec(select(Contribution)).one()
    copied = first.model_dump(exclude={"id"})
    session.add(Contribution(**copied | {"counted_until": NOW + timedelta(days=1)}))
    session.flush()
    assert len(recount(session)) == 1
