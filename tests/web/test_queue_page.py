"""The queue's page: by when, why, who is at it; filters in the address; and blind reviews, which show no machine."""

import re
from datetime import timedelta

from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import clock, db
from app.kit.db import id_of
from app.kit.i18n import translator
from app.reviews import queries
from tests.web.conftest import GOOD, Web
from tests.web.test_review_routes import put

RUDE = (("agent", "Yeah, what?"), ("customer", "My parcel never came."), ("agent", "That is not my problem."))


def change(web: Web, call: int, **changed: object) -> None:
    with db.session(web.engine) as session:
        review = queries.of_call(session, call)
        for name, value in changed.items():
            setattr(review, name, value)
        session.add(review)


def row(page: str, review: int | None) -> str:
    return next(part for part in page.split("<tr>")[1:] if f'href="/reviews/{review}' in part)


def test_a_line_says_by_when_why_and_who_is_at_it(web: Web) -> None:
    plain, rude = web.make_call(note="1"), web.make_call(*RUDE, note="2", agent="mei")
    change(web, rude, due_at=clock.now() - timedelta(days=2, minutes=1))
    web.post(web.cast.alice, "/complaints", data={"call": rude, "category": "attitude", "text": "rude"})
    put(web, web.review_of(plain).id, "warm", user=web.cast.bob)
    page = web.get(web.cast.alice, "/queue").text
    late = row(page, web.review_of(rude).id)
    assert re.search(r"⚠</span> [23] days overdue", late)
    assert "Critical item failed" in late
    assert page.index("days overdue") < page.index("Bob is on it")
    assert "in 3 days" in row(page, web.review_of(plain).id)
    assert "Bob is at this review at this moment" in web.get(web.cast.alice, f"/reviews/{web.review_of(plain).id}").text
    assert "begun by you" in row(web.get(web.cast.bob, "/queue").text, web.review_of(plain).id)


def test_filters_stand_in_the_address_and_go_along_from_review_to_review(web: Web) -> None:
    calls = [web.make_call(note=str(number)) for number in range(3)]
    change(web, calls[1], due_at=clock.now() + timedelta(days=9))
    for one in (calls[0], calls[2]):
        change(web, one, due_at=clock.now() - timedelta(days=1))
    page = web.get(web.cast.alice, "/queue?overdue=1").text
    first, second = web.review_of(calls[0]).id, web.review_of(calls[2]).id
    assert f'href="/reviews/{first}?overdue=1"' in page
    assert f'href="/reviews/{web.review_of(calls[1]).id}' not in page
    assert web.post(web.cast.alice, "/queue/next?overdue=1").headers["location"] == f"/reviews/{first}?overdue=1"
    opened = web.get(web.cast.alice, f"/reviews/{first}?overdue=1").text
    assert "1 of 2" in opened
    assert 'href="/queue?overdue=1"' in opened
    web.decide_all(calls[0])
    sent = {"accept": "*/*", "referer": f"http://testserver/reviews/{first}?overdue=1"}
    done = web.post(web.cast.alice, f"/reviews/{first}/submit", headers=sent)
    assert done.json() == {"next": f"/reviews/{second}?overdue=1&notice=submitted"}
    assert "No call that waits is like this" in web.get(web.cast.alice, "/queue?language=ja").text


def test_a_call_without_a_review_is_sent_to_review_from_its_page(web: Web) -> None:
    call = web.make_call()
    with db.session(web.engine) as session:
        session.delete(queries.of_call(session, call))
    assert "Send to review" in web.get(web.cast.alice, f"/calls/{call}").text
    assert web.post(web.cast.dana, f"/calls/{call}/review").status_code == 403
    assert web.post(web.cast.charlie, f"/calls/{call}/review").status_code == 404
    assert web.post(web.cast.alice, f"/calls/{call}/review").headers["location"] == f"/calls/{call}?notice=queued"
    assert "Sent to review" in row(web.get(web.cast.alice, "/queue").text, web.review_of(call).id)
    assert "Send to review" not in web.get(web.cast.alice, f"/calls/{call}").text


def reasons(web: Web, call: int) -> list[str]:
    """What the machine says of each item, in the words of the pages."""
    with db.session(web.engine, reads_only=True) as session:
        from app.evaluations import queries as evaluations

        judged = evaluations.current(session, call)
        assert judged is not None
        found = evaluations.findings(session, id_of(judged))
    return [said for one in found if (said := one.reason.said(translator("en")))]


def test_nothing_of_the_machine_is_on_the_page_of_a_blind_review(blind_web: Web) -> None:
    web = blind_web
    call = web.make_call(*GOOD[:-1])
    page = web.get(web.cast.alice, f"/reviews/{web.review_of(call).id}").text
    assert "Blind review" in page
    assert '"blind": true' in page
    assert not [said for said in reasons(web, call) if said in page]
    for mark in ("Machine:", "<mark", "data-badge=", 'class="clip"', "Searched:", "Nearest miss", "% sure"):
        assert mark not in page, mark
    assert not re.search(r'"machine": (true|"(pass|fail|uncertain|not_applicable)")', page)
    assert set(re.findall(r'"pins": (\[.*?\])', page)) == {"[]"}
    assert "machine alone" not in page
    assert not re.search(r'class="choice[^"]* machine', page)
    assert page.count("What to listen for") >= 19


def test_lists_and_the_page_of_the_call_hide_it_until_the_review_is_submitted(blind_web: Web) -> None:
    web = blind_web
    call = web.make_call(*RUDE)
    review = web.review_of(call).id
    hidden = "Hidden until the blind review is submitted"
    for path in (f"/calls/{call}", "/calls", f"/calls/states?call={call}"):
        page = web.get(web.cast.alice, path).text
        assert hidden in page, path
        assert "verdict machine" not in page, path
        assert not [said for said in reasons(web, call) if said in page], path
    queue = row(web.get(web.cast.alice, "/queue").text, review)
    assert "Critical item failed" not in queue
    assert "to check" not in queue
    assert "Scored by the machine" not in web.get(web.cast.alice, f"/calls/{call}").text
    assert hidden not in web.get(web.cast.mei, "/calls").text
    saved = put(web, review, "standard_greeting", verdict="pass")
    assert (saved.status_code, saved.json()["totals"]["score"]) == (200, 100.0)
    assert "Decided" in web.get(web.cast.alice, f"/calls/{call}").text
    web.submit(call, Verdict.PASS)
    shown = web.get(web.cast.alice, f"/reviews/{review}").text
    assert "Machine:" in shown
    assert '"blind": false' in shown
    assert "Scored by the machine" in web.get(web.cast.alice, f"/calls/{call}").text
    assert web.review_of(call).state == ReviewState.RELEASED
