"""Graded items on the review screen, on the page of a call, and in what the screen sends."""

import pytest

from app.kit import db
from app.reviews import queries
from tests.graded import graded_card, judged_by
from tests.web.conftest import Web
from tests.web.test_review_routes import put


@pytest.fixture
def call(web: Web) -> int:
    """A call that is judged by the graded card."""
    call_id = web.make_call()
    judge(web, call_id)
    return call_id


def judge(web: Web, call_id: int, **patience: object) -> None:
    with db.session(web.engine) as session:
        judged_by(session, call_id, graded_card(**patience))


def row(web: Web, call: int, item: str = "patience") -> str:
    """An item as it stands on the review screen."""
    page = web.get(web.cast.alice, f"/reviews/{web.review_of(call).id}").text
    return page.split(f'data-item="{item}"')[1].split("</li>")[0]


def test_a_level_is_saved_and_the_verdict_follows(web: Web, call: int) -> None:
    review = web.review_of(call).id
    answer = put(web, review, "patience", verdict=None, level=3)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["item"]["verdict"], told["item"]["level"]) == ("pass", 3.0)
    assert told["totals"]["score"] == 98.0
    version = told["item"]["version"]
    undone = web.send(
        web.cast.alice, "DELETE", f"/reviews/{review}/items/patience", headers={"if-match": f'"{version}"'}
    )
    assert (undone.json()["item"]["verdict"], undone.json()["item"]["level"]) == (None, None)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"verdict": "pass"}, "level_needed"),
        ({"verdict": "fail"}, "level_needed"),
        ({"verdict": None}, "level_needed"),
        ({"verdict": "pass", "level": 4}, "not_a_level"),
        ({"verdict": "fail", "level": 3}, "level_contradicts"),
    ],
)
def test_what_is_no_grade_is_refused_with_what_to_do(web: Web, call: int, said: dict[str, object], code: str) -> None:
    refused = put(web, web.review_of(call).id, "patience", **said)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert "level" in refused.json()["detail"]
    with db.session(web.engine, reads_only=True) as session:
        assert queries.verdicts(session, web.review_of(call).id or 0) == {}


def test_of_two_who_grade_at_once_the_second_is_told_the_level_of_the_first(web: Web, call: int) -> None:
    review = web.review_of(call).id
    put(web, review, "patience", 0, user=web.cast.bob, verdict=None, level=5)
    late = put(web, review, "patience", 0, verdict=None, level=3)
    assert (late.status_code, late.json()["current"]["level"]) == (412, 5.0)


def test_the_screen_offers_each_level_with_whether_it_passes(web: Web, call: int) -> None:
    graded = row(web, call)
    assert [part.split('"')[0] for part in graded.split('data-level="')[1:]] == ["0.0", "3.0", "5.0"]
    assert [part.split('"')[0] for part in graded.split('data-verdict="')[1:]] == [
        "fail",
        "pass",
        "pass",
        "not_applicable",
    ]
    assert "(3 of 5 points)" in graded
    assert "<span data-points>–/5</span>" in graded
    assert "(20 of 20 points, the machine" in row(web, call, "asking")
    assert "<span data-points>20/20</span>" in row(web, call, "asking")
    assert "data-level" not in row(web, call, "greeting")


def test_what_was_graded_shows_on_the_screen_on_the_page_of_the_call_and_in_its_history(web: Web, call: int) -> None:
    put(web, web.review_of(call).id, "patience", verdict=None, level=3)
    assert "<span data-points>3/5</span>" in row(web, call)
    page = web.get(web.cast.alice, f"/calls/{call}").text
    assert "Pass 3/5<span" in page
    assert "Confirmed Patience: Pass 3/5" in page


def test_a_level_that_is_no_more_is_named_as_such(web: Web, call: int) -> None:
    put(web, web.review_of(call).id, "patience", verdict=None, level=3)
    judge(web, call, levels=[0, 2, 5], pass_level=2)
    graded = row(web, call)
    assert "Other levels" in graded
    assert "<span data-points>–/5</span>" in graded
    assert 'aria-pressed="true"' not in graded
