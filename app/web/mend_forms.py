"""The forms that correct a call, as its page shows them, and the times that are typed into them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_delete
from app.calls import queries as calls
from app.calls.models import Call, Direction
from app.calls.queries import UNDER_WAY
from app.calls.segments import Part
from app.domain.language import LANGUAGES as JUDGED
from app.domain.mending import OTHER_SIDE, known_holds
from app.domain.transcript import HoldKind
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.i18n import N_, Translator
from app.reports.wording import LANGUAGES, SPEAKERS
from app.reviews import unannounced
from app.reviews.service import standing
from app.settings import Settings
from app.transcription import other_side
from app.transcription import queries as transcripts
from app.transcription.engines import usable

KINDS = {
    HoldKind.MUSIC: N_("Music"),
    HoldKind.ANNOUNCEMENT: N_("Announcement"),
    HoldKind.SILENCE: N_("Silence"),
    HoldKind.UNKNOWN: N_("Something else"),
}
DIRECTIONS = {Direction.INBOUND: N_("Inbound"), Direction.OUTBOUND: N_("Outbound")}
MOMENT = re.compile(r"(?:(?:(?P<hours>\d{1,2}):)?(?P<minutes>\d{1,3}):)?(?P<seconds>\d{1,6}(?:\.\d{1,3})?)")


class MomentUnreadable(AppError):
    """Give the time in minutes and seconds, such as 1:05.5."""

    code = "moment_unreadable"
    status = 422


@dataclass(frozen=True)
class Option:
    """One entry of a drop-down."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class HoldForm:
    """A hold as it can be corrected; `place` counts from 0, times are minutes and seconds."""

    place: int
    start: str
    end: str
    kinds: tuple[Option, ...]


@dataclass(frozen=True)
class PartForm:
    """A part of the call in which another agent spoke, as it can be corrected; times are minutes and seconds."""

    agents: tuple[Option, ...]
    start: str
    end: str


@dataclass(frozen=True)
class MendView:
    """What the forms that correct a call are given; `version` is that of the call as it is shown."""

    call: int
    version: int
    under_way: bool
    finding_holds: bool
    # Whether there is a recording that can be heard again.
    is_recording: bool
    has_words: bool
    has_times: bool
    holds: tuple[HoldForm, ...]
    kinds: tuple[Option, ...]
    agents: tuple[Option, ...]
    parts: tuple[PartForm, ...]
    teams: tuple[Option, ...]
    queue: str
    customer_name: str
    directions: tuple[Option, ...]
    languages: tuple[Option, ...]
    engines: tuple[Option, ...]
    outdated: tuple[str, ...]
    may_delete: bool


@dataclass(frozen=True)
class TurnForm:
    """One turn as it can be corrected; `place` counts from 0."""

    template: ClassVar[str] = "calls/turn.html"
    call: int
    version: int
    place: int
    speaker: str
    other: str
    text: str
    language: str


@dataclass(frozen=True)
class TurnFragment(TurnForm):
    """The same within the transcript."""

    template: ClassVar[str] = "calls/_turn.html"


def mend_view(session: Session, user: User, call: Call, words: Translator, settings: Settings) -> MendView:
    """The forms that correct a call, as it is now."""
    revision = transcripts.current(session, id_of(call))
    heard = revision.transcript if revision else None
    holds = known_holds(heard) if heard else ()
    return MendView(
        call=id_of(call),
        version=call.version,
        under_way=call.state in UNDER_WAY,
        finding_holds=call.step == other_side.FIND_HOLDS,
        is_recording=call.is_recording and call.sound_removed_at is None and call.words_removed_at is None,
        has_words=heard is not None and bool(heard.turns),
        has_times=heard is not None and (heard.duration is not None or any(turn.end for turn in heard.turns)),
        holds=tuple(
            HoldForm(place, moment(one.start), moment(one.end), _kinds(words, one.kind))
            for place, one in enumerate(holds)
        ),
        kinds=_kinds(words, HoldKind.MUSIC),
        agents=_agents(session, user, call.agent_id, words.gettext("Unknown agent")),
        parts=_parts(session, user, call, words),
        teams=(
            Option("0", words.gettext("No team"), call.team_id is None),
            *(Option(str(one.id), one.name, one.id == call.team_id) for one in accounts.teams(session)),
        ),
        queue=call.queue,
        customer_name=call.customer_name or "",
        directions=tuple(
            Option(one.value, words.gettext(label), one == call.direction) for one, label in DIRECTIONS.items()
        ),
        languages=_languages(words, call),
        engines=tuple(Option(name, name, name == call.engine) for name in usable(settings)),
        outdated=_outdated(session, user, id_of(call), words),
        may_delete=may_delete(user),
    )


def turn_form(kind: type[TurnForm], session: Session, call: Call, place: int, words: Translator) -> TurnForm:
    revision = transcripts.current(session, id_of(call))
    if revision is None or not 0 <= place < len(revision.transcript.turns):
        raise NotFound
    turn = revision.transcript.turns[place]
    other = OTHER_SIDE.get(turn.speaker)
    return kind(
        call=id_of(call),
        version=call.version,
        place=place,
        speaker=words.gettext(SPEAKERS[turn.speaker]),
        other=words.gettext(SPEAKERS[other]) if other else "",
        text=turn.text,
        language=revision.transcript.language,
    )


def _kinds(words: Translator, chosen: HoldKind) -> tuple[Option, ...]:
    return tuple(Option(kind.value, words.gettext(label), kind == chosen) for kind, label in KINDS.items())


def _agents(session: Session, user: User, chosen: int | None, nobody: str) -> tuple[Option, ...]:
    found = {id_of(one): one.name for one in accounts.agents(session, user.team_id)}
    if chosen is not None:
        found |= accounts.names(session, {chosen})
    named = sorted(found.items(), key=lambda one: one[1].casefold())
    return (
        Option("0", nobody, chosen is None),
        *(Option(str(one), name, one == chosen) for one, name in named),
    )


def _parts(session: Session, user: User, call: Call, words: Translator) -> tuple[PartForm, ...]:
    """The parts of other agents, and an empty one to add another."""
    nobody = words.gettext("Nobody: remove this part")
    known = tuple(
        PartForm(_agents(session, user, one.agent_id, nobody), moment(one.start), moment(one.end))
        for one in calls.segments(session, id_of(call))
    )
    return (*known, PartForm(_agents(session, user, None, words.gettext("Nobody else")), "", ""))


def given_parts(
    session: Session, agents: Sequence[int], starts: Sequence[str], ends: Sequence[str]
) -> tuple[Part, ...]:
    """The parts that a form names; one without an agent is none."""
    if any(accounts.user(session, one) is None for one in agents if one):
        raise NotFound
    return tuple(
        Part(agent, seconds(start), seconds(end))
        for agent, start, end in zip(agents, starts, ends, strict=False)
        if agent
    )


def _languages(words: Translator, call: Call) -> tuple[Option, ...]:
    known = tuple(Option(code, words.gettext(LANGUAGES[code]), code == call.language) for code in JUDGED)
    if any(one.chosen for one in known):
        return known
    return (Option("", call.language or words.gettext("As it is heard"), True), *known)


def _outdated(session: Session, user: User, call_id: int, words: Translator) -> tuple[str, ...]:
    """The titles of the items that people decided on evidence that is not the evidence any more."""
    review = unannounced.of_call(session, user, call_id)
    if review is None:
        return ()
    now = standing(session, review)
    changed = {item for item, decided in now.verdicts.items() if decided.outdated}
    return tuple(now.card.text(item.title, words.language) for item in now.card.items if item.id in changed)


def moment(value: float) -> str:
    """A moment as it is typed: 1:05.5."""
    minutes, thousandths = divmod(round(value * 1000), 60_000)
    whole, rest = divmod(thousandths, 1000)
    return f"{minutes}:{whole:02d}.{rest:03d}".rstrip("0").removesuffix(".") if rest else f"{minutes}:{whole:02d}"


def seconds(typed: str) -> float:
    """A typed moment in seconds: 65.5, 1:05.5 or 1:02:05."""
    found = MOMENT.fullmatch(typed.strip().replace(",", "."))
    if found is None:
        raise MomentUnreadable
    hours, minutes = int(found["hours"] or 0), int(found["minutes"] or 0)
    return 3600 * hours + 60 * minutes + float(found["seconds"])
