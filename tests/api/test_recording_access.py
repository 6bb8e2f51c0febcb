"""Who heard what, as other systems read it."""

import numpy as np
import pytest

from app.accounts.models import Scope
from app.audio.decoding import SAMPLE_RATE, Recording
from app.calls import queries as calls
from app.domain.transcript import Span
from app.kit import db
from app.transcription.service import for_browsers


@pytest.fixture
def call(api) -> int:
    """A call with ten seconds of sound, two of which are muted."""
    call_id = api.scored()
    sound = Recording(np.full((1, 10 * SAMPLE_RATE), 0.3, np.float32))
    with db.session(api.engine) as session:
        row = calls.lock(session, call_id)
        made = for_browsers(api.worker.blobs, sound, (Span(start=4.0, end=6.0),))
        row.playback, row.playback_unmuted, row.muted, row.duration = made.playback, made.unmuted, made.muted, 10.0
    return call_id


def test_a_program_that_is_given_sound_is_noted_with_its_key_once_in_ten_minutes(api, call):
    key = api.key(Scope.SCORES_READ, owner=api.cast.alice)
    for start in (0, 1, 2):
        assert api.get(f"/calls/{call}/clip?start={start}&end={start + 3}", key=key).status_code == 200
    told = api.get("/recording-access").json()
    assert told["total"] == 1
    (one,) = told["items"]
    assert (one["user"], one["key"], one["call_id"], one["kind"], one["place"]) == (
        "alice",
        "test",
        call,
        "clip",
        "/api",
    )


def test_the_list_is_narrowed_paged_and_told_as_csv(api, call):
    for owner in (api.cast.alice, api.cast.bob, api.cast.ada):
        key = api.key(Scope.SCORES_READ, owner=owner)
        api.get(f"/calls/{call}/clip?start=0&end=1", key=key)
    first = api.get("/recording-access?limit=2").json()
    rest = api.get(f"/recording-access?limit=2&cursor={first['next_cursor'].replace('+', '%2B')}").json()
    assert [one["user"] for one in first["items"] + rest["items"]] == ["ada", "bob", "alice"]
    for query, count in (("user=bob", 1), (f"call={call}", 3), (f"call={call + 1}", 0), ("kind=downloaded", 0)):
        assert api.get(f"/recording-access?{query}").json()["total"] == count, query
    assert api.get("/recording-access?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z").json()["total"] == 0
    table = api.get("/recording-access", headers={"accept": "text/csv"})
    assert table.text.splitlines()[0].split(",")[:4] == ["id", "at", "user", "key"]
    assert len(table.text.splitlines()) == 4
    assert api.get("/recording-access?user=nobody").status_code == 422


def test_only_an_administrators_key_with_the_scope_reads_it(api):
    for scope, owner in ((Scope.ADMIN, api.cast.bob), (Scope.SCORES_READ, api.cast.ada), (Scope.ADMIN, api.cast.dana)):
        assert api.get("/recording-access", key=api.key(scope, owner=owner)).status_code == 403


def test_the_sound_of_the_api_is_muted_whoever_asks(api, call):
    answer = api.get(f"/calls/{call}/clip?start=4.2&end=5.8", headers={"accept": "audio/wav"})
    samples = np.frombuffer(answer.content[44:], "<i2")
    assert np.abs(samples).max() / 32768 < 0.1
    loud = api.get(f"/calls/{call}/clip?start=1&end=3", headers={"accept": "audio/wav"})
    assert loud.status_code == 200
    assert not any("unmuted" in path or path.endswith("/recording") for path in api.client.app.openapi()["paths"])
