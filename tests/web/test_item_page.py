"""One item over a period: never a share without its count, only calls one may see, and the failing ones to be heard."""

import re
from datetime import date

from app.accounts.models import User
from app.domain.evidence import Verdict
from app.evaluations.models import StoredFinding
from app.kit import db
from app.kit.db import id_of
from app.request import actor
from app.reviews import service as reviews
from app.reviews.models import Review
from tests.web.conftest import Web

ITEM = "closing_question"
DAYS = "card=inbound-en&first=2026-10-01&last=2026-10-31"
RUDE = (("agent", "Yeah, what?"), ("customer", "My parcel never came."), ("agent", "Not my problem."))


def page(web: Web, user: User, query: str = "", item: str = ITEM) -> str:
    return web.get(user, f"/items/{item}?{DAYS}{query}").text.split("<main")[1]


def text(html: str) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def failing(web: Web, user: User, query: str = "", item: str = ITEM) -> list[int]:
    """The calls that are listed, in their order."""
    listed = page(web, user, query, item)
    found = []
    for review in re.findall(r'<a class="button small" href="/(reviews|calls)/(\d+)"', listed):
        kind, number = review[0], int(review[1])
        with db.session(web.engine, reads_only=True) as session:
            found.append(session.get_one(Review, number).call_id if kind == "reviews" else number)
    return found


def make(web: Web, name: str, day: int = 1, *said: tuple[str, str], **facts: str) -> int:
    return web.make_call(
        *(said or RUDE), note=name, external_id=name, started_at=f"2026-10-{day:02}T09:00:00+08:00", **facts
    )


def submit(web: Web, call: int, verdict: Verdict, reason: str = "misheard", note: str = "") -> None:
    """Alice decides the item so, passes all others, and submits."""
    alice, review = web.cast.alice, id_of(web.review_of(call))
    with db.session(web.engine) as session:
        for found in reviews.standing(session, session.get_one(Review, review)).findings:
            given, why = (verdict, note) if found.id == ITEM else (Verdict.PASS, "")
            reviews.decide(session, review, found.id, given, alice, actor(alice), reason_code=reason, note=why)
        reviews.submit(session, review, alice, actor(alice))


def test_failing_calls_are_listed_newest_day_first_with_what_was_searched(web_everywhere: Web) -> None:
    web = web_everywhere
    early, late = make(web, "early", 2), make(web, "late", 9)
    make(web, "other-month", 1, agent="mei", team="Team A")
    assert failing(web, web.cast.bob)[:2] == [late, early]
    shown = text(page(web, web.cast.bob))
    assert "Searched: Agent" in shown
    assert "early" in shown


def test_the_share_of_fails_stands_with_its_count_and_range(web_everywhere: Web) -> None:
    web = web_everywhere
    make(web, "one", 2)
    make(web, "two", 3)
    good = (("agent", "Hello."), ("customer", "My card."), ("agent", "Is there anything else I can help you with?"))
    make(web, "three", 4, *good, ("customer", "No."), ("agent", "Goodbye."))
    shown = text(page(web, web.cast.bob))
    assert "67 % 2 of 3 Between 21–94 % (95 % range)" in shown
    assert "Failed, by people – Nothing to count yet" in shown
    # No percentage but the lines of the chart stands without a count beside it.
    for value in re.findall(
        r'<span class="strong">\d+ %</span> <span class="muted">\([^)]+\)</span></span>(.{0,60})',
        page(web, web.cast.bob),
    ):
        assert " of " in value


def test_calls_of_another_team_are_neither_listed_nor_counted(web_everywhere: Web) -> None:
    web = web_everywhere
    mine = make(web, "mine", 2)
    make(web, "theirs", 3, agent="kenji", team="Team B")
    assert failing(web, web.cast.alice) == [mine]
    assert "1 of 1" in text(page(web, web.cast.alice))
    assert len(failing(web, web.cast.ada)) == 2
    assert failing(web, web.cast.alice, f"&team={web.cast.team_b.id}") == []


def test_agents_have_no_item_pages(web: Web) -> None:
    assert web.get(web.cast.dana, "/items").status_code == 403
    assert web.get(web.cast.dana, f"/items/{ITEM}").status_code == 403


def test_an_item_that_no_scorecard_has_is_not_found(web: Web) -> None:
    assert web.get(web.cast.bob, "/items/no_such_item").status_code == 404
    assert web.get(web.cast.bob, f"/items/{ITEM}?card=no-such-card").status_code == 404
    assert web.get(web.cast.bob, "/items/Robert'--").status_code in (404, 422)


def test_filters_by_agent_and_day_hold_for_counts_and_clips_alike(web_everywhere: Web) -> None:
    web = web_everywhere
    of_dana, of_mei = make(web, "dana", 2), make(web, "mei", 3, agent="mei")
    assert failing(web, web.cast.bob, f"&agent={web.cast.mei.id}") == [of_mei]
    assert "1 of 1" in text(page(web, web.cast.bob, f"&agent={web.cast.mei.id}"))
    assert failing(web, web.cast.bob, "&last=2026-10-02") == [of_dana]


def test_what_people_decided_stands_beside_what_the_machine_found(web_everywhere: Web) -> None:
    web = web_everywhere
    shared, overturned, waiting = make(web, "shared", 2), make(web, "overturned", 3), make(web, "waiting", 4)
    submit(web, shared, Verdict.FAIL)
    submit(web, overturned, Verdict.PASS, reason="said_otherwise", note="He asks it at once")
    assert failing(web, web.cast.bob) == [waiting, overturned, shared]
    assert failing(web, web.cast.bob, "&which=people") == [shared]
    assert failing(web, web.cast.bob, "&which=overturned") == [overturned]
    assert failing(web, web.cast.bob, "&which=missed") == []
    shown = text(page(web, web.cast.bob))
    assert "Overridden by people 50 % 1 of 2" in shown
    assert "Machine and people agree 50 % 1 of 2" in shown
    assert "It was said in other words 1" in shown
    assert "He asks it at once" in shown
    assert "✕ Fail 1 1 (the same) 0" in shown


def test_a_fail_that_the_machine_missed_is_found_too(web: Web) -> None:
    good = (("agent", "Hello."), ("customer", "My card."), ("agent", "Is there anything else I can help you with?"))
    missed = make(web, "missed", 4, *good, ("customer", "No."), ("agent", "Goodbye."))
    submit(web, missed, Verdict.FAIL)
    assert failing(web, web.cast.bob, "&which=missed") == [missed]


def test_a_rule_is_not_rated_from_fewer_calls_than_its_gate_needs(web: Web) -> None:
    submit(web, make(web, "one", 2), Verdict.FAIL)
    quality = text(page(web, web.cast.bob)).split("How good the rule is")[1]
    assert "1 of 1 – Too few to say" in quality
    assert "100 %" not in quality.split("Blind verdicts")[0]


def test_a_call_that_is_reviewed_blind_is_not_given_away(web_everywhere: Web) -> None:
    web = web_everywhere
    hidden, other = make(web, "hidden", 2), make(web, "other", 3)
    with db.session(web.engine) as session:
        review = session.get_one(Review, web.review_of(hidden).id)
        review.blind = True
        session.add(review)
    assert failing(web, web.cast.bob) == [other]


def test_a_draft_of_a_reviewer_is_nobodys_verdict_yet(web: Web) -> None:
    call = make(web, "draft", 2)
    web.decide_all(call)
    listed = page(web, web.cast.bob).split("data-clip-list")[1].split("</ol>")[0]
    assert 'class="verdict machine' in listed
    assert 'class="verdict person' not in listed


def test_a_deleted_call_is_neither_listed_nor_counted(web: Web) -> None:
    call = make(web, "gone", 2)
    web.post(web.cast.bob, f"/calls/{call}/delete", data={"reason": "asked for"})
    assert failing(web, web.cast.bob) == []
    assert "Nothing to count yet" in text(page(web, web.cast.bob))


def test_long_lists_go_on_where_the_last_page_ended(web_everywhere: Web) -> None:
    web = web_everywhere
    made = [make(web, f"call {number}", 1 + number % 3) for number in range(23)]
    expected = sorted(made, key=lambda one: (1 + made.index(one) % 3, one), reverse=True)
    first = page(web, web.cast.bob)
    (following,) = re.findall(r'href="([^"]+)" rel="next"', first)
    rest = web.get(web.cast.bob, following.replace("&amp;", "&")).text
    numbers = [re.findall(r'<span class="muted small">(call \d+)', html) for html in (first, rest)]
    assert [len(one) for one in numbers] == [20, 3]
    assert [made[int(one.split()[1])] for one in (*numbers[0], *numbers[1])] == expected
    assert 'rel="next"' not in rest


def test_a_made_up_place_in_the_list_is_refused(web: Web) -> None:
    assert web.get(web.cast.bob, f"/items/{ITEM}?after=2026-10-02").status_code == 422
    assert web.get(web.cast.bob, f"/items/{ITEM}?after=2026-13-45.7").status_code == 422


def test_the_chart_has_twelve_weeks_up_to_the_last_day_asked_for(web: Web) -> None:
    make(web, "one", 28)
    shown = page(web, web.cast.bob)
    weeks = re.findall(r'<text class="week[^"]*" x="[\d.]+%" y="160">([\d-]+)</text>', shown)
    assert len(weeks) == 12
    assert weeks[-1] == f"{date(2026, 10, 26):%m-%d}"
    assert '<polygon class="band"' in shown


def test_the_list_of_items_leads_to_each_with_the_same_days(web: Web) -> None:
    make(web, "one", 2)
    listed = web.get(web.cast.bob, "/items?first=2026-10-01&last=2026-10-31").text
    assert f'href="/items/{ITEM}?first=2026-10-01&amp;last=2026-10-31&amp;card=inbound-en"' in listed
    assert "1 of 1" in text(listed)
    assert web.get(web.cast.bob, "/items?first=2026-13-01").status_code == 422


def test_the_items_of_a_team_page_lead_to_their_own_pages(web: Web) -> None:
    web.submit(make(web, "one", 2), Verdict.FAIL)
    team = web.get(web.cast.bob, "/teams/1?first=2026-10-01&last=2026-10-31").text
    found = re.findall(r'href="(/items/[^"]+)"', team)
    assert found
    assert all(web.get(web.cast.bob, one.replace("&amp;", "&")).status_code == 200 for one in found)
    assert all("team=1" in one and "first=2026-10-01" in one for one in found)


def test_only_the_evaluation_that_counts_is_listed(web: Web) -> None:
    call = make(web, "again", 2)
    with db.session(web.engine) as session:
        stored = session.get_one(StoredFinding, 1)
        assert stored is not None
    web.post(web.cast.bob, "/calls/rescore", data={"call": str(call)})
    assert failing(web, web.cast.bob) == [call]
