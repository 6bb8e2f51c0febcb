"""Complaints are tied to calls and agents, counted on their day, and never lose what was there before."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import Session

from app.calls.models import CallState
from app.complaints import queries, service
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.complaints.register import BadRow, RegisterUnreadable, export_register, import_register
from app.complaints.service import CallUnknown, ComplaintFacts
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.queries import entries
from app.ledger.service import Actor, call_stream
from tests.bare_calls import store_call
from tests.cast import Cast, make_cast

EVENING = datetime(2026, 10, 5, 20, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def bob(cast: Cast) -> Actor:
    return Actor("Bob", EVENING, cast.bob.id)


def record(session: Session, cast: Cast, actor: Actor, **facts: Any) -> Complaint:
    given = ComplaintFacts.model_validate({"received_at": EVENING, "category": "attitude", **facts})
    return service.record_complaint(session, cast.bob, given, actor)[0]


def test_agent_team_and_day_come_from_the_call(session: Session, cast: Cast, bob: Actor) -> None:
    call = store_call(session, agent_id=cast.dana.id, team_id=cast.team_a.id)
    complaint = record(session, cast, bob, call_id=call.id)
    assert (complaint.agent_id, complaint.team_id) == (cast.dana.id, cast.team_a.id)
    # Eight in the evening in London is four in the morning in Shanghai.
    assert complaint.site_day == date(2026, 10, 6)


def test_what_is_given_wins_over_what_the_call_says(session: Session, cast: Cast, bob: Actor) -> None:
    call = store_call(session, agent_id=cast.dana.id, team_id=cast.team_a.id)
    complaint = record(session, cast, bob, call_id=call.id, agent="mei", team="Team B")
    assert (complaint.agent_id, complaint.team_id) == (cast.mei.id, cast.team_b.id)
    assert complaint.site_day == date(2026, 10, 5)


def test_the_team_of_a_complaint_without_a_call_is_that_of_the_agent(session: Session, cast: Cast, bob: Actor) -> None:
    assert record(session, cast, bob, agent="dana").team_id == cast.team_a.id


def test_a_complaint_is_told_in_its_own_stream_and_in_that_of_its_call(
    session: Session, cast: Cast, bob: Actor
) -> None:
    call = store_call(session, agent_id=cast.dana.id)
    complaint = record(session, cast, bob, call_id=call.id, text="She called me a liar.")
    service.change_outcome(session, cast.bob, id_of(complaint), ComplaintOutcome.UPHELD, bob)
    for stream in (f"complaint:{complaint.id}", call_stream(id_of(call))):
        first, second = entries(session, stream)
        assert (first.event, first.actor, second.event) == ("complaint.recorded", "Bob", "complaint.changed")
        assert second.payload["outcome"] == {"old": "open", "new": "upheld"}
        assert "liar" not in str(first.payload)


def test_a_complaint_can_be_tied_to_its_call_later(session: Session, cast: Cast, bob: Actor) -> None:
    complaint = record(session, cast, bob)
    former = store_call(session)
    call = store_call(session, agent_id=cast.dana.id, team_id=cast.team_a.id)
    service.link(session, cast.bob, id_of(complaint), bob, call=former)
    complaint = service.link(session, cast.bob, id_of(complaint), bob, call=call)
    assert (complaint.call_id, complaint.agent_id, complaint.team_id) == (call.id, cast.dana.id, cast.team_a.id)
    assert complaint.site_day == date(2026, 10, 6)
    assert queries.of_call(session, id_of(call)) == [complaint]
    assert [one.event for one in entries(session, call_stream(id_of(former)))][-1] == "complaint.unlinked"


def test_a_complaint_can_be_tied_to_an_agent_later(session: Session, cast: Cast, bob: Actor) -> None:
    complaint = record(session, cast, bob)
    complaint = service.link(session, cast.bob, id_of(complaint), bob, agent=cast.kenji)
    assert (complaint.agent_id, complaint.team_id) == (cast.kenji.id, cast.team_b.id)


def test_a_known_complaint_keeps_what_is_not_said_anew(session: Session, cast: Cast, bob: Actor) -> None:
    call = store_call(session, agent_id=cast.dana.id, team_id=cast.team_a.id)
    first = record(session, cast, bob, external_id="k-1", call_id=call.id, text="Rude.", outcome="upheld")
    again = record(session, cast, bob, external_id="k-1", category="waiting")
    assert again.id == first.id
    assert (again.category, again.outcome, again.text) == (ComplaintCategory.WAITING, ComplaintOutcome.UPHELD, "Rude.")
    assert (again.call_id, again.agent_id, again.site_day) == (call.id, cast.dana.id, date(2026, 10, 6))


def test_saying_the_same_again_changes_nothing(session: Session, cast: Cast, bob: Actor) -> None:
    complaint = record(session, cast, bob, external_id="k-1", agent="dana")
    record(session, cast, bob, external_id="k-1", agent="dana")
    assert len(entries(session, f"complaint:{complaint.id}")) == 1


def test_a_call_one_may_not_see_cannot_be_complained_about(session: Session, cast: Cast, bob: Actor) -> None:
    hidden = store_call(session, team_id=cast.team_b.id, external_id="c-9")
    gone = store_call(session, state=CallState.DELETED)
    for facts in ({"call_id": hidden.id}, {"call_external_id": "c-9"}, {"call_id": gone.id}):
        with pytest.raises(CallUnknown):
            record(session, cast, bob, **facts)


def test_who_sees_which_complaints(session: Session, cast: Cast, bob: Actor) -> None:
    of_dana, of_nobody = record(session, cast, bob, agent="dana"), record(session, cast, bob)
    seen = {
        person.name: {one.id for one in queries.complaints(session, person).items}
        for person in (cast.ada, cast.bob, cast.charlie, cast.dana, cast.mei)
    }
    both = {of_dana.id, of_nobody.id}
    assert seen == {"Ada": both, "Bob": both, "Charlie": {of_nobody.id}, "Dana": {of_dana.id}, "Mei": set()}
    with pytest.raises(NotFound):
        queries.complaint(session, cast.charlie, id_of(of_dana))
    with pytest.raises(NotFound):
        service.change_outcome(session, cast.charlie, id_of(of_dana), ComplaintOutcome.UPHELD, bob)


def test_only_upheld_complaints_and_calls_that_were_not_deleted_are_counted(
    session: Session, cast: Cast, bob: Actor
) -> None:
    for outcome in ("upheld", "upheld", "open", "not_upheld"):
        record(session, cast, bob, agent="dana", outcome=outcome)
    record(session, cast, bob, agent="dana", outcome="upheld", category="waiting")
    for state in (CallState.SCORED, CallState.FAILED, CallState.DELETED):
        store_call(session, team_id=cast.team_a.id, state=state)
    store_call(session, team_id=cast.team_b.id)
    assert queries.upheld(session, cast.ada, ["team_id"]) == {(cast.team_a.id,): 3}
    assert queries.upheld(session, cast.ada, [], category=ComplaintCategory.ATTITUDE) == {(): 2}
    assert queries.handled(session, cast.ada, ["team_id"]) == {(cast.team_a.id,): 2, (cast.team_b.id,): 1}
    assert queries.handled(session, cast.ada, [], first_day=date(2026, 10, 2)) == {(): 0}
    assert queries.upheld(session, cast.ada, [], last_day=date(2026, 10, 5)) == {(): 0}


GOOD_ROWS = """received_at,category,outcome,call,agent,text,external_id
2026-10-05T10:00:00+08:00,attitude,upheld,c-1,,"Hung up,
twice",k-1
2026-10-05 10:00,waiting,,,dana,,k-2
"""


def test_a_csv_file_is_imported(session: Session, cast: Cast, bob: Actor) -> None:
    call = store_call(session, external_id="c-1", agent_id=cast.dana.id, team_id=cast.team_a.id)
    done = import_register(session, cast.bob, GOOD_ROWS.encode("utf-8-sig"), bob)
    assert (done.added, done.updated, done.bad_rows) == (2, 0, ())
    second, first = sorted(queries.complaints(session, cast.bob).items, key=lambda one: one.external_id or "")[::-1]
    assert (first.call_id, first.text, first.outcome) == (call.id, "Hung up,\ntwice", ComplaintOutcome.UPHELD)
    # A time without an offset is that of Bob's team.
    assert second.received_at == datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
    assert (second.agent_id, second.outcome) == (cast.dana.id, ComplaintOutcome.OPEN)


def test_a_file_imported_twice_counts_once(session: Session, cast: Cast, bob: Actor) -> None:
    store_call(session, external_id="c-1")
    import_register(session, cast.bob, GOOD_ROWS.encode(), bob)
    done = import_register(session, cast.bob, GOOD_ROWS.encode(), bob)
    assert (done.added, done.updated) == (0, 2)
    assert queries.complaints(session, cast.bob).total == 2


def test_a_bad_row_names_its_line_and_column_and_the_good_ones_are_kept(
    session: Session, cast: Cast, bob: Actor
) -> None:
    rows = [
        "external_id,received_at,category,outcome,call,agent,team",
        'k-1,2026-10-05,attitude,upheld,,"dana",',
        "k-2,yesterday,attitude,upheld,,,",
        ",,,,,,",
        "k-3,2026-10-05,weather,upheld,,,",
        "k-4,2026-10-05,attitude,maybe,,,",
        "k-5,2026-10-05,attitude,,c-9,,",
        "k-6,2026-10-05,attitude,,,nobody,",
        "k-7,2026-10-05,attitude,,,,nowhere",
        "k-8,,attitude",
        "k-9,2026-10-05,other",
    ]
    done = import_register(session, cast.bob, "\r\n".join(rows).encode(), bob)
    assert (done.added, done.updated) == (2, 0)
    assert [(bad.line, bad.field) for bad in done.bad_rows] == [
        (3, "received_at"),
        (5, "category"),
        (6, "outcome"),
        (7, "call"),
        (8, "agent"),
        (9, "team"),
        (10, "received_at"),
    ]
    assert all(bad.message for bad in done.bad_rows)
    assert {one.external_id for one in queries.complaints(session, cast.bob).items} == {"k-1", "k-9"}


def test_a_row_of_somebody_elses_complaint_is_a_bad_row(session: Session, cast: Cast, bob: Actor) -> None:
    record(session, cast, bob, external_id="k-1", agent="dana")
    done = import_register(session, cast.charlie, b"external_id,received_at,category\nk-1,2026-10-05,other\n", bob)
    assert done.bad_rows == (BadRow(2, "external_id", NotFound().message),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"category\nattitude\n", "received_at is missing"),
        (b"received_at,category,colour\n", "'colour'"),
        (b"received_at,category,category\n", "stands twice"),
        (b"", "received_at is missing"),
        ("received_at,category\n投诉".encode("gb18030"), "UTF-8"),
        (b"received_at,category\n\0", "UTF-8"),
        (b"received_at,category\n" + b"x" * 200_000, "Line 2"),
    ],
)
def test_a_file_that_is_no_register_is_refused_as_a_whole(
    session: Session, cast: Cast, bob: Actor, content: bytes, said: str
) -> None:
    with pytest.raises(RegisterUnreadable, match=said):
        import_register(session, cast.bob, content, bob)


def test_what_is_exported_can_be_imported_again_and_runs_in_no_spreadsheet(
    session: Session, cast: Cast, bob: Actor
) -> None:
    store_call(session, external_id="c-1", agent_id=cast.dana.id, team_id=cast.team_a.id)
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "\u3000=1", "'quoted", "plain, with comma"]
    for number, text in enumerate(formulas):
        record(session, cast, bob, external_id=f"k-{number}", call_external_id="c-1", text=text)
    before = [one.model_dump() for one in queries.complaints(session, cast.bob).items]
    exported = export_register(session, queries.complaints(session, cast.bob).items)
    for row in csv.reader(io.StringIO(exported)):
        assert not any(cell.startswith(("=", "+", "-", "@", "＝")) for cell in row)
    done = import_register(session, cast.bob, exported.encode(), bob)
    assert (done.added, done.updated, done.bad_rows) == (0, len(formulas), ())
    assert [one.model_dump() for one in queries.complaints(session, cast.bob).items] == before
