"""What is known about each recording that comes in: said of all of them, by its name, and by a list of recordings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Team
from app.calls.file_names import Pattern
from app.calls.manifest import Manifest, Row
from app.calls.service import CallFacts
from app.kit.errors import AppError

# Moments beyond these are slips of the pen, and no database keeps all of them.
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
# As spreadsheets of China and Japan write a time; a day like 10/11/2026 could be two.
SHAPES = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


class FactsUnusable(AppError):
    """What was said about the call cannot be used."""

    code = "invalid"
    status = 422


class TimeUnreadable(AppError):
    """Give day and time, such as 2026-10-01T09:30."""

    code = "time_unreadable"
    status = 422


class TextTooLong(FactsUnusable):
    """A name or an id is too long."""


class DirectionUnknown(FactsUnusable):
    """The direction is inbound or outbound."""


class LanguageUnknown(FactsUnusable):
    """The language is en, zh or ja."""


class ChannelUnknown(FactsUnusable):
    """The agent’s channel is left or right."""


class EndUnknown(FactsUnusable):
    """Who hung up is agent or customer."""


class SegmentsWrong(FactsUnusable):
    """Write which other agents spoke from when to when, without overlap, such as “mei 0:00-2:10; dana 2:10-5:00”."""


REFUSALS: dict[str, type[FactsUnusable]] = {
    "direction": DirectionUnknown,
    "language": LanguageUnknown,
    "agent_channel": ChannelUnknown,
    "ended_by": EndUnknown,
    "segments": SegmentsWrong,
}


@dataclass(frozen=True)
class Sources:
    """All that was told about some files; what a name says wins over what is said of all, a row over both.

    `said_of_all` has the names of CallFacts; `zone` is that of times whose team is not known.
    """

    session: Session
    zone: ZoneInfo
    said_of_all: Mapping[str, str]
    pattern: Pattern | None
    manifest: Manifest | None
    _teams: dict[str, Team | None] = field(default_factory=dict)

    def facts(self, file_name: str) -> CallFacts:
        """The facts of the call in this file."""
        return self._facts({**self.said_of_all, **self.said(file_name)})

    def said(self, file_name: str) -> dict[str, str]:
        """What the file's name and row say, as they say it."""
        from_name = self.pattern.facts(file_name) if self.pattern else {}
        row = self.row(file_name)
        return {**from_name, **(row.facts if row else {})}

    def row(self, file_name: str) -> Row | None:
        """The row of a file in the list, if there is one."""
        return self.manifest.row(file_name) if self.manifest else None

    def check(self) -> None:
        """Refuse what is said of all files, where it cannot be meant."""
        self._facts(self.said_of_all)

    def team(self, name: str) -> Team | None:
        """The team of this name; hundreds of files name the same few."""
        if name not in self._teams:
            self._teams[name] = accounts.team_named(self.session, name)
        return self._teams[name]

    def _facts(self, given: Mapping[str, str]) -> CallFacts:
        meant: dict[str, object] = {name: value for name, value in given.items() if value}
        if written := given.get("started_at"):
            meant["started_at"] = on_clock(moment(written), self._zone(given.get("team", "")))
        try:
            return CallFacts.model_validate(meant)
        except ValidationError as error:
            raise REFUSALS.get(str(error.errors()[0]["loc"][0]), TextTooLong) from error

    def _zone(self, team_name: str) -> ZoneInfo:
        team = self.team(team_name) if team_name else None
        return ZoneInfo(team.time_zone) if team else self.zone


def rows_without_file(manifest: Manifest | None, names: set[str]) -> Iterator[Row]:
    """The rows whose recording is not among those with these names, as `manifest.key` writes them."""
    return (row for name, row in manifest.rows.items() if name not in names) if manifest else iter(())


def on_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """A time that says no zone, on the clock of this one."""
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def moment(written: str) -> datetime:
    """A time as people and spreadsheets write it, with or without its zone."""
    for shape in ("", *SHAPES):
        try:
            found = datetime.strptime(written, shape) if shape else datetime.fromisoformat(written)
        except ValueError:
            continue
        if EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            return found
    raise TimeUnreadable
