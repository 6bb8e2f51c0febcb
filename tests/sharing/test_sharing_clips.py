"""A part of a call is shared by a link that opens for some days, for nobody who may not see the call anyway."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from app.accounts.service import digest
from app.calls.models import Call
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.queries import entries
from app.ledger.service import Actor, call_stream
from app.sharing import queries, service
from app.sharing.models import ClipLink
from app.sharing.service import LINK_LENGTH, ClipOutside, ClipTooLong, ItemUnknown, Stretch
from tests.bare_calls import store_call
from tests.cast import Cast, make_cast

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def call(session: Session, cast: Cast) -> Call:
    call = store_call(session, agent_id=cast.dana.id, team_id=cast.team_a.id)
    call.duration = 100.0
    session.add(call)
    session.flush()
    return call


def share(session: Session, cast: Cast, call: Call, start: float = 10.0, end: float = 25.0) -> tuple[str, ClipLink]:
    bob = Actor("Bob", NOON, cast.bob.id)
    return service.share_clip(session, cast.bob, id_of(call), Stretch(start, end), bob)


def test_only_the_hash_of_a_token_is_kept(session: Session, cast: Cast, call: Call) -> None:
    token, link = share(session, cast, call)
    assert link.token_hash == digest(token)
    assert token not in link.model_dump_json()
    assert len(token) >= 32


def test_a_link_opens_for_seven_days(session: Session, cast: Cast, call: Call) -> None:
    _, link = share(session, cast, call)
    assert link.expires_at == NOON + timedelta(days=7) == NOON + LINK_LENGTH
    just_before = link.expires_at - timedelta(seconds=1)
    assert [one.id for one in queries.live(session, id_of(call), just_before)] == [link.id]
    assert queries.live(session, id_of(call), link.expires_at) == []


def test_who_may_not_see_the_call_finds_no_clip(session: Session, cast: Cast, call: Call) -> None:
    token, _ = share(session, cast, call)
    for person in (cast.charlie, cast.mei, cast.kenji):
        with pytest.raises(NotFound):
            queries.clip(session, person, digest(token))
    for person in (cast.ada, cast.bob, cast.alice, cast.dana):
        assert queries.clip(session, person, digest(token))[1].id == call.id
    with pytest.raises(NotFound):
        queries.clip(session, cast.ada, digest(token + "x"))


def test_nobody_shares_a_call_they_may_not_see(session: Session, cast: Cast, call: Call) -> None:
    charlie = Actor("Charlie", NOON, cast.charlie.id)
    with pytest.raises(NotFound):
        service.share_clip(session, cast.charlie, id_of(call), Stretch(1, 2), charlie)


@pytest.mark.parametrize(
    ("start", "end"),
    [(-1, 5), (5, 5), (9, 3), (math.nan, 5), (1, math.nan), (math.inf, math.inf), (100, 120), (-math.inf, 4)],
)
def test_a_clip_lies_within_its_call(session: Session, cast: Cast, call: Call, start: float, end: float) -> None:
    with pytest.raises(ClipOutside):
        share(session, cast, call, start, end)


def test_a_clip_that_runs_past_the_end_stops_with_the_call(session: Session, cast: Cast, call: Call) -> None:
    assert share(session, cast, call, 90, 100.5)[1].end == 100.0
    assert share(session, cast, call, 60, math.inf)[1].end == 100.0


def test_a_clip_is_a_minute_long_at_most(session: Session, cast: Cast, call: Call) -> None:
    assert share(session, cast, call, 0, 61.5)[1].end == 61.5
    with pytest.raises(ClipTooLong):
        share(session, cast, call, 0, 62.5)


def test_an_item_that_the_call_was_not_judged_on_is_refused(session: Session, cast: Cast, call: Call) -> None:
    with pytest.raises(ItemUnknown):
        service.share_clip(session, cast.bob, id_of(call), Stretch(1, 2, "nothing"), Actor("Bob", NOON, cast.bob.id))


def test_a_withdrawn_link_is_live_no_more(session: Session, cast: Cast, call: Call) -> None:
    token, link = share(session, cast, call)
    kept, _ = share(session, cast, call, 30, 40)
    alice = Actor("Alice", NOON + timedelta(hours=1), cast.alice.id)
    for _ in range(2):
        service.withdraw(session, cast.alice, id_of(call), id_of(link), alice)
    assert queries.clip(session, cast.ada, digest(token))[0].revoked_at == alice.at
    assert queries.clip(session, cast.ada, digest(kept))[0].revoked_at is None
    assert len(queries.live(session, id_of(call), alice.at)) == 1


def test_a_link_is_withdrawn_at_its_own_call_only(session: Session, cast: Cast, call: Call) -> None:
    _, link = share(session, cast, call)
    other = store_call(session, agent_id=cast.mei.id, team_id=cast.team_a.id)
    by = Actor("Bob", NOON, cast.bob.id)
    with pytest.raises(NotFound):
        service.withdraw(session, cast.bob, id_of(other), id_of(link), by)
    with pytest.raises(NotFound):
        service.withdraw(session, cast.charlie, id_of(call), id_of(link), by)
    assert link.revoked_at is None


def test_the_ledger_tells_who_shared_and_withdrew_and_nothing_that_was_said(
    session: Session, cast: Cast, call: Call
) -> None:
    token, link = share(session, cast, call)
    service.withdraw(session, cast.bob, id_of(call), id_of(link), Actor("Bob", NOON, cast.bob.id))
    shared, withdrawn = entries(session, call_stream(id_of(call)))[-2:]
    assert (shared.event, shared.actor) == ("clip.shared", "Bob")
    assert shared.payload == {"clip": link.id, "start": 10.0, "end": 25.0, "item": None}
    assert (withdrawn.event, withdrawn.payload["clip"]) == ("clip.withdrawn", link.id)
    assert token not in str([shared.payload, withdrawn.payload])


def test_a_deleted_call_takes_its_links_with_it(session: Session, cast: Cast, call: Call) -> None:
    token, _ = share(session, cast, call)
    service.forget_links(session, id_of(call))
    assert queries.of_call(session, id_of(call)) == []
    with pytest.raises(NotFound):
        queries.clip(session, cast.ada, digest(token))
