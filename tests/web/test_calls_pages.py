"""Finding calls, adding recordings, hearing one, and all that is known about it."""

import json

import numpy as np
import pytest

from app.audio.decoding import SAMPLE_RATE, Recording
from app.calls import service
from app.calls.models import CallState
from app.kit import clock, db
from app.ledger.service import machine
from tests.web.conftest import Web, turns

SOUND = Recording(np.full((2, 5 * SAMPLE_RATE), 0.25, dtype=np.float32))


def listed(web: Web, query: str = "") -> set[int]:
    """The calls that the list names."""
    page = web.get(web.cast.ada, f"/calls{query}").text
    return {int(part.split('"')[0]) for part in page.split('<a class="quiet" href="/calls/')[1:]}


def failed(web: Web) -> int:
    call = web.add_call("no transcript")
    with db.session(web.engine) as session:
        service.fail(session, call, 1, "truncated", "The recording breaks off <early>.", machine(clock.now()))
    return call


def as_file(name: str, note: str = "") -> tuple[str, tuple[str, bytes]]:
    return "files", (name, json.dumps({"id": note, "language": "en", "turns": turns()}).encode())


def test_the_list_shows_how_each_call_stands_and_watches_what_is_under_way(web: Web) -> None:
    done, under_way, broken = web.make_call(), web.add_call("1"), failed(web)
    with db.session(web.engine) as session:
        service.advance(session, under_way, CallState.TRANSCRIBING, "words", 0.42)
    page = web.get(web.cast.ada, "/calls").text
    assert f'hx-get="/calls/states?call={under_way}"' in page
    assert "Recognising words, 42 %" in page
    assert "The recording breaks off &lt;early&gt;." in page
    assert f'action="/calls/{broken}/retry"' in page
    assert f'action="/calls/{done}/retry"' not in page


def test_what_is_watched_is_renewed_until_nothing_is_under_way(web: Web) -> None:
    call = web.add_call(json.dumps({"language": "en", "turns": turns()}))
    first = web.get(web.cast.ada, f"/calls/states?call={call}").text
    assert "every 2s" in first
    assert "Waiting" in first
    web.worker.transcribe(call, 1)
    web.worker.evaluate(call, 1)
    second = web.get(web.cast.ada, f"/calls/states?call={call}").text
    assert "every 2s" not in second
    assert f'id="result-{call}" hx-swap-oob="true"' in second
    assert web.get(web.cast.charlie, f"/calls/states?call={call}").text.count("result-") == 0


def test_what_fails_while_it_is_watched_can_be_started_again_at_once(web: Web) -> None:
    call = failed(web)
    headers = {"hx-request": "true", "hx-current-url": "http://testserver/calls?words=no"}
    part = web.get(web.cast.alice, f"/calls/states?call={call}", headers=headers).text
    assert f'action="/calls/{call}/retry"' in part
    assert 'name="next" value="/calls?words=no"' in part
    assert "retry" not in web.get(web.cast.dana, f"/calls/states?call={call}", headers=headers).text


def test_the_page_of_a_call_opens_anew_when_the_call_is_scored(web: Web) -> None:
    call = web.add_call(json.dumps({"language": "en", "turns": turns()}))
    watched = f"/calls/states?call={call}&amp;whole=1"
    assert f'hx-get="{watched}"' in web.get(web.cast.ada, f"/calls/{call}").text
    still = web.get(web.cast.ada, watched.replace("&amp;", "&"))
    assert f'hx-get="{watched}"' in still.text
    assert "hx-refresh" not in still.headers
    web.worker.transcribe(call, 1)
    web.worker.evaluate(call, 1)
    assert web.get(web.cast.ada, watched.replace("&amp;", "&")).headers["hx-refresh"] == "true"


def test_filters_stand_in_the_address(web: Web) -> None:
    dana = web.make_call(note="1", started_at="2026-10-01T09:00:00+08:00", customer_name="Li Na")
    mei = web.make_call(note="2", agent="mei", started_at="2026-10-03T09:00:00+08:00")
    broken = failed(web)
    assert listed(web) == {dana, mei, broken}
    assert listed(web, "?state=failed") == {broken}
    assert listed(web, f"?agent={web.cast.mei.id}") == {mei}
    assert listed(web, "?words=li+na&state=&agent=&first=&last=") == {dana}
    assert listed(web, "?first=2026-10-02&last=2026-10-03") == {mei}
    assert listed(web, f"?team={web.cast.team_b.id}") == set()
    assert '<option value="failed" selected>' in web.get(web.cast.ada, "/calls?state=failed").text


def test_a_long_list_goes_on_where_the_page_ends(web: Web) -> None:
    for place in range(52):
        web.add_call(str(place))
    first = web.get(web.cast.ada, "/calls?state=received").text
    older = first.split('" rel="next"')[0].split('href="')[-1].replace("&amp;", "&")
    assert "52 calls" in first
    assert "state=received" in older
    assert listed(web, "?state=received") | listed(web, older.removeprefix("/calls")) == set(range(1, 53))


def test_without_script_all_files_come_at_once_and_a_bad_one_stops_no_other(web: Web) -> None:
    files = [as_file("good.json", "1"), ("files", ("notes.txt", b"hello")), as_file("good-too.json", "2")]
    answer = web.post(web.cast.alice, "/calls", files=files, data={"agent": "dana", "queue": "support"})
    assert answer.status_code == 422
    assert "<strong>notes.txt</strong>: This is no recording" in answer.text
    assert len(listed(web)) == 2
    page = web.get(web.cast.ada, "/calls/1").text
    assert "good.json" in page
    assert "support" in page
    assert "Dana" in page


def test_good_files_alone_lead_back_to_the_list(web: Web) -> None:
    answer = web.post(web.cast.alice, "/calls", files=[as_file("good.json")], data={"started_at": "2026-10-01T09:30"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?notice=added")
    # Alice is of team A, whose clock is that of Shanghai.
    assert 'datetime="2026-10-01T01:30:00+00:00"' in web.get(web.cast.ada, "/calls").text


def test_with_script_the_answer_says_what_became_of_each_file(web: Web) -> None:
    def sent(*files: object) -> list[dict[str, object]]:
        answer = web.post(web.cast.alice, "/calls", files=list(files), headers={"accept": "application/json"})
        found: list[dict[str, object]] = answer.json()["files"]
        return found

    taken = {"name": "good.json", "url": "/calls/1", "is_new": True, "error": "", "again": False}
    assert sent(as_file("good.json")) == [taken]
    assert sent(as_file("again.json"))[0]["is_new"] is False
    assert "no recording" in str(sent(("files", ("x.exe", b"MZ")))[0]["error"])


def test_a_file_that_is_too_large_is_refused_by_itself(strict_web: Web) -> None:
    large = ("files", ("large.wav", b"x" * (1 << 20) + b"y"))
    answer = strict_web.post(strict_web.cast.alice, "/calls", files=[large, as_file("good.json")])
    assert "<strong>large.wav</strong>: The file is larger than is accepted" in answer.text
    assert 'data-most-mb="1"' in answer.text
    assert len(listed(strict_web)) == 1
    far_too_large = ("files", ("huge.wav", b"x" * (3 << 20)))
    answer = strict_web.post(
        strict_web.cast.alice, "/calls", files=[far_too_large], headers={"accept": "application/json"}
    )
    assert (answer.status_code, "larger than is accepted" in answer.json()["detail"]) == (413, True)


def test_what_cannot_be_meant_is_said_before_any_file_is_kept(web: Web) -> None:
    for fields in ({"started_at": "yesterday"}, {"language": "tlh"}, {"customer_name": "x" * 101}):
        answer = web.post(web.cast.alice, "/calls", files=[as_file("good.json")], data=fields)
        assert answer.status_code == 422, fields
    assert web.post(web.cast.alice, "/calls", data={"agent": "dana"}).status_code == 422
    assert listed(web) == set()


def test_the_bytes_of_another_teams_call_neither_show_nor_change_it(web: Web) -> None:
    web.post(web.cast.alice, "/calls", files=[as_file("good.json")], data={"agent": "dana", "team": "Team A"})
    answer = web.post(web.cast.charlie, "/calls", files=[as_file("mine.json")], data={"team": "Team B"})
    assert answer.status_code == 422
    assert "/calls/1" not in answer.text
    assert "Team A" in web.get(web.cast.ada, "/calls/1").text


def test_an_agent_cannot_add_recordings(web: Web) -> None:
    assert web.post(web.cast.dana, "/calls", files=[as_file("good.json")]).status_code == 403


def test_a_failed_call_is_started_again(web: Web) -> None:
    call = failed(web)
    answer = web.post(web.cast.alice, f"/calls/{call}/retry", data={"next": "/calls?state=failed"})
    assert answer.headers["location"] == "/calls?state=failed&notice=started"
    assert listed(web, "?state=received") == {call}
    elsewhere = web.post(web.cast.alice, f"/calls/{failed(web)}/retry", data={"next": "//example.org"})
    assert elsewhere.status_code == 409 or elsewhere.headers["location"].startswith("/calls/")


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        (None, 200, slice(0, None)),
        ("bytes=0-", 206, slice(0, None)),
        ("bytes=100-199", 206, slice(100, 200)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=100-99999999", 206, slice(100, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=200-100", 416, slice(0, 0)),
        ("pages=1-2", 200, slice(0, None)),
    ],
)
def test_a_browser_hears_the_recording_from_any_moment(
    web: Web, asked: str | None, status: int, expected: slice
) -> None:
    call = web.make_recorded_call(SOUND)
    whole = web.get(web.cast.alice, f"/calls/{call}/audio").content
    answer = web.get(web.cast.alice, f"/calls/{call}/audio", headers={"range": asked} if asked else {})
    assert (answer.status_code, answer.content) == (status, whole[expected])
    if status == 206:
        first, last = answer.headers["content-range"].removeprefix("bytes ").split("/")[0].split("-")
        assert whole[int(first) : int(last) + 1] == answer.content
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{len(whole)}"


def test_the_picture_of_the_sound_says_how_many_channels_it_has(web: Web) -> None:
    answer = web.get(web.cast.alice, f"/calls/{web.make_recorded_call(SOUND)}/peaks")
    assert (answer.headers["x-channels"], len(answer.content)) == ("2", 2 * 5 * 20)


def test_a_call_without_sound_has_nothing_to_hear(web: Web) -> None:
    assert web.get(web.cast.alice, f"/calls/{web.make_call()}/audio").status_code == 404


def test_the_page_of_a_call_tells_all_that_is_known(web: Web) -> None:
    call = web.make_call(customer_name="Grace Okafor", external_id="C-17", queue="support")
    page = web.get(web.cast.bob, f"/calls/{call}").text
    for told in (
        "Grace Okafor",
        "C-17",
        "support",
        "Dana",
        "Opens with the standard greeting",
        "My card was declined.",
    ):
        assert told in page
    assert "this is Nina" in page
    assert f'href="/reviews/{web.review_of(call).id}"' in page
    assert page.index("Put into the review queue") < page.index("Received as call.json")
    web.submit(call)
    page = web.get(web.cast.bob, f"/calls/{call}").text
    assert "Confirmed" in page
    assert "Review submitted: 100 points" in page
    assert "Retract" in page


def test_markup_in_what_strangers_wrote_is_shown_as_text(web: Web) -> None:
    evil = "<script>alert(1)</script>"
    call = web.make_call(("agent", evil), customer_name=evil, queue=evil, file_name="<img src=x>.json")
    web.post(web.cast.bob, f"/calls/{call}/coaching", data={"text": evil})
    for path in (f"/calls/{call}", "/calls", "/queue", "/coaching?which=all", f"/reviews/{web.review_of(call).id}"):
        page = web.get(web.cast.bob, path).text
        assert evil not in page, path
        assert "<img src=x>" not in page, path
    assert "&lt;script&gt;alert(1)" in web.get(web.cast.bob, f"/calls/{call}").text
