"""The performance score as leaders enter it and as its agent reads it."""

import re
from datetime import date

import pytest

from app.accounts.membership import join
from app.accounts.models import Role, User
from app.accounts.service import add_user
from app.domain.lifecycle import ReviewState
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger import queries as ledger
from app.operations import queries
from tests.cast import LONG_AGO
from tests.web.conftest import Web

FILLED = {"month": "2026-10", "training": "80", "discipline": "100", "conduct": "50", "conduct_note": "late twice"}
WEIGHTS = {"workload": "30", "training": "10", "qa": "40", "discipline": "10", "conduct": "10", "target": "2"}


def page_of(web: Web, agent: int, month: str = "2026-10") -> str:
    return f"/agents/{agent}/performance?month={month}"


def weights(web: Web, month: str = "2026-09", **more: str) -> int:
    form = {**WEIGHTS, "team": str(web.cast.team_a.id), "month": month, **more}
    return web.post(
        web.cast.bob, "/performance/weights", files={name: (None, value) for name, value in form.items()}
    ).status_code


def stand(web: Web, call: int, state: ReviewState) -> None:
    """The review of this call is in this state, as if it had come there."""
    with db.session(web.engine) as session:
        review = web.review_of(call)
        review.state = state
        session.merge(review)


def test_a_score_is_put_together_from_calls_reviews_and_what_was_entered(web_everywhere: Web) -> None:
    web, dana = web_everywhere, id_of(web_everywhere.cast.dana)
    call = web.make_call(note="1", started_at="2026-10-05T10:00:00+08:00")
    web.make_call(note="2", started_at="2026-10-06T10:00:00+08:00")
    web.submit(call)
    assert weights(web) == 303
    assert web.post(web.cast.bob, f"/agents/{dana}/performance", data=FILLED).status_code == 303
    page = web.get(web.cast.bob, page_of(web, dana)).text
    # 30 for all calls of the target, 8 for training, 40 for a review without a fault, 10 and 5 for the others.
    assert '<span class="figure">93</span>' in page
    assert "mean of 1 reviewed call" in page
    assert "2 calls handled; target 2" in page
    assert "late twice" in page


def test_a_part_that_nobody_knows_makes_no_score_but_a_range(web: Web) -> None:
    dana = id_of(web.cast.dana)
    assert weights(web) == 303
    web.post(web.cast.bob, f"/agents/{dana}/performance", data=FILLED)
    page = web.get(web.cast.bob, page_of(web, dana)).text
    assert "Not all parts are known" in page
    assert re.search(
        r"which weigh 60 of 100, come to 38.3 points. With the others the score will lie between 23.0–63.0", page
    )
    web.post(web.cast.bob, f"/agents/{dana}/performance", data={"month": "2026-10"})
    with db.session(web.engine, reads_only=True) as session:
        told = [one.event for one in ledger.entries(session, f"user:{dana}")]
    assert told.count("agent.fact") == told.count("agent.fact_removed") == 3


def test_weights_hold_from_their_month_on_and_leave_the_months_before_alone(web: Web) -> None:
    dana = id_of(web.cast.dana)
    weights(web, "2026-09")
    weights(web, "2026-11", qa="0", training="100")
    web.post(web.cast.bob, f"/agents/{dana}/performance", data=FILLED)
    assert "These weights hold from 2026-09 on" in web.get(web.cast.bob, page_of(web, dana)).text
    assert "These weights hold from 2026-11 on" in web.get(web.cast.bob, page_of(web, dana, "2026-12")).text
    assert "these equal ones are a suggestion" in web.get(web.cast.bob, page_of(web, dana, "2026-08")).text


def test_who_changes_teams_keeps_the_weights_of_the_team_of_that_month(web: Web) -> None:
    dana = web.cast.dana
    weights(web, "2026-09")
    with db.session(web.engine) as session:
        join(session, session.get_one(User, dana.id), web.cast.team_b, clock.now(), date(2026, 11, 1))
    assert "These weights hold from 2026-09 on" in web.get(web.cast.ada, page_of(web, id_of(dana))).text
    page = web.get(web.cast.ada, page_of(web, id_of(dana), "2026-11")).text
    assert "these equal ones are a suggestion" in page


def test_who_changes_teams_has_one_score_for_every_reader(web_everywhere: Web) -> None:
    web, dana, team_b = web_everywhere, web_everywhere.cast.dana, web_everywhere.cast.team_b
    with db.session(web.engine) as session:
        lea = add_user(session, username="lea", name="Lea", role=Role.SUPERVISOR, team_id=id_of(team_b), now=LONG_AGO)
        join(session, session.get_one(User, dana.id), team_b, clock.now(), date(2026, 2, 16))
    calls = [
        web.make_call(note="1", started_at="2026-02-05T10:00:00+08:00", team="Team A"),
        web.make_call(note="2", started_at="2026-02-20T10:00:00+08:00", team="Team B"),
    ]
    for call in calls:
        web.submit(call)
        stand(web, call, ReviewState.RELEASED)
    form = {**WEIGHTS, "team": str(team_b.id), "month": "2026-01"}
    files = {name: (None, value) for name, value in form.items()}
    assert web.post(web.cast.ada, "/performance/weights", files=files).status_code == 303
    for reader in (web.cast.ada, lea, dana):
        page = web.get(reader, page_of(web, id_of(dana), "2026-02")).text
        assert ("2 calls handled; target 2" in page, "mean of 2 reviewed calls" in page) == (True, True), reader.name
    assert web.get(web.cast.bob, page_of(web, id_of(dana), "2026-02")).status_code == 404


def test_the_mean_tells_an_agent_nothing_of_a_result_that_waits_for_their_own_score(web: Web) -> None:
    dana, call = web.cast.dana, web.make_call(started_at="2026-10-05T10:00:00+08:00")
    web.submit(call)
    stand(web, call, ReviewState.RELEASED)
    with db.session(web.engine) as session:
        session.merge(web.review_of(call)).awaits_self_score = True
    assert "no call of this month is reviewed" in web.get(dana, page_of(web, id_of(dana))).text
    assert "mean of 1 reviewed call" in web.get(web.cast.bob, page_of(web, id_of(dana))).text


def test_agents_read_their_own_score_and_nobody_elses_and_enter_nothing(web: Web) -> None:
    cast, dana, mei = web.cast, id_of(web.cast.dana), id_of(web.cast.mei)
    call = web.make_call(started_at="2026-10-05T10:00:00+08:00")
    web.submit(call)
    stand(web, call, ReviewState.SUBMITTED)
    own = web.get(cast.dana, page_of(web, dana))
    assert own.status_code == 200
    assert 'name="training"' not in own.text
    assert "no call of this month is reviewed" in own.text, "what was not released is not told by the mean either"
    stand(web, call, ReviewState.RELEASED)
    assert "mean of 1 reviewed call" in web.get(cast.dana, page_of(web, dana)).text
    assert web.get(cast.dana, page_of(web, mei)).status_code == 404
    assert web.get(cast.alice, page_of(web, dana)).status_code == 403
    assert web.get(cast.bob, page_of(web, id_of(cast.kenji))).status_code == 404
    assert web.post(cast.dana, f"/agents/{dana}/performance", data=FILLED).status_code == 403
    assert web.get(cast.dana, "/performance/weights").status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"training": "101"}, {"conduct": "x"}, {"discipline": "nan"}, {"conduct_note": "x" * 501}]
)
def test_what_cannot_be_entered_is_told_and_nothing_is_kept(web: Web, wrong: dict[str, str]) -> None:
    dana = id_of(web.cast.dana)
    answer = web.post(web.cast.bob, f"/agents/{dana}/performance", data={**FILLED, **wrong})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="80"' in answer.text or "training" in wrong, "what was typed is still there"
    with db.session(web.engine, reads_only=True) as session:
        assert all(one.event != "agent.fact" for one in ledger.entries(session, f"user:{dana}"))


@pytest.mark.parametrize("wrong", [{"qa": "-1"}, {"qa": "x"}, {"target": "0"}, {"month": "October"}, {"qa": "inf"}])
def test_weights_that_mean_nothing_are_refused_in_words(web: Web, wrong: dict[str, str]) -> None:
    assert weights(web, **wrong) == 422
    with db.session(web.engine, reads_only=True) as session:
        assert queries.weights_of(session, id_of(web.cast.team_a)) == []


def test_a_supervisor_sets_the_weights_of_their_own_team_only(web: Web) -> None:
    assert weights(web, team=str(web.cast.team_b.id)) == 404
    assert web.get(web.cast.bob, f"/performance/weights?team={web.cast.team_b.id}").status_code == 404
    assert web.get(web.cast.ada, f"/performance/weights?team={web.cast.team_b.id}").status_code == 200


def test_a_list_enters_its_good_rows_and_names_the_bad_ones(web: Web) -> None:
    rows = (
        "agent,month,part,points,note\n"
        "dana,2026-10,training,90,exam\n"
        "kenji,2026-10,training,90,another team\n"
        "dana,October,training,90,\n"
        "dana,2026-10,luck,90,\n"
        "dana,2026-10,conduct,900,\n"
        "dana,2026-10,training,90,exam\n"
    )
    answer = web.post(web.cast.bob, "/performance/import", files={"file": ("list.csv", rows.encode())})
    assert answer.status_code == 200
    assert "1 row entered, 1 known already, 4 rows left out" in answer.text
    assert [int(line) for line in re.findall(r'<td class="end">(\d+)</td><td><code>', answer.text)] == [3, 4, 5, 6]


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"a,b\n1,2\n"])
def test_a_file_that_is_no_list_is_refused_in_words(web: Web, content: bytes) -> None:
    answer = web.post(web.cast.bob, "/performance/import", files={"file": ("list.csv", content)})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
