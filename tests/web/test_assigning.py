"""Taking, giving out, handing over and setting aside, as the pages do it, and who may."""

import re

import pytest

from app.accounts.models import Role
from app.domain.lifecycle import ReviewState
from app.kit import clock, db
from app.kit.db import id_of
from app.reviews import queries
from app.settings import Settings
from tests.databases import SqliteDatabases
from tests.web.conftest import Web, serve
from tests.web.test_queue_page import change, row
from tests.web.test_review_routes import put


def holder(web: Web, call: int) -> int | None:
    return web.review_of(call).assigned_to


def test_a_reviewer_takes_a_call_and_gives_it_back(web: Web) -> None:
    call = web.make_call()
    review = web.review_of(call).id
    assert "Take" in row(web.get(web.cast.alice, "/queue").text, review)
    took = web.post(
        web.cast.alice, f"/reviews/{review}/claim", headers={"referer": "http://testserver/queue?which=unassigned"}
    )
    assert took.headers["location"] == "/queue?which=unassigned&notice=claimed"
    assert holder(web, call) == web.cast.alice.id
    assert "yours" in row(web.get(web.cast.alice, "/queue?which=mine").text, review)
    assert "Alice" in row(web.get(web.cast.bob, "/queue").text, review)
    assert web.post(web.cast.charlie, f"/reviews/{review}/claim").status_code == 404
    assert web.post(web.cast.bob, f"/reviews/{review}/claim").status_code == 409
    back = web.post(web.cast.alice, f"/reviews/{review}/give-back", data={"words": "I know them."})
    assert back.headers["location"] == "/queue?notice=given_back"
    assert holder(web, call) is None
    assert "Review of Alice given back" in web.get(web.cast.bob, f"/calls/{call}").text


def test_each_part_of_the_queue_shows_what_its_name_says(web: Web) -> None:
    mine, free, gone = (web.make_call(note=str(number)) for number in range(3))
    web.post(web.cast.alice, f"/reviews/{web.review_of(mine).id}/claim")
    web.post(web.cast.alice, f"/reviews/{web.review_of(gone).id}/set-aside", data={"reason": "voicemail"})

    def shown(which: str) -> set[int]:
        page = web.get(web.cast.bob if which == "open" else web.cast.alice, f"/queue?which={which}").text
        return {int(one) for one in re.findall(r'href="/reviews/(\d+)', page)}

    ids = {name: web.review_of(call).id for name, call in (("mine", mine), ("free", free), ("gone", gone))}
    assert shown("open") == {ids["mine"], ids["free"]}
    assert shown("mine") == {ids["mine"]}
    assert shown("unassigned") == {ids["free"]}
    assert shown("set_aside") == {ids["gone"]}


def test_a_lead_assigns_what_they_chose_and_others_may_not(web: Web) -> None:
    calls = [web.make_call(note=str(number)) for number in range(3)]
    reviews = [web.review_of(call).id for call in calls]
    sent = {"review": reviews[:2], "to": web.cast.alice.id}
    assert web.post(web.cast.alice, "/queue/assign", data=sent).status_code == 403
    assert web.post(web.cast.bob, "/queue/assign", data={"to": web.cast.alice.id}).status_code == 422
    assert web.post(web.cast.bob, "/queue/assign", data={**sent, "to": web.cast.charlie.id}).status_code == 404
    assert web.post(web.cast.bob, "/queue/assign", data=sent).headers["location"] == "/queue?notice=assigned"
    assert [holder(web, call) for call in calls] == [web.cast.alice.id, web.cast.alice.id, None]
    assert 'name="to"' in web.get(web.cast.bob, "/queue").text
    assert 'name="to"' not in web.get(web.cast.alice, "/queue").text


def test_the_page_tells_who_would_get_how_many_and_what_nobody_can_take(web: Web) -> None:
    own, other = web.make_call(note="1", agent="alice"), web.make_call(note="2")
    page = web.get(web.cast.bob, "/queue/assign").text
    assert "Share out 1 call" in page
    assert "<strong>+1</strong>" in page
    assert "Who could has taken part in the call" in page
    assert web.get(web.cast.alice, "/queue/assign").status_code == 403
    assert web.post(web.cast.bob, "/queue/share").headers["location"] == "/queue/assign?notice=shared_out"
    assert (holder(web, own), holder(web, other)) == (None, web.cast.alice.id)
    web.post(web.cast.bob, f"/queue/limits/{web.cast.alice.id}", data={"most": "1"})
    third = web.make_call(note="3")
    assert "as much as they are given at most" in web.get(web.cast.bob, "/queue/assign").text
    web.post(web.cast.bob, "/queue/share")
    assert holder(web, third) is None
    assert web.post(web.cast.bob, f"/queue/limits/{web.cast.alice.id}", data={"most": "x"}).status_code == 422
    assert web.post(web.cast.bob, f"/queue/limits/{web.cast.charlie.id}", data={"most": "3"}).status_code == 404


def test_what_somebody_away_has_is_handed_over(web: Web) -> None:
    call = web.make_call()
    put(web, web.review_of(call).id, "warm")
    with db.session(web.engine) as session:
        alice = session.merge(web.cast.alice)
        alice.absent_from = clock.now().date().replace(day=1)
    page = web.get(web.cast.bob, "/queue/handover").text
    assert "Alice" in page
    assert "away" in page
    assert web.get(web.cast.alice, "/queue/handover").status_code == 403
    sent = {"whose": web.cast.alice.id, "to": web.cast.bob.id}
    assert (
        web.post(web.cast.bob, "/queue/handover", data=sent).headers["location"] == "/queue/handover?notice=handed_over"
    )
    assert holder(web, call) == web.cast.bob.id
    assert "handed over to Bob" in web.get(web.cast.bob, f"/calls/{call}").text


def test_a_call_is_set_aside_brought_back_and_never_a_result(web: Web) -> None:
    call, following = web.make_call(note="1"), web.make_call(note="2")
    review, after = web.review_of(call).id, web.review_of(following).id
    page = web.get(web.cast.alice, f"/reviews/{review}/leave")
    assert page.status_code == 200
    assert page.text.count('name="reason"') == 7
    said = {"reason": "other", "words": ""}
    assert web.post(web.cast.alice, f"/reviews/{review}/set-aside", data=said).status_code == 422
    assert web.post(web.cast.alice, f"/reviews/{review}/set-aside", data={"reason": "bored"}).status_code == 422
    assert web.post(web.cast.charlie, f"/reviews/{review}/set-aside", data={"reason": "personal"}).status_code == 404
    gone = web.post(web.cast.alice, f"/reviews/{review}/set-aside", data={"reason": "other", "words": "A test call."})
    assert gone.headers["location"] == f"/reviews/{after}?notice=set_aside"
    aside = web.get(web.cast.alice, "/queue?which=set_aside").text
    assert "Another reason" in aside
    assert "100 %" in aside
    assert "Set aside: A test call." in web.get(web.cast.bob, f"/calls/{call}").text
    assert "Bring back" in web.get(web.cast.alice, f"/reviews/{review}").text
    assert web.get(web.cast.alice, f"/reviews/{review}/leave").status_code == 404
    agents = web.get(web.cast.dana, f"/calls/{call}").text
    assert "Set aside" not in agents
    back = web.post(web.cast.alice, f"/reviews/{review}/bring-back")
    assert back.headers["location"] == f"/reviews/{review}?notice=brought_back"
    assert web.review_of(call).state == ReviewState.OPEN


def test_nobody_is_let_score_their_own_call(web: Web) -> None:
    call = web.make_call(agent="alice")
    review = web.review_of(call).id
    assert f'href="/reviews/{review}' not in web.get(web.cast.alice, "/queue").text
    assert put(web, review, "warm").status_code == 403
    assert web.post(web.cast.alice, "/queue/next").headers["location"] == "/queue?notice=queue_empty"


def test_where_it_is_automatic_a_new_call_is_given_out_at_once(sqlite: SqliteDatabases, tmp_path) -> None:
    with sqlite.fresh(tmp_path) as url:
        settings = Settings(data_dir=tmp_path, database_url=url, blind_share=0, assign="auto")
        for web in serve(settings):
            call = web.make_call()
            assert holder(web, call) == web.cast.alice.id
            assert "Alice" in row(web.get(web.cast.bob, "/queue").text, web.review_of(call).id)


def test_who_shared_a_call_is_said_on_its_page_and_in_the_answers(web: Web) -> None:
    call = web.make_call()
    with db.session(web.engine, reads_only=True) as session:
        version = queries.calls.call(session, web.cast.bob, call).version
    sent = {"version": version, "agent": [web.cast.mei.id, 0], "start": ["0:10", ""], "end": ["0:14", ""]}
    assert web.post(web.cast.dana, f"/calls/{call}/segments", data=sent).status_code == 403
    assert web.post(web.cast.alice, f"/calls/{call}/segments", data=sent).status_code == 303
    page = web.get(web.cast.alice, f"/calls/{call}").text
    assert "Mei 0:10–0:14" in page
    assert '<span class="who">Mei</span>' in page
    assert '<span class="who">Dana</span>' in page
    assert web.get(web.cast.mei, f"/calls/{call}").status_code == 200
    assert web.post(web.cast.alice, f"/calls/{call}/segments", data=sent).status_code == 412
    bad = {**sent, "version": version + 1, "end": ["0:01", ""]}
    assert web.post(web.cast.alice, f"/calls/{call}/segments", data=bad).status_code == 422
    gone = {"version": version + 1, "agent": [0], "start": ["0:10"], "end": ["0:14"]}
    web.post(web.cast.alice, f"/calls/{call}/segments", data=gone)
    assert web.get(web.cast.mei, f"/calls/{call}").status_code == 404


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN])
def test_leads_are_given_none_by_the_rule_unless_they_say_so(web: Web, role: Role) -> None:
    call = web.make_call()
    lead = web.cast.bob if role == Role.SUPERVISOR else web.cast.ada
    with db.session(web.engine) as session:
        session.merge(web.cast.alice).active = False
    web.post(web.cast.ada, "/queue/share")
    assert holder(web, call) is None
    web.post(web.cast.ada, f"/queue/limits/{id_of(lead)}", data={"most": "5"})
    web.post(web.cast.ada, "/queue/share")
    assert holder(web, call) == lead.id


def test_the_queue_stays_apart_from_what_is_overdue(web: Web) -> None:
    call = web.make_call()
    change(web, call, due_at=clock.now())
    assert f"/reviews/{web.review_of(call).id}" in web.get(web.cast.alice, "/queue?overdue=1&which=unassigned").text
