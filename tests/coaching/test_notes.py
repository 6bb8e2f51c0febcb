"""A supervisor writes a note about a call; the agent, and nobody else, answers it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from app.calls.models import Call
from app.coaching import queries, service
from app.coaching.models import CoachingNote
from app.coaching.points import ClipInvalid, ItemUnknown
from app.coaching.queries import Listed
from app.coaching.service import AgentMissing, AlreadyAcknowledged, NoteEmpty, ReplyTooLong
from app.coaching.written import NoteFacts
from app.kit.db import id_of
from app.kit.errors import Forbidden, NotFound
from app.ledger.queries import entries
from app.ledger.service import Actor, call_stream
from tests.bare_calls import store_call
from tests.cast import Cast, make_cast

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def call(session: Session, cast: Cast) -> Call:
    return store_call(session, agent_id=cast.dana.id, team_id=cast.team_a.id)


def send(session: Session, cast: Cast, call: Call, text: str = "Say why before you hold.", **more: Any) -> CoachingNote:
    return service.send_note(session, cast.bob, id_of(call), NoteFacts(text, **more), Actor("Bob", NOON, cast.bob.id))


def answer(session: Session, cast: Cast, note: CoachingNote, reply: str = "I will.") -> CoachingNote:
    dana = Actor("Dana", NOON + timedelta(hours=1), cast.dana.id)
    return service.acknowledge(session, cast.dana, id_of(note), reply, dana)


def test_a_note_goes_to_the_agent_of_the_call(session: Session, cast: Cast, call: Call) -> None:
    note = send(session, cast, call, start=10.0, end=21.5)
    (point,) = queries.points(session, [id_of(note)])[id_of(note)]
    assert (note.agent_id, note.author_id, note.told_at) == (cast.dana.id, cast.bob.id, NOON)
    assert (point.call_id, point.start, point.end) == (call.id, 10.0, 21.5)
    assert note.acknowledged_at is None
    assert queries.notes(session, cast.dana).items == [note]
    assert queries.of_call(session, cast.dana, id_of(call)) == [note]


def test_the_agent_acknowledges_it_with_a_reply(session: Session, cast: Cast, call: Call) -> None:
    note = answer(session, cast, send(session, cast, call))
    assert (note.reply, note.acknowledged_at) == ("I will.", NOON + timedelta(hours=1))
    assert queries.notes(session, cast.bob, Listed.ACKNOWLEDGED).items == [note]
    assert queries.notes(session, cast.bob, Listed.OPEN).items == []


def test_both_are_told_in_the_calls_ledger_without_the_words(session: Session, cast: Cast, call: Call) -> None:
    note = answer(session, cast, send(session, cast, call, text="Dear Dana", start=1.0, end=2.0), "Dear Bob")
    sent, acknowledged = entries(session, call_stream(id_of(call)))
    assert (sent.event, sent.actor, sent.payload["note"]) == ("coaching.sent", "Bob", note.id)
    assert (acknowledged.event, acknowledged.actor) == ("coaching.acknowledged", "Dana")
    assert "Dear" not in str(sent.payload) + str(acknowledged.payload)


def test_nobody_answers_in_the_agents_place(session: Session, cast: Cast, call: Call) -> None:
    note = send(session, cast, call)
    for person, refusal in ((cast.bob, Forbidden), (cast.ada, Forbidden), (cast.mei, NotFound)):
        with pytest.raises(refusal):
            service.acknowledge(session, person, id_of(note), "", Actor(person.name, NOON, person.id))


def test_a_note_is_answered_once(session: Session, cast: Cast, call: Call) -> None:
    note = answer(session, cast, send(session, cast, call))
    with pytest.raises(AlreadyAcknowledged):
        answer(session, cast, note, "Something else.")
    assert note.reply == "I will."


def test_who_sees_which_notes(session: Session, cast: Cast, call: Call) -> None:
    note = send(session, cast, call)
    people = (cast.ada, cast.bob, cast.alice, cast.charlie, cast.dana, cast.mei)
    assert {one.name for one in people if queries.notes(session, one).items} == {"Ada", "Bob", "Alice", "Dana"}
    with pytest.raises(NotFound):
        queries.note(session, cast.charlie, id_of(note))


def test_notes_are_listed_the_latest_first(session: Session, cast: Cast, call: Call) -> None:
    notes = [send(session, cast, call, text=str(number)) for number in range(3)]
    first = queries.notes(session, cast.dana, size=2)
    rest = queries.notes(session, cast.dana, size=2, cursor=first.next_cursor)
    assert [one.id for one in (*first.items, *rest.items)] == [one.id for one in notes[::-1]]
    assert (first.total, rest.next_cursor) == (3, None)


def test_a_call_of_another_team_cannot_be_coached(session: Session, cast: Cast) -> None:
    other = store_call(session, agent_id=cast.kenji.id, team_id=cast.team_b.id)
    with pytest.raises(NotFound):
        send(session, cast, other)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"text": "  "}, NoteEmpty),
        ({"text": "x" * 5001}, NoteEmpty),
        ({"start": 5.0}, ClipInvalid),
        ({"start": 5.0, "end": 5.0}, ClipInvalid),
        ({"start": -1.0, "end": 5.0}, ClipInvalid),
        ({"start": 61.0, "end": 65.0}, ClipInvalid),
        ({"start": 0.0, "end": float("inf")}, ClipInvalid),
        ({"start": float("nan"), "end": 5.0}, ClipInvalid),
        ({"item_id": "no_such_item"}, ItemUnknown),
    ],
)
def test_a_note_that_cannot_be_sent(
    session: Session, cast: Cast, call: Call, given: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        send(session, cast, call, **given)


def test_a_call_without_an_agent_has_nobody_to_write_to(session: Session, cast: Cast) -> None:
    with pytest.raises(AgentMissing):
        send(session, cast, store_call(session))


def test_a_reply_has_its_length(session: Session, cast: Cast, call: Call) -> None:
    with pytest.raises(ReplyTooLong):
        answer(session, cast, send(session, cast, call), "x" * 5001)
