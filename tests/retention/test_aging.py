"""When a period is over, what it is about goes: of whose calls, what waits, and what is cut off in between."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.accounts.models import User
from app.calls import service as call_service
from app.calls.models import Call, CallState
from app.calls.service import CallFacts, SoundRemoved, WordsRemoved, add_call
from app.domain.evidence import Verdict
from app.evaluations import queries as evaluations
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.service import machine
from app.reports.heard_queries import heard_in
from app.reports.queries import Filter
from app.retention import aging, holds, policies, queries
from app.retention import service as retention
from app.retention.holds import Meant
from app.retention.models import SITE, Tidying
from app.retention.policies import Kept, PeriodInvalid
from app.retention.removing import remove_left_bytes
from app.reviews import queries as reviews
from app.reviews import rescoring, service
from app.reviews.models import ReviewVerdict
from tests.retention.house import DAY, House, NoJobs, call_of, differences, house
from tests.stored import NOW


@pytest.fixture
def site(engine, settings):
    made = house(engine, settings)
    yield made
    made.queue.close()


def keep(site: House, sound: int | None, words: int | None, team: int = SITE) -> None:
    with db.session(site.engine) as session:
        policies.set_policy(session, team, Kept(sound, words), site.cast.ada, site.actor("ada"))


def age(site: House, days: int) -> int:
    return aging.age(site.engine, site.blobs, NOW + timedelta(days=days))


def call(site: House, of: int) -> Call:
    with db.session(site.engine, reads_only=True) as session:
        return session.get_one(Call, of)


def test_the_day_of_the_call_is_not_counted_and_without_a_policy_nothing_goes(site) -> None:
    of = call_of(site)
    assert age(site, 9999) == 0
    keep(site, 10, None)
    assert (age(site, 10), age(site, 11)) == (0, 1)
    assert call(site, of).sound_removed_at == NOW + timedelta(days=11)
    assert call(site, of).words_removed_at is None
    assert age(site, 9999) == 0


def test_the_policy_of_a_team_holds_for_its_calls_and_that_of_the_site_for_all_others(site) -> None:
    of_team_a = call_of(site)
    with db.session(site.engine) as session:
        of_nobody = id_of(_of_no_team(session, site))
    keep(site, 10, None)
    keep(site, None, None, id_of(site.cast.team_a))
    age(site, 50)
    assert (call(site, of_team_a).sound_removed_at, call(site, of_nobody).sound_removed_at is None) == (None, False)
    with db.session(site.engine) as session:
        policies.remove_policy(session, id_of(site.cast.team_a), site.actor("ada"))
    age(site, 50)
    assert call(site, of_team_a).sound_removed_at is not None


def _of_no_team(session, site: House) -> Call:
    stored = site.blobs.put([b"nobody's"], 100)
    found = add_call(session, NoJobs(), stored, "a.wav", CallFacts(), machine(NOW)).call
    found.state = CallState.FAILED
    return found


def test_a_call_on_its_way_waits_until_it_has_come_to_its_end(site) -> None:
    of = call_of(site)
    keep(site, 10, 10)
    with db.session(site.engine) as session:
        call_service.start_again(session, NoJobs(), of, site.actor())
    assert age(site, 50) == 0
    with db.session(site.engine) as session:
        call_service.advance(session, of, CallState.SCORED)
    assert age(site, 50) == 1


def test_what_is_gone_is_neither_heard_nor_judged_again_by_anybody(site) -> None:
    of = call_of(site)
    keep(site, 10, None)
    age(site, 50)
    with pytest.raises(SoundRemoved), db.session(site.engine) as session:
        call_service.start_again(session, NoJobs(), of, site.actor())
    with db.session(site.engine) as session:
        rescoring.judge(session, of, site.actor())
    keep(site, 10, 20)
    age(site, 50)
    for act in (rescoring.judge, lambda *a: call_service.start_again(a[0], NoJobs(), a[1], a[2])):
        with pytest.raises(WordsRemoved), db.session(site.engine) as session:
            act(session, of, site.actor())
    with db.session(site.engine, reads_only=True) as session:
        ada = session.get_one(User, site.cast.ada.id)
        assert evaluations.out_of_date(session, ada, "other rules", [], 0, 10) == []
        assert evaluations.up_to_date(session, ada, "other rules", []) == (0, 0)
        assert session.exec(select(Call.id).where(*heard_in(Filter(), "en"))).all() == []
    assert differences(site) == 0


def test_the_same_recording_that_comes_in_again_is_the_same_call_and_is_removed_again(site) -> None:
    of = call_of(site)
    keep(site, 10, 20)
    age(site, 50)
    content = b"sound of Zebediah Quill of Wolframite +86 21 5550 0199 1"
    stored = site.blobs.put([content], 100)
    with db.session(site.engine) as session:
        again = add_call(session, NoJobs(), stored, "again.wav", CallFacts(customer_name="Quill"), machine(NOW))
    assert (id_of(again.call), again.is_new, again.call.customer_name) == (of, False, None)
    assert site.blobs.has(stored.key)
    remove_left_bytes(site.engine, site.blobs, 10)
    assert not site.blobs.has(stored.key)
    assert call(site, of).blob == ""


def test_what_is_written_later_is_kept_as_long_again(site) -> None:
    of = call_of(site)
    keep(site, 10, 20)
    age(site, 21)
    with db.session(site.engine) as session:
        review = reviews.of_call(session, of)
        assert review is not None
        bob = site.cast.bob
        service.decide(session, id_of(review), "asks_name", Verdict.PASS, bob, site.actor(), note="I remember Quill.")
    age(site, 40)
    assert _notes(site) == ["I remember Quill."]
    age(site, 41)
    assert _notes(site) == [""]
    assert call(site, of).words_removed_at == NOW + timedelta(days=21)


def _notes(site: House) -> list[str]:
    with db.session(site.engine, reads_only=True) as session:
        return list(session.exec(select(ReviewVerdict.note)))


def test_cut_off_before_the_bytes_went_the_sweep_removes_them(site) -> None:
    of = call_of(site)
    where = call(site, of).blob
    keep(site, 10, 20)
    with db.session(site.engine) as session:
        aging.age_call(session, site.engine, site.blobs, of, machine(NOW + timedelta(days=50)))
        session.info.clear()
    assert site.blobs.has(where)
    remove_left_bytes(site.engine, site.blobs, 10)
    assert not site.blobs.has(where)
    if site.engine.dialect.name == "sqlite":
        with db.session(site.engine, reads_only=True) as session:
            assert session.get_one(Tidying, 1).asked > session.get_one(Tidying, 1).done
        age(site, 50)
        with db.session(site.engine, reads_only=True) as session:
            assert session.get_one(Tidying, 1).asked == session.get_one(Tidying, 1).done


def test_a_verdict_that_waited_for_a_deletion_is_refused(site) -> None:
    of = call_of(site)
    with db.session(site.engine, reads_only=True) as session:
        review = reviews.of_call(session, of)
    assert review is not None
    with db.session(site.engine) as session:
        retention.delete_call(session, site.engine, site.blobs, of, site.actor(), "why")
    with pytest.raises(NotFound), db.session(site.engine) as session:
        bob = site.cast.bob
        service.decide(session, id_of(review), "asks_name", Verdict.PASS, bob, site.actor(), note="Quill")
    with pytest.raises(NotFound), db.session(site.engine) as session:
        call_service.change_facts(session, of, {"customer_name": "Quill"}, site.actor())


def test_a_call_that_was_put_on_hold_after_it_was_found_due_is_left_alone(site) -> None:
    of = call_of(site)
    keep(site, 10, 20)
    with db.session(site.engine) as session:
        holds.put(session, Meant(call_ids=(of,)), "in court", site.cast.ada, site.actor("ada"))
    with db.session(site.engine) as session:
        assert not aging.age_call(session, site.engine, site.blobs, of, machine(NOW + timedelta(days=50)))
    assert call(site, of).sound_removed_at is None


def test_a_period_is_whole_days(site) -> None:
    for wrong in (0, -1, 99_999):
        with pytest.raises(PeriodInvalid):
            keep(site, wrong, None)
    keep(site, 1, 2)
    with db.session(site.engine, reads_only=True) as session:
        on = queries.periods(session)[0]
        assert queries.due(session, on, DAY) == (0, 0)
