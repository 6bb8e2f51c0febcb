"""Correcting a call: a new revision each time, the old value in the ledger, the machine's findings untouched."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import Session, select

from app.accounts.service import add_team
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.models import Call, CallState, Direction
from app.calls.service import CallChanged, StillUnderWay
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.domain.transcript import HoldKind
from app.evaluations import queries as evaluations
from app.evaluations.models import StoredFinding
from app.kit import db
from app.kit.db import id_of
from app.ledger.queries import entries, in_words
from app.ledger.service import Actor, machine
from app.reports.recount import recount
from app.reviews import queries as reviews
from app.reviews import rescoring, service
from app.scorecards.loader import shipped_card
from app.transcription import mending, queries
from app.transcription.mending import Facts
from tests.cast import make_cast
from tests.stored import NOW, RUDE, NoQueue, received, scored

ALICE = Actor("Alice", NOW)
HELD = (
    "0-4 agent: Good morning, Harbour Bank, this is Dana speaking, how can I help you?",
    "5-8 customer: My card was declined, my name is Daniel Osei.",
    "9-12 agent: May I put you on hold while I look?",
    "13-14 customer: Sure.",
    "14-44 hold music",
    "44-48 agent: Thank you for holding, Mr Osei. The card is unblocked now.",
    "49-50 customer: Great.",
    "51-54 agent: Thank you for calling Harbour Bank, goodbye.",
)


@pytest.fixture
def cast(session):
    return make_cast(session)


def current(session: Session, call: Call):
    revision = queries.current(session, id_of(call))
    assert revision is not None
    return revision


def told(session: Session, call: Call, event: str = "transcript.mended"):
    """What the ledger said last about such an event, with the words beside it."""
    last = next(one for one in reversed(entries(session, f"call:{call.id}")) if one.event == event)
    return {**last.payload, **in_words(session, [last]).get(id_of(last), {})}


def facts(call: Call, **changed) -> Facts:
    """The facts of a call as a form sends them, with some of them changed."""
    names = ("agent_id", "team_id", "queue", "customer_name", "direction", "language")
    return Facts(**{**{name: getattr(call, name) for name in names}, **changed})


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (mending.sides(), "agent", "customer"),
        (mending.speaker(1), "customer", "agent"),
        (mending.words(3, "Certainly."), "Sure.", "Certainly."),
        (
            mending.hold(0, 15.0, 40.0, HoldKind.SILENCE),
            [{"start": 14.0, "end": 44.0, "kind": "music"}],
            [{"start": 15.0, "end": 40.0, "kind": "silence"}],
        ),
        (mending.removed_hold(0), [{"start": 14.0, "end": 44.0, "kind": "music"}], []),
        (
            mending.added_hold(48.0, 49.0, HoldKind.MUSIC),
            [{"start": 14.0, "end": 44.0, "kind": "music"}],
            [{"start": 14.0, "end": 44.0, "kind": "music"}, {"start": 48.0, "end": 49.0, "kind": "music"}],
        ),
    ],
    ids=lambda one: one.what if isinstance(one, mending.Change) else None,
)
def test_a_correction_is_a_new_revision_and_the_ledger_keeps_the_old_value(session, cast, change, old, new) -> None:
    call, _ = scored(session, *HELD)
    before = current(session, call)

    after = mending.mend(session, id_of(call), change, ALICE, call.version)

    assert (after.revision, after.attempt, after.engine, after.created_by) == (2, None, before.engine, "Alice")
    assert queries.revisions(session, id_of(call))[1].content == before.content
    said = told(session, call)
    assert (said["what"], said["revision"], said["old"], said["new"]) == (change.what, 2, old, new)


def test_corrected_words_are_judged_at_once_and_what_was_found_before_stays(session, cast) -> None:
    call, _ = scored(session, *RUDE)
    judged = evaluations.current(session, id_of(call))
    found = session.exec(select(StoredFinding).order_by(StoredFinding.id)).all()
    before = [(one.id, one.verdict, one.content) for one in found]

    greeting = HELD[0].partition(": ")[2]
    mending.mend(session, id_of(call), mending.words(0, greeting), ALICE)
    again = rescoring.judge(session, id_of(call), ALICE)

    assert judged is not None
    assert again.is_new
    assert again.evaluation.id != judged.id
    verdicts = {one.id: one.verdict for one in evaluations.findings(session, id_of(again.evaluation))}
    assert verdicts["standard_greeting"] == Verdict.PASS
    session.expire_all()
    kept = session.exec(
        select(StoredFinding).where(StoredFinding.evaluation_id == judged.id).order_by(StoredFinding.id)
    ).all()
    assert [(one.id, one.verdict, one.content) for one in kept] == before


def test_who_corrects_what_somebody_else_has_corrected_meanwhile_is_told(session, cast) -> None:
    call, _ = scored(session, *RUDE)
    seen = call.version

    mending.mend(session, id_of(call), mending.speaker(0), ALICE, seen)

    with pytest.raises(CallChanged):
        mending.mend(session, id_of(call), mending.speaker(1), Actor("Bob", NOW), seen)
    with pytest.raises(CallChanged):
        mending.mend_facts(session, NoQueue(), id_of(call), facts(call, queue="Cards"), ALICE, seen)
    assert current(session, call).revision == 2


def test_what_changes_nothing_is_no_revision(session, cast) -> None:
    call, _ = scored(session, *RUDE)
    version = call.version

    mending.mend(session, id_of(call), mending.words(0, "Yeah, what?"), ALICE, version)

    assert (current(session, call).revision, call.version) == (1, version)
    assert not rescoring.judge(session, id_of(call), ALICE).is_new


def test_what_cannot_be_corrected_says_why(session, cast) -> None:
    call, _ = scored(session, *RUDE)

    with pytest.raises(mending.CannotMend, match="no such turn"):
        mending.mend(session, id_of(call), mending.speaker(99), ALICE)
    with pytest.raises(mending.NothingHeard):
        waiting = received(session, "not heard yet")
        waiting.state = CallState.FAILED
        mending.mend(session, id_of(waiting), mending.speaker(0), ALICE)


def test_a_call_that_is_being_heard_cannot_be_corrected(session, cast) -> None:
    call, _ = scored(session, *RUDE)
    call_service.advance(session, id_of(call), CallState.TRANSCRIBING)

    with pytest.raises(StillUnderWay):
        mending.mend(session, id_of(call), mending.speaker(0), ALICE)
    with pytest.raises(StillUnderWay):
        mending.mend_facts(session, NoQueue(), id_of(call), facts(call, customer_name="Mei"), ALICE)
    with pytest.raises(StillUnderWay):
        rescoring.judge(session, id_of(call), ALICE)
    assert not mending.mend_facts(session, NoQueue(), id_of(call), facts(call, queue="Cards"), ALICE)


def test_facts_move_the_counts_and_the_ledger_keeps_the_old_ones(session, cast) -> None:
    call, _ = scored(session, *RUDE, agent="dana")
    other = add_team(session, "Returns")

    mending.mend_facts(
        session, NoQueue(), id_of(call), facts(call, agent_id=cast.kenji.id, team_id=other.id, queue="Parcels"), ALICE
    )

    assert (call.agent_id, call.team_id, call.queue) == (cast.kenji.id, other.id, "Parcels")
    said = told(session, call, "call.mended")
    assert said["agent_id"] == {"old": cast.dana.id, "new": cast.kenji.id}
    assert said["queue"] == {"old": "", "new": "Parcels"}
    assert recount(session) == ()
    # These concern nobody's words.
    assert current(session, call).revision == 1


def test_name_and_direction_are_corrected_in_the_transcript_too_where_the_rules_read_them(session, cast) -> None:
    call, _ = scored(session, *RUDE)

    mending.mend_facts(
        session,
        NoQueue(),
        id_of(call),
        facts(call, customer_name="Grace Okafor", direction=Direction.OUTBOUND),
        ALICE,
        call.version,
    )

    heard = current(session, call).transcript
    assert (heard.customer_name, heard.direction) == ("Grace Okafor", "outbound")
    said = told(session, call)
    assert said["old"] == {"direction": "inbound", "language": "en"}
    assert said["customer_name"]["old"] is None
    mending.mend_facts(session, NoQueue(), id_of(call), facts(call, customer_name=None), ALICE)
    assert (call.customer_name, current(session, call).transcript.customer_name) == (None, None)


def test_a_bare_transcript_in_another_language_is_judged_by_its_scorecard_at_once(session, cast) -> None:
    call, _ = scored(session, *RUDE)

    again = mending.mend_facts(session, NoQueue(), id_of(call), facts(call, language="ja"), ALICE)

    assert not again
    assert (call.language, current(session, call).transcript.language) == ("ja", "ja")
    judged = rescoring.judge(session, id_of(call), ALICE).evaluation
    assert judged.scorecard_version == shipped_card("ja").version
    assert recount(session) == ()


def test_a_recording_in_another_language_is_heard_again(session, cast) -> None:
    call, _ = scored(session, *RUDE)
    call.file_name = "call.wav"

    again = mending.mend_facts(
        session, NoQueue(), id_of(call), facts(call, language="zh", customer_name="Mei"), ALICE, call.version
    )

    assert again
    assert (call.state, call.attempt, call.language) == (CallState.RECEIVED, 2, "zh")
    # What was heard before stays what it is.
    heard = current(session, call).transcript
    assert (heard.language, heard.customer_name) == ("en", "Mei")


def test_facts_that_nobody_can_mean_are_refused(session, cast) -> None:
    call, _ = scored(session, *RUDE)

    for wrong, error in (
        ({"agent_id": 10_000}, mending.AgentUnknown),
        ({"team_id": 10_000}, mending.TeamUnknown),
        ({"language": "xx"}, mending.LanguageUnknown),
    ):
        with pytest.raises(error):
            mending.mend_facts(session, NoQueue(), id_of(call), facts(call, **wrong), ALICE)


def test_two_people_who_correct_at_once_are_not_lost_and_one_is_told(engine) -> None:
    with db.session(engine) as session:
        make_cast(session)
        call, _ = scored(session, *RUDE)
        seen = call.version
        # What is kept for after the commit would ask a queue that this test has not.
        session.info.clear()

    together = Barrier(2)

    def correct(place: int) -> int:
        together.wait()
        try:
            with db.session(engine) as session:
                mending.mend(session, id_of(call), mending.speaker(place), ALICE, seen)
                rescoring.judge(session, id_of(call), ALICE)
        except CallChanged as error:
            return error.status
        return 200

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(correct, (0, 1))) == [200, 412]
    with db.session(engine) as session:
        assert current(session, call).revision == 2
        assert recount(session) == ()


def test_the_counts_stay_exact_through_a_hundred_corrections_and_decisions(session, cast) -> None:
    chance = random.Random(17)
    known = [scored(session, *lines, agent=agent)[0] for lines in (HELD, RUDE) for agent in ("dana", "mei", "kenji")]
    bob, bobs = cast.bob, Actor("Bob", NOW)
    done = 0
    while done < 100:
        call = chance.choice(known)
        review = reviews.of_call(session, id_of(call))
        assert review is not None
        turns = len(current(session, call).transcript.turns)
        act = chance.choice(("mend", "mend", "facts", "decide", "submit", "retract", "reopen"))
        if act == "mend":
            place = chance.randrange(turns)
            change = chance.choice(
                (mending.sides(), mending.speaker(place), mending.words(place, chance.choice((HELD[0], RUDE[0]))))
            )
            mending.mend(session, id_of(call), change, bobs)
            rescoring.judge(session, id_of(call), bobs)
        elif act == "facts":
            changed = facts(
                call,
                agent_id=chance.choice((cast.dana.id, cast.kenji.id, None)),
                team_id=chance.choice((cast.team_a.id, cast.team_b.id, None)),
                language=chance.choice(("en", "zh")),
            )
            mending.mend_facts(session, NoQueue(), id_of(call), changed, bobs)
            rescoring.judge(session, id_of(call), bobs)
        elif act == "decide" and review.state == ReviewState.OPEN:
            finding = chance.choice(service.standing(session, review).findings)
            verdict = chance.choice(service.DECISIONS)
            service.decide(session, id_of(review), finding.id, verdict, bob, bobs, reason_code="misheard")
        elif act == "submit" and review.state == ReviewState.OPEN:
            for finding in service.standing(session, review).findings:
                verdict = chance.choice(service.DECISIONS)
                service.decide(session, id_of(review), finding.id, verdict, bob, bobs, reason_code="misheard")
            service.submit(session, id_of(review), bob, bobs)
        elif act == "retract" and review.state == ReviewState.SUBMITTED:
            service.retract(session, id_of(review), bob, bobs, "mistaken")
        elif act == "reopen" and review.state != ReviewState.OPEN:
            service.reopen(session, id_of(review), bob, bobs, "once more")
        else:
            continue
        done += 1
        if done % 10 == 0:
            assert recount(session) == ()
    assert {reviews.of_call(session, id_of(one)).state for one in known} > {ReviewState.OPEN}
    assert calls.lock(session, id_of(known[0])).state == CallState.SCORED
    assert machine(NOW).name in {one.actor for one in entries(session, f"call:{known[0].id}")}
