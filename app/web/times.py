"""Moments on the clock of whoever reads the page.

What somebody types into a form is on the clock of the team, and the form says so.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlmodel import Session

from app.accounts.models import Team, User
from app.accounts.site import site_zone

__all__ = ["Moment", "moment", "shown_moment", "site_zone", "zone_of"]


@dataclass(frozen=True)
class Moment:
    """A moment as pages show it: `shown` on the reader's clock, `site` on that of the team where the two differ.

    A page that writes it gets a <time> element.
    """

    iso: str
    shown: str
    site: str = ""

    def __str__(self) -> str:
        return self.shown

    def __html__(self) -> Markup:
        title = Markup(' title="{}"').format(self.site) if self.site else Markup("")
        return Markup('<time datetime="{}"{}>{}</time>').format(self.iso, title, self.shown)


def zone_of(session: Session, user: User) -> ZoneInfo:
    """The zone of the clock that a person reads: their own, else that of their site."""
    return ZoneInfo(user.time_zone) if user.time_zone else site_zone(session, user)


def moment(at: datetime, zone: ZoneInfo, team: Team | None = None) -> Moment:
    """A moment on the reader's clock; where the clock of the team it belongs to shows another time, by which one."""
    local = at.astimezone(zone)
    if team is None:
        return Moment(local.isoformat(), shown_moment(at, zone))
    site = at.astimezone(ZoneInfo(team.time_zone))
    if site.utcoffset() == local.utcoffset():
        return Moment(local.isoformat(), shown_moment(at, zone))
    return Moment(
        local.isoformat(),
        f"{shown_moment(at, zone)} {_offset(local)}",
        f"{site:%Y-%m-%d %H:%M} {team.time_zone}",
    )


def shown_moment(moment: datetime, zone: ZoneInfo) -> str:
    """Day and time on that clock."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _offset(local: datetime) -> str:
    """How far a clock is from UTC: "+09", "+05:30"."""
    written = f"{local:%z}"
    return written[:3] if written.endswith("00") else f"{written[:3]}:{written[3:]}"
