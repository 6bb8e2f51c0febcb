"""What is on hold is kept whole, also where it stands beside something that goes; it goes when the hold is lifted."""

import io
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from app.calls.models import Call
from app.coaching import follow_up
from app.coaching import service as coaching
from app.coaching.models import CoachingNote, FollowUp
from app.coaching.written import Point, Texts, Written
from app.complaints.models import Complaint, ComplaintCategory
from app.complaints.service import ComplaintFacts, record_complaint
from app.contacts.customers import Customers
from app.contacts.models import Contact
from app.contacts.service import Intake, take_contacts
from app.contacts.sums import Terms
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.service import Actor, machine
from app.retention import aging, erasing, held_queries, holds, policies
from app.retention import service as retention
from app.retention.holds import CallHeld, Meant
from app.retention.models import SITE, Erased, Erasure, ErasureTarget
from app.retention.policies import Kept
from tests.retention.house import DAY, House, call_of, house
from tests.stored import NOW

SAID = "Martha Bell was not called by her name."


@pytest.fixture
def site(engine, settings):
    made = house(engine, settings)
    yield made
    made.queue.close()


def hold(site: House, *calls: int) -> int:
    with db.session(site.engine) as session:
        return id_of(holds.put(session, Meant(call_ids=calls), "in court", site.cast.ada, site.actor("ada")))


def lift(site: House, held: int) -> None:
    with db.session(site.engine) as session:
        holds.lift(session, held, "settled", site.cast.ada, site.actor("ada"))


def delete(site: House, call: int) -> None:
    with db.session(site.engine) as session:
        retention.delete_call(session, site.engine, site.blobs, call, site.actor(), "a mistake")


def ask(site: House, *targets: tuple[Erased, int]) -> int:
    with db.session(site.engine) as session:
        return id_of(erasing.ask(session, targets, "", site.cast.ada, site.actor("ada")))


def is_done(site: House, erasure: int) -> bool:
    with db.session(site.engine, reads_only=True) as session:
        return session.get_one(Erasure, erasure).ended_at is not None


def waits(site: House, erasure: int) -> int:
    with db.session(site.engine, reads_only=True) as session:
        return held_queries.held_targets(session, erasure)


def note_about(site: House, *calls: int, is_draft: bool = False) -> int:
    """A note that speaks of some calls at once, with an answer and a follow-up where it was sent."""
    bob, dana = site.cast.bob, site.cast.dana
    written = Written(id_of(dana), Texts(SAID), tuple(Point(one, None, 1.0, 3.0) for one in calls), topic=SAID)
    with db.session(site.engine) as session:
        if is_draft:
            return id_of(coaching.keep_draft(session, bob, written, site.actor()))
        note = id_of(coaching.send(session, bob, written, site.actor()))
        coaching.acknowledge(session, dana, note, SAID, site.actor("dana"))
        follow_up.follow_up(session, bob, note, SAID, DAY + timedelta(days=7), site.actor(), DAY)
        return note


def said_in(session: Session, note: int) -> set[str]:
    kept = session.get_one(CoachingNote, note)
    later = session.exec(select(FollowUp.text).where(FollowUp.note_id == note)).all()
    return {kept.text, kept.topic, kept.reply, *later} - {""}


def texts(site: House, note: int) -> set[str]:
    with db.session(site.engine, reads_only=True) as session:
        return said_in(session, note)


def test_a_note_about_a_held_call_outlives_the_deletion_of_another_of_its_calls_until_the_hold_is_lifted(site) -> None:
    free, kept = call_of(site), call_of(site)
    note, other = note_about(site, free, kept), note_about(site, free)
    held, again = hold(site, kept), hold(site, kept)

    delete(site, free)
    assert (texts(site, note), texts(site, other)) == ({SAID}, set())
    lift(site, held)
    assert texts(site, note) == {SAID}
    lift(site, again)
    assert texts(site, note) == set()


def test_a_note_about_a_held_call_outlives_the_period_of_another_of_its_calls_until_the_hold_is_lifted(site) -> None:
    free, kept = call_of(site), call_of(site)
    note = note_about(site, free, kept)
    held = hold(site, kept)
    with db.session(site.engine) as session:
        policies.set_policy(session, SITE, Kept(10, 20), site.cast.ada, site.actor("ada"))

    aging.age(site.engine, site.blobs, NOW + timedelta(days=30))
    assert texts(site, note) == {SAID}
    lift(site, held)
    assert texts(site, note) == set()


def test_an_erasure_has_ended_only_when_a_note_about_a_held_call_is_gone_too(site) -> None:
    free, kept = call_of(site), call_of(site)
    note = note_about(site, free, kept)
    held = hold(site, kept)

    asked = ask(site, (Erased.CALL, free))
    assert erasing.sweep(site.eraser, NOW) == 0
    assert (texts(site, note), is_done(site, asked), waits(site, asked)) == ({SAID}, False, 1)
    lift(site, held)
    assert (texts(site, note), waits(site, asked)) == (set(), 0)
    assert erasing.sweep(site.eraser, NOW) == 1
    assert is_done(site, asked)


def test_a_draft_that_waits_to_be_forgotten_is_changed_by_nobody(site) -> None:
    free, kept = call_of(site), call_of(site)
    note = note_about(site, free, kept, is_draft=True)
    held = hold(site, kept)
    delete(site, free)

    with pytest.raises(NotFound), db.session(site.engine) as session:
        coaching.throw_away(session, site.cast.bob, note)
    assert texts(site, note) == {SAID}
    lift(site, held)
    assert texts(site, note) == set()


def complaint_about(site: House, call: int) -> int:
    facts = ComplaintFacts(call_id=call, received_at=NOW, category=ComplaintCategory.ATTITUDE, text=SAID)
    with db.session(site.engine) as session:
        return id_of(record_complaint(session, site.cast.bob, facts, site.actor())[0])


def contact_of(site: House, call: int) -> int:
    """What the switch recorded of a call, which it calls the same."""
    with db.session(site.engine, reads_only=True) as session:
        name = session.get_one(Call, call).external_id
    listed = f"external_id,started_at,agent,answered,customer\n{name},2026-10-05T06:00:00Z,dana,yes,+86 21 5550 0199\n"
    intake = Intake(site.engine, Terms(), Customers(site.settings.customer_key), Actor("switch", NOW))
    assert take_contacts(intake, io.BytesIO(listed.encode())).added == 1
    with db.session(site.engine, reads_only=True) as session:
        return id_of(session.exec(select(Contact).where(Contact.external_id == name)).one())


def is_whole(site: House, complaint: int, contact: int) -> bool:
    with db.session(site.engine, reads_only=True) as session:
        told, recorded = session.get_one(Complaint, complaint), session.get_one(Contact, contact)
        return told.text == SAID and recorded.customer_key is not None


def test_the_complaint_and_the_contact_of_a_held_call_are_not_erased(site) -> None:
    call = call_of(site)
    complaint, contact = complaint_about(site, call), contact_of(site, call)
    hold(site, call)
    for target in ((Erased.COMPLAINT, complaint), (Erased.CONTACT, contact)):
        with pytest.raises(CallHeld):
            ask(site, target)
    assert is_whole(site, complaint, contact)


def test_the_erasure_of_a_complaint_and_a_contact_waits_for_a_hold_that_came_after_it(site) -> None:
    call, free = call_of(site), call_of(site)
    complaint, other, contact = complaint_about(site, call), complaint_about(site, free), contact_of(site, call)
    asked = ask(site, (Erased.COMPLAINT, complaint), (Erased.COMPLAINT, other), (Erased.CONTACT, contact))
    held = hold(site, call)

    assert erasing.sweep(site.eraser, NOW) == 1
    assert (is_whole(site, complaint, contact), is_done(site, asked), waits(site, asked)) == (True, False, 2)
    for target in ((Erased.COMPLAINT, complaint), (Erased.CONTACT, contact)):
        with db.session(site.engine, reads_only=True) as session:
            stored = session.get_one(ErasureTarget, (asked, *target))
        with pytest.raises(CallHeld):
            erasing.erase(site.eraser, stored, machine(NOW))
    assert is_whole(site, complaint, contact)
    lift(site, held)
    assert erasing.sweep(site.eraser, NOW) == 2
    assert (is_whole(site, complaint, contact), is_done(site, asked), waits(site, asked)) == (False, True, 0)
