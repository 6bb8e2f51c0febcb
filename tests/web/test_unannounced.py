"""Whoever scores a call for the second time is told by no page and no answer of the API that it is the second."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from difflib import ndiff

import pytest
from sqlalchemy import text

from app.accounts.models import Role, Scope
from app.accounts.service import add_api_key, add_user
from app.domain.evidence import Verdict
from app.kit import clock, db
from app.kit.db import id_of
from app.request import actor
from app.reviews import queries as reviews
from app.reviews import sampled, service
from app.reviews.models import Purpose
from app.reviews.offering import Terms
from app.sampling import service as drawing
from app.sampling.models import Period
from app.sampling.stratifying import PlanFacts
from app.settings import Settings
from tests.cast import LONG_AGO
from tests.web.conftest import serve

THEN = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
# Every page on which a reviewer meets a call, and every answer of the API about one.
PATHS = (
    "/inbox",
    "/inbox/count",
    "/queue",
    "/queue?which=mine",
    "/calls",
    "/calls?outcome=passed",
    "/calls?outcome=failed",
    "/calls?outcome=open",
    "/calls?by=person",
    "/calls?by=machine",
    "/calls?words=declined",
    "/calls/states?call=1",
    "/calls/1",
    "/calls/1/sheet",
    "/coaching?which=all",
    "/disputes",
    "/items/warm?which=people",
    "/items/warm?which=missed",
    "/items/standard_greeting?which=overturned",
    "/agreement",
    "/complaints?call=1",
)
API = (
    *("/api/v1/calls", "/api/v1/calls/1", "/api/v1/calls/1/evaluation", "/api/v1/calls/1/evaluations"),
    *("/api/v1/evaluations?all_versions=true", "/api/v1/evaluations/1", "/api/v1/evaluations/1/evidence"),
    *("/api/v1/reviews", "/api/v1/reviews?which=waiting", "/api/v1/reviews?which=unassigned", "/api/v1/reviews/1"),
    *("/api/v1/disputes", "/api/v1/coaching", "/api/v1/complaints"),
)
# Sums over many calls, in which one more reviewed call is counted like any other.
SUMS = re.compile(
    r'<p class="empty">.*?</p>|<div class="tiles">.*?(?=<section class="sheet flush" aria-labelledby="clips-title")',
    re.DOTALL,
)
BELOW = re.compile(r'<section class="sheet stack" aria-labelledby="trend-title">.*', re.DOTALL)


@contextmanager
def site(sqlite, folder) -> Iterator:
    folder.mkdir()
    with (
        sqlite.fresh(folder) as url,
        contextmanager(serve)(Settings(data_dir=folder, database_url=url, double_share=1)) as web,
    ):
        with db.session(web.engine) as session:
            ren = add_user(
                session, username="ren", name="Ren", role=Role.REVIEWER, team_id=id_of(web.cast.team_a), now=LONG_AGO
            )
            secret = add_api_key(session, name="bi", scopes=[Scope.SCORES_READ], owner=ren, now=clock.now())
        web.make_call(note="the call", external_id="C-1", customer_name="Grace Okafor", started_at=THEN)
        yield web, ren, secret


def at_one_moment(web) -> None:
    """Let what is stored of a call be of the same moment on every site."""
    with db.session(web.engine) as session:
        for column in (
            "call.created_at",
            "evaluation.created_at",
            "review.created_at",
            "review.due_at",
        ):
            table, name = column.split(".")
            session.execute(text(f"UPDATE {table} SET {name} = '2026-10-05 06:00:00.000000'"))


def score_first(web) -> None:
    """Alice fails one item, notes why, writes to the agent, and submits."""
    alice, review = web.cast.alice, web.review_of(1)
    with db.session(web.engine) as session:
        for finding in service.standing(session, review).findings:
            verdict = Verdict.FAIL if finding.id in ("warm", "standard_greeting") else Verdict.PASS
            service.decide(session, id_of(review), finding.id, verdict, alice, actor(alice), note="REVEALING")
        service.submit(session, id_of(review), alice, actor(alice), Terms(double_share=1, release_hours=0))


def review_for(web, ren) -> int:
    with db.session(web.engine, reads_only=True) as session:
        return id_of(reviews.review(session, ren, 1))


def shown(web, who, path: str, review: int) -> tuple[int, str]:
    answer = web.get(who, path)
    body = BELOW.sub("", SUMS.sub("", answer.text)) if path.startswith("/items/") else answer.text
    # The number of the review and of the request may differ, and the moment at which the test did something.
    body = re.sub(r"<time[^>]*>[^<]*</time>", "", body)
    body = re.sub(rf"(/reviews/|review[^0-9\n]{{1,12}})(?<![0-9]){review}(?![0-9])", r"\1N", body)
    return answer.status_code, re.sub(rf'"id": ?{review}\b', '"id":N', re.sub(r"[0-9a-f]{16}", "", body))


@pytest.fixture
def both(sqlite, tmp_path):
    """A site where nobody has reviewed the call, and one where Alice has and it is to be scored a second time."""
    with ExitStack() as opened:
        fresh, done = (opened.enter_context(site(sqlite, tmp_path / name)) for name in ("fresh", "done"))
        score_first(done[0])
        for web, _, _ in (fresh, done):
            at_one_moment(web)
        yield fresh, done


def test_every_page_and_answer_is_that_of_a_call_that_nobody_has_reviewed(both):
    (fresh, ren, _), (done, other_ren, _) = both
    numbers = review_for(fresh, ren), review_for(done, other_ren)
    assert numbers[0] != numbers[1]
    for path in PATHS:
        there, here = shown(done, other_ren, path, numbers[1]), shown(fresh, ren, path, numbers[0])
        assert there[0] == here[0], path
        assert [line for line in ndiff(here[1].splitlines(), there[1].splitlines()) if line[0] != " "] == [], path
    screens = [shown(web, who, f"/reviews/{n}", n) for (web, who, _), n in zip(both, numbers, strict=True)]
    assert screens[0] == screens[1]
    for path in API:
        answers = []
        for (web, _, secret), n in zip(both, numbers, strict=True):
            found = web.client.get(path, headers={"authorization": f"Bearer {secret}"})
            told = re.sub(rf'"id":{n},"state":"open"', '"id":N,"state":"open"', found.text)
            told = re.sub(r'"request_id":"[^"]*"', "", told)
            answers.append((found.status_code, re.sub(r'"scored_at":"[^"]*"', "", told)))
        assert answers[0] == answers[1], path
    for path in (*PATHS, f"/reviews/{numbers[1]}", "/reviews/1"):
        assert "REVEALING" not in done.get(other_ren, path).text, path


def test_what_they_decide_is_saved_and_submitted_as_in_any_review(both):
    (fresh, ren, _), (done, other_ren, _) = both
    for web, who in ((fresh, ren), (done, other_ren)):
        number = review_for(web, who)
        items = re.findall(r'data-item="([a-z_]+)"', web.get(who, f"/reviews/{number}").text)
        for item in items:
            answer = web.send(who, "PUT", f"/reviews/{number}/items/{item}", json={"verdict": "pass"})
            assert answer.status_code == 200, answer.text
        answer = web.post(who, f"/reviews/{number}/submit")
        assert (answer.status_code, answer.headers["location"]) == (303, "/queue?notice=queue_empty")
    with db.session(done.engine, reads_only=True) as session:
        assert {one.purpose for one in reviews.all_of_call(session, 1)} == {Purpose.COUNTS, Purpose.SECOND}
        assert reviews.of_call(session, 1).reviewer_id == done.cast.alice.id


def test_the_first_one_learns_nothing_of_the_second_and_who_leads_sees_the_result(both):
    _, (done, ren, _) = both
    number = review_for(done, ren)
    cast = done.cast
    before = {
        path: shown(done, cast.alice, path, 1) for path in ("/calls/1", "/queue", "/calls", "/reviews/1", "/inbox")
    }
    done.send(ren, "PUT", f"/reviews/{number}/items/warm", json={"verdict": "pass", "note": "SECRET"})
    assert {path: shown(done, cast.alice, path, 1) for path in before} == before
    assert done.get(cast.alice, f"/reviews/{number}").status_code == 404
    assert "C-1" not in done.get(cast.alice, "/queue").text
    for leads in (cast.bob, cast.ada):
        assert "REVEALING" in done.get(leads, "/calls/1").text
    assert done.get(cast.dana, "/calls/1").status_code == 200


def test_the_first_one_learns_nothing_of_a_second_scoring_that_was_taken_away_either(both):
    _, (done, ren, _) = both
    cast, number = done.cast, review_for(done, ren)
    done.send(ren, "PUT", f"/reviews/{number}/items/warm", json={"verdict": "fail"})
    assert done.post(cast.alice, "/reviews/1/reopen", data={"reason": "misheard"}).status_code == 303
    history = done.get(cast.alice, "/calls/1").text
    assert "Review opened again: misheard" in history
    assert "Ren" not in history
    # Who decided it remembers, and who leads may know.
    for reader in (ren, cast.bob):
        assert "Ren" in done.get(reader, "/calls/1").text.split("<main")[1]


def test_what_they_write_to_the_agent_tells_no_verdict_of_the_first_one(both):
    _, (done, ren, _) = both
    note = {"text": "Be warmer.", "item_id": "warm"}
    assert done.post(ren, "/calls/1/coaching", data=note).status_code == 303
    assert done.post(done.cast.bob, "/calls/1/coaching", data=note).status_code == 303
    assert "when the note was written" not in done.get(ren, "/coaching/1").text
    assert "when the note was written" in done.get(done.cast.bob, "/coaching/2").text


def test_who_leads_cannot_do_the_second_scoring_themselves(both):
    _, (done, ren, _) = both
    answer = done.send(done.cast.bob, "PUT", f"/reviews/{review_for(done, ren)}/items/warm", json={"verdict": "pass"})
    assert answer.status_code == 403


def test_a_sample_in_which_the_call_was_drawn_tells_nothing_either(both):
    told = []
    for web, ren, _ in both:
        with db.session(web.engine) as session:
            facts = PlanFacts("Day", Period.ONCE, THEN.date(), THEN.date(), 2, 7)
            plan = id_of(drawing.make_plan(session, web.cast.bob, facts, actor(web.cast.bob)))
            drawing.draw(session, plan, (THEN.date(), THEN.date()), actor(web.cast.bob))
        sampled.open_drawn(web.engine, Terms(), clock.now)
        paths = ("/sampling", "/sampling/plans/1", "/sampling/draws/1", "/sampling/draws/1/calls.csv")
        told.append([re.sub(r"<time[^>]*>[^<]*</time>|[0-9a-f]{16}", "", web.get(ren, path).text) for path in paths])
    for there, here in zip(*told, strict=True):
        assert [line for line in ndiff(here.splitlines(), there.splitlines()) if line[0] != " "] == []
    assert "1 drawn call still waits" in told[1][2]
