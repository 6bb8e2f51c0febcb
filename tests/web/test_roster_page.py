"""The roster page: read by who leads, changed by administrators, imported after a look at what will change."""

import re
from datetime import date
from html import unescape

import pytest

from app.accounts import queries as accounts
from app.accounts.models import Mail
from app.kit import db
from app.ledger.queries import entries

FILE = "username,name,role,team,since\ndana,Dana,agent,Team B,2026-10-01\nlin,林,agent,Night,\nroot,Root,admin,,\n"


def upload(web, user, text, code="utf-8"):
    return web.post(user, "/roster/preview", files={"file": ("roster.csv", text.encode(code), "text/csv")})


def hidden(page, name):
    return unescape(re.search(rf'name="{name}" value="([^"]*)"', page.text).group(1))


def agree(web, user, page, **other):
    given = {name: hidden(page, name) for name in ("text", "digest", "file_name")} | other
    return web.post(user, "/roster/import", files={name: (None, value) for name, value in given.items()})


def person(web, user):
    with db.session(web.engine, reads_only=True) as session:
        return accounts.user(session, user.id)


def test_a_supervisor_reads_the_roster_of_their_team_and_changes_nothing(web):
    page = web.get(web.cast.bob, "/roster")
    assert "Dana" in page.text
    assert "Kenji" not in page.text
    assert "/roster/preview" not in page.text
    assert "kenji" not in web.get(web.cast.bob, "/roster.csv").text
    assert upload(web, web.cast.bob, FILE).status_code == 403
    assert web.get(web.cast.bob, f"/roster/{web.cast.dana.id}").status_code == 403
    assert web.get(web.cast.alice, "/roster").status_code == 403


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_shown_before_it_changes_anything_and_then_done_as_shown(web, code):
    seen = upload(web, web.cast.ada, FILE, code)
    assert seen.status_code == 200
    assert "林" in seen.text
    assert "Night" in seen.text
    assert "Nobody becomes an administrator by a file" in seen.text
    assert person(web, web.cast.dana).team_id == web.cast.team_a.id
    assert agree(web, web.cast.ada, seen).status_code == 303
    assert person(web, web.cast.dana).team_id == web.cast.team_b.id
    with db.session(web.engine, reads_only=True) as session:
        lin = accounts.user_named(session, "lin")
        assert lin is not None
        assert accounts.user_named(session, "root") is None
        told = [
            (one.stream.split(":")[0], one.event)
            for name in (f"user:{web.cast.dana.id}", f"user:{lin.id}")
            for one in entries(session, name)
        ]
        in_all = entries(session, "sign-in")[-1]
    assert ("user", "user.team_from") in told
    assert ("user", "user.added") in told
    assert (in_all.event, in_all.payload["added"], in_all.payload["changed"]) == ("roster.imported", 1, 1)


def test_nothing_is_done_that_was_not_shown(web):
    seen = upload(web, web.cast.ada, FILE)
    changed = agree(web, web.cast.ada, seen, text=FILE.replace("Team B", "Team A"))
    assert changed.status_code == 409
    assert "Something changed meanwhile" in changed.text
    assert person(web, web.cast.dana).team_id == web.cast.team_a.id


def test_what_is_no_roster_is_told_on_the_page(web):
    assert upload(web, web.cast.ada, "name\nDana\n").status_code == 422
    assert web.post(web.cast.ada, "/roster/preview", files={"file": ("", b"", "text/csv")}).status_code == 422


def test_an_administrator_moves_somebody_by_hand_and_takes_it_back(web):
    ada, dana = web.cast.ada, web.cast.dana
    form = {"team": web.cast.team_b.id, "since": "2026-10-01"}
    assert web.post(ada, f"/roster/{dana.id}/team", data=form).status_code == 303
    assert person(web, dana).team_id == web.cast.team_b.id
    assert "2026-10-01" in web.get(ada, f"/roster/{dana.id}").text
    assert web.post(ada, f"/roster/{dana.id}/team/withdraw", data={"since": "2026-10-01"}).status_code == 303
    assert person(web, dana).team_id == web.cast.team_a.id
    assert web.post(ada, f"/roster/{dana.id}/team/withdraw", data={"since": "1970-01-01"}).status_code == 404


def test_languages_absence_and_the_last_day_are_noted(web):
    ada, alice = web.cast.ada, web.cast.alice
    assert web.post(ada, f"/roster/{alice.id}/languages", data={"languages": ["zh", "xx"]}).status_code == 303
    web.post(ada, f"/roster/{alice.id}/absence", data={"first": "2026-10-01", "last": "2026-10-09"})
    web.post(ada, f"/roster/{alice.id}/leaving", data={"left_on": "2099-12-31"})
    found = person(web, alice)
    assert (found.languages, found.absent_until, found.left_on) == (["zh"], date(2026, 10, 9), date(2099, 12, 31))
    backwards = web.post(ada, f"/roster/{alice.id}/absence", data={"first": "2026-10-09", "last": "2026-10-01"})
    assert backwards.status_code == 422
    with db.session(web.engine, reads_only=True) as session:
        events = [one.event for one in entries(session, f"user:{alice.id}")]
    assert events[-3:] == ["user.languages", "user.absent", "user.left"]


def test_nobody_takes_their_own_access_away(web):
    ada = web.cast.ada
    assert web.post(ada, f"/roster/{ada.id}/leaving", data={"left_on": "2026-10-01"}).status_code == 409
    assert person(web, ada).left_on is None


def test_a_person_says_where_and_when_they_want_mail_and_takes_nobody_elses_address(web):
    alice = web.cast.alice
    assert web.post(alice, "/me/mail", data={"email": "alice@example.org", "mail": "daily"}).status_code == 303
    found = person(web, alice)
    assert (found.email, found.mail, found.email_own) == ("alice@example.org", Mail.DAILY, True)
    assert (
        web.post(web.cast.charlie, "/me/mail", data={"email": "ALICE@example.org", "mail": "each"}).status_code == 409
    )
    assert web.post(alice, "/me/mail", data={"email": "no address", "mail": "each"}).status_code == 422


def test_the_mail_page_says_that_no_server_is_set_up(web):
    assert "CALLMARK_SMTP_URL" in web.get(web.cast.ada, "/admin/mail").text
    assert web.post(web.cast.ada, "/admin/mail/trial").status_code == 409
    assert web.get(web.cast.bob, "/admin/mail").status_code == 403
