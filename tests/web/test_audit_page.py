"""The ledger as an administrator reads it: looked through, taken along, and verified."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.anchors import Notary
from app.ledger.service import Actor, record, record_account
from app.ledger.verification import anchor_now_and_then
from app.web.history import SENTENCES
from tests.web.conftest import Web


def happened(web: Web) -> None:
    """Alice confirmed sixty items, one a minute; then Ada changed Dana's role."""
    began = clock.now() - timedelta(days=2)
    with db.session(web.engine) as session:
        for number in range(60):
            alice = Actor("Alice", began + timedelta(minutes=number), web.cast.alice.id)
            record(session, f"call:{number % 3 + 1}", alice, "review.confirmed", item=f"item_{number}")
        ada = Actor("Ada", began + timedelta(days=1), web.cast.ada.id)
        change = {"role": {"old": "agent", "new": "reviewer"}}
        record_account(session, ada, "user.changed", user_id=id_of(web.cast.dana), **change)


def rows(web: Web, query: str = "") -> list[str]:
    page = web.get(web.cast.ada, f"/admin/audit{query}")
    assert page.status_code == 200
    return re.findall(r'<td translate="no">(Confirmed item_\d+|Changed[^<]*)', page.text)


def test_the_newest_entries_come_first_and_the_older_ones_on_the_next_page(web_everywhere: Web) -> None:
    happened(web_everywhere)
    first = rows(web_everywhere)
    assert first[:2] == ["Changed of the person: role", "Confirmed item_59"]
    assert len(first) == 50
    older = re.search(
        r'href="/admin/audit(\?after=[^"]+)" rel="next"',
        web_everywhere.get(web_everywhere.cast.ada, "/admin/audit").text,
    )
    assert older is not None
    assert rows(web_everywhere, older[1]) == [f"Confirmed item_{number}" for number in range(10, -1, -1)]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?by=alice", 50),
        ("?by=ada", 1),
        ("?about=dana", 1),
        ("?call=2", 20),
        ("?event=user.changed", 1),
        ("?by=ada&call=2", 0),
        ("?by=nobody", 0),
        ("?first=2000-01-01&last=2000-01-02", 0),
        ("?last=9999-12-31", 50),
    ],
)
def test_entries_are_found_by_person_call_event_and_day(web: Web, query: str, count: int) -> None:
    happened(web)
    assert len(rows(web, query)) == count


def test_a_made_up_place_in_the_list_is_refused_in_words(web: Web) -> None:
    assert web.get(web.cast.ada, "/admin/audit?after=x").status_code == 422


def test_only_administrators_read_it(web: Web) -> None:
    for who in (web.cast.bob, web.cast.alice, web.cast.dana):
        assert web.get(who, "/admin/audit").status_code == 403
        assert web.get(who, "/admin/audit/export.csv").status_code == 403
        assert web.post(who, "/admin/audit/verify").status_code == 403


def test_what_is_shown_can_be_taken_along_as_csv(web: Web) -> None:
    happened(web)
    answer = web.get(web.cast.ada, "/admin/audit/export.csv?about=dana")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["actor"], row["event"]) == ("Ada", "user.changed")
    assert row["payload"] == '{"role": {"new": "reviewer", "old": "agent"}}'
    assert len(row["hash"]) == 64


def test_an_administrator_has_the_ledger_verified_and_reads_what_came_out(web_everywhere: Web) -> None:
    web = web_everywhere
    ada = web.cast.ada
    happened(web)
    assert "not verified yet" in web.get(ada, "/admin/audit").text
    anchor_now_and_then(web.engine, Notary(web.worker.settings.audit_key), clock.now())
    web.post(ada, "/admin/audit/verify")
    assert "Being verified since" in web.get(ada, "/admin/audit").text
    web.worker.verify_ledger_now()
    page = web.get(ada, "/admin/audit").text
    assert "Being verified" not in page
    assert re.search(r"entries, held against 1 anchors", page)
    with web.engine.begin() as connection:
        drop = (
            "ledger_entry_no_delete"
            if web.engine.dialect.name == "sqlite"
            else "ledger_entry_only_grows ON ledger_entry"
        )
        connection.execute(text(f"DROP TRIGGER {drop}"))
        connection.execute(text("DELETE FROM ledger_entry WHERE stream = 'call:2' AND sequence = 20"))
    web.worker.verify_ledger_now()
    page = web.get(ada, "/admin/audit").text
    assert "call:2 · 20" in page
    assert "the last entry of the stream is missing" in page
    assert "entries were changed, removed, added or put in another order" in page


def test_a_review_tells_the_ledger_by_which_card_and_rules_it_was_judged(web: Web) -> None:
    call = web.make_call()
    web.submit(call)
    answer = web.get(web.cast.ada, f"/admin/audit/export.csv?call={call}")
    told = {row["event"]: row["payload"] for row in csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))}
    for event in ("evaluation.scored", "review.submitted"):
        assert '"version": "sha256:' in told[event]
        assert '"rules": "' in told[event]


def test_what_was_written_about_a_call_is_read_as_long_as_the_call_is_there(web: Web) -> None:
    ada, call = web.cast.ada, web.make_call(customer_name="Zebediah Quill", file_name="Quill.json")
    web.submit(call)
    why = {"reason": "Mr Quill called again."}
    assert web.post(ada, f"/reviews/{web.review_of(call).id}/reopen", data=why).status_code == 303
    pages = f"/admin/audit?call={call}", f"/admin/audit/export.csv?call={call}"
    for page in pages:
        assert "Review opened again: Mr Quill called again." in web.get(ada, page).text

    assert web.post(ada, f"/calls/{call}/delete", data={"reason": "Asked for."}).status_code == 303

    for page in pages:
        told = web.get(ada, page).text
        assert "Review opened again: –" in told
        assert "Deleted: Asked for." in told
        assert "Quill" not in told


RECORDED = re.compile(
    r'"((?:user|team|key|sign_in|roster|call|transcript|evaluation|review|dispute|coaching|complaint|clip'
    r'|scorecard|backtest|rescoring|audit|agent|performance|plan|calibration|webhook|target|cost)\.[a-z_]+)"'
)
# What has such a form and is no event: columns in a query, names of files.
NO_EVENT = re.compile(r"\.(id|csv|key)$")
# What other systems are told has names of its own.
TOLD_ELSEWHERE = Path("app/webhooks/events.py")


def test_every_event_that_the_product_records_is_told_in_words() -> None:
    sources = [
        one
        for one in Path("app").rglob("*.py")
        if one != TOLD_ELSEWHERE and "record" in one.read_text(encoding="utf-8")
    ]
    found = {event for one in sources for event in RECORDED.findall(one.read_text(encoding="utf-8"))}
    assert {one for one in found if not NO_EVENT.search(one)} - set(SENTENCES) == set()
