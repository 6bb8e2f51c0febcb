"""What is to be gone is gone: a customer's name stands everywhere, and is looked for everywhere afterwards."""

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from app.calls.models import Call, CallState
from app.contacts.customers import Customers
from app.contacts.models import Contact
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger import queries as ledger
from app.ledger.service import call_stream
from app.ledger.verification import verify
from app.retention import aging, erasing, finding, held_queries, holds, policies
from app.retention import queries as kept
from app.retention import service as retention
from app.retention.erasing import NothingToErase
from app.retention.finding import Asked
from app.retention.holds import CallHeld, Meant
from app.retention.models import SITE, Erasure
from app.retention.policies import Kept
from app.reviews import queries as reviews
from app.reviews.models import ReviewVerdict
from app.tallies.models import Tally
from app.transcription.models import TranscriptRevision
from tests.retention.house import (
    NAME,
    NUMBER,
    OF_WORDS,
    House,
    call_of,
    count_of_places,
    differences,
    failed,
    furnished,
    house,
    places,
)
from tests.retention.kept_columns import AGED, ERASED, told
from tests.stored import NOW

ANOTHER = "Martha Bell"
SOUND_DAYS, WORDS_DAYS = 30, 60
WHO_ASKED = Asked(name=NAME, number=NUMBER)
HOLDS_LOG = ("app.db", "app.db-wal")


@pytest.fixture
def site(engine, settings) -> Iterator[House]:
    made = house(engine, settings)
    yield made
    made.queue.close()


def later(days: int) -> datetime:
    return NOW + timedelta(days=days)


def keep(site: House, sound: int | None, words: int | None) -> None:
    with db.session(site.engine) as session:
        policies.set_policy(session, SITE, Kept(sound, words), site.cast.ada, site.actor("ada"))


def age(site: House, at: datetime) -> None:
    while aging.age(site.engine, site.blobs, at):
        pass


def erase(site: House, at: datetime = NOW, who: Asked = WHO_ASKED) -> int:
    with db.session(site.engine) as session:
        found = finding.find(session, who, Customers(site.settings.customer_key))
        asked = id_of(erasing.ask(session, found.targets, "DSR-7", site.cast.ada, site.actor("ada", at)))
    while erasing.sweep(site.eraser, at):
        pass
    return asked


def rates(session: Session) -> list[tuple[object, ...]]:
    """Every stored sum that a rate is made of."""
    return sorted(
        (one.group_id, one.span, one.start, one.n, one.passed, one.score_tenths) for one in session.exec(select(Tally))
    )


def verdicts(session: Session, of: int) -> list[tuple[str, str]]:
    found = [id_of(one) for one in reviews.all_of_call(session, of)]
    wanted = select(ReviewVerdict).where(ReviewVerdict.review_id.in_(found))
    return sorted((one.item_id, one.verdict.value) for one in session.exec(wanted))


def removed(place: int) -> set[str]:
    """The columns of which the page says that nothing is left in them."""
    return {column for column, says in told(place).items() if says.startswith("removed")}


def is_whole(site: House) -> bool:
    """Whether the ledger verifies and a recount finds what is stored."""
    return not verify(site.engine, ()).faults and differences(site) == 0


@pytest.mark.bar(row=19)
def test_after_the_periods_the_words_are_nowhere_and_every_rate_is_what_it_was(site, bar) -> None:
    of, broken = furnished(site), failed(site)
    before = places(site)
    assert removed(ERASED) - before == set()
    with db.session(site.engine, reads_only=True) as session:
        stood = rates(session), verdicts(session, of)
    keep(site, SOUND_DAYS, WORDS_DAYS)

    age(site, later(SOUND_DAYS))
    assert places(site) == before
    age(site, later(SOUND_DAYS + 1))
    assert {one for one in places(site, OF_WORDS) if one.startswith("file") and one[5:] not in HOLDS_LOG} == set()
    assert "transcript_revision.content" in places(site, OF_WORDS)
    age(site, later(WORDS_DAYS + 1))

    assert places(site, OF_WORDS) == set()
    left = {one for one in places(site) if not one.startswith("file")}
    assert left - {column for column, says in told(AGED).items() if "stays" in says} == set()
    with db.session(site.engine, reads_only=True) as session:
        assert (rates(session), verdicts(session, of)) == stood
        aged = session.get_one(Call, of)
        assert (aged.state, aged.playback, aged.customer_name) == (CallState.SCORED, None, None)
        assert aged.words_removed_at == later(WORDS_DAYS + 1)
        assert session.get_one(Call, broken).state == CallState.FAILED
        told_of = [
            one.payload["removed"] for one in ledger.entries(session, call_stream(of)) if one.event == "call.aged"
        ]
        assert told_of == [["sound"], ["words"]]
    assert is_whole(site)
    columns, files = count_of_places(site)
    bar.found(
        f"retention: {len(removed(AGED))} columns with words, {columns} columns and {files} files searched: 0 misses"
    )


@pytest.mark.bar(row=19)
def test_after_an_erasure_the_customer_is_nowhere_and_counts_no_more(site, bar) -> None:
    of, broken = furnished(site), failed(site)
    other = call_of(site, ANOTHER, ("0-4 agent: Good morning, Harbour Bank.", f"5-8 customer: I am {ANOTHER}."))
    anothers = places(site, ["martha"])
    assert removed(ERASED) - places(site) == set()

    asked = erase(site)

    assert places(site) == set()
    assert {one for one in anothers if not one.startswith("file")} == {
        one for one in places(site, ["martha"]) if not one.startswith("file")
    }
    with db.session(site.engine, reads_only=True) as session:
        assert [session.get_one(Call, one).state for one in (of, broken, other)] == [
            CallState.DELETED,
            CallState.DELETED,
            CallState.SCORED,
        ]
        assert {one.customer_key for one in session.exec(select(Contact))} == {None}
        assert kept.erasure(session, asked).ended_at == NOW
        told_of = [one.event for one in ledger.entries(session, call_stream(of))]
        assert (told_of[0], told_of[-1]) == ("call.received", "call.erased")
        # The one call that is left is the only one that counts.
        assert {one.n for one in session.exec(select(Tally))} <= {0, 1}
    assert is_whole(site)
    columns, files = count_of_places(site)
    bar.found(
        f"erasure: {len(removed(ERASED))} columns with the name, {columns} columns and {files} files searched: 0 misses"
    )


@pytest.mark.bar(row=19)
def test_what_is_held_is_neither_aged_nor_deleted_nor_erased(site, bar) -> None:
    of = furnished(site)
    with db.session(site.engine) as session:
        held = id_of(holds.put(session, Meant(call_ids=(of,)), "in court", site.cast.ada, site.actor("ada")))
    before = places(site)
    keep(site, SOUND_DAYS, WORDS_DAYS)

    age(site, later(WORDS_DAYS + 1))
    with pytest.raises(CallHeld), db.session(site.engine) as session:
        retention.delete_call(session, site.engine, site.blobs, of, site.actor(), "a mistake")
    with pytest.raises(CallHeld):
        erase(site)

    assert places(site) == before
    with db.session(site.engine) as session:
        holds.lift(session, held, "settled", site.cast.ada, site.actor("ada"))
    age(site, later(WORDS_DAYS + 1))
    assert places(site, OF_WORDS) == set()
    assert is_whole(site)
    bar.found(
        f"legal hold: {len(before)} places with the name, all of them after aging, deletion and erasure: 0 misses"
    )


@pytest.mark.bar(row=19)
def test_an_erasure_waits_for_a_hold_that_was_put_after_it_was_asked_for(site, bar) -> None:
    of, free = furnished(site), call_of(site)
    with db.session(site.engine) as session:
        found = finding.find(session, WHO_ASKED, Customers(site.settings.customer_key))
        asked = id_of(erasing.ask(session, found.targets, "", site.cast.ada, site.actor("ada")))
    with db.session(site.engine) as session:
        held = id_of(holds.put(session, Meant(call_ids=(of,)), "in court", site.cast.ada, site.actor("ada")))
    while erasing.sweep(site.eraser, NOW):
        pass
    with db.session(site.engine, reads_only=True) as session:
        assert session.get_one(Call, of).state == CallState.SCORED
        assert session.get_one(Call, free).state == CallState.DELETED
        # The call, its complaint and its contact.
        assert (held_queries.held_targets(session, asked), session.get_one(Erasure, asked).ended_at) == (3, None)
    with db.session(site.engine) as session:
        holds.lift(session, held, "settled", site.cast.ada, site.actor("ada"))
    assert erasing.sweep(site.eraser, NOW) == 3
    assert places(site) == set()
    bar.found("an erasure that a hold came in the way of: what was free at once, the rest when it was lifted: 0 misses")


@pytest.mark.bar(row=19, full=25, quick=1)
def test_in_whatever_order_it_is_done_nothing_is_left_in_the_end(site, bar) -> None:
    acts = 0
    for seed in range(bar.times):
        chance = random.Random(seed)
        mine = [furnished(site), failed(site), call_of(site)]
        standing: list[int] = []
        for _ in range(8):
            acts += walk(site, chance, mine, standing)
            assert differences(site) == 0
        for held in standing:
            with db.session(site.engine) as session:
                holds.lift(session, held, "settled", site.cast.ada, site.actor("ada"))
        keep(site, None, None)
        # All of it may have been erased on the way.
        with suppress(NothingToErase):
            erase(site, later(seed))
        assert places(site) == set(), seed
    assert is_whole(site)
    bar.found(f"{bar.times} furnished sites, {acts} acts in any order, then erased: 0 misses")


def walk(site: House, chance: random.Random, mine: list[int], standing: list[int]) -> int:
    """Do one thing that may be done or refused; what is held is as it was afterwards."""
    of, at = chance.choice(mine), later(chance.randrange(200))
    act = chance.choice(["policy", "age", "hold", "lift", "delete", "erase"])
    with db.session(site.engine, reads_only=True) as session:
        held = [one for one in mine if kept.holds_on(session, one)]
        stood = {one: said(session, one) for one in held}
    # What may not be done is refused.
    with suppress(AppError):
        if act == "policy":
            keep(site, chance.choice([None, 10, 50]), chance.choice([None, 10, 50]))
        elif act == "age":
            age(site, at)
        elif act == "lift" and standing:
            with db.session(site.engine) as session:
                holds.lift(session, standing.pop(), "settled", site.cast.ada, site.actor("ada"))
        elif act == "hold":
            with db.session(site.engine) as session:
                meant = Meant(call_ids=(of,))
                standing.append(id_of(holds.put(session, meant, f"{NAME} sues", site.cast.ada, site.actor("ada"))))
        elif act == "delete":
            with db.session(site.engine) as session:
                retention.delete_call(session, site.engine, site.blobs, of, site.actor(), "a mistake")
        elif act == "erase":
            erase(site, at)
    with db.session(site.engine, reads_only=True) as session:
        assert {one: said(session, one) for one in held if act != "lift"} == (stood if act != "lift" else {})
    return 1


def said(session: Session, of: int) -> tuple[object, ...]:
    """What is kept of a call, in short."""
    call = session.get_one(Call, of)
    texts = session.exec(select(TranscriptRevision.content).where(TranscriptRevision.call_id == of)).all()
    return call.state, call.blob, call.playback, call.customer_name, call.file_name, str(texts)
