"""Indicators from what the switch, people and reviews have told, on real databases: values, targets, and honest gaps."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.contacts.models import AgentDay, ContactTally
from app.contacts.queries import Chosen
from app.domain.evidence import Verdict
from app.domain.metrics import (
    INDICATORS,
    DoublyJudged,
    MachineRate,
    Standing,
    machine_rate,
    mean,
    moments,
    ratio,
    share,
)
from app.domain.metrics.run_chart import Signal
from app.kit.db import id_of
from app.ledger.service import Actor
from app.operations.models import AgentFact, Cost, FactKind, PerformanceWeights
from app.reports import pass_rates
from app.reports.indicator_asked import By
from app.reports.indicator_rates import machine_error
from app.reports.indicator_trends import missed_by_most, trend
from app.reports.indicators import Measured, MeasuredGroup, NoSuchIndicator, State, measured
from app.reports.queries import Filter
from app.reviews import releasing
from app.reviews import service as reviews
from app.reviews.models import Review
from app.reviews.releasing import Terms
from app.targets.models import SetTarget
from tests.cast import Cast, make_cast
from tests.graded import THANKFUL, THANKLESS, judged_for_thanks
from tests.stored import NOW, received, scored

MONDAY = date(2026, 10, 5)
OCTOBER = Chosen(date(2026, 10, 1), date(2026, 11, 1))
EVERY = list(INDICATORS)
# Agents who thank pass, by what the machine hears.


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def contacts(session: Session) -> Callable[..., None]:
    """What an agent's contacts of a day add up to."""

    def add(day: date, agent: User | None = None, direction: str = "inbound", **more: Any) -> None:
        key = {"queue": more.pop("queue", ""), "channel": more.pop("channel", "phone"), "direction": direction}
        team = more.pop("team", agent.team_id if agent else 0) or 0
        n = more.setdefault(direction, more.setdefault("contacts", 0))
        more["contacts"] = n or more["contacts"] or 1
        session.add(ContactTally(site_day=day, team_id=team, agent_id=(agent.id or 0) if agent else 0, **key, **more))
        session.flush()

    return add


def only(found: MeasuredGroup) -> Measured:
    (value,) = found.values
    return value


def value(session: Session, user: User, name: str, chosen: Chosen = OCTOBER) -> Measured:
    return only(measured(session, user, [name], (), chosen).total)


def set_target(session: Session, name: str, aim: float, **more: Any) -> None:
    more.setdefault("holds_from", date(2026, 1, 1))
    session.add(SetTarget(indicator=name, value=aim, set_at=NOW, **more))
    session.flush()


def test_without_any_data_every_indicator_says_that_it_has_no_source_yet(session: Session, cast: Cast) -> None:
    found = measured(session, cast.ada, EVERY, (), OCTOBER)
    assert {one.indicator.id for one in found.total.values} == set(EVERY)
    for one in found.total.values:
        assert (one.rate, one.state, one.standing) == (None, State.NO_SOURCE_YET, None), one.indicator.id
    by_team = measured(session, cast.ada, EVERY, (By.TEAM,), OCTOBER)
    assert by_team.groups == ()


def test_an_unknown_indicator_is_not_found(session: Session, cast: Cast) -> None:
    with pytest.raises(NoSuchIndicator):
        measured(session, cast.ada, ["mood"], (), OCTOBER)


def test_the_service_level_of_each_team_with_its_n_and_interval(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    contacts(MONDAY, cast.dana, inbound=60, queued=60, answered_in_time=50)
    contacts(MONDAY + timedelta(days=1), cast.mei, inbound=40, queued=40, answered_in_time=40)
    contacts(MONDAY, cast.kenji, inbound=10, queued=10, answered_in_time=5)
    found = measured(session, cast.ada, ["service_level"], (By.TEAM,), OCTOBER)
    rates = {group.key["team"]: only(group).rate for group in found.groups}
    assert rates == {"Team A": share(90, 100), "Team B": share(5, 10)}
    assert only(found.total).rate == share(95, 110)
    assert [group.team_id for group in found.groups] == [cast.team_a.id, cast.team_b.id]


def test_inbound_and_outbound_are_told_apart_each_with_its_own_target(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    contacts(MONDAY, cast.dana, inbound=100, inbound_answered=95)
    contacts(MONDAY, cast.dana, "outbound", outbound=1000, outbound_answered=500)
    both = measured(session, cast.ada, ["connect_rate"], (), OCTOBER).total.values
    told = [(one.direction, one.rate and one.rate.rate, one.target and one.target.value, one.standing) for one in both]
    assert told == [("inbound", 0.95, 0.85, Standing.MET), ("outbound", 0.5, 0.65, Standing.NOT_MET)]
    by_direction = measured(session, cast.ada, ["connect_rate"], (By.DIRECTION,), OCTOBER)
    assert [
        (group.key["direction"], only(group).target and only(group).target.value) for group in by_direction.groups
    ] == [  # type: ignore[union-attr]
        ("inbound", 0.85),
        ("outbound", 0.65),
    ]


def test_by_direction_the_whole_is_still_told_apart(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    contacts(MONDAY, cast.dana, inbound=10, inbound_answered=9)
    contacts(MONDAY, cast.dana, "outbound", outbound=10, outbound_answered=5)
    found = measured(session, cast.ada, ["connect_rate"], (By.DIRECTION,), OCTOBER)
    assert [(one.direction, one.rate and one.rate.rate) for one in found.total.values] == [
        ("inbound", 0.9),
        ("outbound", 0.5),
    ]


def test_a_mean_has_the_interval_of_its_squares(session: Session, cast: Cast, contacts: Callable[..., None]) -> None:
    values = [200, 260, 310, 180]
    squares = sum(one * one for one in values)
    contacts(MONDAY, cast.dana, handled=5, handle_known=4, handle_seconds=sum(values), handle_squares=squares)
    assert value(session, cast.ada, "average_handle_time").rate == mean(4, sum(values), squares, more_is_better=False)


def test_a_ratio_of_totals_scatters_from_day_to_day(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    days = [(18_000, 25_000), (21_000, 26_000), (12_000, 24_000)]
    for place, (handled, logged_in) in enumerate(days):
        day = MONDAY + timedelta(days=place)
        contacts(day, cast.dana, handled=9, handle_known=9, handle_seconds=handled)
        session.add(AgentDay(agent_id=cast.dana.id, team_id=cast.team_a.id, day=day, logged_in_seconds=logged_in))
    # Nobody has told how long Mei was logged in: neither her time nor her calls are in it.
    contacts(MONDAY, cast.mei, handled=9, handle_known=9, handle_seconds=9_999)
    session.add(AgentDay(agent_id=cast.mei.id, team_id=cast.team_a.id, day=MONDAY, present=True))
    session.flush()
    assert value(session, cast.ada, "occupancy").rate == ratio(moments(days), more_is_better=True)


def test_days_of_agents_without_any_contact_known_are_no_idle_days(session: Session, cast: Cast) -> None:
    session.add(AgentDay(agent_id=cast.dana.id, team_id=cast.team_a.id, day=MONDAY, logged_in_seconds=20_000))
    session.flush()
    assert value(session, cast.ada, "occupancy").rate is None


def test_an_agents_day_that_is_in_two_queues_is_one_day(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    contacts(MONDAY, cast.dana, "outbound", outbound=100, queue="renewals")
    contacts(MONDAY, cast.dana, "outbound", outbound=60, queue="cards")
    contacts(MONDAY, None, "outbound", outbound=500, queue="dialler")
    found = measured(session, cast.ada, ["outbound_calls"], (By.QUEUE,), OCTOBER)
    assert {group.key["queue"]: only(group).rate.rate for group in found.groups} == {"cards": 60, "renewals": 100}  # type: ignore[union-attr]
    total = only(found.total).rate
    assert total is not None and (total.rate, total.n) == (160, 1)


def test_what_a_source_does_not_know_it_is_not_asked_by(session: Session, cast: Cast) -> None:
    session.add(AgentDay(agent_id=cast.dana.id, day=MONDAY, scheduled=True, present=True))
    session.flush()
    assert value(session, cast.ada, "attendance").rate == share(1, 1)
    for chosen in (Chosen(queue="cards"), Chosen(direction="inbound"), Chosen(channel="chat")):
        assert value(session, cast.ada, "attendance", chosen).state == State.NOT_BY_THIS


def test_a_source_that_tells_nothing_of_these_days_is_not_a_missing_source(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    contacts(date(2026, 9, 1), cast.dana, inbound=10, queued=10, answered_in_time=9)
    assert value(session, cast.ada, "service_level").state == State.NOTHING_COUNTED
    assert value(session, cast.ada, "csat").state == State.NO_SOURCE_YET


def test_weeks_and_months_are_told_by_their_names_in_their_order(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    for day in (date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 4)):
        contacts(day, cast.dana, inbound=10, queued=10, answered_in_time=8)
    chosen = Chosen(date(2026, 12, 1), date(2027, 2, 1))

    def names(by: By) -> list[tuple[str | None, int]]:
        groups = measured(session, cast.ada, ["service_level"], (by,), chosen).groups
        return [(group.key[by.value], only(group).rate.n) for group in groups]  # type: ignore[union-attr]

    assert names(By.WEEK) == [("2026-W53", 20), ("2027-W01", 10)]
    assert names(By.MONTH) == [("2026-12", 10), ("2027-01", 20)]
    assert names(By.DAY) == [("2026-12-31", 10), ("2027-01-01", 10), ("2027-01-04", 10)]


def test_a_person_sees_their_own_teams_and_an_agent_their_own_alone(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    for agent, n in ((cast.dana, 30), (cast.mei, 20), (cast.kenji, 7)):
        contacts(MONDAY, agent, inbound=n, queued=n, answered_in_time=1)
        session.add(AgentDay(agent_id=agent.id, team_id=agent.team_id, day=MONDAY, idle_seconds=n))
        session.add(AgentFact(agent_id=agent.id, month=date(2026, 10, 1), kind=FactKind.EXAM, value=n, entered_at=NOW))
    session.flush()
    for user, calls, days in ((cast.ada, 57, 3), (cast.bob, 50, 2), (cast.charlie, 7, 1), (cast.dana, 30, 1)):
        # Reviewers read no results of exams.
        for name, n in (("service_level", calls), ("idle_time", days), ("knowledge_exam", days)):
            if name == "knowledge_exam" and user is cast.charlie:
                continue
            found = value(session, user, name).rate
            assert found is not None and found.n == n, (user.username, name)
    others = measured(session, cast.dana, ["service_level"], (By.AGENT,), Chosen(agent_id=cast.mei.id))
    assert others.groups == () and only(others.total).rate is None


def test_the_target_of_a_team_holds_for_its_agents_and_the_newest_of_a_period(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    contacts(MONDAY, cast.dana, inbound=1000, queued=1000, answered_in_time=900)
    contacts(MONDAY, cast.kenji, inbound=1000, queued=1000, answered_in_time=900)
    set_target(session, "service_level", 0.8, team_id=cast.team_a.id)
    found = measured(session, cast.ada, ["service_level"], (By.AGENT,), OCTOBER)
    told = {group.key["agent"]: (only(group).target.value, only(group).standing) for group in found.groups}  # type: ignore[union-attr]
    # Of team B none was set: the shipped suggestion holds.
    assert told == {"dana": (0.8, Standing.MET), "kenji": (0.95, Standing.NOT_MET)}
    set_target(session, "service_level", 0.99, team_id=cast.team_a.id, holds_from=date(2026, 10, 6))
    by_day = measured(session, cast.ada, ["service_level"], (By.DAY,), Chosen(team_id=cast.team_a.id))
    assert only(by_day.groups[0]).standing == Standing.MET


def test_of_few_calls_nobody_says_whether_a_target_is_met(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    contacts(MONDAY, cast.dana, inbound=5, queued=5, answered_in_time=5)
    assert value(session, cast.ada, "service_level").standing == Standing.TOO_FEW_TO_SAY


def test_a_doubtful_value_is_never_a_target(session: Session, cast: Cast, contacts: Callable[..., None]) -> None:
    contacts(MONDAY, cast.dana, rated=100, satisfied=50)
    found = value(session, cast.ada, "csat")
    assert (found.target, found.standing) == (None, None)


def test_where_the_switch_has_told_nothing_recorded_calls_are_counted(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    received(session, "one", agent="dana", started_at=datetime(2026, 10, 5, tzinfo=UTC))
    received(session, "two", agent="kenji", started_at=datetime(2026, 10, 5, tzinfo=UTC))

    def counted(user: User) -> list[float | None]:
        values = measured(session, user, ["total_calls"], (), OCTOBER).total.values
        return [one.rate and one.rate.rate for one in values]

    assert counted(cast.ada) == [2, None]
    assert counted(cast.dana) == [1, None]
    contacts(MONDAY, cast.mei, inbound=40)
    contacts(MONDAY, cast.mei, "outbound", outbound=3)
    assert counted(cast.ada) == [40, 3]


@pytest.mark.parametrize("by", [*By])
def test_however_it_is_broken_down_the_whole_stays_the_same(
    session: Session, cast: Cast, contacts: Callable[..., None], by: By
) -> None:
    for place, agent in enumerate((cast.dana, cast.mei, cast.kenji, cast.dana, cast.mei, cast.kenji)):
        day, n = MONDAY + timedelta(days=9 * (place // 3)), 10 + place
        for queue in ("cards", "loans"):
            more = {"answered_queued": n, "answered_queue_seconds": n * n, "rated": n, "satisfied": place}
            contacts(day, agent, queue=queue, inbound=n, inbound_answered=n - place, handled=n, **more)
            contacts(day, agent, "outbound", queue=queue, outbound=n, outbound_answered=place, channel=f"c{place % 2}")
        told = {"logged_in_seconds": 20_000 + place, "scheduled": True, "present": place != 1, "idle_seconds": n}
        session.add(AgentDay(agent_id=agent.id, team_id=agent.team_id, day=day, **told))
    complain(session, cast.dana)
    for ids in (EVERY, ["average_speed_of_answer", "outbound_calls"]):
        whole = measured(session, cast.ada, ids, (), OCTOBER).total
        assert measured(session, cast.ada, ids, (by,), OCTOBER).total == whole
    assert sum(one.rate is not None for one in measured(session, cast.ada, EVERY, (), OCTOBER).total.values) >= 10


def complain(session: Session, agent: User, channel: str = "phone", **more: Any) -> None:
    facts = {"category": ComplaintCategory.ATTITUDE, "outcome": ComplaintOutcome.UPHELD} | more
    session.add(
        Complaint(
            agent_id=agent.id,
            team_id=agent.team_id,
            received_at=NOW,
            site_day=MONDAY,
            channel=channel,
            created_at=NOW,
            created_by="Ada",
            **facts,
        )
    )
    session.flush()


def test_complaints_are_counted_by_channel_and_held_against_calls(session: Session, cast: Cast) -> None:
    assert value(session, cast.ada, "total_complaints").state == State.NO_SOURCE_YET
    for number in range(4):
        received(session, str(number), agent="dana", started_at=datetime(2026, 10, 5, tzinfo=UTC))
    complain(session, cast.dana)
    complain(session, cast.dana, "mail", outcome=ComplaintOutcome.OPEN)
    complain(session, cast.kenji, category=ComplaintCategory.WAITING)
    by_channel = measured(session, cast.ada, ["total_complaints"], (By.CHANNEL,), OCTOBER)
    assert {group.key["channel"]: only(group).rate.n for group in by_channel.groups} == {"mail": 1, "phone": 2}  # type: ignore[union-attr]
    rate = value(session, cast.ada, "attitude_complaint_rate").rate
    assert rate is not None and (rate.count, rate.n, rate.rate) == (1, 4, 250)
    # In a register that is kept, none is a number.
    september = Chosen(date(2026, 9, 1), date(2026, 10, 1))
    none = value(session, cast.ada, "total_complaints", september).rate
    assert none is not None and none.rate == 0


def test_results_of_exams_by_agent_and_month(session: Session, cast: Cast) -> None:
    for agent, month, points in ((cast.dana, 9, 70), (cast.dana, 10, 90), (cast.kenji, 10, 60)):
        session.add(
            AgentFact(agent_id=agent.id, month=date(2026, month, 1), kind=FactKind.EXAM, value=points, entered_at=NOW)
        )
    session.flush()
    autumn = Chosen(date(2026, 9, 1), date(2026, 11, 1))
    found = measured(session, cast.ada, ["knowledge_exam"], (By.AGENT,), autumn)
    assert {group.key["agent"]: only(group).rate.rate for group in found.groups} == {"dana": 80, "kenji": 60}  # type: ignore[union-attr]
    by_month = measured(session, cast.ada, ["knowledge_exam"], (By.MONTH,), autumn)
    assert [(group.key["month"], only(group).rate.n) for group in by_month.groups] == [("2026-09", 1), ("2026-10", 2)]  # type: ignore[union-attr]


def test_performance_scores_of_whole_months(session: Session, cast: Cast) -> None:
    session.add(
        PerformanceWeights(
            team_id=cast.team_a.id,
            holds_from=date(2026, 1, 1),
            workload=0,
            training=1,
            qa=0,
            discipline=1,
            conduct=0,
            set_at=NOW,
        )
    )
    for agent, training, discipline in ((cast.dana, 80, 100), (cast.mei, 60, None)):
        for kind, points in ((FactKind.TRAINING, training), (FactKind.DISCIPLINE, discipline)):
            if points is not None:
                session.add(
                    AgentFact(agent_id=agent.id, month=date(2026, 10, 1), kind=kind, value=points, entered_at=NOW)
                )
    session.flush()
    rate = value(session, cast.ada, "performance_score").rate
    # Of Mei a part that weighs is not known: she has no score, not a low one.
    assert rate is not None and (rate.rate, rate.n) == (90, 1)
    assert value(session, cast.mei, "performance_score").rate is None
    cut_short = Chosen(date(2026, 10, 1), date(2026, 10, 20))
    assert value(session, cast.ada, "performance_score", cut_short).rate is None


def test_what_a_role_does_not_read_it_is_not_told(session: Session, cast: Cast, contacts: Callable[..., None]) -> None:
    contacts(MONDAY, cast.dana, inbound=100, handled=100)
    session.add(Cost(month=date(2026, 10, 1), team_id=cast.team_a.id, amount=500, currency="CNY", entered_at=NOW))
    fact = AgentFact(agent_id=cast.dana.id, month=date(2026, 10, 1), kind=FactKind.EXAM, value=70, entered_at=NOW)
    session.add(fact)
    session.flush()
    assert value(session, cast.alice, "knowledge_exam").state == State.NOT_YOURS
    assert value(session, cast.dana, "cost_per_call").state == State.NOT_YOURS
    assert value(session, cast.bob, "knowledge_exam").state == State.MEASURED
    assert value(session, cast.bob, "cost_per_call").state == State.MEASURED


def test_the_cost_of_a_call_over_the_teams_whose_cost_is_known(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    contacts(MONDAY, cast.dana, inbound=100, handled=100)
    contacts(MONDAY, cast.kenji, inbound=900, handled=900)
    session.add(Cost(month=date(2026, 10, 1), team_id=cast.team_a.id, amount=500, currency="CNY", entered_at=NOW))
    session.flush()
    found = value(session, cast.ada, "cost_per_call")
    assert found.rate is not None
    assert (found.rate.rate, found.rate.n, found.currency, found.rate.ci_low) == (5, 100, "CNY", None)
    assert value(session, cast.dana, "cost_per_call").rate is None
    by_team = measured(session, cast.ada, ["cost_per_call"], (By.TEAM,), OCTOBER)
    assert [(group.key["team"], only(group).rate.rate) for group in by_team.groups] == [("Team A", 5)]  # type: ignore[union-attr]


def test_costs_in_two_currencies_are_not_added_up(session: Session, cast: Cast, contacts: Callable[..., None]) -> None:
    for agent, currency in ((cast.dana, "CNY"), (cast.kenji, "JPY")):
        contacts(MONDAY, agent, inbound=100, handled=100)
        cost = Cost(month=date(2026, 10, 1), team_id=agent.team_id, amount=500, currency=currency, entered_at=NOW)
        session.add(cost)
    session.flush()
    assert value(session, cast.ada, "cost_per_call").state == State.NOTHING_COUNTED
    assert (
        value(session, cast.ada, "cost_per_call", Chosen(OCTOBER.first_day, OCTOBER.end_day, cast.team_b.id)).currency
        == "JPY"
    )


def submitted(session: Session, cast: Cast, verdict: Verdict, *lines: str, **facts: Any) -> None:
    """A call that Alice reviewed, every item so."""
    _, review = scored(session, *lines, **facts)
    alice = Actor("Alice", NOW, cast.alice.id)
    for finding in reviews.standing(session, review).findings:
        reviews.decide(session, id_of(review), finding.id, verdict, cast.alice, alice, reason_code="misheard")
    reviews.submit(session, id_of(review), cast.alice, alice)


def test_the_monitoring_pass_rate_is_that_of_people_and_agents_read_what_was_released(
    session: Session, cast: Cast
) -> None:
    started = datetime(2026, 10, 5, tzinfo=UTC)
    for number, verdict in enumerate((Verdict.PASS, Verdict.PASS, Verdict.FAIL)):
        submitted(session, cast, verdict, agent="dana", started_at=started, queue=f"q{number}")
    rate = value(session, cast.ada, "monitoring_pass_rate").rate
    assert rate is not None and (rate.count, rate.n) == (2, 3)
    by_queue = measured(session, cast.ada, ["monitoring_pass_rate"], (By.QUEUE,), OCTOBER)
    assert [group.key["queue"] for group in by_queue.groups] == ["q0", "q1", "q2"]
    assert value(session, cast.dana, "monitoring_pass_rate").rate is None
    (first, *_) = session.exec(select(Review).order_by(col(Review.id)))
    releasing.release(session, id_of(first), Actor("Bob", NOW, cast.bob.id), Terms())
    own = value(session, cast.dana, "monitoring_pass_rate").rate
    assert own is not None and (own.count, own.n) == (1, 1)
    assert value(session, cast.mei, "monitoring_pass_rate").rate is None


def judged(
    session: Session,
    cast: Cast,
    number: int,
    passes: bool,
    by_person: bool | None,
    blind: bool = True,
    agent: str = "dana",
) -> None:
    """A call that the machine passed or failed by whether the agent thanks, and that Alice judged too if she is to."""
    verdict = None if by_person is None else Verdict.PASS if by_person else Verdict.FAIL
    facts = {"agent": agent, "external_id": f"{agent} {number}", "started_at": NOW}
    judged_for_thanks(session, cast.alice, THANKFUL if passes else THANKLESS, verdict, blind, **facts)


def test_the_machines_rate_is_corrected_by_the_calls_that_people_judged_blind(session: Session, cast: Cast) -> None:
    # What the machine says of 20 calls, what people say of 11 of these, and of two whose machine's verdicts they saw.
    by_people = dict.fromkeys([*range(5), 13, 14], True) | dict.fromkeys([5, *range(15, 18)], False)
    for number in range(20):
        judged(session, cast, number, number < 13, by_people.get(number))
    for number in (20, 21):
        judged(session, cast, number, True, False, blind=False)
    error = machine_error(session, cast.ada, OCTOBER, NOW)
    assert error == DoublyJudged(passed=7, passed_by_both=5, failed=4, failed_by_both=3)
    assert machine_error(session, cast.charlie, OCTOBER, NOW).failed == 0
    found = pass_rate_of_machine(session, cast.ada)
    assert found.rate == machine_rate(15, 22, error)
    assert found.rate is not None and found.rate.rate == pytest.approx((15 / 22 + 3 / 4 - 1) / (5 / 7 + 3 / 4 - 1))
    assert pass_rate_of_machine(session, cast.dana).rate is None


def test_the_machines_rate_is_told_alike_wherever_it_is_asked_for(session: Session, cast: Cast) -> None:
    for number, (passes, by_person) in enumerate([(True, True), (True, False), (False, False), (False, False)] * 3):
        judged(session, cast, number, passes, by_person)
        judged(session, cast, number, not passes, by_person if number else None, agent="kenji")
    for team, user in ((None, cast.ada), (cast.team_a.id, cast.ada), (None, cast.bob)):
        chosen = Chosen(OCTOBER.first_day, OCTOBER.end_day, team)
        error = machine_error(session, user, chosen, NOW)
        indicator = only(measured(session, user, ["monitoring_pass_rate"], (), chosen, error=error).total)
        asked = pass_rates.Asked("machine", "call", (), Filter(OCTOBER.first_day, OCTOBER.end_day, team))
        over_rest = pass_rates.measured(session, user, asked, None, NOW)
        assert indicator.rate is not None
        assert indicator.rate == over_rest.corrected(over_rest.rates.total)
        assert isinstance(indicator.rate, MachineRate)
        whole = team is None and user is cast.ada
        assert indicator.rate.judged.passed + indicator.rate.judged.failed == (23 if whole else 12)


def pass_rate_of_machine(session: Session, user: User) -> Measured:
    error = machine_error(session, user, OCTOBER, NOW)
    return only(measured(session, user, ["monitoring_pass_rate"], (), OCTOBER, error=error).total)


def test_a_machine_that_was_never_checked_on_passes_says_nothing(session: Session, cast: Cast) -> None:
    for number in range(3):
        judged(session, cast, number, False, False)
    error = machine_error(session, cast.ada, OCTOBER, NOW)
    assert (error.failed, error.passed) == (3, 0)
    assert pass_rate_of_machine(session, cast.ada).rate is None


def test_a_measure_that_stays_above_its_own_past_has_shifted(
    session: Session, cast: Cast, contacts: Callable[..., None]
) -> None:
    for week in range(20):
        contacts(
            MONDAY + timedelta(weeks=week),
            cast.dana,
            inbound=100,
            queued=100,
            answered_in_time=90 if week >= 12 else 79 + week % 3,
        )
    chosen = Chosen(MONDAY + timedelta(weeks=12), MONDAY + timedelta(weeks=20))
    found = trend(session, cast.ada, "service_level", chosen)
    assert len(found.points) == 8 and found.points[0].first_day == chosen.first_day
    assert (found.before.median, found.before.before, found.before.signal) == (0.8, 12, Signal.SHIFT_UP)
    assert found.is_better is True
    earlier = trend(session, cast.ada, "service_level", Chosen(MONDAY, MONDAY + timedelta(weeks=8)))
    assert (earlier.before.signal, earlier.is_better) == (Signal.TOO_FEW_TO_SAY, None)


def test_a_trend_by_month_looks_back_a_year(session: Session, cast: Cast, contacts: Callable[..., None]) -> None:
    for month in range(1, 13):
        contacts(date(2025, month, 3), cast.dana, queued=2, queue_seconds=20, queue_squares=208)
    for month in range(1, 8):
        contacts(date(2026, month, 3), cast.dana, queued=2, queue_seconds=60, queue_squares=1808)
    found = trend(session, cast.ada, "queue_time", Chosen(date(2026, 1, 1), date(2026, 8, 1)), By.MONTH)
    assert (found.before.before, found.before.signal, found.is_better) == (12, Signal.SHIFT_UP, False)


def test_a_target_that_most_miss_is_to_be_reviewed(session: Session, cast: Cast, contacts: Callable[..., None]) -> None:
    for agent, in_time in ((cast.dana, 500), (cast.mei, 600), (cast.kenji, 990)):
        contacts(MONDAY, agent, inbound=1000, queued=1000, answered_in_time=in_time)
    found = measured(session, cast.ada, ["service_level"], (By.AGENT,), OCTOBER)
    (missed,) = missed_by_most(found)
    assert (missed.target.value, missed.missed, missed.judged) == (0.95, 2, 3)
    contacts(MONDAY + timedelta(days=1), cast.mei, inbound=100_000, queued=100_000, answered_in_time=99_900)
    assert missed_by_most(measured(session, cast.ada, ["service_level"], (By.AGENT,), OCTOBER)) == ()
    of_two = measured(session, cast.bob, ["service_level"], (By.AGENT,), Chosen(MONDAY, MONDAY + timedelta(days=1)))
    assert missed_by_most(of_two) == ()
