"""The register of complaints: written by hand, filled from a file, saved as one."""

from typing import Any

from httpx import Response

from tests.web.conftest import Web

SAID = {"category": "attitude", "outcome": "open", "received_at": "2026-10-01T09:30", "text": "Rude."}


def record(web: Web, **said: str) -> Response:
    return web.post(web.cast.alice, "/complaints", data={**SAID, **said})


def rows(web: Web, query: str = "", user: Any = None) -> str:
    page = web.get(user or web.cast.ada, f"/complaints{query}").text
    return page.split("<tbody>")[1] if "<tbody>" in page else ""


def import_file(web: Web, content: str) -> Response:
    return web.post(web.cast.alice, "/complaints/import", files={"file": ("register.csv", content.encode())})


def test_a_complaint_takes_agent_and_team_from_its_call(web: Web) -> None:
    call = web.make_call(external_id="C-17")
    assert record(web, call="C-17").headers["location"] == "/complaints?notice=recorded"
    assert record(web, call=f"#{call}", category="waiting").status_code == 303
    found = rows(web)
    assert found.count("Dana") == 2
    assert found.count("Team A") == 2
    page = web.get(web.cast.alice, f"/calls/{call}").text
    assert "Rude." in page
    assert "A complaint about this call was recorded" in page
    assert "Rude." not in web.get(web.cast.dana, f"/calls/{call}").text
    assert rows(web, user=web.cast.charlie) == ""


def test_what_cannot_be_recorded_is_told_and_stays_in_the_form(web: Web) -> None:
    for said, why in (
        ({"received_at": "soon"}, "Give day and time"),
        ({"call": "nowhere"}, "no such call"),
        ({"agent": "nobody"}, "no agent of this user name"),
        ({"category": "weather"}, "category"),
    ):
        answer = record(web, **said)
        assert answer.status_code == 422, said
        assert why in answer.text
        assert "Rude." in answer.text
    assert rows(web) == ""


def test_the_outcome_is_noted_when_the_inquiry_has_ended(web: Web) -> None:
    record(web, team="Team A")
    answer = web.post(
        web.cast.bob, "/complaints/1/outcome", data={"outcome": "upheld", "next": "/complaints?outcome=upheld"}
    )
    assert answer.headers["location"] == "/complaints?outcome=upheld&notice=saved"
    assert "✕</span> Upheld" in rows(web, "?outcome=upheld")
    assert rows(web, "?outcome=open") == ""
    assert web.post(web.cast.charlie, "/complaints/1/outcome", data={"outcome": "open"}).status_code == 404


def test_a_file_fills_the_register_and_its_bad_rows_are_named(web: Web) -> None:
    answer = import_file(
        web,
        "external_id,received_at,category,agent\nX-1,2026-10-01T09:00,waiting,dana\nX-2,someday,waiting,dana\nX-3,2026-10-02T09:00,waiting,<b>\n",
    )
    assert "1 complaint added" in answer.text
    assert "2 rows left out" in answer.text
    left_out = answer.text.split("Rows left out")[1].split("</table>")[0]
    assert '<td class="end">3</td><td><code>received_at</code>' in left_out
    assert '<td class="end">4</td><td><code>agent</code>' in left_out
    again = import_file(web, "external_id,received_at,category,outcome\nX-1,2026-10-01T09:00,waiting,upheld\n")
    assert "1 brought up to date" in again.text


def test_a_file_that_is_no_register_changes_nothing(web: Web) -> None:
    for content in ("", "\x00\x01", "name,age\nx,1\n"):
        answer = import_file(web, content)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert rows(web) == ""


def test_the_register_is_saved_as_a_file_that_can_be_read_again(web: Web) -> None:
    record(web, external_id="X-1", team="Team A", text="=HYPERLINK(1)")
    record(web, external_id="X-2", team="Team A", category="waiting")
    saved = web.get(web.cast.alice, "/complaints/export.csv?category=attitude")
    assert saved.headers["content-disposition"] == 'attachment; filename="complaints.csv"'
    assert "X-1" in saved.text
    assert "'=HYPERLINK" in saved.text
    assert "X-2" not in saved.text
    assert "0 complaints added, 1 brought up to date" in import_file(web, saved.text.lstrip("\ufeff")).text
