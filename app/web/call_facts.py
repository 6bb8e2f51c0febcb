"""What is known about each recording that comes in, as a person checks it before the file is sent."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts import queries as accounts
from app.accounts.models import User
from app.calls.file_names import read_pattern
from app.calls.manifest import LARGEST_BYTES, Manifest, read_manifest
from app.calls.service import CallFacts
from app.calls.sources import Sources, moment, on_clock
from app.kit.i18n import N_, Translator
from app.reports.wording import LANGUAGES
from app.web.mend_forms import DIRECTIONS
from app.web.times import site_zone

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


@dataclass(frozen=True)
class Fact:
    """One thing that a file's name or row says; `is_new`: an agent or a team that would be added with the call."""

    label: str
    value: str
    is_new: bool = False


def told(found: Sources, file_name: str, words: Translator) -> tuple[Fact, ...]:
    """What a file's name and row say of it."""
    said, facts = found.said(file_name), found.facts(file_name)
    return tuple(
        Fact(words.gettext(LABELS[name]), _shown(name, said[name], facts, words), _is_new(found, name, said[name]))
        for name in LABELS
        if said.get(name)
    )


def sources(session: Session, user: User, form: FormData, words: Translator) -> Sources:
    """What a form says about its files: its fields, the pattern of their names, the list that came with them."""
    texts = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    pattern = texts.get("pattern", "")
    return Sources(
        session,
        site_zone(session, user),
        {name: value for name, value in texts.items() if name in CallFacts.model_fields},
        read_pattern(pattern) if pattern else None,
        _manifest(form, words),
    )


def moment_on_site(session: Session, user: User, text: str, team_name: str) -> datetime:
    """A time as a form gives it, on the clock of the team named, or else of the person's own."""
    team = accounts.team_named(session, team_name) if team_name else None
    return on_clock(moment(text), ZoneInfo(team.time_zone) if team else site_zone(session, user))


def _manifest(form: FormData, words: Translator) -> Manifest | None:
    file = form.get("manifest")
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    file.file.seek(0)
    return read_manifest(file.file.read(LARGEST_BYTES + 1), words.language)


def _shown(name: str, said: str, facts: CallFacts, words: Translator) -> str:
    if name == "started_at":
        return f"{moment(said):%Y-%m-%d %H:%M}"
    if name == "direction":
        return words.gettext(DIRECTIONS[facts.direction])
    return words.gettext(LANGUAGES[said]) if name == "language" and said in LANGUAGES else said


def _is_new(found: Sources, name: str, said: str) -> bool:
    if name == "team":
        return found.team(said) is None
    return name == "agent" and accounts.user_named(found.session, said) is None
