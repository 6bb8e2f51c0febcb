"""Whatever people do to calls, in whatever order, the sums behind every rate say what a recount says."""

import random
from collections import Counter
from collections.abc import Callable, Collection
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.accounts import membership
from app.accounts.models import User
from app.calls.models import Call, CallState
from app.calls.settling import settle
from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING, TOLD, ReviewState
from app.kit import db
from app.kit.blobs import open_blobs
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger.service import Actor, machine
from app.reports.recount import recount
from app.retention.service import delete_call
from app.reviews import disputes, releasing, rescoring, service, set_aside, whose
from app.reviews.disputes import Answer, Objection
from app.reviews.models import Dispute, DisputeOutcome, Review
from app.reviews.offering import Terms
from app.reviews.set_aside import Aside
from app.settings import Settings
from app.transcription import mending
from app.transcription.mending import Facts
from tests.bar import Bar
from tests.cast import Cast, make_cast
from tests.contacts.conftest import Switch, switch
from tests.contacts.test_contact_sums import _edit
from tests.stored import GOOD, NOW, RUDE, NoQueue, scored

__all__ = ["switch"]

# So many calls there are at a time; one that is deleted makes room for another.
CALLS = 40
# How many edits lie between two recounts.
EVERY = 250


class Edits:
    """Calls, and whoever does something to them at a moment that moves on."""

    def __init__(self, engine: Engine, settings: Settings, chance: random.Random) -> None:
        self.engine, self.settings, self.chance = engine, settings, chance
        self.now, self.made, self.done = NOW, 0, Counter[str]()
        with db.session(engine) as session:
            self.cast: Cast = make_cast(session)
        self.agents = (self.cast.dana, self.cast.mei, self.cast.kenji, None)
        self.staff = (self.cast.ada, self.cast.bob, self.cast.alice, self.cast.charlie)
        self.terms = (Terms(release_hours=0), Terms(), Terms(release_hours=0, self_score_first=True))

    def by(self, user: User) -> Actor:
        return Actor(user.name, self.now, user.id)

    def add(self, session: Session) -> None:
        """A call comes in and is scored."""
        self.made += 1
        agent = self.chance.choice(self.agents)
        facts = {"agent": agent.username if agent else "", "queue": self.chance.choice(("", "cards"))}
        moment = self.now - timedelta(days=self.chance.randrange(60), minutes=self.chance.randrange(1440))
        lines = self.chance.choice((GOOD, RUDE))
        scored(session, *lines, external_id=f"c-{self.made}", started_at=moment, **facts)
        session.info.pop("after_commit", None)

    def review(self, session: Session, states: Collection[ReviewState] = ()) -> Review:
        """Any review of a call that is there; mostly one in these states, where there is one."""
        wanted = select(Review).join(Call).where(Call.state != CallState.DELETED).order_by(Review.id)  # type: ignore[arg-type]
        every = session.exec(wanted).all()
        fitting = [one for one in every if one.state in states]
        return self.chance.choice(fitting if fitting and self.chance.random() < 0.8 else every)

    def judge(self, session: Session) -> None:
        """The call is heard otherwise at a place, or not, and judged again."""
        review = self.review(session)
        said = self.chance.choice(("Thank you for calling, how can I help you", "That is not my problem", "Well"))
        words = mending.words(self.chance.randrange(3), f"{said} {self.chance.randrange(10_000)}.")
        mending.mend(session, review.call_id, words, self.by(self.cast.ada))
        rescoring.judge(session, review.call_id, machine(self.now), self.chance.choice(self.terms))

    def submit(self, session: Session) -> None:
        review, user = self.review(session, (ReviewState.OPEN,)), self.chance.choice(self.staff)
        for finding in service.standing(session, review).findings:
            verdict = self.chance.choice((Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE))
            service.decide(session, id_of(review), finding.id, verdict, user, self.by(user), reason_code="misheard")
        service.submit(session, id_of(review), user, self.by(user), self.chance.choice(self.terms))

    def take_back(self, session: Session) -> None:
        review, act = self.review(session, COUNTING), self.chance.choice((service.reopen, service.retract))
        act(session, id_of(review), self.cast.ada, self.by(self.cast.ada), "Once more.")

    def release(self, session: Session) -> None:
        releasing.release(
            session, id_of(self.review(session, (ReviewState.SUBMITTED,))), self.by(self.cast.bob), Terms()
        )

    def dispute(self, session: Session) -> None:
        review = self.review(session, TOLD)
        agent = session.get_one(Call, review.call_id).agent_id
        user = session.get_one(User, agent or id_of(self.cast.dana))
        item = self.chance.choice([one.id for one in service.standing(session, review).findings])
        said = Objection(item, self.chance.choice((Verdict.PASS, Verdict.NOT_APPLICABLE)), None, "Listen again.")
        disputes.dispute(session, id_of(review), id_of(user), said, self.by(user), 7)

    def answer(self, session: Session) -> None:
        found = session.exec(select(Dispute).where(Dispute.outcome == DisputeOutcome.OPEN)).all()
        if found:
            outcome = self.chance.choice(("accepted", "partly", "rejected"))
            given = Answer(outcome, "So it is.", Verdict.NOT_APPLICABLE if outcome == "partly" else None, None)
            one = self.chance.choice(found)
            disputes.answer(session, id_of(one), self.cast.ada, given, self.by(self.cast.ada), "anyone")

    def put_aside(self, session: Session) -> None:
        review, alice = self.review(session), self.cast.alice
        if self.chance.random() < 0.5:
            set_aside.set_aside(session, id_of(review), Aside.OTHER, alice, self.by(alice), "a test call")
        else:
            set_aside.bring_back(session, id_of(review), alice, self.by(alice))

    def move(self, session: Session) -> None:
        """Agent, team, queue or moment of a call turn out to be others."""
        call = session.get_one(Call, self.review(session).call_id)
        agent, team = self.chance.choice(self.agents), self.chance.choice((self.cast.team_a, self.cast.team_b, None))
        facts = {name: getattr(call, name) for name in Facts.__dataclass_fields__} | {
            "agent_id": id_of(agent) if agent else None,
            "team_id": id_of(team) if team else None,
            "queue": self.chance.choice(("", "cards", "loans")),
        }
        by = self.by(self.cast.ada)
        whose.mend_facts(session, NoQueue(), id_of(call), Facts(**facts), by, self.chance.choice(self.terms))  # type: ignore[arg-type]

    def other_team(self, session: Session) -> None:
        """An agent turns out to have been on another team since some day."""
        user = session.get_one(User, id_of(self.chance.choice(self.agents[:3])))
        since = (self.now - timedelta(days=self.chance.randrange(60))).date()
        membership.join(session, user, self.chance.choice((self.cast.team_a, self.cast.team_b)), self.now, since)

    def delete(self, session: Session) -> None:
        review, blobs = self.review(session), open_blobs(self.settings)
        delete_call(session, self.engine, blobs, review.call_id, self.by(self.cast.bob), "Asked for.")
        session.info.pop("after_commit", None)
        self.add(session)

    def some(self, most: int) -> int:
        """Up to so many edits in one transaction; one in twenty is taken back, and what is refused is no edit."""
        acts: list[Callable[[Session], None]] = [self.judge, self.submit, self.submit, self.take_back, self.release]
        acts += [self.dispute, self.answer, self.put_aside, self.move, self.move, self.other_team, self.delete]
        chosen = self.chance.choices(acts, k=self.chance.randrange(1, most + 1))
        self.now += timedelta(minutes=7)
        try:
            with db.session(self.engine) as session:
                for act in chosen:
                    act(session)
                    session.flush()
                if self.chance.random() < 0.05:
                    raise InterruptedError
        except (AppError, InterruptedError):
            return 0
        self.done.update(act.__name__ for act in chosen)
        settle(self.engine, self.now)
        return len(chosen)


@pytest.mark.bar(row=9, full=10_000, quick=120)
def test_after_any_edits_of_calls_a_recount_finds_no_difference(engine: Engine, settings: Settings, bar: Bar) -> None:
    edits, counted, due = Edits(engine, settings, random.Random(20261123)), 0, EVERY
    for _ in range(CALLS):
        with db.session(engine) as session:
            edits.add(session)
    while counted < bar.times:
        counted += edits.some(3)
        if counted >= due:
            due += EVERY
            with db.session(engine, reads_only=True) as session:
                assert recount(session) == ()
    with db.session(engine, reads_only=True) as session:
        assert recount(session) == ()
    kinds = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in edits.done.most_common())
    bar.found(f"{counted:,} edits of calls ({kinds}): 0 differences")


@pytest.mark.bar(row=9, full=10_000, quick=250)
def test_after_any_edits_of_contacts_a_recount_finds_no_difference(switch: Switch, bar: Bar) -> None:
    chance = random.Random(20261124)
    for _ in range(bar.times // 250):
        switch.contacts(*(_edit(chance) for _ in range(250)))
        assert switch.differences() == ()
    bar.found(f"{bar.times:,} edits of contacts, of all their sums: 0 differences")
