"""Who hears what: muted for everybody, unmuted for those who may and are noted down, and who reads that."""

import csv
import io
import re
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text
from sqlmodel import select

from app.audio.decoding import SAMPLE_RATE, Recording
from app.calls import access
from app.calls import queries as calls
from app.calls.models import AccessKind, Call, RecordingAccess
from app.domain.transcript import Span
from app.kit import clock, db
from app.kit.db import id_of
from app.transcription.service import for_browsers
from tests.web.conftest import Web

MUTED = (Span(start=10.0, end=13.0),)
PAGE = "http://testserver/calls/1"


@pytest.fixture
def call(web: Web) -> int:
    """A call of half a minute, three seconds of which are muted."""
    chance = np.random.default_rng(3)
    sound = Recording(chance.uniform(-0.3, 0.3, (2, 30 * SAMPLE_RATE)).astype(np.float32))
    call_id = web.make_recorded_call(sound)
    with db.session(web.engine) as session:
        row = calls.lock(session, call_id)
        made = for_browsers(web.worker.blobs, sound, MUTED)
        row.playback, row.peaks, row.playback_unmuted, row.muted = made.playback, made.peaks, made.unmuted, made.muted
    return call_id


def noted(web: Web) -> list[tuple[str, AccessKind, str]]:
    people = {id_of(one): one.username for one in vars(web.cast).values() if hasattr(one, "username")}
    with db.session(web.engine, reads_only=True) as session:
        rows = session.exec(select(RecordingAccess).order_by(RecordingAccess.id)).all()
    return [(people[one.user_id], one.kind, one.place) for one in rows]


def ask_for_unmuted(web: Web, call: int, who: object = None) -> str:
    answer = web.post(
        who or web.cast.bob, f"/calls/{call}/unmuted", headers={"accept": "application/json", "referer": PAGE}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["audio"])


def test_everybody_hears_the_muted_sound_and_pieces_of_it_are_one_listening(web: Web, call: int) -> None:
    review = {"referer": f"http://testserver/reviews/7?from={call}"}
    for first in range(0, 50_000, 10_000):
        piece = {**review, "range": f"bytes={first}-{first + 9999}"}
        assert web.get(web.cast.alice, f"/calls/{call}/audio", headers=piece).status_code == 206
    heard = web.get(web.cast.ada, f"/calls/{call}/audio").content
    with db.session(web.engine, reads_only=True) as session:
        row = session.get_one(Call, call)
    assert heard == b"".join(web.worker.blobs.read(row.playback or ""))
    assert heard != b"".join(web.worker.blobs.read(row.playback_unmuted or ""))
    assert noted(web) == [("alice", AccessKind.PLAYED, "/reviews/7"), ("ada", AccessKind.PLAYED, "")]


def test_a_page_that_looks_whether_there_is_a_recording_is_no_listening(web: Web, call: int) -> None:
    first = web.get(web.cast.alice, f"/calls/{call}/audio", headers={"range": "bytes=0-0"})
    assert (first.status_code, len(first.content)) == (206, 1)
    assert noted(web) == []


def test_after_ten_minutes_it_is_another_listening(web: Web, call: int) -> None:
    web.get(web.cast.alice, f"/calls/{call}/audio")
    with db.session(web.engine) as session:
        session.execute(text("UPDATE recording_access SET at = :at"), {"at": clock.now() - timedelta(minutes=11)})
    web.get(web.cast.alice, f"/calls/{call}/audio")
    assert len(noted(web)) == 2


def test_the_whole_recording_is_noted_as_played_whatever_page_a_browser_names(web: Web, call: int) -> None:
    web.get(web.cast.alice, f"/calls/{call}/audio", headers={"referer": "http://testserver/clips/very-secret"})
    web.get(web.cast.bob, f"/calls/{call}/audio", headers={"referer": "http://elsewhere.example/calls/1"})
    # Of a link to a clip its secret is not noted.
    assert noted(web) == [("alice", AccessKind.PLAYED, "/clips"), ("bob", AccessKind.PLAYED, "")]


def test_only_leaders_hear_it_unmuted_and_each_time_is_noted_first(web: Web, call: int) -> None:
    for who in (web.cast.alice, web.cast.dana):
        assert web.post(who, f"/calls/{call}/unmuted").status_code == 403
        assert web.post(who, f"/calls/{call}/recording").status_code == 403
    assert noted(web) == []
    audio = ask_for_unmuted(web, call)
    ask_for_unmuted(web, call)
    assert noted(web) == [("bob", AccessKind.UNMUTED, "/calls/1")] * 2
    with db.session(web.engine, reads_only=True) as session:
        whole = b"".join(web.worker.blobs.read(session.get_one(Call, call).playback_unmuted or ""))
    assert web.get(web.cast.bob, audio).content == whole
    assert web.get(web.cast.bob, audio, headers={"range": "bytes=0-99"}).content == whole[:100]
    # The pieces belong to what is noted already.
    assert len(noted(web)) == 2


def test_nobody_hears_it_unmuted_by_what_is_noted_of_somebody_else_or_of_another_call(web: Web, call: int) -> None:
    audio = ask_for_unmuted(web, call)
    assert web.get(web.cast.ada, audio).status_code == 410
    assert web.get(web.cast.alice, audio).status_code == 403
    assert web.get(web.cast.charlie, audio).status_code == 403
    other = web.make_call(note="another")
    assert web.get(web.cast.bob, audio.replace(f"/calls/{call}/", f"/calls/{other}/")).status_code == 410
    web.get(web.cast.bob, f"/calls/{call}/audio")
    played = re.sub(r"unmuted/\d+", f"unmuted/{len(noted(web))}", audio)
    assert web.get(web.cast.bob, played).status_code == 410
    with db.session(web.engine) as session:
        session.execute(text("UPDATE recording_access SET at = :at"), {"at": clock.now() - access.UNMUTED_FOR})
    assert web.get(web.cast.bob, audio).status_code == 410


def test_what_cannot_be_noted_down_cannot_be_heard(web: Web, call: int) -> None:
    with web.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON recording_access BEGIN SELECT RAISE(ABORT, 'full'); END")
        )
    assert web.post(web.cast.bob, f"/calls/{call}/unmuted").status_code == 500
    downloaded = web.post(web.cast.bob, f"/calls/{call}/recording")
    assert (downloaded.status_code, b"a recording" in downloaded.content) == (500, False)
    # Muted sound hides what must be hidden: nobody is kept from work because it cannot be noted down.
    assert web.get(web.cast.bob, f"/calls/{call}/audio").status_code == 200


def test_the_recording_as_it_came_in_is_taken_along_by_leaders_and_noted(web: Web, call: int) -> None:
    answer = web.post(web.cast.bob, f"/calls/{call}/recording", headers={"referer": PAGE})
    assert (answer.status_code, answer.content) == (200, b"a recording")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''call.wav"
    assert noted(web) == [("bob", AccessKind.DOWNLOADED, "/calls/1")]
    bare = web.make_call(note="words only")
    assert web.post(web.cast.bob, f"/calls/{bare}/recording").status_code == 404


def test_another_site_cannot_ask_in_somebodys_name(web: Web, call: int) -> None:
    for path in (f"/calls/{call}/unmuted", f"/calls/{call}/recording"):
        assert web.post(web.cast.bob, path, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert noted(web) == []


def test_pages_say_what_is_muted_and_offer_it_unmuted_to_leaders_alone(web: Web, call: int) -> None:
    review = id_of(web.review_of(call))
    for path in (f"/calls/{call}", f"/reviews/{review}"):
        for who, offered in ((web.cast.bob, True), (web.cast.alice, False)):
            page = web.get(who, path).text
            assert "1 stretch is muted" in page
            assert (f'action="/calls/{call}/unmuted"' in page) == offered
    assert "/recording" in web.get(web.cast.bob, f"/calls/{call}").text
    assert "/recording" not in web.get(web.cast.alice, f"/calls/{call}").text


def test_without_script_a_page_plays_it_unmuted(web: Web, call: int) -> None:
    sent = web.post(web.cast.bob, f"/calls/{call}/unmuted")
    assert sent.status_code == 303
    page = web.get(web.cast.bob, sent.headers["location"])
    assert page.status_code == 200
    assert f'src="{sent.headers["location"]}/audio"' in page.text


def test_administrators_read_who_heard_what_by_person_call_day_and_kind(web: Web, call: int) -> None:
    web.get(web.cast.alice, f"/calls/{call}/audio")
    ask_for_unmuted(web, call)
    today = clock.now().date()
    for query, count in (
        ("", 2),
        ("?by=alice", 1),
        ("?by=nobody", 0),
        (f"?call={call}", 2),
        (f"?call={call + 1}", 0),
        ("?kind=played_unmuted", 1),
        (f"?first={today - timedelta(days=2)}&last={today + timedelta(days=2)}", 2),
        ("?last=2000-01-01", 0),
    ):
        page = web.get(web.cast.ada, f"/admin/heard{query}")
        assert page.status_code == 200
        assert len(re.findall(r'<a href="/admin/users/\d+">(?:Alice|Bob)</a>', page.text)) == count, query
        saved = web.get(web.cast.ada, f"/admin/heard/export.csv{query}").content.decode("utf-8-sig")
        assert len(list(csv.DictReader(io.StringIO(saved)))) == count
    for who in (web.cast.bob, web.cast.alice, web.cast.dana):
        assert web.get(who, "/admin/heard").status_code == 403
        assert web.get(who, "/admin/heard/export.csv").status_code == 403


def test_the_older_ones_are_on_the_next_page(web: Web, call: int) -> None:
    began = clock.now() - timedelta(days=2)
    with db.session(web.engine) as session:
        by = access.Listener(id_of(web.cast.alice), "/calls/1", "192.0.2.7")
        for minute in range(60):
            access.note(session, call, AccessKind.PLAYED, by, began + timedelta(minutes=minute))
    page = web.get(web.cast.ada, "/admin/heard")
    older = re.search(r'href="(/admin/heard\?after=[^"]+)" rel="next"', page.text)
    assert older is not None
    assert web.get(web.cast.ada, older[1]).text.count(">Alice</a>") == 10


def test_what_is_noted_is_no_part_of_the_calls_history(web: Web, call: int) -> None:
    before = web.get(web.cast.bob, f"/calls/{call}").text
    web.get(web.cast.alice, f"/calls/{call}/audio")
    ask_for_unmuted(web, call, web.cast.ada)
    assert web.get(web.cast.bob, f"/calls/{call}").text == before


def test_it_is_forgotten_after_its_time(web: Web, call: int) -> None:
    by = access.Listener(id_of(web.cast.alice), "", "")
    with db.session(web.engine) as session:
        access.note(session, call, AccessKind.PLAYED, by, clock.now() - timedelta(days=366))
        access.note(session, call, AccessKind.PLAYED, by, clock.now() - timedelta(days=364))
    web.worker.sweep(web.app.state.services.queue)
    assert len(noted(web)) == 1
