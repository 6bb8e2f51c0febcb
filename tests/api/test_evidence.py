"""Why a verdict stands, where it is heard, and parts of calls shared by a link."""

import csv
import io
import wave

import av
import pytest

from app.accounts.models import Scope, User
from app.audio.decoding import Recording
from app.audio.playback import playback
from app.calls import queries as calls
from app.domain.transcript import Transcript
from app.kit import clock, db
from app.ledger.queries import entries
from app.ledger.service import call_stream, machine
from app.transcription.service import keep_transcript
from tests.api.conftest import BAD, GOOD, Api
from tests.audio.sounds import tone

SECONDS = 30.0


@pytest.fixture
def call(api: Api) -> int:
    """A scored call of Dana with sound, which nobody had to listen to."""
    call_id: int = api.upload(b"RIFF", name="call.wav", agent="dana", external_id="c-1").json()["id"]
    said = [
        {"speaker": who, "start": 5.0 * at, "end": 5.0 * at + 4, "text": text} for at, (who, text) in enumerate(GOOD)
    ]
    heard = Transcript.model_validate({"language": "en", "channels": 2, "duration": SECONDS, "turns": said})
    with db.session(api.engine) as session:
        call = calls.lock(session, call_id)
        call.playback = api.worker.blobs.put([playback(Recording(tone(SECONDS)[None]))], 1_000_000).key
        call.duration = SECONDS
        keep_transcript(session, call, heard, "test", machine(clock.now()), 1)
    api.worker.evaluate(call_id, 1)
    api.worker.offer(call_id, 1)
    return call_id


def key_of(api: Api, who: User, *scopes: Scope) -> str:
    return api.key(*(scopes or (Scope.SCORES_READ, Scope.SCORES_WRITE)), owner=who)


def evidence_of(api: Api, call: int) -> str:
    return f"/evaluations/{api.get(f'/calls/{call}/evaluations').json()[0]['id']}/evidence"


def length(sound: bytes) -> float:
    """How long it sounds, in seconds."""
    with av.open(io.BytesIO(sound)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def test_a_verdict_is_told_with_its_quotation_and_where_it_is_heard(api: Api, call: int) -> None:
    [row] = api.get(f"{evidence_of(api, call)}?item=standard_greeting").json()
    assert (row["verdict"], row["quotation"]["speaker"], row["quotation"]["turn"]) == ("pass", "agent", 0)
    assert "Thank you for calling" in row["quotation"]["quote"]
    assert row["clip"].startswith(f"/api/v1/calls/{call}/clip?start=0.0&end=")
    sound = api.get(row["clip"].removeprefix("/api/v1"))
    assert (sound.status_code, sound.headers["content-type"]) == (200, "audio/mpeg")
    assert 1 < length(sound.content) < 15


def test_where_nothing_was_found_it_is_told_what_was_searched(api: Api) -> None:
    path = evidence_of(api, api.scored(*BAD))
    rows = api.get(f"{path}?item=standard_greeting").json()
    assert [(one["verdict"], one["quotation"], one["clip"]) for one in rows] == [("fail", None, None)]
    assert rows[0]["searched"]["speaker"] == "agent"
    assert {one["verdict"] for one in api.get(f"{path}?verdict=fail").json()} == {"fail"}
    answer = api.get(f"{path}?item=standard_greeting", headers={"Accept": "text/csv"})
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["item"], row["quotation.quote"], row["searched.speaker"]) == ("standard_greeting", "", "agent")


def test_a_part_of_a_call_is_heard_as_mp3_or_wav_and_in_ranges(api: Api, call: int) -> None:
    path = f"/calls/{call}/clip?start=4.5&end=10"
    mp3, wav = api.get(path), api.get(path, headers={"Accept": "audio/wav"})
    assert length(mp3.content) == pytest.approx(5.5, abs=0.15)
    with wave.open(io.BytesIO(wav.content)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(5.5, abs=0.001)
    part = api.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes 100-199/{len(mp3.content)}")
    assert part.content == mp3.content[100:200]
    assert api.get(path, headers={"Range": "bytes=-50"}).content == mp3.content[-50:]
    beyond = api.get(path, headers={"Range": f"bytes={len(mp3.content)}-"})
    assert beyond.status_code == 416


def test_what_is_no_part_of_the_call_is_refused(api: Api, call: int) -> None:
    for query in ("start=5&end=5", "start=31&end=40", "start=-1&end=3", "start=nan&end=3", "start=0&end=inf", "end=3"):
        assert api.get(f"/calls/{call}/clip?{query}").status_code == 422, query
    with db.session(api.engine) as session:
        calls.lock(session, call).duration = 500.0
    long = api.get(f"/calls/{call}/clip?start=0&end=100")
    assert (long.status_code, long.json()["code"]) == (422, "clip_too_long")
    silent = api.get(f"/calls/{api.scored(*GOOD)}/clip?start=0&end=3")
    assert (silent.status_code, silent.json()["code"]) == (404, "blob_missing")


def test_who_may_not_see_the_call_hears_nothing_of_it(api: Api, call: int) -> None:
    for who in (api.cast.mei, api.cast.charlie, api.cast.kenji):
        key = key_of(api, who)
        assert api.get(f"/calls/{call}/clip?start=0&end=3", key=key).status_code == 404
    # That there are links is no agent's to know, of whatever call.
    for who, status in ((api.cast.charlie, 404), (api.cast.mei, 403), (api.cast.kenji, 403)):
        assert api.get(f"/calls/{call}/clips", key=key_of(api, who)).status_code == status
    assert api.get(f"/calls/{call}/clip?start=0&end=3", key=key_of(api, api.cast.dana)).status_code == 200


def test_a_link_to_a_part_of_a_call_is_told_once_listed_and_withdrawn(api: Api, call: int) -> None:
    alice = key_of(api, api.cast.alice)
    clip = {"start": 4.6, "end": 10.0, "item": "standard_greeting"}
    once = {"Idempotency-Key": "clip-1"}
    made = api.send("POST", f"/calls/{call}/clips", key=alice, json=clip, headers=once)
    assert made.status_code == 201
    assert made.json()["url"].startswith("http://testserver/clips/")
    again = api.send("POST", f"/calls/{call}/clips", key=alice, json=clip, headers=once)
    assert (again.json()["id"], again.json()["url"]) == (made.json()["id"], None)
    [listed] = api.get(f"/calls/{call}/clips", key=alice).json()
    assert (listed["start"], listed["item"], listed["created_by"], listed["url"]) == (
        4.6,
        "standard_greeting",
        "Alice",
        None,
    )
    for _ in range(2):
        gone = api.send("DELETE", f"/calls/{call}/clips/{listed['id']}", key=alice)
        assert (gone.status_code, gone.content) == (204, b"")
    assert api.get(f"/calls/{call}/clips", key=alice).json() == []
    with db.session(api.engine, reads_only=True) as session:
        told = [one.event for one in entries(session, call_stream(call))]
    assert told[-2:] == ["clip.shared", "clip.withdrawn"]
    assert api.send("DELETE", f"/calls/{call}/clips/999", key=alice).status_code == 404


def test_agents_share_nothing(api: Api, call: int) -> None:
    dana = key_of(api, api.cast.dana)
    listed = api.get(f"/calls/{call}/clips", key=dana)
    assert (listed.status_code, listed.json()["code"]) == (403, "forbidden")
    assert api.send("POST", f"/calls/{call}/clips", key=dana, json={"start": 1, "end": 2}).status_code == 403
    assert api.send("DELETE", f"/calls/{call}/clips/1", key=dana).status_code == 403
    reader = key_of(api, api.cast.alice, Scope.SCORES_READ)
    assert api.send("POST", f"/calls/{call}/clips", key=reader, json={"start": 1, "end": 2}).status_code == 403
