"""Several people score the same calls blind, see each other's verdicts when all are done, and agree on a reference."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from app.accounts.models import Role
from app.accounts.service import add_user
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit.db import id_of
from app.kit.errors import Forbidden, NotFound
from app.ledger.queries import entries, in_words
from app.ledger.service import Actor
from app.notices.models import Kind, Notice
from app.reviews import calibration, queries, second_queries, service, unannounced
from app.reviews.calibration import (
    CalibrationIncomplete,
    CalibrationOver,
    CannotTakePart,
    ReferenceMissing,
    StillBlind,
)
from app.reviews.models import Purpose
from app.reviews.second import Label, Settled
from tests.cast import LONG_AGO, make_cast
from tests.graded import graded_card, judged_by
from tests.stored import GOOD, NOW, RUDE, scored

UTC = ZoneInfo("UTC")
DUE = date(2026, 10, 9)


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def ren(session, cast):
    return add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO)


@pytest.fixture
def calls(session, cast):
    return [scored(session, *lines, agent="dana", team="Team A")[0] for lines in (GOOD, RUDE)]


def doing(user):
    return Actor(user.name, NOW, user.id)


def opened(session, by, calls, people):
    ids = [id_of(one) for one in calls]
    return calibration.open_calibration(session, by, "Warmth", DUE, ids, [id_of(one) for one in people], UTC, doing(by))


def of(session, found, user=None, call=None):
    return [
        one
        for one in second_queries.reviews_in(session, [id_of(found)])
        if (user is None or one.assigned_to == user.id) and (call is None or one.call_id == call.id)
    ]


def score(session, review, user, **others):
    for finding in service.standing(session, review).findings:
        service.decide(
            session, id_of(review), finding.id, others.get(finding.id, Verdict.PASS), user, doing(user), note="heard"
        )
    service.submit(session, id_of(review), user, doing(user))


def told(session, kind=Kind.CALIBRATION):
    return [(one.user_id, one.url) for one in session.exec(select(Notice).where(Notice.kind == kind))]


def test_everybody_gets_a_blind_review_of_every_call_and_is_told(session, cast, ren, calls):
    found = opened(session, cast.bob, calls, [cast.alice, ren, cast.bob])
    given = of(session, found)
    assert {(one.call_id, one.assigned_to) for one in given} == {
        (id_of(call), id_of(who)) for call in calls for who in (cast.alice, ren, cast.bob)
    }
    assert all((one.purpose, one.blind, one.state) == (Purpose.CALIBRATION, True, ReviewState.OPEN) for one in given)
    assert {one.due_at for one in given} == {found.due_at}
    assert sorted(told(session)) == sorted((id_of(one), f"/calibrations/{found.id}") for one in (cast.alice, ren))
    for call in calls:
        last = entries(session, f"call:{call.id}")[-1]
        assert (last.event, last.payload["calibration"]) == ("calibration.opened", found.id)
        assert queries.of_call(session, id_of(call)).purpose == Purpose.COUNTS


def test_it_stands_in_nobody_elses_queue_and_nobody_else_opens_it(session, cast, ren, calls):
    found = opened(session, cast.bob, calls, [cast.alice, ren])
    own, others = of(session, found, cast.alice), of(session, found, ren)
    waiting = {review.id for review, _ in queries.queue(session, cast.alice)[0]}
    assert {one.id for one in own} <= waiting
    assert not {one.id for one in others} & waiting
    assert not {one.id for one in of(session, found)} & {one.id for one, _ in queries.queue(session, cast.bob)[0]}
    assert queries.review(session, cast.alice, id_of(own[0])) is own[0]
    for who in (cast.bob, ren, cast.ada):
        with pytest.raises(NotFound):
            queries.review(session, who, id_of(own[0]))


def test_as_long_as_theirs_is_open_nothing_that_others_found_in_the_call_is_shown_to_them(session, cast, ren, calls):
    found = opened(session, cast.bob, calls, [cast.alice, ren, cast.bob])
    for who in (cast.alice, cast.bob):
        [own] = of(session, found, who, calls[0])
        assert unannounced.of_call(session, who, id_of(calls[0])) is own
        assert own.hides_machine
    assert unannounced.of_call(session, cast.ada, id_of(calls[0])).purpose == Purpose.COUNTS


def test_the_verdicts_show_when_the_last_one_has_submitted_and_all_are_told(session, cast, ren, calls):
    found = opened(session, cast.bob, calls[:1], [cast.alice, ren])
    score(session, of(session, found, cast.alice)[0], cast.alice)
    assert found.ended_at is None
    before = len(told(session))
    score(session, of(session, found, ren)[0], ren, warm=Verdict.FAIL)
    assert found.ended_at == NOW
    assert {who for who, _ in told(session)[before:]} == {cast.alice.id, cast.bob.id}
    said = calibration.verdicts(session, id_of(found))[id_of(calls[0])]
    assert said["warm"] == {cast.alice.id: Label(Verdict.PASS), ren.id: Label(Verdict.FAIL)}
    # Compared, never counted.
    assert {one.state for one in of(session, found)} == {ReviewState.COMPARED}
    assert queries.of_call(session, id_of(calls[0])).state == ReviewState.OPEN


def test_nobody_agrees_on_anything_while_it_is_blind(session, cast, ren, calls):
    found = opened(session, cast.bob, calls, [cast.alice, ren])
    with pytest.raises(StillBlind):
        calibration.agree(session, id_of(found), id_of(calls[0]), {}, cast.bob, doing(cast.bob))
    with pytest.raises(StillBlind):
        calibration.close(session, id_of(found), cast.bob, doing(cast.bob))


def test_who_leads_can_end_it_early_and_what_was_not_submitted_is_taken_away(session, cast, ren, calls):
    found = opened(session, cast.bob, calls, [cast.alice, ren])
    score(session, of(session, found, cast.alice, calls[0])[0], cast.alice)
    service.decide(session, id_of(of(session, found, ren)[0]), "warm", Verdict.FAIL, ren, doing(ren))
    with pytest.raises(Forbidden):
        calibration.end(session, id_of(found), cast.alice, doing(cast.alice))
    calibration.end(session, id_of(found), cast.bob, doing(cast.bob))
    told = [entries(session, f"call:{one.id}")[-1] for one in calls]
    without = [[ren.id], [cast.alice.id, ren.id]]
    assert [(one.event, one.actor, one.payload["without"]) for one in told] == [
        ("calibration.ended", "Bob", who) for who in without
    ]
    assert [(one.call_id, one.assigned_to) for one in of(session, found)] == [(calls[0].id, cast.alice.id)]
    assert second_queries.seats(session, [id_of(found)]) == {found.id: [cast.alice.id, ren.id]}
    with pytest.raises(CalibrationOver):
        calibration.end(session, id_of(found), cast.bob, doing(cast.bob))


def test_it_closes_once_everything_that_differs_is_agreed_on_and_the_ledger_keeps_the_reference(
    session, cast, ren, calls
):
    found = opened(session, cast.bob, calls[:1], [cast.alice, ren])
    score(session, of(session, found, cast.alice)[0], cast.alice)
    score(session, of(session, found, ren)[0], ren, warm=Verdict.FAIL)
    with pytest.raises(ReferenceMissing):
        calibration.close(session, id_of(found), cast.bob, doing(cast.bob))
    said = {"warm": Settled(Verdict.FAIL, "She never said his name.")}
    with pytest.raises(Forbidden):
        calibration.agree(session, id_of(found), id_of(calls[0]), said, cast.alice, doing(cast.alice))
    calibration.agree(session, id_of(found), id_of(calls[0]), said, cast.bob, doing(cast.bob))
    calibration.close(session, id_of(found), cast.bob, doing(cast.bob))
    kept = second_queries.references(session, id_of(calls[0]), found.id)
    assert (kept["warm"].verdict, kept["warm"].words) == (Verdict.FAIL, "She never said his name.")
    assert {one.verdict for item, one in kept.items() if item != "warm"} == {Verdict.PASS}
    last = entries(session, f"call:{calls[0].id}")[-1]
    assert (last.event, last.payload["reference"]["warm"]) == ("calibration.closed", "fail")
    far = calibration.distances(calibration.verdicts(session, id_of(found)), {id_of(calls[0]): kept})
    assert far == {cast.alice.id: (1, len(kept)), ren.id: (0, len(kept))}
    with pytest.raises(CalibrationOver):
        calibration.agree(session, id_of(found), id_of(calls[0]), said, cast.bob, doing(cast.bob))


def test_the_ledger_keeps_what_was_agreed_on_before_somebody_changed_it(session, cast, ren, calls):
    found = opened(session, cast.bob, calls[:1], [cast.alice, ren])
    score(session, of(session, found, cast.alice)[0], cast.alice)
    score(session, of(session, found, ren)[0], ren, warm=Verdict.FAIL)
    assert entries(session, f"call:{calls[0].id}")[-1].event == "calibration.ended"
    for verdict, words in (
        (Verdict.FAIL, "She never said his name."),
        (Verdict.PASS, "She did."),
        (Verdict.PASS, "She did."),
    ):
        said = {"warm": Settled(verdict, words)}
        calibration.agree(session, id_of(found), id_of(calls[0]), said, cast.bob, doing(cast.bob))
    told = [one for one in entries(session, f"call:{calls[0].id}") if one.event == "calibration.agreed"]
    assert [(one.payload["before"]["reference"], one.payload["after"]["reference"]) for one in told] == [
        ({}, {"warm": "fail"}),
        ({"warm": "fail"}, {"warm": "pass"}),
    ]
    written = in_words(session, told)
    assert written[told[1].id] == {"old": {"warm": "She never said his name."}, "new": {"warm": "She did."}}


def test_graded_items_on_whose_level_people_differ_are_agreed_on_with_a_level(session, cast, ren, calls):
    judged_by(session, id_of(calls[0]), graded_card())
    found = opened(session, cast.bob, calls[:1], [cast.alice, ren])
    for user, level in ((cast.alice, 20), (ren, 10)):
        review = of(session, found, user)[0]
        service.decide(session, id_of(review), "greeting", Verdict.PASS, user, doing(user))
        service.decide(session, id_of(review), "patience", None, user, doing(user), level=5)
        service.decide(session, id_of(review), "asking", None, user, doing(user), level=level)
        service.submit(session, id_of(review), user, doing(user))
    with pytest.raises(ReferenceMissing):
        calibration.close(session, id_of(found), cast.bob, doing(cast.bob))
    said = {"asking": Settled(Verdict.PASS, "He asked once.", 10)}
    calibration.agree(session, id_of(found), id_of(calls[0]), said, cast.bob, doing(cast.bob))
    calibration.close(session, id_of(found), cast.bob, doing(cast.bob))
    kept = second_queries.references(session, id_of(calls[0]), found.id)
    assert {item: one.level for item, one in kept.items()} == {"greeting": None, "patience": 5, "asking": 10}
    far = calibration.distances(calibration.verdicts(session, id_of(found)), {id_of(calls[0]): kept})
    assert far == {cast.alice.id: (1, 3), ren.id: (0, 3)}


def test_who_neither_takes_part_nor_leads_these_people_does_not_see_it(session, cast, ren, calls):
    found = opened(session, cast.bob, calls, [cast.alice, ren])
    for who in (cast.alice, ren, cast.bob, cast.ada):
        assert second_queries.calibration(session, who, id_of(found)) is found
    outsiders = [cast.charlie, cast.dana]
    outsiders.append(
        add_user(session, username="lee", name="Lee", role=Role.SUPERVISOR, team_id=cast.team_b.id, now=NOW)
    )
    for who in outsiders:
        assert second_queries.calibrations(session, who) == []
        with pytest.raises(NotFound):
            second_queries.calibration(session, who, id_of(found))


def test_only_who_reviews_and_sees_every_call_can_take_part(session, cast, ren, calls):
    for other in (cast.charlie, cast.dana, cast.mei):
        with pytest.raises(CannotTakePart):
            opened(session, cast.bob, calls, [cast.alice, other])


@pytest.mark.parametrize("missing", ["title", "due", "calls", "people"])
def test_it_needs_a_title_a_day_calls_and_two_people(session, cast, ren, calls, missing):
    given = {"title": "Warmth", "due": DUE, "calls": [id_of(calls[0])], "people": [id_of(cast.alice), id_of(ren)]}
    given |= {missing: {"title": " ", "due": None, "calls": [], "people": [id_of(ren), id_of(ren)]}[missing]}
    with pytest.raises(CalibrationIncomplete):
        calibration.open_calibration(
            session, cast.bob, given["title"], given["due"], given["calls"], given["people"], UTC, doing(cast.bob)
        )


def test_who_does_not_lead_opens_none(session, cast, ren, calls):
    with pytest.raises(Forbidden):
        opened(session, cast.alice, calls, [cast.alice, ren])


def test_a_deleted_call_keeps_no_calibration_waiting(session, cast, ren, calls):
    found = opened(session, cast.bob, calls[:1], [cast.alice, ren])
    score(session, of(session, found, cast.alice)[0], cast.alice)
    later = Actor("machine", NOW + timedelta(days=30))
    service.forget_notes(session, id_of(calls[0]), later)
    assert found.ended_at == later.at
    assert {one.at for one in session.exec(select(Notice)) if one.user_id == ren.id} == {NOW, later.at}
    last = entries(session, f"call:{calls[0].id}")[-1]
    assert (last.event, last.actor) == ("calibration.ended", "machine")
    assert {one.state for one in of(session, found)} == {ReviewState.COMPARED}
    assert not any(one.note for one in queries.verdicts(session, id_of(of(session, found)[0])).values())
