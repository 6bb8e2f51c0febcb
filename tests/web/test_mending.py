"""Correcting a call from its page: what is sent, what comes of it, who may."""

import numpy as np
import pytest
from httpx import Response
from sqlmodel import Session

from app.audio.decoding import SAMPLE_RATE, Recording
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.transcript import Speaker, Transcript
from app.evaluations import queries as evaluations
from app.kit import clock, db
from app.kit.errors import AppError
from app.ledger.queries import entries
from app.ledger.service import machine
from app.reviews import rescoring
from app.transcription import queries
from app.web.mend_forms import MomentUnreadable, moment, seconds
from tests.web.conftest import Web

SOUND = Recording(np.full((2, 30 * SAMPLE_RATE), 0.25, dtype=np.float32))


def seen(web: Web, call: int) -> tuple[Call, Transcript]:
    """A call and its transcript as they are now."""
    with db.session(web.engine, reads_only=True) as session:
        revision = queries.current(session, call)
        assert revision is not None
        return session.get_one(Call, call), revision.transcript


def send(web: Web, call: int, what: str, **fields: object) -> Response:
    """Alice sends a form of the page as it is now."""
    return web.post(
        web.cast.alice, f"/calls/{call}/{what}", data={"version": str(seen(web, call)[0].version), **fields}
    )


def facts(call: Call, **changed: object) -> dict[str, object]:
    return {
        "agent": call.agent_id or 0,
        "team": call.team_id or 0,
        "queue": call.queue,
        "customer_name": call.customer_name or "",
        "direction": call.direction.value,
        "language": call.language or "",
        **changed,
    }


def score(web: Web, call: int) -> int:
    """Which evaluation a call counts with."""
    with db.session(web.engine, reads_only=True) as session:
        judged = evaluations.current(session, call)
        assert judged is not None
        return db.id_of(judged)


def pretend_other_rules(session: Session, call: int) -> None:
    judged = evaluations.current(session, call)
    assert judged is not None
    judged.rules_version = "yesterday"
    session.add(judged)


def test_the_page_offers_the_corrections_to_staff_and_not_to_agents(web: Web) -> None:
    call = web.make_call()

    page = web.get(web.cast.alice, f"/calls/{call}").text

    for action in ("sides", "facts", "holds", "score"):
        assert f'action="/calls/{call}/{action}"' in page, action
    assert f'href="/calls/{call}/turns/0"' in page
    assert f"/calls/{call}/hear" not in page
    assert "Correct this call" not in web.get(web.cast.dana, f"/calls/{call}").text
    recorded = web.make_recorded_call(SOUND)
    assert f'action="/calls/{recorded}/hear"' in web.get(web.cast.alice, f"/calls/{recorded}").text


def test_corrected_words_are_judged_before_the_page_comes_back(web: Web) -> None:
    call = web.make_call()
    before = score(web, call)

    answer = send(web, call, "turns/0/words", text="Yeah,   what?")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/calls/{call}?notice=mended#turn-1")
    assert seen(web, call)[1].turns[0].text == "Yeah, what?"
    assert score(web, call) != before
    page = web.get(web.cast.alice, f"/calls/{call}?notice=mended").text
    assert "Corrected, and scored again." in page
    assert "Transcript corrected: the words of a turn (revision 2)" in page


def test_a_verdict_whose_evidence_has_changed_is_named_on_the_page(web: Web) -> None:
    call = web.make_call()
    web.decide_all(call)
    assert "Decided on evidence that has changed" not in web.get(web.cast.alice, f"/calls/{call}").text

    answer = send(web, call, "turns/0/words", text="Yeah, what?")

    assert "notice=outdated" in answer.headers["location"]
    page = web.get(web.cast.alice, f"/calls/{call}").text
    assert "Decided on evidence that has changed" in page
    assert page.count("<li>") > 0


def test_one_turn_and_all_turns_are_given_to_the_other_side(web: Web) -> None:
    call = web.make_call()

    send(web, call, "turns/1/speaker")
    assert [turn.speaker for turn in seen(web, call)[1].turns[:2]] == [Speaker.AGENT, Speaker.AGENT]
    answer = send(web, call, "sides")

    assert answer.headers["location"] == f"/calls/{call}?notice=mended"
    assert [turn.speaker for turn in seen(web, call)[1].turns[:3]] == [Speaker.CUSTOMER] * 3


def test_a_turn_has_a_page_and_a_piece_of_the_transcript_of_its_own(web: Web) -> None:
    call = web.make_call(("agent", "Is <b>that</b> all?"), ("customer", "Yes."))

    page = web.get(web.cast.alice, f"/calls/{call}/turns/0").text
    piece = web.get(web.cast.alice, f"/calls/{call}/turns/0", headers={"hx-request": "true"}).text

    assert "<html" in page
    assert "<html" not in piece
    for text in (page, piece):
        assert "Is &lt;b&gt;that&lt;/b&gt; all?" in text
        assert "Said by the other side: Customer" in text
    assert web.get(web.cast.alice, f"/calls/{call}/turns/2").status_code == 404
    assert web.get(web.cast.dana, f"/calls/{call}/turns/0").status_code == 403


def test_holds_are_added_moved_and_taken_away(web: Web) -> None:
    call = web.make_call()

    send(web, call, "holds", start="0:04", end="0:05", kind="silence")
    (hold,) = seen(web, call)[1].holds or ()
    assert (hold.start, hold.end, hold.kind.value) == (4.0, 5.0, "silence")

    send(web, call, "holds/0", start="0:04.25", end="9,5", kind="music")
    (hold,) = seen(web, call)[1].holds or ()
    assert (hold.start, hold.end, hold.kind.value) == (4.25, 9.5, "music")
    page = web.get(web.cast.alice, f"/calls/{call}").text
    assert 'value="0:04.25"' in page
    assert 'value="0:09.5"' in page

    send(web, call, "holds/0/remove", start="", end="", kind="music")
    assert seen(web, call)[1].holds == ()


@pytest.mark.parametrize(
    ("what", "fields", "message"),
    [
        ("holds", {"start": "0:09", "end": "0:04", "kind": "music"}, "ends after it begins"),
        ("holds", {"start": "0:00", "end": "59:00", "kind": "music"}, "within the call"),
        ("holds", {"start": "soon", "end": "0:04", "kind": "music"}, "minutes and seconds"),
        ("holds/7", {"start": "0:00", "end": "0:04", "kind": "music"}, "no such hold"),
        ("turns/99/speaker", {}, "no such turn"),
        ("turns/0/words", {"text": "  "}, "Write what was said"),
        ("holds", {"start": "0:00", "end": "0:04", "kind": "dancing"}, "kind"),
    ],
)
def test_what_cannot_be_so_is_said(web: Web, what: str, fields: dict[str, object], message: str) -> None:
    call = web.make_call()

    answer = send(web, call, what, **fields)

    assert answer.status_code == 422
    assert message in answer.text
    assert seen(web, call)[0].version == 1


def test_facts_are_corrected_and_the_counts_move(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call()

    answer = send(
        web,
        call,
        "facts",
        **facts(seen(web, call)[0], agent=web.cast.mei.id, queue=" Cards ", customer_name=" Grace Okafor "),
    )

    assert answer.headers["location"] == f"/calls/{call}?notice=mended"
    after, heard = seen(web, call)
    assert (after.agent_id, after.queue, after.customer_name) == (web.cast.mei.id, "Cards", "Grace Okafor")
    assert heard.customer_name == "Grace Okafor"
    page = web.get(web.cast.alice, f"/calls/{call}").text
    assert "Grace Okafor" in page


def test_a_call_given_to_another_team_is_out_of_sight(web: Web) -> None:
    call = web.make_call()

    answer = send(web, call, "facts", **facts(seen(web, call)[0], team=web.cast.team_b.id))

    assert answer.headers["location"] == "/calls?notice=saved"
    assert web.get(web.cast.alice, f"/calls/{call}").status_code == 404


def test_a_recording_in_another_language_is_heard_again(web: Web) -> None:
    call = web.make_recorded_call(SOUND)

    answer = send(web, call, "facts", **facts(seen(web, call)[0], language="zh"))

    assert answer.headers["location"] == f"/calls/{call}?notice=hearing"
    after = seen(web, call)[0]
    assert (after.language, after.state, after.attempt) == ("zh", CallState.RECEIVED, 2)
    page = web.get(web.cast.alice, f"/calls/{call}").text
    assert f'action="/calls/{call}/facts"' in page
    assert f'action="/calls/{call}/sides"' not in page


def test_two_people_who_correct_the_same_page_one_is_told(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call()
    both_saw = {"version": str(seen(web, call)[0].version)}

    first = web.post(web.cast.alice, f"/calls/{call}/turns/0/words", data={**both_saw, "text": "Hello"})
    second = web.post(web.cast.bob, f"/calls/{call}/turns/0/words", data={**both_saw, "text": "Hallo"})

    assert (first.status_code, second.status_code) == (303, 412)
    assert "Somebody changed this call meanwhile" in second.text
    assert seen(web, call)[1].turns[0].text == "Hello"


def test_a_call_is_scored_again_or_said_to_be_as_it_was(web: Web) -> None:
    call = web.make_call()
    before = score(web, call)

    assert "notice=unchanged" in send(web, call, "score").headers["location"]
    assert score(web, call) == before
    with db.session(web.engine) as session:
        pretend_other_rules(session, call)
    assert "notice=rescored" in send(web, call, "score").headers["location"]
    assert score(web, call) != before


def test_a_recording_is_heard_again_by_another_recogniser_and_words_are_not(web: Web) -> None:
    recorded, written = web.make_recorded_call(SOUND), web.make_call()

    answer = send(web, recorded, "hear", engine="openai-whisper")

    assert answer.headers["location"] == f"/calls/{recorded}?notice=started"
    after = seen(web, recorded)[0]
    assert (after.engine, after.state, after.attempt) == ("openai-whisper", CallState.RECEIVED, 2)
    assert send(web, recorded, "hear", engine="guessing").status_code == 400
    assert send(web, written, "hear", engine="faster-whisper").status_code == 409


def test_chosen_calls_are_scored_again_those_of_other_teams_not(web_everywhere: Web) -> None:
    web = web_everywhere
    chosen = [web.make_call(note="1"), web.make_call(note="2"), web.make_call(note="3", agent="kenji", team="Team B")]
    with db.session(web.engine) as session:
        for call in chosen:
            pretend_other_rules(session, call)
    before = [score(web, call) for call in chosen]

    answer = web.post(web.cast.alice, "/calls/rescore", data={"call": chosen, "next": "/calls?team=1"})

    assert answer.headers["location"] == "/calls?team=1&notice=rescored"
    assert [score(web, call) != old for call, old in zip(chosen, before, strict=True)] == [True, True, False]
    again = web.post(web.cast.alice, "/calls/rescore", data={"call": chosen})
    assert again.headers["location"] == "/calls?notice=unchanged"
    assert web.post(web.cast.alice, "/calls/rescore").headers["location"] == "/rescoring"


def test_all_calls_are_scored_again_in_the_background_and_the_page_says_how_far(web: Web) -> None:
    known = [web.make_call(note=str(place)) for place in range(3)]
    with db.session(web.engine) as session:
        for call in known[1:]:
            pretend_other_rules(session, call)
    page = web.get(web.cast.alice, "/rescoring").text
    assert "1 of 3 calls are scored" in page
    assert "Score 2 calls again" in page
    assert "every 2s" not in page

    assert web.post(web.cast.alice, "/rescoring").headers["location"] == "/rescoring?notice=rescoring"
    piece = web.get(web.cast.alice, "/rescoring", headers={"hx-request": "true"}).text
    assert "every 2s" in piece
    assert "<html" not in piece
    with db.session(web.engine, reads_only=True) as session:
        asked = entries(session, rescoring.stream(db.id_of(web.cast.alice)))[-1].id
    assert asked is not None
    after = 0
    while after is not None:
        after = rescoring.rescore_some(web.engine, db.id_of(web.cast.alice), after, machine(clock.now()))

    piece = web.get(web.cast.alice, "/rescoring", headers={"hx-request": "true"}).text
    assert "3 of 3 calls are scored" in piece
    assert "every 2s" not in piece


def test_a_call_is_deleted_with_a_reason_by_those_who_may(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call()
    path = f"/calls/{call}/delete"

    assert web.post(web.cast.alice, path, data={"reason": "mine"}).status_code == 403
    assert web.post(web.cast.bob, path, data={"reason": " "}).status_code == 422
    assert web.post(web.cast.bob, path, data={"reason": "a test call"}).headers["location"] == "/calls?notice=deleted"
    assert web.get(web.cast.ada, f"/calls/{call}").status_code == 404
    with db.session(web.engine, reads_only=True) as session:
        assert session.get_one(Call, call).blob == ""
        assert calls.soundless_with_bytes(session, 10) == []


@pytest.mark.parametrize(
    "what",
    ["sides", "turns/0/words", "turns/0/speaker", "holds", "holds/0", "holds/0/remove", "facts", "score", "hear"],
)
def test_calls_of_other_teams_cannot_be_corrected_nor_by_agents(web: Web, what: str) -> None:
    call = web.make_call()
    fields = {"version": 1, "kind": "music", "start": "0", "end": "1", "direction": "inbound", "text": "x"}

    assert web.post(web.cast.charlie, f"/calls/{call}/{what}", data=fields).status_code == 404
    assert web.post(web.cast.dana, f"/calls/{call}/{what}", data=fields).status_code == 403
    assert seen(web, call)[0].version == 1


@pytest.mark.parametrize(("typed", "meant"), [("65.5", 65.5), ("1:05.5", 65.5), ("1:05,5", 65.5), ("1:02:05", 3725.0)])
def test_moments_are_typed_as_people_write_them(typed: str, meant: float) -> None:
    assert seconds(typed) == meant


@pytest.mark.parametrize("typed", ["", "soon", "-5", "1:", ":5", "nan", "1e5", "1:2:3:4"])
def test_other_moments_are_refused(typed: str) -> None:
    with pytest.raises(AppError) as refusal:
        seconds(typed)
    assert isinstance(refusal.value, MomentUnreadable)


@pytest.mark.parametrize("value", [0.0, 4.25, 59.999, 60.0, 93.96, 3725.001])
def test_a_moment_that_is_shown_and_sent_back_is_the_same(value: float) -> None:
    assert seconds(moment(value)) == pytest.approx(value, abs=0.0005)
