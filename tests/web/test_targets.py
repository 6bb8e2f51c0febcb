"""The pages of targets: what holds and where it comes from, and how leaders set what is aimed at."""

import re
from datetime import timedelta
from io import BytesIO

from app.accounts.service import add_team
from app.contacts.customers import Customers
from app.contacts.service import Intake, take_contacts
from app.contacts.sums import Terms
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger import queries as ledger
from app.ledger.service import machine
from app.targets import queries
from tests.web.conftest import Web

SET = {"indicator": "csat", "value": "85", "from": "2026-11-01"}


def row_of(page: str, indicator: str) -> str:
    """The line of the table about this indicator, without its tags."""
    found = re.search(rf'<tr>\s*<th scope="row"><a href="/targets/{indicator}">.*?</tr>', page, re.DOTALL)
    assert found is not None, indicator
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_sure_suggestions_are_targets_and_doubtful_ones_are_told_apart(web_everywhere: Web) -> None:
    web = web_everywhere
    page = web.get(web.cast.alice, "/targets").text
    assert "85% shipped Inbound 65% shipped Outbound" in row_of(page, "connect_rate")
    assert "none 90% industry ? doubtful 99% suggested ? doubtful" in row_of(page, "monitoring_pass_rate")
    inbound = web.get(web.cast.alice, "/targets?direction=inbound").text
    assert "65% shipped" not in row_of(inbound, "connect_rate")


def test_every_indicator_has_its_page_in_the_readers_language(web: Web) -> None:
    page = web.get(web.cast.alice, "/targets").text
    for one in set(re.findall(r'href="/targets/([a-z_]+)"', page)):
        assert web.get(web.cast.alice, f"/targets/{one}").status_code == 200, one
    assert web.get(web.cast.alice, "/targets/nothing").status_code == 404
    with db.session(web.engine) as session:
        web.cast.alice.language = "zh"
        session.merge(web.cast.alice)
    assert "接通率" in web.get(web.cast.alice, "/targets/connect_rate").text


def test_a_leader_sets_a_target_and_everybody_on_the_staff_reads_it(web_everywhere: Web) -> None:
    web = web_everywhere
    assert web.post(web.cast.ada, "/targets", data={**SET, "note": "for the autumn"}).status_code == 303
    page = web.get(web.cast.alice, "/targets?day=2026-11-05").text
    assert "85% all teams and queues · since 2026-11-01" in row_of(page, "csat")
    assert "none" in row_of(web.get(web.cast.alice, "/targets?day=2026-10-31").text, "csat")
    about = web.get(web.cast.alice, "/targets/csat").text
    assert "for the autumn" in about
    assert "Set a target" not in about
    assert web.post(web.cast.alice, "/targets", data=SET).status_code == 403
    assert web.get(web.cast.dana, "/targets").status_code == 403


def test_who_leads_a_team_sets_its_targets_and_no_others(web: Web) -> None:
    team, other = str(id_of(web.cast.team_a)), str(id_of(web.cast.team_b))
    assert web.post(web.cast.bob, "/targets", data={**SET, "team": team}).status_code == 303
    for of in (other, ""):
        refused = web.post(web.cast.bob, "/targets", data={**SET, "team": of})
        assert refused.status_code == 403
        assert "You set targets of your own team" in refused.text
    page = web.get(web.cast.bob, f"/targets?team={team}&day=2026-11-05").text
    assert "85% Team A · since 2026-11-01" in row_of(page, "csat")
    assert "All teams</option>" not in web.get(web.cast.bob, "/targets/csat").text


def test_what_was_typed_wrong_is_told_and_stays_in_the_form(web: Web) -> None:
    answer = web.post(web.cast.ada, "/targets", data={**SET, "value": "850", "queue": "support"})
    assert answer.status_code == 422
    assert "Give a percentage from 0% to 100%" in answer.text
    assert 'value="850"' in answer.text
    assert 'value="support"' in answer.text
    assert web.post(web.cast.ada, "/targets", data={**SET, "indicator": "x"}).status_code == 422
    assert web.post(web.cast.ada, "/targets", data={**SET, "from": "soon"}).status_code == 422
    assert web.post(web.cast.ada, "/targets", data={**SET, "team": "99"}).status_code == 422


def test_a_doubtful_suggestion_is_adopted_with_one_click_and_taken_back_with_another(web: Web) -> None:
    page = web.get(web.cast.ada, "/targets").text
    (which,) = re.findall(r'value="monitoring_pass_rate"><input type="hidden" name="which" value="(\d)">', page)[1:2]
    answer = web.post(web.cast.ada, "/targets/adopt", data={"indicator": "monitoring_pass_rate", "which": which})
    assert answer.headers["location"].startswith("/targets/monitoring_pass_rate")
    assert row_of(web.get(web.cast.ada, "/targets").text, "monitoring_pass_rate").count("99%") == 2
    with db.session(web.engine, reads_only=True) as session:
        (row,) = queries.rows(session)
        assert (row.value, row.note) == (0.99, "Adopted; doubtful")
    assert web.post(web.cast.ada, f"/targets/{row.id}/remove").status_code == 303
    about = web.get(web.cast.ada, "/targets/monitoring_pass_rate").text
    assert "Nobody has set a target yet." in about
    assert "took back" in about
    for which in ("7", "x", "", "99999999999999"):
        told = web.post(web.cast.ada, "/targets/adopt", data={"indicator": "monitoring_pass_rate", "which": which})
        assert told.status_code == 404, which


def test_who_leads_a_team_adopts_for_that_team(web: Web) -> None:
    web.post(web.cast.bob, "/targets/adopt", data={"indicator": "csat", "which": "0"})
    with db.session(web.engine, reads_only=True) as session:
        assert [one.team_id for one in queries.rows(session)] == [web.cast.team_a.id]


def test_a_list_comes_in_with_its_bad_rows_named_and_goes_out_as_it_is(web_everywhere: Web) -> None:
    web = web_everywhere
    rows = "indicator,team,from,value\ncsat,Team A,2026-11-01,85%\ncsat,,2026-11-01,85\nqueue_time,,2026-11-01,15\n"
    answer = web.post(web.cast.ada, "/targets/import", files={"file": ("targets.csv", rows.encode())})
    assert "2 rows entered, 0 known already, 1 row left out" in answer.text
    assert '<td class="end">3</td><td><code>value</code></td>' in answer.text
    out = web.get(web.cast.alice, "/targets/export.csv")
    assert "csat,Team A,,,2026-11-01,,0.85," in out.text
    again = web.post(web.cast.ada, "/targets/import", files={"file": ("targets.csv", out.content)})
    assert "0 rows entered, 2 known already" in again.text
    for content in (b"", b"\xff\xfe\x00", b"x" * 5_000_001):
        refused = web.post(web.cast.ada, "/targets/import", files={"file": ("targets.csv", content)})
        assert refused.status_code == 422
        assert "no CSV file with the columns" in refused.text
    assert web.post(web.cast.alice, "/targets/import", files={"file": ("t.csv", rows.encode())}).status_code == 403


def test_a_target_in_the_sentence_of_the_audit(web: Web) -> None:
    web.post(web.cast.ada, "/targets", data=SET)
    assert "Set a target of csat from 2026-11-01: 0.85" in web.get(web.cast.ada, "/admin/audit").text
    with db.session(web.engine, reads_only=True) as session:
        assert len(ledger.entries(session, "target:csat")) == 1


def test_what_the_address_cannot_mean_is_refused_and_breaks_nothing(web: Web) -> None:
    for asked in ("team=x", "day=soon", "direction=up", "queue=" + "x" * 200):
        assert web.get(web.cast.ada, f"/targets?{asked}").status_code == 422, asked
    assert web.get(web.cast.ada, "/targets?team=&day=&queue=%00").status_code == 200
    assert web.post(web.cast.ada, "/targets", data={**SET, "queue": "a\0b"}).status_code == 422
    assert web.post(web.cast.ada, "/targets/999/remove").status_code == 404


def test_a_target_that_most_teams_miss_is_named_after_the_page(web_everywhere: Web) -> None:
    web = web_everywhere
    assert 'hx-get="/targets/missed"' in web.get(web.cast.ada, "/targets").text
    assert "miss" not in web.get(web.cast.ada, "/targets/missed").text
    today = clock.now()
    rows = ["external_id,started_at,answered,wait_seconds,team"]
    with db.session(web.engine) as session:
        teams = [web.cast.team_a.name, web.cast.team_b.name, add_team(session, "Team C", "UTC").name]
    for place, team in enumerate(teams * 100):
        # Everybody waits for a minute, where nine of ten are to wait for twenty seconds at most.
        rows.append(f"c-{place},{(today - timedelta(days=3)).isoformat()},yes,60,{team}")
    intake = Intake(web.engine, Terms(), Customers(web.worker.settings.customer_key), machine(today))
    assert take_contacts(intake, BytesIO("\n".join(rows).encode())).added == 300
    page = web.get(web.cast.ada, "/targets/missed").text
    assert "3 of 3 teams miss 95%" in page
    assert 'href="/targets/service_level"' in page
    assert web.get(web.cast.dana, "/targets/missed").status_code == 403
