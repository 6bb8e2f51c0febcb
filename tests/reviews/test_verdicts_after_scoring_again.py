"""A call is scored again: verdicts of people stay where the evidence is the same; the others are to be looked at."""

import pytest
from sqlmodel import Session, select

from app.accounts.models import Role
from app.accounts.service import add_user
from app.calls.models import Call
from app.domain.evidence import Evidence, Reason, Verdict
from app.domain.lifecycle import ReviewState
from app.domain.scoring import Finding
from app.domain.transcript import Speaker
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit import db
from app.kit.db import id_of
from app.ledger.queries import entries, last_entry
from app.ledger.service import Actor, machine
from app.reports.recount import recount
from app.reviews import queries, rescoring, service
from app.reviews.models import Review
from app.reviews.offering import Terms, offer
from app.reviews.set_aside import Aside, bring_back, set_aside
from app.transcription import mending
from tests.cast import LONG_AGO, make_cast
from tests.stored import GOOD, NOW, RUDE, scored
from tests.tallies.stored import agent_days

ALICE = Actor("Alice", NOW)


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def decided(session, cast):
    """A call of which Alice has decided every item as the machine did, where that had an opinion."""
    call, review = scored(session, *GOOD, agent="dana")
    decide_all(session, review, cast)
    return call, review


def decide_all(session: Session, review: Review, cast) -> None:
    for finding in service.standing(session, review).findings:
        verdict = finding.verdict if finding.verdict in service.DECISIONS else Verdict.PASS
        service.decide(session, id_of(review), finding.id, verdict, cast.alice, ALICE)


def correct(session: Session, call: Call, change: mending.Change) -> rescoring.Judged:
    mending.mend(session, id_of(call), change, ALICE)
    return rescoring.judge(session, id_of(call), ALICE)


def pretend_other_rules(session: Session, call: Call) -> None:
    """What was found was found by the rules of yesterday."""
    judged = evaluations.current(session, id_of(call))
    assert judged is not None
    judged.rules_version = "yesterday"
    session.add(judged)
    session.flush()


def carried(session: Session, call: Call) -> int:
    return [one.event for one in entries(session, f"call:{call.id}")].count("review.carried_over")


def finding(**changed) -> Finding:
    evidence = Evidence(speaker=Speaker.AGENT, turn=3, start=1.0, end=2.0, quote="Goodbye.")
    base = {
        "id": "closing",
        "verdict": Verdict.PASS,
        "confidence": 0.9,
        "points": 5.0,
        "max_points": 5.0,
        "critical": False,
        "reason": Reason(template="Said."),
        "evidence": (evidence,),
    }
    return Finding(**{**base, **changed})


def test_a_decision_rests_on_verdict_words_and_times_but_not_on_whose_turn_has_which_number() -> None:
    said = finding().evidence[0]

    def rests_otherwise(**changed) -> bool:
        other = finding(evidence=(said.model_copy(update=changed),))
        return service.fingerprint(other) != service.fingerprint(finding())

    assert not rests_otherwise(turn=4)
    assert not rests_otherwise(speaker=Speaker.CUSTOMER)
    assert rests_otherwise(quote="Good bye.")
    assert rests_otherwise(start=1.5)
    assert rests_otherwise(end=2.5)
    assert service.fingerprint(finding(verdict=Verdict.FAIL)) != service.fingerprint(finding())
    assert service.fingerprint(finding(evidence=())) != service.fingerprint(finding())
    assert service.fingerprint(finding(confidence=0.5, reason=Reason(template="Also said."))) == service.fingerprint(
        finding()
    )


def test_only_what_rests_on_the_corrected_words_is_to_be_looked_at_again(session, cast, decided) -> None:
    call, review = decided

    judged = correct(session, call, mending.words(6, "Bye."))

    assert judged.outdated
    standing = service.standing(session, review)
    assert standing.evaluation.id == judged.evaluation.id
    assert standing.to_confirm == len(judged.outdated) < len(standing.findings)
    assert {item for item, one in standing.verdicts.items() if one.outdated} == set(judged.outdated)
    assert standing.verdicts["standard_greeting"].verdict == Verdict.PASS
    with pytest.raises(service.ItemsUnconfirmed):
        service.submit(session, id_of(review), cast.alice, ALICE)


def test_a_correction_that_is_taken_back_makes_the_verdicts_good_again(session, cast, decided) -> None:
    call, review = decided
    before = evaluations.current(session, id_of(call))

    assert correct(session, call, mending.words(6, "Bye.")).outdated
    again = correct(session, call, mending.words(6, GOOD[6].partition(": ")[2]))

    assert before is not None
    assert again.evaluation.id != before.id
    assert again.outdated == ()
    assert service.standing(session, review).to_confirm == 0


def test_deciding_an_outdated_item_again_settles_it(session, cast, decided) -> None:
    call, review = decided
    judged = correct(session, call, mending.words(6, "Bye."))

    for item in judged.outdated:
        service.decide(session, id_of(review), item, Verdict.FAIL, cast.alice, ALICE, reason_code="misheard")

    assert rescoring.outdated(session, id_of(call)) == ()
    assert service.submit(session, id_of(review), cast.alice, ALICE).state == ReviewState.SUBMITTED


def test_other_rules_alone_change_no_verdict_of_a_person(session, cast, decided) -> None:
    call, review = decided
    pretend_other_rules(session, call)

    judged = rescoring.score_again(session, id_of(call), ALICE)

    assert judged.is_new
    assert judged.outdated == ()
    assert service.standing(session, review).to_confirm == 0
    assert entries(session, f"call:{call.id}")[-1].event == "call.rescored"
    assert recount(session) == ()


def test_scored_again_with_nothing_new_nothing_happens(session, cast, decided) -> None:
    call, review = decided
    before, version = len(entries(session, f"call:{call.id}")), review.version

    judged = rescoring.score_again(session, id_of(call), ALICE)

    assert not judged.is_new
    assert (len(entries(session, f"call:{call.id}")), review.version) == (before, version)


def test_a_submitted_review_counts_as_it_was_decided_and_names_what_has_changed_until_it_is_reopened(
    session, cast, decided
) -> None:
    call, review = decided
    service.submit(session, id_of(review), cast.alice, ALICE)
    score, stood_on = review.score, review.evaluation_id

    judged = correct(session, call, mending.words(6, "Bye."))
    offer(session, id_of(call), machine(NOW))

    assert judged.outdated
    assert (review.state, review.score, review.evaluation_id) == (ReviewState.SUBMITTED, score, stood_on)
    assert carried(session, call) == 1
    assert recount(session) == ()
    service.reopen(session, id_of(review), cast.alice, ALICE, "the words were wrong")
    standing = service.standing(session, review)
    assert standing.evaluation.id == judged.evaluation.id
    assert standing.to_confirm == len(judged.outdated)


def test_a_retracted_review_stays_out_of_the_queue_and_of_the_counts(session, cast, decided) -> None:
    call, review = decided
    service.submit(session, id_of(review), cast.alice, ALICE)
    service.retract(session, id_of(review), cast.bob, Actor("Bob", NOW), "another call was meant")

    correct(session, call, mending.words(6, "Bye."))
    offer(session, id_of(call), machine(NOW))

    assert review.state == ReviewState.RETRACTED
    assert queries.queue(session, cast.alice) == ([], 0)
    assert [row for row in agent_days(session, source="final") if row.sums.n] == []
    assert recount(session) == ()


def test_a_scored_call_that_nobody_wanted_reviewed_gets_no_review_by_being_corrected(session, cast) -> None:
    call, review = scored(session, *RUDE)
    session.delete(review)
    session.flush()

    judged = correct(session, call, mending.speaker(0))

    assert judged.is_new
    assert queries.of_call(session, id_of(call)) is None


def test_the_sides_swapped_twice_outdate_nothing(session, cast, decided) -> None:
    call, review = decided

    correct(session, call, mending.sides())
    judged = correct(session, call, mending.sides())

    assert judged.outdated == ()
    assert service.standing(session, review).to_confirm == 0


def test_many_calls_are_scored_again_in_pieces_and_the_progress_is_told(engine) -> None:
    with db.session(engine) as session:
        cast = make_cast(session)
        known = [scored(session, *RUDE, agent="dana", queue=f"Q{place}")[0] for place in range(3)]
        others = scored(session, *RUDE, agent="kenji")[0]
        for call in (*known, others):
            pretend_other_rules(session, call)
        session.info.clear()
    asked: list[tuple[object, ...]] = []

    class Asked:
        def enqueue(self, name: str, job_id: str, *args: int, priority: int = 0) -> None:
            asked.append((name, job_id, *args))

    with db.session(engine) as session:
        rescoring.rescore_all(session, Asked(), cast.alice, ALICE)
    ((name, _, started, user_id, after, at_once),) = asked
    with db.session(engine, reads_only=True) as session:
        assert rescoring.progress(session, cast.alice) == rescoring.Progress(0, 3, True)

    last = rescoring.rescore_some(engine, user_id, after, machine(NOW), at_once)

    assert (name, last) == (rescoring.RESCORE, known[-1].id)
    assert rescoring.rescore_some(engine, user_id, last, machine(NOW)) is None
    with db.session(engine) as session:
        rescoring.finish(session, started, user_id, machine(NOW))
        assert rescoring.progress(session, cast.alice) == rescoring.Progress(3, 3, False)
        # Whom Alice does not see is left as it is.
        assert rescoring.progress(session, cast.ada) == rescoring.Progress(3, 4, False)
        end = last_entry(session, rescoring.stream(user_id))
        assert end is not None
        assert end.event == rescoring.FINISHED
        assert recount(session) == ()
        counted = session.exec(select(Evaluation).where(Evaluation.call_id == known[0].id)).all()
        assert [one.current for one in counted] == [False, True]


def test_what_was_set_aside_meanwhile_goes_on_with_the_newest_evaluation_when_it_is_brought_back(
    session, cast, decided
) -> None:
    call, review = decided
    set_aside(session, id_of(review), Aside.TOO_SHORT, cast.alice, ALICE)
    judged = correct(session, call, mending.words(6, "Bye."))
    assert review.evaluation_id != judged.evaluation.id
    bring_back(session, id_of(review), cast.alice, ALICE)
    assert judged.outdated
    assert review.evaluation_id == judged.evaluation.id
    with pytest.raises(service.ItemsUnconfirmed):
        service.submit(session, id_of(review), cast.alice, ALICE)


def test_a_second_scoring_that_was_set_aside_meanwhile_does_too(session, cast, decided) -> None:
    call, review = decided
    ren = add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO)
    review.blind = True
    session.add(review)
    service.submit(session, id_of(review), cast.alice, ALICE, Terms(double_share=1))
    (second,) = queries.others_open(session, id_of(call))
    set_aside(session, id_of(second), Aside.TOO_SHORT, ren, ALICE)
    judged = correct(session, call, mending.words(6, "Bye."))
    bring_back(session, id_of(second), ren, ALICE)
    assert second.evaluation_id == judged.evaluation.id != review.evaluation_id
