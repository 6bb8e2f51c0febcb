"""The page of imports: a list is sent, read by a worker, and every row that was left out is named."""

import re

from app.imports.lists import run
from app.kit import clock
from app.ledger.service import machine
from tests.web.conftest import Web

LIST = (
    "external_id,started_at,answered,agent,talk_seconds\n"
    "c-1,2026-10-05T09:00:00Z,yes,dana,60\n"
    "c-2,at noon,yes,dana,60\n"
)


def send(web: Web, content: str = LIST, name: str = "cdr.csv", **given: str) -> str:
    """The page that a sent list leads to."""
    answer = web.post(
        web.cast.ada, "/imports", files={"file": (name, content.encode())}, data={"kind": "contacts", **given}
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def read(web: Web, where: str) -> None:
    """What the worker does."""
    of = int(where.rsplit("/", 1)[1])
    run(web.engine, web.worker.blobs, web.worker.settings, of, machine(clock.now()))


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_a_list_waits_until_a_worker_has_read_it_and_then_says_what_became_of_its_rows(web: Web) -> None:
    where = send(web)
    assert "Waiting" in web.get(web.cast.ada, where).text
    read(web, where)
    page = words(web.get(web.cast.ada, where).text)
    assert "Rows read 2 New 1 Changed 0 Said nothing new 0 Left out 1" in page
    assert "3 started_at" in page
    saved = web.get(web.cast.ada, f"{where}/bad.csv")
    assert saved.text.splitlines()[1].startswith("3,started_at,")
    assert "cdr.csv" in web.get(web.cast.ada, "/imports").text


def test_what_cannot_be_taken_is_said_on_the_page(web: Web) -> None:
    nothing = web.post(web.cast.ada, "/imports", data={"kind": "contacts"})
    assert nothing.status_code == 422
    assert "Choose a list that has rows in it." in nothing.text
    wrong = web.post(
        web.cast.ada, "/imports", files={"file": ("a.csv", LIST)}, data={"kind": "answers", "mapping": "generic-cdr"}
    )
    assert "There is no mapping generic-cdr for this kind of list" in wrong.text


def test_who_leads_one_team_or_none_brings_in_no_lists_of_all_teams(web: Web) -> None:
    for user in (web.cast.alice, web.cast.bob, web.cast.dana):
        assert web.get(user, "/imports").status_code == 403
        assert web.post(user, "/imports", data={"kind": "contacts"}).status_code == 403


def test_columns_can_be_taken_along_as_a_list_to_fill_in(web: Web) -> None:
    found = web.get(web.cast.ada, "/imports/columns/answers.csv").text.lstrip("\ufeff").strip()
    assert found == "external_id,solved,solved_first,csat,nps"
