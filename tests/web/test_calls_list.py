"""The list of calls: what narrows it, in which order it stands, and what was said in the calls it shows."""

import json
import re
from datetime import UTC, datetime

from app.accounts.models import User
from app.calls import service
from app.calls.models import CallState
from app.domain.evidence import Verdict
from app.kit import clock, db
from app.ledger.service import machine
from app.request import actor
from app.retention.service import delete_call
from tests.web.conftest import Web, turns


def listed(web: Web, query: str = "", user: User | None = None) -> list[int]:
    """The calls of the page, in its order."""
    page = web.get(user or web.cast.ada, f"/calls?{query}")
    assert page.status_code == 200, page.text
    return [int(one) for one in re.findall(r'<th scope="row"><a class="quiet" href="/calls/(\d+)', page.text)]


def say(web: Web, text: str, **facts: str) -> int:
    """A scored call in which the customer says this."""
    return web.make_call(("agent", "Hello, how can I help you?"), ("customer", text), note=text, **facts)


def test_what_was_said_is_shown_with_who_said_it_and_when(web: Web) -> None:
    call = say(web, "My <b>refund</b> never came.")
    other = say(web, "Thank you.")
    page = web.get(web.cast.ada, "/calls?words=REFUND").text
    assert f'href="/calls/{call}?find=refund#turn-2"' in page
    assert '<span class="time">0:05</span> <span class="who customer">Customer</span>' in page
    assert "My &lt;b&gt;<mark>refund</mark>&lt;/b&gt; never came." in page
    assert f"/calls/{other}" not in page
    assert 'value="REFUND"' in page
    opened = web.get(web.cast.ada, f"/calls/{call}?find=refund").text
    assert 'id="turn-2"' in opened


def test_a_long_turn_is_quoted_around_the_words(web: Web) -> None:
    say(web, f"{'before ' * 60}the needle is here {'after ' * 60}")
    page = web.get(web.cast.ada, "/calls?words=needle").text
    quoted = re.search(r'class="said">(.*?)</span>', page)
    assert quoted is not None
    assert "the <mark>needle</mark> is here" in quoted[1]
    assert len(quoted[1]) < 250
    assert quoted[1].startswith("…")
    assert quoted[1].endswith("…")


def test_of_many_places_the_first_are_shown_and_the_others_counted(web: Web) -> None:
    web.make_call(*[("customer", f"parcel number {at}") for at in range(5)])
    page = web.get(web.cast.ada, "/calls?words=parcel").text
    assert page.count("<mark>parcel</mark>") == 2
    assert "and in 3 more turns" in page


def test_an_agent_finds_what_was_said_in_their_own_calls_alone(web: Web) -> None:
    own = say(web, "the password is swordfish", agent="dana")
    say(web, "the password is swordfish, too", agent="mei")
    assert listed(web, "words=swordfish", web.cast.dana) == [own]
    assert listed(web, "words=swordfish", web.cast.kenji) == []
    assert "swordfish" not in web.get(web.cast.kenji, "/calls?words=sword").text


def test_corrected_words_are_found_at_once_and_a_deleted_call_never_again(web: Web) -> None:
    call = say(web, "I want a refunt")
    assert listed(web, "words=refunt") == [call]
    version = re.findall(r'name="version" value="(\d+)"', web.get(web.cast.alice, f"/calls/{call}").text)[0]
    mended = {"text": "I want a refund", "version": version}
    web.post(web.cast.alice, f"/calls/{call}/turns/1/words", data=mended)
    assert listed(web, "words=refunt") == []
    assert listed(web, "words=refund") == [call]
    with db.session(web.engine) as session:
        delete_call(session, web.engine, web.worker.blobs, call, actor(web.cast.ada), "asked for")
    assert listed(web, "words=refund") == []


def test_calls_are_found_by_what_came_of_them_and_who_decided(web: Web) -> None:
    passed, failed, left = (say(web, text) for text in ("one", "two", "three"))
    web.submit(passed, Verdict.PASS)
    web.submit(failed, Verdict.FAIL)
    assert listed(web, "outcome=passed&by=person") == [passed]
    assert listed(web, "outcome=failed&by=person") == [failed]
    assert listed(web, "by=person") == [failed, passed]
    assert listed(web, "by=machine") == [left]
    shown = {one: listed(web, f"outcome={one}") for one in ("passed", "failed", "open", "not_applicable")}
    assert sorted(call for calls in shown.values() for call in calls) == [passed, failed, left], "each stands in one"
    assert listed(web, "outcome=failed", web.cast.dana) == [failed]
    assert listed(web, "by=machine", web.cast.dana) == [failed, passed], "what the machine thinks is not told to agents"


def test_what_the_machine_found_in_a_blind_review_is_not_told_by_a_filter(web: Web) -> None:
    call = say(web, "one")
    review = web.review_of(call)
    found = [one for one in ("passed", "failed", "open", "not_applicable") if listed(web, f"outcome={one}")]
    assert len(found) == 1
    with db.session(web.engine) as session:
        review.blind = True
        session.add(review)
    assert listed(web, f"outcome={found[0]}") == []
    assert listed(web, "by=machine") == [call]


def test_calls_with_a_complaint_are_found_by_staff(web: Web) -> None:
    call, _ = say(web, "one"), say(web, "two")
    given = {"call": str(call), "received_at": "2026-10-06T10:00", "category": "attitude", "text": "rude"}
    assert web.post(web.cast.alice, "/complaints", data=given).status_code == 303
    assert listed(web, "complaint=yes") == [call]
    assert "complaint" not in web.get(web.cast.dana, "/calls").text.lower()


def test_the_list_stands_in_the_order_of_arrival_or_of_the_calls(web: Web) -> None:
    old = say(web, "one", started_at=datetime(2026, 10, 1, tzinfo=UTC))  # type: ignore[arg-type]
    new = say(web, "two", started_at=datetime(2026, 10, 9, tzinfo=UTC))  # type: ignore[arg-type]
    between = say(web, "three", started_at=datetime(2026, 10, 5, tzinfo=UTC))  # type: ignore[arg-type]
    assert listed(web) == [between, new, old]
    assert listed(web, "order=start") == [new, between, old]
    assert listed(web, f"order=start&before={new}") == [between, old]


def test_the_address_says_what_was_chosen_and_the_form_shows_it(web: Web) -> None:
    say(web, "one")
    page = web.get(web.cast.ada, "/calls?state=scored&outcome=&by=&order=start&first=2026-10-01&words=&complaint=").text
    assert '<option value="scored" selected>' in page
    assert '<option value="start" selected>' in page
    assert '<details class="more-filters" open>' in page
    assert 'hx-get="/calls?state=scored&amp;first=2026-10-01&amp;order=start"' in page
    assert web.get(web.cast.ada, "/calls?state=nonsense").status_code == 422


def test_pages_follow_each_other_within_what_was_chosen(web: Web) -> None:
    made = [web.add_call(json.dumps({"language": "en", "turns": turns(), "id": str(at)})) for at in range(53)]
    first = web.get(web.cast.ada, "/calls?state=received")
    older = re.search(r'href="(/calls\?[^"]*)" rel="next"', first.text)
    assert older is not None
    assert "53 calls" in first.text
    assert listed(web, older[1].split("?")[1].replace("&amp;", "&")) == made[2::-1]


def test_where_nothing_is_found_the_way_on_is_shown(web: Web) -> None:
    empty = web.get(web.cast.ada, "/calls").text
    assert 'href="/calls?add=1#add"' in empty
    say(web, "one")
    assert "Clear filters" in web.get(web.cast.ada, "/calls?words=nowhere").text
    assert web.get(web.cast.dana, "/calls?state=failed").text.count("No call is like this.") == 1


def test_a_call_that_failed_is_started_again_from_the_list_as_it_was_filtered(web: Web) -> None:
    call = web.add_call("no transcript")
    with db.session(web.engine) as session:
        service.fail(session, call, 1, "truncated", "The recording breaks off.", machine(clock.now()))
    page = web.get(web.cast.alice, "/calls?state=failed").text
    assert f'action="/calls/{call}/retry"' in page
    assert 'name="next" value="/calls?state=failed"' in page
    assert listed(web, f"state={CallState.FAILED.value}") == [call]
