"""Moments stand on the clock of whoever reads them, wherever the call was."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.accounts import own
from app.accounts.models import User
from app.kit import db
from app.web.times import moment
from tests.web.conftest import Web

AT = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)


def choose_zone(web: Web, user: User, zone: str | None) -> None:
    with db.session(web.engine) as session:
        own.set_time_zone(session, session.get_one(User, user.id), zone)


def test_the_call_list_shows_the_start_on_the_readers_own_clock_and_by_which_one(web: Web) -> None:
    web.make_call(started_at="2026-10-01T09:00:00+08:00")
    on_site = web.get(web.cast.alice, "/calls").text
    assert '<time datetime="2026-10-01T09:00:00+08:00">2026-10-01 09:00</time>' in on_site
    choose_zone(web, web.cast.alice, "Asia/Tokyo")
    in_tokyo = web.get(web.cast.alice, "/calls").text
    assert (
        '<time datetime="2026-10-01T10:00:00+09:00" title="2026-10-01 09:00 Asia/Shanghai">2026-10-01 10:00 +09</time>'
        in in_tokyo
    )


def test_every_page_of_a_call_is_on_the_readers_clock(web: Web) -> None:
    call = web.make_call(started_at="2026-10-01T09:00:00+08:00")
    choose_zone(web, web.cast.alice, "America/New_York")
    for path in (f"/calls/{call}", f"/reviews/{web.review_of(call).id}", "/queue"):
        page = web.get(web.cast.alice, path).text
        assert "2026-09-30 21:00 -04" in page, path
        # No site time stands in the text, only in what explains the other.
        assert ">2026-10-01 09:00" not in page, path


def test_a_zone_with_the_same_time_as_the_site_needs_no_explanation(web: Web) -> None:
    shown = moment(AT, ZoneInfo("Asia/Singapore"), web.cast.team_a)
    assert (shown.shown, shown.site) == ("2026-10-01 10:00", "")


def test_a_half_hour_of_difference_is_written_out(web: Web) -> None:
    assert moment(AT, ZoneInfo("Asia/Kolkata"), web.cast.team_a).shown == "2026-10-01 07:30 +05:30"


def test_summer_time_is_that_of_the_day_shown_not_of_today(web: Web) -> None:
    london = ZoneInfo("Europe/London")
    assert moment(datetime(2026, 7, 1, 12, tzinfo=UTC), london).shown == "2026-07-01 13:00"
    assert moment(datetime(2026, 12, 1, 12, tzinfo=UTC), london).shown == "2026-12-01 12:00"


def test_who_belongs_to_no_team_reads_utc_while_the_teams_differ(web: Web) -> None:
    web.make_call(started_at="2026-10-01T09:00:00+08:00")
    assert "2026-10-01 01:00 +00" in web.get(web.cast.ada, "/calls").text


def test_days_of_filters_stay_days_of_the_site(web: Web) -> None:
    web.make_call(started_at="2026-10-01T00:30:00+08:00", external_id="early-bird")
    choose_zone(web, web.cast.alice, "Europe/London")
    on_the_day = web.get(web.cast.alice, "/calls?first=2026-10-01&last=2026-10-01").text
    assert "early-bird" in on_the_day
    assert "2026-09-30 17:30 +01" in on_the_day


def test_forms_say_that_a_time_is_on_the_teams_clock_and_take_it_so(web: Web) -> None:
    choose_zone(web, web.cast.alice, "Europe/London")
    assert "Started, on the team’s clock" in web.get(web.cast.alice, "/calls").text
    web.post(
        web.cast.alice,
        "/complaints",
        data={"category": "waiting", "outcome": "open", "received_at": "2026-10-05T00:30", "agent": "dana"},
    )
    assert "2026-10-05" in web.get(web.cast.alice, "/complaints").text
