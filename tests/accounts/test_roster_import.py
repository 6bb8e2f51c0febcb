"""A roster comes in from a file: people are found by user name, bad rows are named, nobody gains or loses power."""

from datetime import UTC, date, datetime

import pytest

from app.accounts import queries, roster_import
from app.accounts.models import Role
from app.accounts.roster_file import (
    COLUMNS,
    RosterColumnUnknown,
    RosterTooLong,
    RosterUnreadable,
    read_roster,
    roster_text,
    written_roster,
)
from tests.cast import make_cast

NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)


def planned(session, cast, *rows: str, header: str = "username,name,role,team,since"):
    return roster_import.plan(session, "\n".join((header, *rows)), cast.ada, NOW)


def imported(session, cast, *rows: str, **how: str):
    found = planned(session, cast, *rows, **how)
    roster_import.apply(session, found, cast.ada, NOW)
    session.flush()
    return found


def teams_of(session, user):
    return {one.since: one.team_id for one in queries.memberships(session, user.id)}


@pytest.mark.parametrize(
    ("text", "code", "language"),
    [
        ("username,name,team\nmei,美玲,客服一班\n", "utf-8", "en"),
        ("username,name,team\nmei,美玲,客服一班\n", "utf-8-sig", "zh"),
        ("用户名;姓名;班组\nmei;美玲;客服一班\n", "gb18030", "zh"),
        ("ユーザー名\t氏名\tチーム\nmei\t美玲\t客服一班\n", "cp932", "ja"),
        ("Username,Full name,Team\r\nmei,美玲,客服一班\r\n", "utf-16", "en"),
    ],
)
def test_a_file_is_read_in_whatever_code_and_with_whatever_headings_it_was_saved(text, code, language):
    rows, bad = read_roster(roster_text(text.encode(code), language))
    assert bad == ()
    assert rows[0].username == "mei"
    assert rows[0].values["name"] == "美玲"
    assert str(rows[0].values["team"]).startswith("客服")


def test_roles_languages_and_days_are_read_as_people_write_them():
    header = "username,role,languages,since,left_on"
    rows, bad = read_roster(
        f'{header}\na,质检员,zh en,2026/10/1,2026年12月31日\nb,Reviewer,"日本語, 英语",2026-10-01,-\n'
    )
    assert bad == ()
    assert rows[0].values["role"] == Role.REVIEWER
    assert rows[0].values["languages"] == ["en", "zh"]
    assert rows[0].values["since"] == rows[1].values["since"] == date(2026, 10, 1)
    assert rows[0].values["left_on"] == date(2026, 12, 31)
    assert rows[1].values["languages"] == ["en", "ja"]
    assert rows[1].values["left_on"] is None


def test_each_bad_row_is_named_with_its_line_and_reason_and_the_others_are_kept():
    text = (
        "username,email,role,since,absent_from,absent_until\n"
        "good,good@example.org,agent,2026-10-01,,\n"
        ",x@example.org,agent,,,\n"
        "mail,not an address,agent,,,\n"
        "boss,,director,,,\n"
        "day,,agent,10/1/2026,,\n"
        "back,,agent,,2026-10-09,2026-10-08\n"
        "GOOD,,agent,,,\n"
    )
    rows, bad = read_roster(text)
    assert [one.username for one in rows] == ["good"]
    assert [(one.line, one.column) for one in bad] == [
        (3, "username"),
        (4, "email"),
        (5, "role"),
        (6, "since"),
        (7, "absent_until"),
        (8, "username"),
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("name,team\nMei,A\n", RosterUnreadable),
        ("username,shoe size\nmei,38\n", RosterColumnUnknown),
        ("username,team,班组\nmei,A,B\n", RosterColumnUnknown),
        ("username\n" + "".join(f"p{n}\n" for n in range(5001)), RosterTooLong),
        ('username,name\nmei,"never ends' + "x" * 200_000, RosterUnreadable),
    ],
)
def test_what_is_no_roster_is_refused_as_a_whole(text, error):
    with pytest.raises(error):
        read_roster(text)


def test_nothing_changes_before_somebody_has_agreed(session):
    cast = make_cast(session)
    found = planned(session, cast, "dana,Dana,agent,Team B,2026-10-01", "lin,Lin,agent,Night,")
    assert [(one.row.username, one.is_new) for one in found.people] == [("dana", False), ("lin", True)]
    assert found.new_teams == ("Night",)
    assert queries.user_named(session, "lin") is None
    assert queries.team_named(session, "Night") is None
    assert cast.dana.team_id == cast.team_a.id


def test_people_are_added_and_moved_on_their_day_and_teams_are_added(session):
    cast = make_cast(session)
    imported(session, cast, "DANA,,,Team B,2026-10-01", "lin,Lin,agent,Night,2026-09-01", "ye,Ye,reviewer,night,")
    night = queries.team_named(session, "Night")
    assert cast.dana.team_id == cast.team_b.id
    assert teams_of(session, cast.dana)[date(2026, 10, 1)] == cast.team_b.id
    assert teams_of(session, queries.user_named(session, "lin")) == {date(2026, 9, 1): night.id}
    assert queries.user_named(session, "ye").team_id == night.id
    assert cast.dana.name == "Dana"


def test_the_same_file_again_changes_nothing(session):
    cast = make_cast(session)
    rows = ("dana,Dana,agent,Team B,2026-10-01", "lin,Lin,agent,Night,2026-09-01", "mei,Mei,agent,Team A,")
    assert len(imported(session, cast, *rows).people) == 2
    assert planned(session, cast, *rows).people == ()
    assert planned(session, cast, *rows).unchanged == 3


def test_what_was_exported_comes_in_again_without_a_change(session):
    cast = make_cast(session)
    imported(session, cast, "dana,=Dana(),agent,Team B,2026-10-01", "alice,Alice,reviewer,Team A,2026-11-01")
    teams = {one.id: one for one in queries.teams(session)}
    written = written_roster(
        [
            roster_import.roster_values(one, queries.memberships(session, one.id), teams)
            for one in queries.users(session)
        ]
    )
    assert "'=Dana()" in written
    found = roster_import.plan(session, roster_text(written.encode(), "en"), cast.ada, NOW)
    assert (found.people, found.bad_rows, found.unchanged) == ((), (), len(queries.users(session)))
    assert written.lstrip("\ufeff").splitlines()[0] == ",".join(COLUMNS)


def test_an_empty_cell_says_nothing_and_a_dash_takes_away(session):
    cast = make_cast(session)
    header = "username,email,languages,team,absent_from,absent_until"
    imported(session, cast, "alice,alice@example.org,en zh,Team B,2026-10-10,2026-10-12", header=header)
    assert (cast.alice.email, cast.alice.languages, cast.alice.absent_until) == (
        "alice@example.org",
        ["en", "zh"],
        date(2026, 10, 12),
    )
    imported(session, cast, "alice,,,,,", header=header)
    assert cast.alice.email == "alice@example.org"
    imported(session, cast, "alice,-,-,-,-,-", header=header)
    assert (cast.alice.email, cast.alice.languages, cast.alice.team_id, cast.alice.absent_from) == (
        None,
        [],
        None,
        None,
    )


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("dana,Dana,admin,,", "role"),
        ("root,Root,admin,,", "role"),
        ("ada,Ada,agent,,", "role"),
        ("lin,,agent,,", "name"),
        ("lin,Lin,,,", "role"),
    ],
)
def test_a_file_makes_nobody_an_administrator_and_adds_nobody_without_name_and_role(session, row, column):
    cast = make_cast(session)
    found = imported(session, cast, row)
    assert found.people == ()
    assert [one.column for one in found.bad_rows] == [column]
    assert cast.ada.role == Role.ADMIN


def test_nobody_takes_their_own_access_away_by_a_file(session):
    cast = make_cast(session)
    found = imported(session, cast, "ada,2026-10-01", "bob,2026-10-31", header="username,left_on")
    assert [(one.username, one.column) for one in found.bad_rows] == [("ada", "left_on")]
    assert cast.ada.left_on is None
    assert cast.bob.left_on == date(2026, 10, 31)
