"""A card number that was said stands nowhere afterwards: in no table, no file, no answer, and no search finds it."""

import json
import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event, inspect, text
from sqlmodel import Session, select
from typer.testing import CliRunner

from app.audio.decoding import SAMPLE_RATE, Recording
from app.calls import queries as calls
from app.calls import sound
from app.calls.models import Call
from app.calls.service import CallFacts, add_call
from app.cli.commands import app as command
from app.domain.transcript import Span, Speaker, Transcript, Turn
from app.evaluations.models import Evaluation, StoredFinding
from app.kit import clock, db
from app.kit.blobs import FETCHED
from app.kit.db import id_of
from app.kit.queue import Queue
from app.ledger.queries import entries
from app.ledger.service import machine
from app.ledger.verification import verify
from app.retention import redacting
from app.retention import service as retention
from app.retention.holds import is_held
from app.settings import Settings
from app.transcription import mending, muting, queries
from app.transcription.engines import ENGINES
from app.transcription.hiding import stretches
from app.transcription.models import TranscriptRevision
from app.transcription.service import for_browsers, keep_transcript, mute_too, transcribe_call
from app.worker import Worker
from tests.audio.sounds import written
from tests.faults import processes, scripted

CARD = "4111 1111 1111 1111"
PARTS = (CARD, CARD.replace(" ", ""), "1111 1111", '"4111"', "'4111'")
SAID = (
    ("agent", 0.0, 4.0, "Good morning, Harbour Bank, this is Dana speaking, how can I help you?"),
    ("customer", 5.0, 12.0, f"My card was declined. The card number is {CARD}. Can you help?"),
    ("agent", 13.0, 19.0, f"Thank you. Is there anything else I can help you with, for the card {CARD}?"),
    ("customer", 20.0, 21.0, "No."),
    ("agent", 22.0, 24.0, "Thank you for calling Harbour Bank, goodbye."),
)
LIMIT = 10**9


def as_json() -> bytes:
    turns = [{"speaker": who, "start": start, "end": end, "text": said} for who, start, end, said in SAID]
    return json.dumps({"language": "en", "turns": turns}).encode()


def as_json_in_words() -> bytes:
    """The same, where only the words with their times hold the number."""
    turns = [
        {
            "speaker": who,
            "start": start,
            "end": end,
            "text": said.replace(CARD, "on the card"),
            "words": [{"text": one, "start": start, "end": end} for one in said.split()],
        }
        for who, start, end, said in SAID
    ]
    return json.dumps({"language": "en", "turns": turns}).encode()


def _cue(moment: float, mark: str) -> str:
    return f"00:00:{int(moment):02}{mark}000"


def as_srt() -> bytes:
    cues = (f"{n}\n{_cue(a, ',')} --> {_cue(b, ',')}\n{who}: {said}\n" for n, (who, a, b, said) in enumerate(SAID, 1))
    return "\n".join(cues).encode()


def as_vtt() -> bytes:
    cues = (f"{_cue(start, '.')} --> {_cue(end, '.')}\n<v {who}>{said}\n" for who, start, end, said in SAID)
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


def everything_stored(engine, folder: Path) -> str:
    """All that any table says, and all that lies in the object store."""
    found = []
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{table}"')).all()
            found += [str(row) for row in rows]
    found += [path.read_bytes().decode("latin-1") for path in (folder / "blobs").rglob("*") if path.is_file()]
    return "\n".join(found)


def shows_no_number(what: str) -> bool:
    return not any(part in what for part in PARTS)


def taken_in(api, content: bytes, name: str) -> int:
    answer = api.upload(content, name=name)
    assert answer.status_code == 201, answer.text
    call_id: int = answer.json()["id"]
    api.work(call_id)
    return call_id


@pytest.mark.parametrize(
    ("content", "name"),
    [(as_json(), "a.json"), (as_json_in_words(), "a.json"), (as_srt(), "a.srt"), (as_vtt(), "a.vtt")],
)
def test_a_number_in_a_transcript_that_came_in_stands_nowhere(api, tmp_path, content, name):
    assert not shows_no_number(content.decode())
    call_id = taken_in(api, content, name)
    assert shows_no_number(everything_stored(api.engine, tmp_path))
    evaluation = api.get(f"/calls/{call_id}/evaluations").json()[0]["id"]
    for path in (
        f"/calls/{call_id}/transcript",
        f"/evaluations/{evaluation}",
        f"/evaluations/{evaluation}/evidence",
        "/exports/evaluations",
        "/ledger",
    ):
        answer = api.get(path)
        assert answer.status_code == 200, path
        assert shows_no_number(answer.text), path
    assert "Harbour Bank" in api.get(f"/calls/{call_id}/transcript").text


def test_what_is_quoted_is_still_found_word_for_word_in_what_may_be_read(api):
    taken_in(api, as_json(), "a.json")
    with db.session(api.engine, reads_only=True) as session:
        found = quoted(session)
    assert found
    assert all(quote in said for quote, said in found)


def test_the_same_file_once_more_is_the_same_call_and_is_not_kept_beside_it(api, tmp_path):
    call_id = taken_in(api, as_json(), "a.json")
    assert api.upload(as_json(), name="a.json").json()["id"] == call_id
    sound.sweep(api.engine, api.worker.blobs)
    assert shows_no_number(everything_stored(api.engine, tmp_path))
    # Scored again, it is read from the copy that was kept.
    answer = api.send("POST", f"/calls/{call_id}/start-again", json={})
    if answer.status_code < 300:
        api.work(call_id, 2)
    assert shows_no_number(everything_stored(api.engine, tmp_path))


def test_a_number_that_a_person_writes_down_stands_nowhere(api, tmp_path):
    call_id = taken_in(api, as_json().replace(CARD.encode(), b"on the card"), "a.json")
    path = f"/calls/{call_id}/transcript"
    tag = api.get(path).headers["etag"]
    sent = {"text": f"The card number is {CARD}."}
    answer = api.send("PATCH", f"{path}/turns/1", json=sent, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    assert shows_no_number(answer.text)
    assert shows_no_number(everything_stored(api.engine, tmp_path))


def test_no_search_finds_it(web):
    call_id = web.make_call(("agent", "Hello, how can I help?"), ("customer", f"My card number is {CARD}, please."))
    for asked in ("4111", f'"{CARD}"', "1111"):
        assert f"/calls/{call_id}" not in web.get(web.cast.bob, "/calls", params={"words": asked}).text
    assert f"/calls/{call_id}" in web.get(web.cast.bob, "/calls", params={"words": "please"}).text
    assert shows_no_number(web.get(web.cast.bob, f"/calls/{call_id}").text)


def test_switched_off_it_stays_as_it_was_said(api):
    worker = Worker(api.worker.settings.model_copy(update={"redact": "off"}), api.engine, api.worker.blobs)
    call_id = api.upload(as_json(), name="a.json").json()["id"]
    worker.transcribe(call_id, 1)
    with db.session(api.engine, reads_only=True) as session:
        revision = queries.current(session, call_id)
    assert CARD in revision.transcript.turns[1].text
    assert revision.muted is None


# Calls with sound: the recording is noise from beginning to end, so that nothing is quiet by itself.


@pytest.fixture
def noise() -> Recording:
    chance = np.random.default_rng(5)
    return Recording(chance.uniform(-0.3, 0.3, (2, 25 * SAMPLE_RATE)).astype(np.float32))


def recorded(worker: Worker, recording: Recording, folder: Path, *, redact: bool, number: str = CARD) -> int:
    """A call with sound, heard and judged; without `redact`, as it was kept before numbers were hidden."""
    file = written(folder / "call.wav", recording.samples, "wav", "pcm_s16le", SAMPLE_RATE)
    stored = worker.blobs.put([file.read_bytes()], LIMIT)
    turns = tuple(
        Turn(speaker=Speaker(who), start=start, end=end, text=said.replace(CARD, number))
        for who, start, end, said in SAID
    )
    heard = Transcript(language="en", duration=25.0, channels=2, turns=turns)
    with db.session(worker.engine) as session:
        call = add_call(session, NoJobs(), stored, "call.wav", CallFacts(), machine(clock.now())).call
        made = for_browsers(worker.blobs, recording, stretches(heard) if redact else ())
        sound.put_in_place(session, worker.engine, worker.blobs, call, made)
        keep_transcript(session, call, heard, "test", machine(clock.now()), 1, redact=redact)
    worker.evaluate(id_of(call), 1)
    worker.offer(id_of(call), 1)
    return id_of(call)


class NoJobs:
    """Nobody works in these tests unless they say so."""

    def enqueue(self, *asked: object) -> None:
        pass


@pytest.fixture
def worker(api) -> Worker:
    return api.worker


def of(session: Session, call_id: int) -> tuple[Call, TranscriptRevision]:
    revision = queries.current(session, call_id)
    assert revision is not None
    return session.get_one(Call, call_id), revision


def test_muted_and_whole_sound_are_kept_apart_and_both_go_with_the_call(worker, noise, tmp_path):
    call_id = recorded(worker, noise, tmp_path, redact=True)
    with db.session(worker.engine) as session:
        call, revision = of(session, call_id)
        # Without times of words, all of the two turns is muted in which the number is said.
        assert call.muted == 2
        assert [span.start < at < span.end for span, at in zip(revision.muted_spans, (8.0, 16.0), strict=True)]
        kept = (call.blob, call.playback, call.playback_unmuted, call.peaks)
        retention.delete_call(session, worker.engine, worker.blobs, call_id, machine(clock.now()), "asked for")
    assert not any(worker.blobs.has(key) for key in kept)


def test_a_call_in_which_no_number_is_said_is_kept_once(worker, noise, tmp_path):
    call_id = recorded(worker, noise, tmp_path, redact=True, number="on the card")
    with db.session(worker.engine, reads_only=True) as session:
        call, revision = of(session, call_id)
    assert (call.playback_unmuted, call.muted, revision.muted) == (None, 0, [])


def test_a_number_that_a_person_writes_down_is_muted_by_the_worker(worker, noise, tmp_path):
    call_id = recorded(worker, noise, tmp_path, redact=True, number="on the card")
    with db.session(worker.engine) as session:
        before = of(session, call_id)[0].playback
        mending.mend(session, call_id, mending.words(1, f"My card number is {CARD}."), machine(clock.now()))
    with db.session(worker.engine, reads_only=True) as session:
        call, revision = of(session, call_id)
        assert (call.mute_due, len(revision.muted)) == (True, 1)
    muting.mute(worker.engine, worker.blobs, worker.settings, call_id)
    with db.session(worker.engine, reads_only=True) as session:
        call, _ = of(session, call_id)
    assert (call.mute_due, call.muted, call.playback_unmuted) == (False, 1, before)
    assert worker.blobs.size(call.playback) == worker.blobs.size(before)


def test_what_was_muted_stays_so_whatever_else_is_corrected(worker, noise, tmp_path):
    call_id = recorded(worker, noise, tmp_path, redact=True)
    with db.session(worker.engine) as session:
        muted = of(session, call_id)[1].muted
        mending.mend(session, call_id, mending.sides(), machine(clock.now()))
        mending.mend(session, call_id, mending.words(1, "It was no number at all."), machine(clock.now()))
        call, revision = of(session, call_id)
        assert (revision.muted, call.mute_due) == (muted, False)


@pytest.fixture
def corrected(api, worker, monkeypatch) -> int:
    """A call in which the recogniser missed a number, which a person wrote down and a worker muted."""
    monkeypatch.setitem(ENGINES, "faster-whisper", f"{scripted.__name__}:ScriptedEngine")
    call_id = taken_in(api, scripted.recording(1), "call.wav")
    with db.session(worker.engine) as session:
        mending.mend(session, call_id, mending.words(0, f"My card number is {CARD}."), machine(clock.now()))
    muting.mute(worker.engine, worker.blobs, worker.settings, call_id)
    return call_id


def test_what_was_muted_stays_so_when_the_call_is_heard_again(api, worker, corrected):
    with db.session(worker.engine, reads_only=True) as session:
        muted = of(session, corrected)[1].muted
    assert len(muted) == 1

    assert api.send("POST", f"/calls/{corrected}/start-again").status_code == 200
    api.work(corrected, 2)

    with db.session(worker.engine, reads_only=True) as session:
        call, revision = of(session, corrected)
    assert revision.transcript.turns[0].text.startswith("Thank you for calling")
    assert (revision.muted, call.muted, call.mute_due) == (muted, 1, False)
    assert b"".join(worker.blobs.read(call.playback)) != b"".join(worker.blobs.read(call.playback_unmuted))


def test_what_a_command_finds_while_a_call_is_heard_again_is_muted_too(api, worker, monkeypatch):
    monkeypatch.setitem(ENGINES, "faster-whisper", f"{scripted.__name__}:ScriptedEngine")
    call_id = taken_in(api, scripted.recording(1), "call.wav")
    with db.session(worker.engine) as session:
        mending.mend(session, call_id, mending.words(0, f"My card is {CARD}."), machine(clock.now()), redact=False)
        # As it was kept before numbers were hidden.
        session.execute(text("UPDATE transcript_revision SET muted = NULL"))
    assert api.send("POST", f"/calls/{call_id}/start-again").status_code == 200

    def meanwhile(step: str, _: float) -> None:
        if step == "keeping":
            redacting.redact_call(worker.engine, worker.blobs, call_id, machine(clock.now()))

    transcribe_call(worker.engine, worker.blobs, worker.settings, call_id, 2, meanwhile, clock.now, is_held)

    with db.session(worker.engine, reads_only=True) as session:
        call, revision = of(session, call_id)
    assert (revision.revision, len(revision.muted), call.mute_due) == (3, 1, True)


def test_what_cannot_be_muted_is_heard_by_nobody_but_those_who_may_hear_all(worker, noise, tmp_path):
    call_id = recorded(worker, noise, tmp_path, redact=True, number="on the card")
    with db.session(worker.engine) as session:
        before = of(session, call_id)[0].playback
        mending.mend(session, call_id, mending.words(1, f"My card number is {CARD}."), machine(clock.now()))
    muting.give_up(worker.engine, worker.blobs, call_id)
    with db.session(worker.engine, reads_only=True) as session:
        call, _ = of(session, call_id)
    assert (call.playback, call.peaks, call.playback_unmuted, call.mute_due) == (None, None, before, False)


def redact(settings: Settings, monkeypatch, **others: str) -> str:
    for name, value in {"DATABASE_URL": settings.database, "DATA_DIR": str(settings.data_dir), **others}.items():
        monkeypatch.setenv(f"CALLMARK_{name}", value)
    ran = CliRunner().invoke(command, ["redact"])
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_calls_that_were_kept_before_are_redacted_by_a_command(api, worker, noise, tmp_path, monkeypatch):
    call_id = recorded(worker, noise, tmp_path, redact=False)
    with db.session(worker.engine) as session:
        mending.mend(
            session,
            call_id,
            mending.words(2, f"Thank you. Is there anything else I can help you with, for {CARD}?"),
            machine(clock.now()),
            redact=False,
        )
    worker.evaluate(call_id, 1)
    assert not shows_no_number(everything_stored(worker.engine, tmp_path))
    with db.session(worker.engine, reads_only=True) as session:
        before, scores = of(session, call_id)[0].playback, everything_judged(session)

    told = redact(worker.settings, monkeypatch)
    assert "1 calls looked through, numbers hidden in 1." in told
    assert "1 recordings muted, 0 could not be." in told
    assert shows_no_number(everything_stored(worker.engine, tmp_path))
    with db.session(worker.engine, reads_only=True) as session:
        call, revision = of(session, call_id)
        assert (call.muted, call.mute_due, call.playback_unmuted) == (len(revision.muted), False, before)
        assert everything_judged(session) == scores
        assert all(quote in said for quote, said in quoted(session))
        assert any("•" in quote for quote, _ in quoted(session))
        assert "transcript.redacted" in [one.event for one in entries(session, f"call:{call_id}")]
    # The ledger is whole: words that went away are not words that were changed.
    assert verify(worker.engine, ()).faults == []
    assert "0 calls looked through" in redact(worker.settings, monkeypatch)


def everything_judged(session: Session) -> list[tuple[str, str]]:
    return [(row.item_id, row.verdict) for row in session.exec(select(StoredFinding).order_by(StoredFinding.id))]


def quoted(session: Session) -> list[tuple[str, str]]:
    """What findings quote, and what was said in the turn that they quote it from."""
    return [
        (one["quote"], queries.revision(session, judged.transcript_id).transcript.turns[one["turn"]].text)
        for row in session.exec(select(StoredFinding))
        if (judged := session.get_one(Evaluation, row.evaluation_id))
        for one in row.content["evidence"]
        if one["turn"] is not None and one["speaker"] is not None
    ]


def test_the_command_goes_on_where_it_was_cut_off(api, worker, noise, tmp_path, monkeypatch):
    first = recorded(worker, noise, tmp_path, redact=False)
    other = Recording(noise.samples * np.float32(0.5))
    second = recorded(worker, other, tmp_path, redact=False)
    # Cut off after the words of the first call, before its sound.
    redacting.redact_call(worker.engine, worker.blobs, first, machine(clock.now()))
    told = redact(worker.settings, monkeypatch)
    assert "1 calls looked through, numbers hidden in 1." in told
    assert "2 recordings muted" in told
    with db.session(worker.engine, reads_only=True) as session:
        assert [of(session, one)[0].muted for one in (first, second)] == [2, 2]
    assert shows_no_number(everything_stored(worker.engine, tmp_path))


@pytest.fixture
def left(tmp_path) -> Path:
    """A copy of a recording whose process was killed an hour ago."""
    copy = tmp_path / f"{FETCHED}+killed.wav"
    copy.write_bytes(b"what the customer said")
    an_hour_ago = clock.now().timestamp() - 3600
    os.utime(copy, (an_hour_ago, an_hour_ago))
    return copy


def test_a_copy_that_a_killed_command_left_is_removed_by_the_worker(worker, left):
    with closing(Queue(worker.settings.jobs)) as queue:
        worker.sweep(queue)
    assert not left.exists()


def test_a_copy_that_a_killed_command_left_is_removed_by_the_next(worker, left, monkeypatch):
    redact(worker.settings, monkeypatch)
    assert not left.exists()


def test_a_call_that_was_muted_before_is_muted_anew_by_the_worker_that_is_running(worker, noise, tmp_path):
    call_id = recorded(worker, noise, tmp_path, redact=False)
    with db.session(worker.engine) as session:
        mending.mend(session, call_id, mending.words(0, f"Good morning, is it {CARD}?"), machine(clock.now()))

    def is_muted() -> bool:
        with db.session(worker.engine, reads_only=True) as session:
            return not of(session, call_id)[0].mute_due

    # Its job is known from then on, and that of the time after; as many can be asked for as it takes.
    for _ in range(3):
        with processes.worker(worker.settings):
            processes.until(is_muted)
        redacting.redact_call(worker.engine, worker.blobs, call_id, machine(clock.now()))
        with db.session(worker.engine) as session:
            call, revision = of(session, call_id)
            assert (call.muted, call.playback is None) == (len(revision.muted), False)
            sound.mute_later(session, call)


def test_what_comes_to_be_hidden_while_a_call_is_muted_is_muted_too(worker, noise, tmp_path):
    call_id = recorded(worker, noise, tmp_path, redact=True, number="on the card")
    with db.session(worker.engine) as session:
        mending.mend(session, call_id, mending.words(1, f"My card number is {CARD}."), machine(clock.now()))
    other = db.make_engine(worker.settings.database)
    asked = []

    def meanwhile(*_: object) -> None:
        asked.append(1)
        if len(asked) == 2:
            with db.session(other) as session:
                mute_too(session, of(session, call_id)[1], [Span(start=1.0, end=2.0)])

    event.listen(worker.engine, "checkout", meanwhile)
    muting.mute(worker.engine, worker.blobs, worker.settings, call_id)
    other.dispose()

    with db.session(worker.engine, reads_only=True) as session:
        call, revision = of(session, call_id)
    assert (len(revision.muted), call.muted, call.mute_due) == (2, 0, True)


def test_a_transcript_that_came_in_before_is_replaced_by_a_copy_without_its_numbers(api, worker, tmp_path, monkeypatch):
    old = Worker(worker.settings.model_copy(update={"redact": "off"}), worker.engine, worker.blobs)
    call_id = api.upload(as_srt(), name="a.srt").json()["id"]
    old.transcribe(call_id, 1)
    old.evaluate(call_id, 1)
    redact(worker.settings, monkeypatch)
    assert shows_no_number(everything_stored(worker.engine, tmp_path))
    with db.session(worker.engine) as session:
        call = calls.lock(session, call_id)
        call.attempt = 2
    worker.transcribe(call_id, 2)
    assert len(api.get(f"/calls/{call_id}/transcript").json()["turns"]) == len(SAID)


def hold(api, call_id: int) -> int:
    return api.send("POST", "/legal-holds", json={"reason": "Case 17", "calls": [call_id]}).json()["id"]


def lift(api, held: int) -> None:
    assert api.send("POST", f"/legal-holds/{held}/lift", json={"reason": "settled"}).status_code == 200


def file_of(worker, call_id: int) -> bytes:
    """The file of a call as it lies in the store."""
    with db.session(worker.engine, reads_only=True) as session:
        key = of(session, call_id)[0].blob
    with worker.blobs.fetched(key, "") as path:
        return path.read_bytes()


def test_a_call_on_hold_is_redacted_by_the_command_only_when_the_hold_is_lifted(api, worker, tmp_path, monkeypatch):
    old = Worker(worker.settings.model_copy(update={"redact": "off"}), worker.engine, worker.blobs)
    call_id = api.upload(as_srt(), name="a.srt").json()["id"]
    old.transcribe(call_id, 1)
    old.evaluate(call_id, 1)
    held, before = hold(api, call_id), everything_stored(worker.engine, tmp_path)

    told = redact(worker.settings, monkeypatch)
    assert "0 calls looked through, numbers hidden in 0." in told
    assert "1 calls on legal hold were passed by" in told
    assert everything_stored(worker.engine, tmp_path) == before

    lift(api, held)
    told = redact(worker.settings, monkeypatch)
    assert "1 calls looked through, numbers hidden in 1." in told
    assert "legal hold" not in told
    assert shows_no_number(everything_stored(worker.engine, tmp_path))


def test_of_a_transcript_on_hold_the_file_stays_when_it_is_heard_again(api, worker, tmp_path, monkeypatch):
    old = Worker(worker.settings.model_copy(update={"redact": "off"}), worker.engine, worker.blobs)
    call_id = api.upload(as_srt(), name="a.srt").json()["id"]
    old.transcribe(call_id, 1)
    old.evaluate(call_id, 1)
    held = hold(api, call_id)

    with db.session(worker.engine) as session:
        calls.lock(session, call_id).attempt = 2
    worker.transcribe(call_id, 2)
    assert file_of(worker, call_id) == as_srt()
    lift(api, held)
    redact(worker.settings, monkeypatch)
    assert shows_no_number(everything_stored(worker.engine, tmp_path))
