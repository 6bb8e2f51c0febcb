"""The pages on which an agent answers a result, and on which others release it and decide disputes."""

import re

from app.accounts.models import User
from app.calls import queries as calls
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import db
from app.kit.pagination import PAGE_SIZE
from app.request import actor
from app.reviews import disputes, queries
from app.reviews.disputes import Objection
from app.reviews.models import Review
from app.settings import Settings
from tests.web.conftest import Web, serve

TITLE = "Opens with the standard greeting"


def released(web: Web) -> tuple[int, int]:
    """A call of Dana's that Alice failed, and its review."""
    call = web.make_call()
    web.submit(call, Verdict.FAIL)
    return call, web.review_of(call).id or 0


def disputed(web: Web) -> tuple[int, int]:
    call, review = released(web)
    fields = {"item": "polite", "proposed": "pass", "reason": "I was friendly."}
    assert web.post(web.cast.dana, f"/reviews/{review}/disputes", data=fields).status_code == 303
    return call, review


def test_until_it_is_released_an_agent_finds_a_result_nowhere(sqlite, tmp_path) -> None:
    with sqlite.fresh(tmp_path) as url:
        settings = Settings(data_dir=tmp_path, database_url=url, blind_share=0, double_share=0, release_hours=None)
        for web in serve(settings):
            call, review = released(web)
            dana, bob = web.cast.dana, web.cast.bob
            for path in (f"/calls/{call}", "/calls", "/inbox", "/calls?outcome=failed"):
                page = web.get(dana, path).text
                assert TITLE not in page, path
                assert "verdict person" not in page, path
                assert "Failed" not in page.split("<main")[1].replace("<option", "").split("</form>")[-1], path
            assert web.get(dana, f"/calls/{call}/sheet").status_code == 409
            assert web.post(dana, f"/reviews/{review}/acknowledge").status_code == 409
            assert web.post(web.cast.alice, f"/reviews/{review}/release").status_code == 403
            assert f'value="{review}"' in web.get(bob, "/releases").text
            assert web.post(bob, "/releases", data={"review": [str(review)]}).status_code == 303
            assert TITLE in web.get(dana, f"/calls/{call}").text
            assert "Nothing waits" in web.get(bob, "/releases").text


def test_an_agent_acknowledges_with_words_and_their_reviewer_reads_them(web: Web) -> None:
    call, review = released(web)
    assert web.post(web.cast.mei, f"/reviews/{review}/acknowledge").status_code == 404
    assert web.post(web.cast.dana, f"/reviews/{review}/acknowledge", data={"reply": "Thanks"}).status_code == 303
    assert web.review_of(call).state == ReviewState.ACKNOWLEDGED
    assert "Thanks" in web.get(web.cast.alice, f"/calls/{call}").text
    assert "Dispute this item" not in web.get(web.cast.dana, f"/calls/{call}").text


def test_a_dispute_is_decided_by_another_and_the_agent_reads_how(web: Web) -> None:
    call, _ = disputed(web)
    address = re.search(r"/disputes/\d+", web.get(web.cast.bob, "/disputes").text)
    assert address is not None
    page = web.get(web.cast.bob, address[0]).text
    assert "I was friendly." in page
    assert "Decide and tell the agent" in page
    assert "Decide and tell the agent" not in web.get(web.cast.alice, address[0]).text
    assert web.get(web.cast.charlie, address[0]).status_code == 404
    decide = {"outcome": "accepted"}
    assert web.post(web.cast.dana, f"{address[0]}/decide", data=decide).status_code == 403
    assert web.post(web.cast.alice, f"{address[0]}/decide", data=decide).status_code == 403
    refused = web.post(web.cast.bob, f"{address[0]}/decide", data={"outcome": "rejected"})
    assert refused.status_code == 422
    assert web.post(web.cast.bob, f"{address[0]}/decide", data=decide).status_code == 303
    assert web.review_of(call).state == ReviewState.RESOLVED
    assert "Accepted" in web.get(web.cast.dana, "/disputes?which=decided").text
    history = web.get(web.cast.bob, f"/calls/{call}").text
    assert "accepted: Fail → Pass" in history


def test_the_list_of_open_disputes_goes_on_where_a_page_ends(web: Web) -> None:
    for number in range(4):
        call = web.make_call(note=str(number))
        web.submit(call)
        review = web.review_of(call).id or 0
        with db.session(web.engine) as session:
            for item in queries.verdicts(session, review):
                unfair = Objection(item, Verdict.FAIL, None, "No.")
                disputes.dispute(session, review, web.cast.dana.id or 0, unfair, actor(web.cast.dana), 7)
    address, found = "/disputes", list[str]()
    while address:
        page = web.get(web.cast.bob, address).text
        found += re.findall(r'<a class="quiet" href="/disputes/(\d+)">', page)
        further = re.search(r'href="([^"]+)" rel="next">Next page', page)
        address = further[1].replace("&amp;", "&") if further else ""
    assert len(found) > PAGE_SIZE
    assert found == sorted(set(found), key=int)


def told_to(web: Web, user: User, call: int) -> str:
    answer = web.get(user, f"/calls/{call}")
    assert answer.status_code == 200
    return answer.text.split("<main")[1]


def test_the_agent_of_a_part_reads_the_result_but_not_what_the_calls_own_agent_says_to_it(web: Web) -> None:
    call, review = disputed(web)
    dana, mei, bob = web.cast.dana, web.cast.mei, web.cast.bob
    names = set(re.findall(r'name="(verdict_\w+)"', web.get(dana, f"/calls/{call}/self-score").text))
    web.post(dana, f"/calls/{call}/self-score", data=dict.fromkeys(names, "pass") | {"note_polite": "I tried."})
    shared = {"version": 0, "agent": [mei.id], "start": ["0:10"], "end": ["0:14"]}
    with db.session(web.engine, reads_only=True) as session:
        shared["version"] = calls.call(session, bob, call).version
    assert web.post(bob, f"/calls/{call}/segments", data=shared).status_code == 303
    [number] = re.findall(r"/disputes/(\d+)", web.get(bob, "/disputes").text)
    web.post(bob, f"/disputes/{number}/decide", data={"outcome": "rejected", "reply": "You sighed."})
    web.post(dana, f"/reviews/{review}/acknowledge", data={"reply": "So be it."})
    theirs = ("I was friendly.", "I tried.", "So be it.")
    for reader in (dana, bob):
        assert [words for words in theirs if words in told_to(web, reader, call)] == list(theirs)
    page = told_to(web, mei, call)
    assert TITLE in page
    assert [words for words in (*theirs, "You sighed.", "Acknowledged") if words in page] == []


def test_an_agent_to_whom_a_call_is_given_reads_none_of_the_former_agents_disputes(web: Web) -> None:
    call, review = disputed(web)
    with db.session(web.engine) as session:
        calls.lock(session, call).agent_id = web.cast.mei.id
        again = session.get_one(Review, review)
        again.state = ReviewState.RELEASED
        session.add(again)
    assert "I was friendly." in told_to(web, web.cast.bob, call)
    assert "I was friendly." not in told_to(web, web.cast.mei, call)
    objection = {"item": "standard_greeting", "proposed": "pass", "reason": "I did greet."}
    assert web.post(web.cast.mei, f"/reviews/{review}/disputes", data=objection).status_code == 303
    [number] = re.findall(r'/disputes/(\d+)"', web.get(web.cast.mei, "/disputes").text)
    assert "I did greet." in web.get(web.cast.mei, f"/disputes/{number}").text
    assert "I was friendly." not in web.get(web.cast.mei, f"/disputes/{number}").text


def test_an_agent_scores_their_own_call_once_and_what_is_missing_is_marked(web: Web) -> None:
    call, _ = released(web)
    page = web.get(web.cast.dana, f"/calls/{call}/self-score").text
    names = sorted(set(re.findall(r'name="(verdict_\w+)"', page)))
    unfinished = {names[0]: "pass", "note_polite": "I tried."}
    answer = web.post(web.cast.dana, f"/calls/{call}/self-score", data=unfinished)
    assert answer.status_code == 422
    assert answer.text.count("Choose one.") == len(names) - 1
    assert "I tried." in answer.text
    assert web.get(web.cast.alice, f"/calls/{call}/self-score").status_code == 404
    notes = dict.fromkeys((name.replace("verdict_", "note_") for name in names), "")
    given = dict.fromkeys(names, "pass") | notes | {"note_polite": "I tried."}
    assert web.post(web.cast.dana, f"/calls/{call}/self-score", data=given).status_code == 303
    shown = web.get(web.cast.alice, f"/calls/{call}").text
    assert "The agent’s own score" in shown
    assert "I tried." in shown
    assert web.get(web.cast.dana, f"/calls/{call}/self-score").status_code == 409
    with db.session(web.engine, reads_only=True) as session:
        assert len(queries.all_of_call(session, call)) == 2


def test_where_the_own_score_comes_first_the_result_waits_for_it(sqlite, tmp_path) -> None:
    with sqlite.fresh(tmp_path) as url:
        settings = Settings(data_dir=tmp_path, database_url=url, blind_share=0, double_share=0, self_score="first")
        for web in serve(settings):
            call, _ = released(web)
            before = web.get(web.cast.dana, f"/calls/{call}").text
            assert "Score the call yourself first" in before
            assert "verdict person" not in before
            assert web.post(web.cast.dana, f"/calls/{call}/self-score/decline").status_code == 303
            assert TITLE in web.get(web.cast.dana, f"/calls/{call}").text
