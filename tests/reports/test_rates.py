"""Rates come from tallies, and the tallies from the calls: a recount finds the least difference."""

import pytest
from sqlmodel import Session

from app.domain.evidence import Verdict
from app.kit.db import id_of
from app.ledger.service import Actor
from app.reports import rates
from app.reports.queries import Filter
from app.reports.rate_groups import GroupBy
from app.reports.recount import recount
from app.reviews import service as reviews
from app.reviews.models import Review
from app.tallies.models import ItemTally
from tests.cast import Cast, make_cast
from tests.stored import NOW, RUDE, scored
from tests.tallies.stored import agent_days


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def submit(session: Session, cast: Cast, review: Review, **verdicts: Verdict) -> None:
    """Alice passes every item, or decides it as these verdicts say."""
    alice = Actor("Alice", NOW, cast.alice.id)
    for item in [finding.id for finding in reviews.standing(session, review).findings]:
        verdict = verdicts.get(item, Verdict.PASS)
        reviews.decide(session, id_of(review), item, verdict, cast.alice, alice, reason_code="misheard")
    reviews.submit(session, id_of(review), cast.alice, alice)


def test_a_recount_finds_a_tally_that_says_something_else(session: Session, cast: Cast) -> None:
    _, review = scored(session, agent="dana")
    submit(session, cast, review)
    assert recount(session) == ()
    (row,) = agent_days(session, source="final")
    row.sums.passed += 1
    session.add(row.sums)
    session.flush()
    (difference,) = recount(session)
    assert (difference.stored[1], difference.counted[1]) == (2, 1)


def test_a_recount_finds_a_tally_that_is_missing_and_one_too_many(session: Session, cast: Cast) -> None:
    scored(session, agent="dana")
    rows = [row.sums for row in agent_days(session, ItemTally)]
    (thanks,) = [row for row in rows if row.item == "thanks_for_calling"]
    session.delete(thanks)
    session.add(ItemTally(**thanks.model_dump() | {"item": "made_up"}))
    session.flush()
    assert {(one.key[-1], one.stored, one.counted) for one in recount(session)} == {
        ("thanks_for_calling", (), (1, 0, 0, 0, 0)),
        ("made_up", (1, 0, 0, 0, 0), ()),
    }


def test_items_are_told_by_their_own_verdicts(session: Session, cast: Cast) -> None:
    for number, verdict in enumerate((Verdict.FAIL, Verdict.FAIL, Verdict.NOT_APPLICABLE)):
        _, review = scored(session, agent="dana", queue=str(number))
        submit(session, cast, review, thanks_for_calling=verdict, polite=Verdict.FAIL if number == 0 else Verdict.PASS)
    found = rates.pass_rates(session, cast.ada, "final", (GroupBy.ITEM,), Filter()).groups
    items = {group.key["item"]: group for group in found}
    thanks, polite = items["thanks_for_calling"], items["polite"]
    assert (thanks.rate.count, thanks.rate.n, thanks.not_applicable) == (0, 2, 1)
    assert (polite.rate.count, polite.rate.n) == (2, 3)


def test_groups_stand_in_the_order_of_their_names_not_of_their_rates(session: Session, cast: Cast) -> None:
    for agent, verdict in (("dana", Verdict.FAIL), ("kenji", Verdict.PASS), ("mei", Verdict.PASS)):
        _, review = scored(session, *RUDE, agent=agent)
        submit(session, cast, review, standard_greeting=verdict, polite=verdict, thanks_for_calling=verdict)
    found = rates.pass_rates(session, cast.ada, "final", [GroupBy.AGENT], Filter())
    assert [group.key["agent"] for group in found.groups] == ["dana", "kenji", "mei"]


def test_agents_see_their_own_rates_and_team_staff_those_of_their_team(session: Session, cast: Cast) -> None:
    for agent in ("dana", "mei", "kenji"):
        submit(session, cast, scored(session, agent=agent)[1])
    n = {
        person.name: rates.pass_rates(session, person, "final", [], Filter()).total.rate.n
        for person in (cast.ada, cast.bob, cast.charlie, cast.dana)
    }
    assert n == {"Ada": 3, "Bob": 2, "Charlie": 1, "Dana": 1}
