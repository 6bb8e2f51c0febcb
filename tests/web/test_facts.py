"""The page of facts: what no switch knows comes in by form and by file, and how much of it is known stands there."""

import re
from datetime import UTC, datetime
from io import BytesIO

from httpx import Response

from app.accounts.models import User
from app.contacts.customers import Customers
from app.contacts.service import Intake, take_contacts
from app.contacts.sums import Terms
from app.kit import db
from app.ledger.service import machine
from app.operations import queries
from app.operations.models import FactKind
from tests.web.conftest import Web

RESULT = {"agent": "dana", "month": "2026-11", "part": "exam", "points": "83", "note": "second try"}
COST = {"month": "2026-11", "team": "", "queue": "", "amount": "152000.50", "currency": "CNY"}
CONTACTS = (
    "external_id,started_at,agent,answered\n"
    "C-1,2026-11-02T09:00:00+08:00,dana,yes\n"
    "C-2,2026-11-02T09:05:00+00:00,kenji,yes\n"
)


def text(page: Response) -> str:
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split()).replace(" ,", ",")


def send(web: Web, user: User, kind: str, rows: str) -> Response:
    return web.post(user, f"/facts/{kind}/import", files={"file": ("list.csv", rows.encode())})


def take(web: Web) -> None:
    """Contacts of both teams came in from the switch."""
    settings = web.worker.settings
    at = datetime(2026, 11, 20, tzinfo=UTC)
    intake = Intake(web.engine, Terms(), Customers(settings.customer_key), machine(at))
    assert take_contacts(intake, BytesIO(CONTACTS.encode())).added == 2


def test_without_facts_the_page_says_that_there_is_no_source(web_everywhere: Web) -> None:
    web = web_everywhere
    page = web.get(web.cast.ada, "/facts")
    assert text(page).count("no source yet") == 12 + 1  # and once in the sentence above
    for user in (web.cast.alice, web.cast.dana):
        assert web.get(user, "/facts").status_code == 403


def test_a_result_is_entered_corrected_and_taken_back(web_everywhere: Web) -> None:
    web = web_everywhere
    assert web.post(web.cast.bob, "/facts/agents", data=RESULT).status_code == 303
    assert "Knowledge exam 1 entry, 1 agent 2026-11" in text(web.get(web.cast.bob, "/facts"))
    web.post(web.cast.bob, "/facts/agents", data={**RESULT, "points": "90"})
    with db.session(web.engine, reads_only=True) as session:
        (row,) = queries.fact_rows(session, web.cast.ada).items
        assert (row.kind, row.value) == (FactKind.EXAM, 90)
    assert "Entered for the performance score" in web.get(web.cast.ada, "/admin/audit").text
    web.post(web.cast.bob, "/facts/agents", data={**RESULT, "points": ""})
    assert "1 entry" not in text(web.get(web.cast.bob, "/facts"))


def test_what_was_typed_wrong_is_told_beside_its_form_and_stays_there(web: Web) -> None:
    wrong = (
        ("agents", {**RESULT, "agent": "kenji"}, "There is no agent of this user name in your sight."),
        ("agents", {**RESULT, "points": "many"}, "Give 0 to 100 points."),
        ("agents", {**RESULT, "month": "November"}, "Give the month as 2026-11."),
        ("costs", {**COST, "team": str(web.cast.team_a.id), "currency": "yuan"}, "Give the currency by its three"),
        ("costs", COST, "You enter costs of your own team"),
        ("costs", {**COST, "amount": "much"}, "A cost is an amount"),
        ("days", {"agent": "kenji", "day": "2026-11-02"}, "There is no agent of this user name in your sight."),
        ("days", {"agent": "dana", "day": "2026-11-02", "paid_seconds": "long"}, "paid_seconds: is no length of time"),
        ("answers", {"external_id": "C-9", "csat": "5"}, "There is no such contact"),
    )
    for kind, given, told in wrong:
        answer = web.post(web.cast.bob, f"/facts/{kind}", data=given)
        assert answer.status_code in (403, 422), (kind, given)
        assert told in answer.text, (kind, given)
        assert "no source yet" in answer.text
    assert 'value="yuan"' in web.post(web.cast.bob, "/facts/costs", data={**COST, "currency": "yuan"}).text
    assert web.post(web.cast.bob, "/facts/agents", data={**RESULT, "part": "luck"}).status_code == 404


def test_a_cost_is_entered_listed_saved_and_taken_back(web_everywhere: Web) -> None:
    web = web_everywhere
    assert web.post(web.cast.ada, "/facts/costs", data=COST).status_code == 303
    page = web.get(web.cast.ada, "/facts")
    assert "152,000.50 CNY all teams and queues" in text(page)
    assert "2026-11,,,152000.5,CNY," in web.get(web.cast.ada, "/facts/costs.csv").text
    (place,) = re.findall(r'action="(/facts/costs/\d+/remove)"', page.text)
    assert web.post(web.cast.bob, place).status_code == 404
    assert web.post(web.cast.ada, place).status_code == 303
    assert web.post(web.cast.ada, place).status_code == 404
    assert "152,000.50" not in web.get(web.cast.ada, "/facts").text


def test_lists_are_taken_with_their_bad_rows_named(web_everywhere: Web) -> None:
    web = web_everywhere
    facts = "agent,month,part,points\ndana,2026-11,exam,80\nkenji,2026-11,exam,70\ndana,2026-11,luck,1\n"
    answer = text(send(web, web.cast.bob, "agents", facts))
    assert "1 row entered, 0 known already, 2 rows left out" in answer
    assert "is none of training, discipline, conduct, exam" in answer
    costs = "month,team,amount,currency\n2026-11,Team A,10,CNY\n2026-11,Team B,10,CNY\n"
    answer = text(send(web, web.cast.bob, "costs", costs))
    assert "1 row entered, 0 known already, 1 row left out" in answer
    assert "You enter costs of your own team" in answer
    for kind in ("agents", "costs", "days", "answers"):
        for content in ("", "nothing\nof it\n"):
            refused = send(web, web.cast.ada, kind, content)
            assert refused.status_code == 422, kind
            assert 'role="alert"' in refused.text
        template = web.get(web.cast.ada, f"/facts/{kind}/template.csv")
        assert template.status_code == 200
        assert "no CSV" not in text(send(web, web.cast.ada, kind, template.text))
    assert web.get(web.cast.ada, "/facts/luck/template.csv").status_code == 404


def test_days_of_agents_come_in_by_form_and_by_file(web_everywhere: Web) -> None:
    web = web_everywhere
    day = {"agent": "dana", "day": "2026-11-02", "scheduled_seconds": "8:00:00", "present": "yes"}
    assert web.post(web.cast.bob, "/facts/days", data=day).status_code == 303
    rows = "agent,day,logged_in_seconds\nmei,2026-11-02,27000\nnobody,2026-11-02,1\n"
    answer = text(send(web, web.cast.ada, "days", rows))
    assert "1 row entered, 0 known already, 1 row left out" in answer
    known = text(web.get(web.cast.ada, "/facts"))
    assert "Days on record 2 entries, 2 agents 2026-11" in known
    assert "Planned 1 entry, 1 agent" in known
    refused = send(web, web.cast.bob, "days", rows)
    assert refused.status_code == 403
    assert "imported by who leads all teams" in refused.text


def test_answers_come_in_for_contacts_that_the_leader_may_see(web_everywhere: Web) -> None:
    web = web_everywhere
    take(web)
    assert web.post(web.cast.bob, "/facts/answers", data={"external_id": "C-1", "csat": "5"}).status_code == 303
    assert web.post(web.cast.bob, "/facts/answers", data={"external_id": "C-2", "csat": "1"}).status_code == 422
    answer = text(send(web, web.cast.ada, "answers", "external_id,solved,nps\nC-2,yes,9\nC-3,yes,9\n"))
    assert "1 row entered, 0 known already, 1 row left out" in answer
    known = text(web.get(web.cast.ada, "/facts"))
    for told in ("Satisfaction 1 entry", "Would recommend 1 entry", "Solved or not 1 entry"):
        assert told in known
    assert "Would recommend – no source yet" in text(web.get(web.cast.bob, "/facts"))
