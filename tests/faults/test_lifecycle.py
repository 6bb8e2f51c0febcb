"""The life of a review, walked through at random by all the cast: what the table forbids never happens.

Fifty walks belong to the suite; two thousand are walked with `CALLMARK_TEST_SIZE=full`.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.accounts.models import User
from app.accounts.policies import may_decide_disputes, may_release, may_review
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING, NEXT, TOLD, Act, ReviewState
from app.kit import db
from app.kit.blobs import open_blobs
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden, NotFound
from app.ledger.queries import entries
from app.ledger.service import FIRST, Actor, call_stream, hash_of
from app.reports.recount import recount
from app.retention.service import delete_call
from app.reviews import dispute_queries, disputes, queries, releasing, self_scores, service, set_aside, whose
from app.reviews.disputes import Answer, Objection
from app.reviews.models import Dispute, DisputeOutcome, Purpose, Review
from app.reviews.offering import Terms
from app.reviews.seen import seen_result
from app.reviews.self_scores import Said
from app.reviews.set_aside import Aside
from app.settings import Settings
from app.tallies.queries import contribution
from app.tallies.service import FINAL
from app.transcription import mending
from app.transcription.mending import Facts
from tests.bar import DATABASES, Bar
from tests.cast import make_cast
from tests.databases import PostgresqlDatabases, SqliteDatabases
from tests.graded import graded_card, judged_by
from tests.stored import GOOD, NOW, NoQueue, scored

CARD = graded_card()
STAFF = ("ada", "bob", "alice", "charlie")
AGENTS = ("dana", "mei", "kenji")
ITEMS = tuple(item.id for item in CARD.items)
VERDICTS = (Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE)
TERMS = (
    Terms(),
    Terms(release_hours=0),
    Terms(release_hours=24),
    Terms(release_hours=0, self_score_first=True),
)
# What may never change when an act is refused.
TABLES = (
    "call",
    "review",
    "review_verdict",
    "blind_label",
    "dispute",
    "contribution",
    "tally",
    "item_tally",
    "ledger_entry",
    "notice",
    "transcript_revision",
    "evaluation",
)

# Mostly it is the agent of the call who answers, and somebody else who tries to.
ITS = "the call's agent"
staff = strategies.sampled_from(STAFF)
agents = strategies.sampled_from((ITS, ITS, ITS, ITS, *AGENTS))
everybody = strategies.sampled_from((ITS, ITS, ITS, ITS, ITS, "dana", "mei", "alice"))
items, marks = strategies.sampled_from(ITEMS), strategies.integers(0, 2)
terms = strategies.sampled_from(TERMS)


def chosen(item: str, mark: int) -> tuple[Verdict | None, float | None]:
    """One of three things that can be said of an item."""
    levels = next(one.levels for one in CARD.items if one.id == item)
    return (None, levels[mark]) if levels else (VERDICTS[mark], None)


def possible(*acts: Act) -> Callable[[Any], Any]:
    """Mostly what the table lets happen; every fourth step anything, which must then be refused."""
    return precondition(lambda life: life.steps % 4 == 0 or any((life.state, act) in NEXT for act in acts))


class Life(RuleBasedStateMachine):
    """One review and everybody who may do something to it; each act is a transaction of its own, as at the doors."""

    begin_anew: ClassVar[Callable[[], None]]
    folder: ClassVar[Path]
    engine: ClassVar[Engine]
    done: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        type(self).begin_anew()
        self.now: datetime = NOW
        self.said = 0
        with db.session(self.engine, reads_only=True) as session:
            self.people = {one.username: one for one in session.exec(select(User))}
            self.review_id = session.exec(select(Review.id).where(Review.purpose == Purpose.COUNTS)).one()
        self.state, self.steps = ReviewState.OPEN, 0
        self.kept, self.looked_at = self._stored(), ""

    # What people do, each as its route does it: what one may not see is not there, what one may not do is refused.

    @initialize(blind=strategies.booleans(), on=strategies.sampled_from((Terms(release_hours=0), None, *TERMS)))
    def begin(self, blind: bool, on: Terms | None) -> None:
        """Most walks begin where most can happen: with a result that was submitted."""
        with db.session(self.engine) as session:
            queries.lock(session, self.review_id).blind = blind
        self.kept = self._stored()
        if on is not None:
            self.review_whole("alice", (0, 0, 0), on)

    @possible(Act.DECIDE)
    @rule(who=staff, item=items, mark=marks)
    def decide(self, who: str, item: str, mark: int) -> None:
        def act(session: Session, user: User, at: Actor) -> None:
            verdict, level = chosen(item, mark)
            service.decide(session, self.review_id, item, verdict, user, at, level=level, reason_code="misheard")

        self._acts(who, act, Act.DECIDE)

    @possible(Act.DECIDE)
    @rule(who=staff, item=items)
    def undo(self, who: str, item: str) -> None:
        self._acts(who, lambda session, user, at: service.undo(session, self.review_id, item, at), Act.DECIDE)

    @possible(Act.SUBMIT)
    @rule(who=staff, on=terms)
    def submit(self, who: str, on: Terms) -> None:
        self._acts(
            who,
            lambda session, user, at: service.submit(session, self.review_id, user, at, on),
            Act.SUBMIT,
            Act.RELEASE,
        )

    @possible(Act.SUBMIT)
    @rule(who=staff, marked=strategies.tuples(marks, marks, marks), on=terms)
    def review_whole(self, who: str, marked: tuple[int, int, int], on: Terms) -> None:
        """Decide every item and submit, which by single steps hardly ever comes about."""
        for item, mark in zip(ITEMS, marked, strict=True):
            self.decide(who, item, mark)
        self.submit(who, on)

    @possible(Act.SET_ASIDE)
    @rule(who=staff, reason=strategies.sampled_from(tuple(Aside)))
    def put_aside(self, who: str, reason: Aside) -> None:
        self._acts(
            who,
            lambda session, user, at: set_aside.set_aside(session, self.review_id, reason, user, at, "a test call"),
            Act.SET_ASIDE,
        )

    @possible(Act.BRING_BACK)
    @rule(who=staff)
    def bring_back(self, who: str) -> None:
        self._acts(
            who, lambda session, user, at: set_aside.bring_back(session, self.review_id, user, at), Act.BRING_BACK
        )

    @possible(Act.RELEASE)
    @rule(who=staff, on=terms)
    def release(self, who: str, on: Terms) -> None:
        def act(session: Session, user: User, at: Actor) -> None:
            if not may_release(user):
                raise Forbidden
            releasing.release(session, self.review_id, at, on)

        self._acts(who, act, Act.RELEASE)

    @rule(hours=strategies.sampled_from((1, 24, 24 * 9)), on=terms)
    def time_passes(self, hours: int, on: Terms) -> None:
        self.now += timedelta(hours=hours)
        before = self.state
        released = releasing.release_due(self.engine, self.now, on)
        assert releasing.release_due(self.engine, self.now, on) == 0
        self.kept = self._stored()
        self._follow(before, Act.RELEASE, happened=bool(released))

    @possible(Act.ACKNOWLEDGE)
    @rule(who=everybody)
    def acknowledge(self, who: str) -> None:
        self._acts(
            who,
            lambda session, user, at: releasing.acknowledge(session, self.review_id, id_of(user), "Yes.", at),
            Act.ACKNOWLEDGE,
        )

    @possible(Act.DISPUTE)
    @rule(who=everybody, item=items, mark=marks)
    def dispute(self, who: str, item: str, mark: int) -> None:
        def act(session: Session, user: User, at: Actor) -> None:
            said = Objection(item, *chosen(item, mark), "Listen again.")
            disputes.dispute(session, self.review_id, id_of(user), said, at, 7)

        self._acts(who, act, Act.DISPUTE)

    @possible(Act.ANSWER, Act.RESOLVE)
    @rule(who=everybody, which=marks)
    def withdraw(self, who: str, which: int) -> None:
        def act(session: Session, user: User, at: Actor) -> None:
            disputes.withdraw(session, self._dispute(session, user, which), id_of(user), at)

        self._acts(who, act, Act.ANSWER, Act.RESOLVE)

    @possible(Act.ANSWER, Act.RESOLVE)
    @rule(
        who=staff,
        which=marks,
        outcome=strategies.sampled_from(("accepted", "partly", "rejected")),
        mark=marks,
        by=strategies.sampled_from(("another", "anyone")),
    )
    def answer(self, who: str, which: int, outcome: Any, mark: int, by: Any) -> None:
        def act(session: Session, user: User, at: Actor) -> None:
            if not may_decide_disputes(user):
                raise Forbidden
            found = self._dispute(session, user, which)
            item = dispute_queries.fresh(session, found).item_id
            given = Answer(outcome, "So it is.", *(chosen(item, mark) if outcome == "partly" else (None, None)))
            disputes.answer(session, found, user, given, at, by)

        self._acts(who, act, Act.ANSWER, Act.RESOLVE)

    @possible(Act.REOPEN)
    @rule(who=staff)
    def reopen(self, who: str) -> None:
        self._acts(
            who, lambda session, user, at: service.reopen(session, self.review_id, user, at, "Once more."), Act.REOPEN
        )

    @possible(Act.RETRACT)
    @rule(who=staff)
    def retract(self, who: str) -> None:
        self._acts(
            who, lambda session, user, at: service.retract(session, self.review_id, user, at, "Wrong."), Act.RETRACT
        )

    @rule(place=strategies.integers(0, len(GOOD) - 1), thanks=strategies.booleans())
    def hear_otherwise(self, place: int, thanks: bool) -> None:
        """The words are corrected and judged again: what was decided on other evidence is to be looked at again."""
        self.said += 1
        text = f"Thank you for calling, can I help you {self.said}?" if thanks else f"Well {self.said}."

        def act(session: Session, user: User, at: Actor) -> None:
            call_id = queries.review(session, user, self.review_id).call_id
            mending.mend(session, call_id, mending.words(place, text), at)
            judged_by(session, call_id, CARD)

        self._acts("ada", act, Act.CARRY_OVER)

    @rule(agent=strategies.sampled_from((*AGENTS, None)), team=strategies.booleans(), on=terms)
    def give_to(self, agent: str | None, team: bool, on: Terms) -> None:
        """The call turns out to be another agent's, or nobody knows whose."""

        def act(session: Session, user: User, at: Actor) -> None:
            call = session.get_one(Call, queries.review(session, user, self.review_id).call_id)
            facts = Facts(
                **{name: getattr(call, name) for name in Facts.__dataclass_fields__}
                | {
                    "agent_id": id_of(self.people[agent]) if agent else None,
                    "team_id": self.people["alice" if team else "charlie"].team_id,
                }
            )
            whose.mend_facts(session, NoQueue(), id_of(call), facts, at, on)  # type: ignore[arg-type]

        with db.session(self.engine, reads_only=True) as session:
            review = session.get_one(Review, self.review_id)
            was = session.get_one(Call, review.call_id).agent_id
        changes = was != (id_of(self.people[agent]) if agent else None)
        steps = (Act.TAKE_BACK, Act.RELEASE) if changes and self.state in TOLD else ()
        self._acts("ada", act, *steps)

    @rule(who=agents, marked=strategies.tuples(marks, marks, marks))
    def score_own(self, who: str, marked: tuple[int, int, int]) -> None:
        def act(session: Session, user: User, at: Actor) -> None:
            call = queries.review(session, user, self.review_id).call_id
            said = {item: Said(*chosen(item, mark)) for item, mark in zip(ITEMS, marked, strict=True)}
            own = self_scores.score_own_call(session, call, user, said, at)
            assert NEXT[ReviewState.OPEN, Act.COMPARE] == own.state
            self.done[Act.COMPARE] += 1

        self._acts(who, act)

    @rule(who=agents)
    def decline_own(self, who: str) -> None:
        def act(session: Session, user: User, at: Actor) -> None:
            self_scores.decline(session, queries.review(session, user, self.review_id).call_id, user, at)

        self._acts(who, act)

    @precondition(lambda life: life.steps > 15)
    @rule(really=strategies.integers(0, 5))
    def delete(self, really: int) -> None:
        if really == 5:
            blobs = open_blobs(Settings(data_dir=self.folder))

            def act(session: Session, user: User, at: Actor) -> None:
                call = queries.review(session, user, self.review_id).call_id
                delete_call(session, self.engine, blobs, call, at, "Asked for.")

            self._acts("bob", act)

    # What must hold after every step.

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.steps += 1
        if self.kept == self.looked_at:
            # What was found right and has not changed since is right.
            return
        self.looked_at = self.kept
        with db.session(self.engine, reads_only=True) as session:
            review = session.get_one(Review, self.review_id)
            call = session.get_one(Call, review.call_id)
            deleted = call.state == CallState.DELETED
            assert recount(session) == ()
            counted = contribution(session, review.call_id, FINAL)
            assert (counted is not None) == (review.state in COUNTING and not deleted)
            assert (review.score is not None or review.passed is not None) <= (review.state in COUNTING)
            still_open = session.exec(
                select(Dispute.id).where(Dispute.review_id == self.review_id, Dispute.outcome == DisputeOutcome.OPEN)
            ).all()
            assert bool(still_open) == (review.state == ReviewState.DISPUTED)
            assert (review.released_at is not None) == (review.state in TOLD)
            assert (review.acknowledged_at is not None) <= (review.state in TOLD)
            self._check_who_reads(session, review, call, deleted)
            self._check_chain(session, review.call_id)

    def _check_who_reads(self, session: Session, review: Review, call: Call, deleted: bool) -> None:
        readable = review.state in TOLD and not review.awaits_self_score
        for name in AGENTS:
            agent = self.people[name]
            try:
                calls.call(session, agent, id_of(call))
            except NotFound:
                assert deleted or call.agent_id != agent.id
                continue
            assert call.agent_id == agent.id
            assert not deleted
            judged, seen = seen_result(session, agent, id_of(call))
            assert (judged is not None, seen is not None) == (readable, readable)

    def _check_chain(self, session: Session, call_id: int) -> None:
        previous = FIRST
        for place, entry in enumerate(entries(session, call_stream(call_id)), 1):
            assert (entry.sequence, entry.previous_hash) == (place, previous)
            assert entry.hash == hash_of(entry)
            previous = entry.hash

    def _acts(self, who: str, act: Callable[[Session, User, Actor], object], *steps: Act) -> None:
        """Let somebody do something; refused, it must have changed nothing."""
        user, before = self._person(who), self.state
        try:
            with db.session(self.engine) as session:
                queries.review(session, user, self.review_id)
                if Act.DECIDE in steps and not may_review(user):
                    raise Forbidden
                act(session, user, Actor(user.name, self.now, user.id))
        except AppError:
            assert self._stored() == self.kept
            return
        self.kept = self._stored()
        self._follow(before, *steps)

    def _follow(self, before: ReviewState, *steps: Act, happened: bool = True) -> None:
        """The state must be one to which these acts lead: one of them, or one after the other."""
        with db.session(self.engine, reads_only=True) as session:
            self.state = session.get_one(Review, self.review_id).state
        if not happened or not steps:
            assert self.state == before
            return
        one = {NEXT.get((before, step)): step for step in steps}
        if self.state in one:
            self.done[one[self.state]] += 1
            return
        between = NEXT[before, steps[0]]
        assert NEXT[between, steps[1]] == self.state
        self.done.update(steps)

    def _person(self, who: str) -> User:
        if who != ITS:
            return self.people[who]
        with db.session(self.engine, reads_only=True) as session:
            call = session.get_one(Call, session.get_one(Review, self.review_id).call_id)
            return next((one for one in self.people.values() if one.id == call.agent_id), self.people["dana"])

    def _dispute(self, session: Session, user: User, which: int) -> int:
        found = dispute_queries.of_review(session, self.review_id)
        if not found:
            raise NotFound
        # The latest are the likeliest to be open.
        return id_of(dispute_queries.dispute(session, user, id_of(found[-1 - which % len(found)]))[0])

    def _stored(self) -> str:
        with self.engine.connect() as raw:
            rows = ([tuple(row) for row in raw.exec_driver_sql(f"SELECT * FROM {table}")] for table in TABLES)
            return str([sorted(found, key=repr) for found in rows])


@pytest.mark.bar(row=7, full=2000, quick=50)
@pytest.mark.parametrize("database", DATABASES)
def test_no_walk_through_the_life_of_a_review_leads_where_the_table_does_not(
    request: pytest.FixtureRequest, database: str, tmp_path: Path, bar: Bar
) -> None:
    databases: SqliteDatabases | PostgresqlDatabases = request.getfixturevalue(database)
    made, Life.folder, Life.done = tmp_path / "made", tmp_path / "walked", Counter()
    made.mkdir()
    Life.folder.mkdir()
    with databases.fresh(made) as url, databases.fresh(Life.folder) as walked:
        engine = db.make_engine(url)
        with db.session(engine) as session:
            make_cast(session)
            call, _ = scored(session, agent="dana", team="Team A")
            judged_by(session, id_of(call), CARD)
            # No worker is asked: the call is scored.
            session.info.clear()
        engine.dispose()
        # One engine for all walks: what it has learned to ask, it need not learn anew.
        Life.engine = db.make_engine(walked)

        def begin_anew() -> None:
            Life.engine.dispose()
            databases.copy(url, walked)

        Life.begin_anew = begin_anew
        run_state_machine_as_test(Life, settings=settings(max_examples=bar.times))
        Life.engine.dispose()
    # In two thousand walks every act of the table is met, or they prove less than they seem to; in fifty, most are.
    if bar.is_full:
        assert {act for _, act in NEXT} <= set(Life.done), Life.done
    bar.found(f"{bar.times:,} walks of up to 30 steps, {sum(Life.done.values()):,} acts, 0 illegal states")
