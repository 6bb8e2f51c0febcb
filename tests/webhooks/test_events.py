"""Every event comes from the real use case, says what other systems need, and nothing that a person wrote."""

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from app.accounts.models import Role
from app.accounts.service import add_user
from app.coaching import service as coaching
from app.coaching.written import Point, Texts, Written
from app.complaints.models import ComplaintOutcome
from app.complaints.service import ComplaintFacts, change_outcome, record_complaint
from app.domain.evidence import Verdict
from app.evaluations import queries as evaluations
from app.evaluations.service import evaluate
from app.kit.blobs import open_blobs
from app.ledger import queries as ledger
from app.ledger.service import machine
from app.retention.service import delete_call
from app.reviews import calibration, disputes, releasing, second_queries, self_scores
from app.reviews import queries as review_queries
from app.reviews import service as reviews
from app.reviews.disputes import Answer, Objection
from app.reviews.models import Purpose
from app.reviews.offering import Terms
from app.reviews.self_scores import Said
from app.scorecards.active import active
from app.scorecards.loader import understood
from app.scorecards.publishing import publish
from app.scorecards.service import put_all_in_force
from app.settings import Settings
from app.transcription.service import keep_transcript
from app.webhooks.events import TOLD, Event
from tests.cast import LONG_AGO
from tests.factories import make_call
from tests.scorecards.own_cards import card, own_cards
from tests.stored import GOOD, NOW, RUDE, received
from tests.webhooks.conftest import SITE, said

# What people write in these tests, none of which goes out.
WORDS = "Zanzibar"
SECRET_NAME = "Grace Okafor"


@pytest.fixture
def told(site, other):
    """Everything that another system was told, by the name of the event."""
    site.subscribe(other.url)

    def found():
        site.sweep()
        assert WORDS not in str([one.body for one in other.came])
        return [said(one) for one in other.came]

    return found


def of(told, event):
    return [one["data"] for one in told() if one["event"] == event]


def test_the_table_tells_of_every_event():
    assert {how.event for hows in TOLD.values() for how in hows} == set(Event)


def test_a_scored_call_is_told_with_the_names_that_other_systems_have_for_it(site, told):
    call, _ = site.score(external_id="c-1", customer_name=SECRET_NAME)
    [data] = of(told, "evaluation.scored")
    with site.doing() as session:
        evaluation = evaluations.current(session, call.id)
    assert data == {
        "source": "machine",
        "evaluation": evaluation.id,
        "version": evaluation.scorecard_version,
        "score": evaluation.score,
        "passed": evaluation.passed,
        "transcript_revision": 1,
        "scorecard": {"id": "inbound-en", "version": evaluation.scorecard_version},
        "call": {
            "id": call.id,
            "external_id": "c-1",
            "agent": "dana",
            "team": "Team A",
            "queue": "",
            "site_day": call.site_day.isoformat(),
            "url": f"{SITE}/calls/{call.id}",
        },
    }


def test_neither_customers_nor_what_was_said_goes_out(site, told):
    site.submit(site.score(customer_name=SECRET_NAME)[1])
    everything = json.dumps(told())
    assert SECRET_NAME not in everything
    assert "Osei" not in everything
    assert "unblocked" not in everything


def test_a_submitted_review_is_told_with_the_score_that_counts(site, told):
    call, review = site.score()
    review = site.submit(review, polite=Verdict.FAIL)
    [data] = of(told, "evaluation.submitted")
    assert (data["source"], data["call"]["id"], data["score"], data["passed"]) == (
        "final",
        call.id,
        review.score,
        False,
    )
    assert data["scorecard"]["id"] == "inbound-en"


def overrides(site, review, verdict=Verdict.FAIL):
    """Alice decides an item that the machine passed."""
    with site.doing() as session:
        alice = site.cast.alice
        said = {"reason_code": "misheard", "note": WORDS}
        reviews.decide(session, review.id, "standard_greeting", verdict, alice, site.actor(alice), **said)


def test_what_is_decided_in_an_open_review_is_not_told(site, told):
    _, review = site.score()
    overrides(site, review)
    assert of(told, "evaluation.adjusted") == []
    with site.doing() as session:
        reviews.undo(session, review.id, "standard_greeting", site.actor(site.cast.alice))
    site.submit(review)
    assert len(of(told, "evaluation.submitted")) == 1
    assert of(told, "evaluation.adjusted") == []


def test_what_was_decided_otherwise_than_the_machine_is_told_once_it_is_submitted(site, told):
    _, review = site.score()
    site.submit(review, standard_greeting=Verdict.FAIL)
    [submitted], [data] = of(told, "evaluation.submitted"), of(told, "evaluation.adjusted")
    assert (data["change"], data["item"], data["machine"]) == ("overridden", "standard_greeting", "pass")
    assert (data["new"], data["source"]) == ({"verdict": "fail", "level": None}, "final")
    assert (data["evaluation"], data["call"]) == (submitted["evaluation"], submitted["call"])
    assert len({one["id"] for one in told()}) == len(told())


def test_each_item_that_was_decided_otherwise_is_told_by_itself(site, other):
    site.subscribe(other.url, Event.ADJUSTED)
    _, review = site.score()
    site.submit(review, standard_greeting=Verdict.FAIL, closing_question=Verdict.FAIL)
    site.sweep()
    found = [said(one) for one in other.came]
    assert {one["event"] for one in found} == {"evaluation.adjusted"}
    assert {one["data"]["item"] for one in found} == {"standard_greeting", "closing_question"}
    assert len({one["id"] for one in found}) == 2


def test_of_what_was_changed_back_before_it_was_submitted_again_nothing_is_told(site, told):
    _, review = site.score()
    review = site.submit(review, standard_greeting=Verdict.FAIL)
    bob = site.cast.bob
    with site.doing() as session:
        reviews.reopen(session, review.id, bob, site.actor(bob), WORDS)
    site.submit(review)
    assert [one["change"] for one in of(told, "evaluation.adjusted")] == ["overridden", "reopened"]


def heard(session, **facts):
    """A call that was scored, and that nobody is to review yet."""
    call = received(session, str(facts), agent="dana", team="Team A", **facts)
    revision = keep_transcript(session, call, make_call(*GOOD), "transcript", machine(NOW), attempt=1)
    return evaluate(session, call.id, revision, machine(NOW))


def blind(site, review):
    """The review, made a blind one."""
    with site.doing() as session:
        review = session.merge(review)
        review.blind = True
    return review


def test_what_the_machine_found_in_a_call_that_is_reviewed_blind_is_withheld(site, told):
    _, review = site.score()
    review = blind(site, review)
    [data] = of(told, "evaluation.scored")
    assert (data["score"], data["passed"], data["withheld"]) == (None, None, True)
    review = site.submit(review, standard_greeting=Verdict.FAIL)
    [data] = of(told, "evaluation.submitted")
    assert (data["score"], "withheld" in data) == (review.score, False)
    # Who did not know what the machine found overrode nothing.
    assert of(told, "evaluation.adjusted") == []


def test_what_the_machine_found_is_withheld_where_the_call_would_be_drawn_blind(site, told):
    with site.doing() as session:
        heard(session)
    site.on = Terms(blind_share=1, every=False)
    assert [one["withheld"] for one in of(told, "evaluation.scored")] == [True]
    site.on = Terms(double_share=1, every=False)
    with site.doing() as session:
        heard(session, external_id="c-2")
    assert [one["score"] for one in of(told, "evaluation.scored")] == [None, None]


def test_a_call_that_nobody_scores_blind_is_told_with_the_machines_score(site, told):
    site.on = Terms(blind_share=1)
    # This one was picked by a person, and is not blind.
    site.score()
    [data] = of(told, "evaluation.scored")
    assert data["score"] is not None
    assert "withheld" not in data


def test_what_the_machine_found_is_withheld_while_somebody_scores_the_call_in_a_calibration(site, told):
    call, review = site.score()
    review = site.submit(review)
    bob, alice = site.cast.bob, site.cast.alice
    given = (WORDS, date(2026, 10, 9), [call.id], [alice.id, bob.id], ZoneInfo("UTC"), site.actor(bob))
    with site.doing() as session:
        calibration.open_calibration(session, bob, *given)
        reviews.reopen(session, review.id, bob, site.actor(bob), WORDS)
    site.submit(review, standard_greeting=Verdict.FAIL)
    assert [one["withheld"] for one in of(told, "evaluation.scored")] == [True]
    adjusted = [one for one in of(told, "evaluation.adjusted") if one["change"] == "overridden"]
    assert [(one["machine"], one["withheld"]) for one in adjusted] == [(None, True)]


def test_a_result_that_is_taken_back_is_told(site, told):
    _, review = site.score()
    review = site.submit(review)
    bob = site.cast.bob
    with site.doing() as session:
        reviews.reopen(session, review.id, bob, site.actor(bob), WORDS)
    again = site.submit(review)
    with site.doing() as session:
        reviews.retract(session, review.id, bob, site.actor(bob), WORDS)
    found = [one for one in of(told, "evaluation.adjusted") if one["change"] != "overridden"]
    assert [one["change"] for one in found] == ["reopened", "retracted"]
    assert found[0]["old"] == {"state": "released", "score": again.score, "passed": again.passed}


def test_disputes_and_what_was_decided_are_told(site, told):
    _, review = site.score()
    review = site.submit(review, polite=Verdict.FAIL)
    dana, bob = site.cast.dana, site.cast.bob
    with site.doing() as session:
        objection = Objection("polite", Verdict.PASS, None, WORDS)
        found = disputes.dispute(session, review.id, dana.id, objection, site.actor(dana), 7)
        disputes.answer(session, found.id, bob, Answer("accepted", WORDS), site.actor(bob))
    [opened] = of(told, "evaluation.disputed")
    [data] = of(told, "evaluation.resolved")
    assert (opened["dispute"], opened["item"]) == (found.id, "polite")
    assert (opened["old"]["verdict"], opened["new"]["verdict"]) == ("fail", "pass")
    assert (data["outcome"], data["old"]["passed"], data["new"]["passed"]) == ("accepted", False, True)
    assert data["new"]["score"] > data["old"]["score"]


def test_a_dispute_that_is_withdrawn_is_told_as_resolved(site, told):
    _, review = site.score()
    review = site.submit(review, polite=Verdict.FAIL)
    dana = site.cast.dana
    with site.doing() as session:
        objection = Objection("polite", Verdict.PASS, None, WORDS)
        found = disputes.dispute(session, review.id, dana.id, objection, site.actor(dana), 7)
        disputes.withdraw(session, found.id, dana.id, site.actor(dana))
    [data] = of(told, "evaluation.resolved")
    assert (data["dispute"], data["item"], data["outcome"]) == (found.id, "polite", "withdrawn")


def test_a_result_that_its_agent_takes_as_it_is_is_told(site, told):
    call, review = site.score()
    review = site.submit(review)
    dana = site.cast.dana
    with site.doing() as session:
        releasing.acknowledge(session, review.id, dana.id, WORDS, site.actor(dana))
    [data] = of(told, "evaluation.acknowledged")
    assert (data["call"]["id"], data["replied"]) == (call.id, True)
    assert data["scorecard"]["id"] == "inbound-en"


def test_a_note_about_several_calls_is_told_once(site, told):
    (one, first), (two, other) = site.score(external_id="c-1"), site.score(*RUDE, external_id="c-2")
    # An agent reads no note about a result that is not released.
    site.submit(first)
    site.submit(other)
    alice, dana = site.cast.alice, site.cast.dana
    with site.doing() as session:
        points = (Point(one.id, "polite"), Point(two.id, "standard_greeting"))
        note = coaching.send(session, alice, Written(dana.id, Texts(WORDS), points), site.actor(alice))
        coaching.acknowledge(session, dana, note.id, WORDS, site.actor(dana))
    for event in ("coaching.sent", "coaching.acknowledged"):
        [data] = of(told, event)
        assert (data["note"], data["agent"], data["items"]) == (note.id, "dana", ["polite", "standard_greeting"])
        assert [call["external_id"] for call in data["calls"]] == ["c-1", "c-2"]
        assert data["url"] == f"{SITE}/coaching/{note.id}"


def test_a_note_about_no_call_is_told(site, told):
    alice, dana = site.cast.alice, site.cast.dana
    with site.doing() as session:
        coaching.send(session, alice, Written(dana.id, Texts(WORDS), held_on=date(2026, 10, 5)), site.actor(alice))
    [data] = of(told, "coaching.sent")
    assert (data["agent"], data["calls"]) == ("dana", [])


def test_a_calibration_of_several_calls_is_told_once(site, told):
    calls = [site.score()[0], site.score(*RUDE)[0]]
    bob, people = site.cast.bob, [site.cast.alice, site.cast.bob]
    with site.doing() as session:
        opened = calibration.open_calibration(
            session,
            bob,
            WORDS,
            date(2026, 10, 9),
            [one.id for one in calls],
            [one.id for one in people],
            ZoneInfo("UTC"),
            site.actor(bob),
        )
        given = [(one.id, one.assigned_to) for one in second_queries.reviews_in(session, [opened.id])]
    for review_id, who in given:
        with site.doing() as session:
            review = session.get(review_queries.Review, review_id)
        site.submit(review, by=next(one for one in people if one.id == who))
    assert {one["event"] for one in told()} == {"evaluation.scored"}
    with site.doing() as session:
        calibration.close(session, opened.id, bob, site.actor(bob))
    [data] = of(told, "calibration.closed")
    assert (data["calibration"], [one["id"] for one in data["calls"]]) == (opened.id, [one.id for one in calls])


def test_a_published_scorecard_is_told(site, told):
    own = understood("inbound-en", card(80, id="inbound-en"))
    with site.doing() as session:
        before = active(session, "en").card
        publish(session, own, WORDS, before.version, site.actor(site.cast.bob))
    [data] = of(told, "scorecard.published")
    assert data == {
        "scorecard": "inbound-en",
        "version": own.version,
        "old_scorecard": before.id,
        "old_version": before.version,
        "shipped": False,
        "by": "person",
        "language": "en",
        "url": f"{SITE}/scorecards/inbound-en",
    }


def test_a_scorecard_of_the_folder_that_comes_into_force_is_told(site, told, tmp_path):
    with own_cards(tmp_path / "cards") as folder, site.doing() as session:
        (folder / "own.yaml").write_text(card(), encoding="utf-8")
        put_all_in_force(session, site.actor(site.cast.ada))
    found = {one["language"]: one for one in of(told, "scorecard.published")}
    assert (found["en"]["by"], found["en"]["scorecard"]) == ("folder", "own")


def test_a_complaint_is_told_once_without_what_was_said(site, told):
    call, _ = site.score(external_id="c-1", customer_name=SECRET_NAME)
    bob = site.cast.bob
    facts = {"received_at": "2026-10-05T10:00:00Z", "category": "attitude", "external_id": "k-1", "text": WORDS}
    with site.doing() as session:
        made, _ = record_complaint(
            session, bob, ComplaintFacts.model_validate({**facts, "call_id": call.id}), site.actor(bob)
        )
        change_outcome(session, bob, made.id, ComplaintOutcome.UPHELD, site.actor(bob))
    [data] = of(told, "complaint.recorded")
    assert (data["complaint"], data["external_id"], data["category"]) == (made.id, "k-1", "attitude")
    assert (data["agent"], data["team"], data["call"]["external_id"]) == ("dana", "Team A", "c-1")


def test_a_second_scoring_that_nobody_announces_is_not_told(site, told):
    with site.doing() as session:
        ren = add_user(
            session, username="ren", name="Ren", role=Role.REVIEWER, team_id=site.cast.team_a.id, now=LONG_AGO
        )
    call, review = site.score()
    with site.doing() as session:
        review = session.merge(review)
        review.blind = True
    site.submit(review, Terms(double_share=1))
    before = told()
    with site.doing() as session:
        [second] = [one for one in review_queries.all_of_call(session, call.id) if one.purpose == Purpose.SECOND]
    site.submit(second, by=ren, polite=Verdict.FAIL)
    with site.doing() as session:
        assert "review.compared" in [one.event for one in ledger.entries(session, f"call:{call.id}")]
    assert told() == before
    assert [one["event"] for one in before] == ["evaluation.scored", "evaluation.submitted"]


def test_what_agents_think_of_their_own_calls_is_not_told(site, told):
    call, review = site.score()
    site.submit(review)
    before, dana = told(), site.cast.dana
    with site.doing() as session:
        _, items = self_scores.scored_on(session, call.id)
        given = {one.id: Said(Verdict.FAIL, level=0.0 if one.levels else None) for one in items}
        self_scores.score_own_call(session, call.id, dana, given, site.actor(dana))
    assert told() == before


def test_of_a_call_that_was_deleted_meanwhile_its_number_is_told_still(site, told, tmp_path):
    call, review = site.score(customer_name=SECRET_NAME)
    site.submit(review)
    with site.doing() as session:
        blobs = open_blobs(Settings(data_dir=tmp_path))
        delete_call(session, site.engine, blobs, call.id, site.actor(site.cast.bob), WORDS)
    assert [one["event"] for one in told()] == ["evaluation.scored", "evaluation.submitted"]
    assert {one["data"]["call"]["id"] for one in told()} == {call.id}
    assert SECRET_NAME not in json.dumps(told())
