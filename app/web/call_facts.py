"""What is known about each recording that comes in: from the form, from its name, and from a list of recordings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries as accounts
from app.accounts.models import Team, User
from app.calls.file_names import Pattern, read_pattern
from app.calls.manifest import LARGEST_BYTES, Manifest, Row, read_manifest
from app.calls.service import CallFacts
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.reports.wording import LANGUAGES
from app.web.mend_forms import DIRECTIONS
from app.web.times import site_zone

# Moments beyond these are slips of the pen, and no database keeps all of them.
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
# As spreadsheets of China and Japan write a time; a day like 10/11/2026 could be two.
SHAPES = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
LABELS = {
    "started_at": N_("Started"),
    "agent": N_("Agent"),
    "team": N_("Team"),
    "queue": N_("Call queue"),
    "customer_name": N_("Customer"),
    "external_id": N_("External id"),
    "direction": N_("Direction"),
    "language": N_("Language"),
    "agent_channel": N_("Agent’s channel"),
    "ended_by": N_("Hung up"),
    "segments": N_("Parts of other agents"),
}


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
class Fact:
    """One thing that a file's name or row says; `is_new`: an agent or a team that would be added with the call."""

    label: str
    value: str
    is_new: bool = False


@dataclass(frozen=True)
class Sources:
    """All that was told about the files of one form; what a name says wins over the form, a row over both."""

    session: Session
    user: User
    form: Mapping[str, str]
    pattern: Pattern | None
    manifest: Manifest | None
    _teams: dict[str, Team | None] = field(default_factory=dict)

    def facts(self, file_name: str) -> CallFacts:
        """The facts of the call in this file."""
        return self._facts({**self.form, **self.said(file_name)})

    def said(self, file_name: str) -> dict[str, str]:
        """What the file's name and row say, as they say it."""
        from_name = self.pattern.facts(file_name) if self.pattern else {}
        row = self.row(file_name)
        return {**from_name, **(row.facts if row else {})}

    def row(self, file_name: str) -> Row | None:
        """The row of a file in the list, if there is one."""
        return self.manifest.row(file_name) if self.manifest else None

    def check(self) -> None:
        """Refuse what the form says about all of its files, where it cannot be meant."""
        self._facts(self.form)

    def told(self, file_name: str, words: Translator) -> tuple[Fact, ...]:
        """The same, as a person checks it before the file is sent."""
        said, facts = self.said(file_name), self.facts(file_name)
        return tuple(
            Fact(words.gettext(LABELS[name]), self._shown(name, said[name], facts, words), self._is_new(name, said))
            for name in LABELS
            if said.get(name)
        )

    def _facts(self, given: Mapping[str, str]) -> CallFacts:
        meant: dict[str, object] = {name: value for name, value in given.items() if value}
        if moment := given.get("started_at"):
            meant["started_at"] = _on_clock(_moment(moment), self._zone(given.get("team", "")))
        try:
            return CallFacts.model_validate(meant)
        except ValidationError as error:
            raise REFUSALS.get(str(error.errors()[0]["loc"][0]), TextTooLong) from error

    def _zone(self, team_name: str) -> ZoneInfo:
        team = self._team(team_name) if team_name else None
        return ZoneInfo(team.time_zone) if team else site_zone(self.session, self.user)

    def _team(self, name: str) -> Team | None:
        # Hundreds of files name the same few teams.
        if name not in self._teams:
            self._teams[name] = accounts.team_named(self.session, name)
        return self._teams[name]

    def _shown(self, name: str, said: str, facts: CallFacts, words: Translator) -> str:
        if name == "started_at":
            return f"{_moment(said):%Y-%m-%d %H:%M}"
        if name == "direction":
            return words.gettext(DIRECTIONS[facts.direction])
        return words.gettext(LANGUAGES[said]) if name == "language" and said in LANGUAGES else said

    def _is_new(self, name: str, said: Mapping[str, str]) -> bool:
        if name == "team":
            return self._team(said[name]) is None
        return name == "agent" and accounts.user_named(self.session, said[name]) is None


def sources(session: Session, user: User, form: FormData, words: Translator) -> Sources:
    """What a form says about its files: its fields, the pattern of their names, the list that came with them."""
    texts = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    pattern = texts.get("pattern", "")
    return Sources(
        session,
        user,
        {name: value for name, value in texts.items() if name in CallFacts.model_fields},
        read_pattern(pattern) if pattern else None,
        _manifest(form, words),
    )


def rows_without_file(manifest: Manifest | None, names: set[str]) -> Iterator[Row]:
    """The rows whose recording is not among those with these names, as `manifest.key` writes them."""
    return (row for name, row in manifest.rows.items() if name not in names) if manifest else iter(())


def moment_on_site(session: Session, user: User, text: str, team_name: str) -> datetime:
    """A time as a form gives it, on the clock of the team named, or else of the person's own."""
    team = accounts.team_named(session, team_name) if team_name else None
    return _on_clock(_moment(text), ZoneInfo(team.time_zone) if team else site_zone(session, user))


def _manifest(form: FormData, words: Translator) -> Manifest | None:
    file = form.get("manifest")
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    file.file.seek(0)
    return read_manifest(file.file.read(LARGEST_BYTES + 1), words.language)


def _on_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _moment(text: str) -> datetime:
    for shape in ("", *SHAPES):
        try:
            moment = datetime.strptime(text, shape) if shape else datetime.fromisoformat(text)
        except ValueError:
            continue
        if EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            return moment
    raise TimeUnreadable
