"""A file becomes a call, once, with its facts; corrections stand in the ledger."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from app.calls import queries, service
from app.calls.models import CallState
from app.calls.service import CallFacts
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.queries import entries
from app.ledger.service import Actor
from app.tallies.queries import contributions
from tests.cast import make_cast
from tests.stored import NOW, received, scored


def test_the_same_bytes_are_one_call_and_later_facts_are_added_to_it(session):
    first = received(session, agent="dana")
    again = received(session, queue="cards", external_id="pbx-9")
    assert again.id == first.id
    assert (again.queue, again.external_id) == ("cards", "pbx-9")
    assert again.agent_id == first.agent_id is not None


def test_who_has_the_bytes_of_another_teams_call_does_not_get_the_call(session):
    cast = make_cast(session)
    call = received(session, agent="dana")
    with pytest.raises(NotFound):
        received(session, sender=cast.charlie, team=cast.team_b.name)
    assert call.team_id == cast.team_a.id
    assert received(session, sender=cast.alice, queue="cards").queue == "cards"


def test_an_external_id_names_one_recording(session):
    received(session, external_id="pbx-9")
    with pytest.raises(service.ExternalIdTaken):
        received(session, "another recording", external_id="pbx-9")


def test_agents_and_teams_that_nobody_added_are_added_with_their_first_call(session):
    call = received(session, agent="a-17", team="Night shift")
    assert call.agent_id is not None
    assert call.team_id is not None
    assert received(session, "another", agent="A-17", team="night SHIFT").team_id == call.team_id


def test_a_call_counts_on_the_day_of_its_team(session):
    cast = make_cast(session)
    late = datetime(2026, 10, 5, 20, 0, tzinfo=UTC)
    assert received(session, team=cast.team_a.name, started_at=late).site_day == date(2026, 10, 6)
    assert received(session, "other", team=cast.team_b.name, started_at=late).site_day == date(2026, 10, 5)


def test_the_team_of_a_known_agent_is_the_teams_of_the_call(session):
    cast = make_cast(session)
    assert received(session, agent="dana").team_id == cast.team_a.id


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"language": "fr"}, "language"),
        ({"started_at": "2026-10-01T09:30:00"}, "started_at"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"direction": "sideways"}, "direction"),
        ({"agent_channel": "middle"}, "agent_channel"),
        ({"agent": "x" * 101}, "agent"),
        ({"agnet": "dana"}, "agnet"),
    ],
)
def test_a_fact_that_cannot_be_used_is_named(facts, field):
    with pytest.raises(ValidationError) as refused:
        CallFacts(**facts)
    assert refused.value.errors()[0]["loc"] == (field,)


@pytest.mark.parametrize("name", ["virus.exe", "notes.txt", "wav", "", "x.wav.pdf"])
def test_what_is_no_recording_and_no_transcript_is_refused(name):
    with pytest.raises(service.WrongFileType):
        service.check_file_name(name)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/a.wav", "a.wav"),
        ("C:\\calls\\b.MP3", "b.MP3"),
        ("通话 07.opus", "通话 07.opus"),
        ("a\0.wav", "a.wav"),
    ],
)
def test_a_file_name_is_kept_without_its_folders(sent, kept):
    assert service.check_file_name(sent) == kept


def test_a_corrected_fact_stands_in_the_ledger_with_the_old_one_and_moves_the_counts(session):
    cast = make_cast(session)
    call, _ = scored(session, agent="dana")
    service.change_facts(
        session, id_of(call), {"agent_id": cast.kenji.id, "team_id": cast.team_b.id}, Actor("Bob", NOW)
    )
    last = entries(session, f"call:{call.id}")[-1]
    assert (last.event, last.actor) == ("call.mended", "Bob")
    assert last.payload["agent_id"] == {"old": cast.dana.id, "new": cast.kenji.id}
    assert [(one.team_id, one.agent_id) for one in contributions(session, id_of(call))] == [
        (cast.team_b.id, cast.kenji.id)
    ]


def test_who_changes_what_somebody_else_has_changed_meanwhile_is_told(session):
    call = received(session)
    seen = call.version
    service.change_facts(session, id_of(call), {"queue": "cards"}, Actor("Bob", NOW), seen)
    with pytest.raises(service.CallChanged):
        service.change_facts(session, id_of(call), {"queue": "loans"}, Actor("Alice", NOW), seen)


def test_a_failed_call_keeps_its_reason_until_it_is_started_again(session):
    call = received(session)
    service.fail(session, id_of(call), 1, "not_audio", "This is no recording.", Actor("machine", NOW))
    assert (call.state, call.error_code) == (CallState.FAILED, "not_audio")
    again = service.start_again(session, None, id_of(call), Actor("Alice", NOW))  # type: ignore[arg-type]
    assert (again.state, again.attempt, again.error_code) == (CallState.RECEIVED, 2, None)
    service.fail(session, id_of(call), 1, "late", "A message from the first run.", Actor("machine", NOW))
    assert again.state == CallState.RECEIVED


def test_a_call_under_way_is_not_started_twice(session):
    with pytest.raises(service.StillUnderWay):
        service.start_again(session, None, id_of(received(session)), Actor("Alice", NOW))  # type: ignore[arg-type]


def test_everybody_sees_the_calls_of_their_own(session):
    cast = make_cast(session)
    call = received(session, agent="dana")
    for sees in (cast.ada, cast.bob, cast.alice, cast.dana):
        assert queries.call(session, sees, id_of(call)).id == call.id
    for does_not in (cast.charlie, cast.mei, cast.kenji):
        with pytest.raises(NotFound):
            queries.call(session, does_not, id_of(call))
        assert queries.calls(session, does_not, queries.Wanted()) == ([], 0)
