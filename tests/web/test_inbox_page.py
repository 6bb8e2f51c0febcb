"""The inbox: what waits for whom, what of it is new, and that looking at it alone changes nothing."""

import re
from datetime import timedelta

import pytest

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import CallState
from app.coaching.models import CoachingNote
from app.coaching.service import acknowledge, send_note
from app.coaching.written import NoteFacts
from app.domain.evidence import Verdict
from app.kit import clock, db
from app.kit.db import id_of
from app.request import actor
from app.reviews import service as reviews
from app.reviews.models import Review
from app.web.inbox_coaching import SILENT_DAYS
from tests.web.conftest import Web


def kinds(web: Web, user: User) -> list[str]:
    """The headings of what waits for somebody."""
    return re.findall(r'<h2 id="[\w-]+-title">([^<]+)</h2>', inbox(web, user))


def inbox(web: Web, user: User) -> str:
    return web.get(user, "/inbox").text.split("<main")[1]


def new(web: Web, user: User) -> int:
    return inbox(web, user).count('class="new"')


def see(web: Web, user: User) -> None:
    (shown_at,) = re.findall(r'name="shown_at" value="([^"]+)"', inbox(web, user)) or [""]
    web.post(user, "/inbox/seen", data={"shown_at": shown_at})


def note(web: Web, call_id: int, days_ago: int = 0) -> int:
    """A note of Bob to the agent of a call."""
    with db.session(web.engine) as session:
        sent = send_note(session, web.cast.bob, call_id, NoteFacts("Name the bank first."), actor(web.cast.bob))
        sent.created_at -= timedelta(days=days_ago)
        sent.told_at = sent.created_at
        session.add(sent)
        return id_of(sent)


def change_due(web: Web, call_id: int, days: int) -> None:
    with db.session(web.engine) as session:
        review = session.get_one(Review, web.review_of(call_id).id)
        review.due_at += timedelta(days=days) - (review.due_at - clock.now())
        session.add(review)


@pytest.mark.parametrize(
    ("who", "where"), [("alice", "/queue"), ("bob", "/queue"), ("dana", "/calls"), ("ada", "/queue")]
)
def test_an_empty_inbox_says_what_would_come_and_where_to_go(web: Web, who: str, where: str) -> None:
    page = inbox(web, getattr(web.cast, who))
    assert "Nothing waits for you" in page
    assert f'<a href="{where}">' in page


def test_a_review_that_was_begun_waits_for_who_began_it_alone(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call(customer_name="Grace Okafor")
    change_due(web, call, 5)
    review = web.review_of(call)
    with db.session(web.engine) as session:
        found = reviews.standing(session, review).findings[0]
        reviews.decide(
            session,
            id_of(review),
            found.id,
            Verdict.PASS,
            web.cast.alice,
            actor(web.cast.alice),
            reason_code="misheard",
        )
    assert kinds(web, web.cast.alice) == ["Reviews you have begun"]
    assert "Dana → Grace Okafor" in inbox(web, web.cast.alice)
    assert f'href="/reviews/{review.id}"' in inbox(web, web.cast.alice)
    assert kinds(web, web.cast.bob) == []


def test_what_is_due_or_overdue_waits_for_reviewers_who_see_the_call(web_everywhere: Web) -> None:
    web = web_everywhere
    late, later = web.make_call(note="late"), web.make_call(note="later")
    change_due(web, late, -2)
    change_due(web, later, 5)
    assert kinds(web, web.cast.alice) == ["Due today or overdue: 1"]
    assert "Overdue by 2 days" in inbox(web, web.cast.alice)
    assert kinds(web, web.cast.charlie) == []
    assert kinds(web, web.cast.dana) == []


def test_verdicts_whose_evidence_has_changed_wait_for_who_gave_them(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call()
    web.submit(call)
    with db.session(web.engine) as session:
        given = list(reviews.queries.verdicts(session, id_of(web.review_of(call))).values())
        for one in given[:3]:
            one.outdated = True
            session.add(one)
    assert kinds(web, web.cast.alice) == ["Evidence has changed since you decided"]
    assert "3 verdicts of yours rest on evidence that has changed" in inbox(web, web.cast.alice)
    assert kinds(web, web.cast.charlie) == []


def test_an_upload_that_failed_waits_for_who_sent_it(web_everywhere: Web) -> None:
    web = web_everywhere
    call_id = web.add_call("no sound at all", "broken.json")
    with db.session(web.engine) as session:
        call = calls.lock(session, call_id)
        call.state, call.created_by, call.error_message = CallState.FAILED, "Alice", "This file has no sound."
        session.add(call)
    assert kinds(web, web.cast.alice) == ["Your uploads that were not processed"]
    assert "This file has no sound." in inbox(web, web.cast.alice)
    assert kinds(web, web.cast.bob) == []


def test_an_agent_finds_notes_to_acknowledge_and_released_results_only(web_everywhere: Web) -> None:
    web = web_everywhere
    submitted, still_open = web.make_call(note="done"), web.make_call(note="open")
    web.submit(submitted)
    note(web, submitted)
    assert kinds(web, web.cast.dana) == ["Notes to acknowledge", "Results of your calls"]
    page = inbox(web, web.cast.dana)
    assert f'href="/calls/{submitted}"' in page
    assert f"/calls/{still_open}" not in page
    assert kinds(web, web.cast.mei) == []


def test_the_answer_of_an_agent_waits_for_who_wrote_the_note(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call()
    change_due(web, call, 5)
    sent = note(web, call)
    assert kinds(web, web.cast.bob) == []
    with db.session(web.engine) as session:
        acknowledge(session, web.cast.dana, sent, "I will.", actor(web.cast.dana))
    assert kinds(web, web.cast.bob) == ["Answers to your notes"]
    assert "I will." in inbox(web, web.cast.bob)
    assert kinds(web, web.cast.alice) == []


def test_a_note_that_nobody_acknowledges_for_days_waits_for_those_who_lead(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call()
    change_due(web, call, 5)
    note(web, call, days_ago=SILENT_DAYS - 1)
    assert kinds(web, web.cast.bob) == []
    note(web, call, days_ago=SILENT_DAYS + 1)
    assert kinds(web, web.cast.bob) == ["Notes not acknowledged for 3 days"]
    assert kinds(web, web.cast.alice) == []


def test_a_review_taken_back_by_another_waits_for_those_who_lead_the_team(web_everywhere: Web) -> None:
    web = web_everywhere
    reopened, retracted = web.make_call(note="one"), web.make_call(note="two")
    for call in (reopened, retracted):
        web.submit(call)
    web.post(web.cast.alice, f"/reviews/{web.review_of(reopened).id}/reopen", data={"reason": "I misheard"})
    web.post(web.cast.ada, f"/reviews/{web.review_of(retracted).id}/retract", data={"reason": "wrong call"})
    change_due(web, reopened, 5)
    page = inbox(web, web.cast.bob)
    assert "Reviews opened again or retracted" in page
    assert "Opened again by Alice" in page
    assert "Retracted by Ada" in page
    # What one did oneself is no news.
    assert "Retracted by Ada" not in inbox(web, web.cast.ada)
    assert "opened again" not in inbox(web, web.cast.charlie)


def test_new_is_what_came_since_the_last_visit_and_a_visit_alone_changes_nothing(web: Web) -> None:
    call = web.make_call()
    web.submit(call)
    note(web, call)
    assert new(web, web.cast.dana) == 2
    assert new(web, web.cast.dana) == 2
    see(web, web.cast.dana)
    assert new(web, web.cast.dana) == 0
    assert "Nothing new since you were here" in inbox(web, web.cast.dana)
    note(web, call)
    assert new(web, web.cast.dana) == 1


def test_what_came_after_the_page_was_shown_stays_new(web: Web) -> None:
    call = web.make_call()
    change_due(web, call, 5)
    note(web, call)
    (shown_at,) = re.findall(r'name="shown_at" value="([^"]+)"', inbox(web, web.cast.dana))
    note(web, call)
    web.post(web.cast.dana, "/inbox/seen", data={"shown_at": shown_at})
    assert new(web, web.cast.dana) == 1


def test_nobody_can_mark_as_seen_what_has_not_come_yet(web: Web) -> None:
    call = web.make_call()
    web.post(web.cast.dana, "/inbox/seen", data={"shown_at": "2200-01-01T00:00:00+00:00"})
    note(web, call)
    assert new(web, web.cast.dana) == 1


def test_the_navigation_asks_for_the_number_of_new_entries(web: Web) -> None:
    call = web.make_call()
    change_due(web, call, 5)
    assert 'hx-get="/inbox/count?seen=0"' in web.get(web.cast.dana, "/calls").text
    assert web.get(web.cast.dana, "/inbox/count").status_code == 204
    note(web, call)
    counted = web.get(web.cast.dana, "/inbox/count")
    assert ">1<" in counted.text
    assert counted.headers["cache-control"] == "private, max-age=60"
    see(web, web.cast.dana)
    # Another address, so that no browser goes on showing the number it knows.
    assert 'hx-get="/inbox/count?seen=0"' not in web.get(web.cast.dana, "/calls").text
    assert web.get(web.cast.dana, "/inbox/count").status_code == 204


def test_a_deleted_call_waits_for_nobody(web: Web) -> None:
    call = web.make_call()
    web.submit(call)
    note(web, call)
    web.post(web.cast.bob, f"/calls/{call}/delete", data={"reason": "asked for"})
    assert kinds(web, web.cast.dana) == []
    with db.session(web.engine, reads_only=True) as session:
        assert session.get(CoachingNote, 1) is not None
