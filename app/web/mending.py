"""Correcting a call: who spoke, what was said, its holds and facts; scoring it again, hearing it again, deleting it."""

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_delete, may_mend
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.models import Call, CallState, Direction
from app.calls.queries import UNDER_WAY
from app.domain.language import LANGUAGES as JUDGED
from app.domain.mending import OTHER_SIDE, known_holds
from app.domain.transcript import HoldKind
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.i18n import Translator
from app.reports.wording import LANGUAGES, SPEAKERS
from app.request import Allow, ServicesDep, SessionDep, actor
from app.retention import service as retention
from app.reviews import queries as reviews
from app.reviews import rescoring
from app.reviews.rescoring import Judged
from app.reviews.service import standing
from app.transcription import mending, other_side
from app.transcription import queries as transcripts
from app.transcription.engines import ENGINES, EngineUnknown, installed
from app.transcription.mending import Change, Facts
from app.web.rendering import render, see_other, within, words_for

router = APIRouter()

Mender = Annotated[User, Allow(may_mend)]
Version = Annotated[int, Form(ge=1, lt=2**31)]
Name = Annotated[str, Form(max_length=100)]
RowId = Annotated[int, Form(ge=0, lt=2**31)]

# As many calls as a page of the list shows, and some.
MOST_CHOSEN = 100

KINDS = {
    HoldKind.MUSIC: "Music",
    HoldKind.ANNOUNCEMENT: "Announcement",
    HoldKind.SILENCE: "Silence",
    HoldKind.UNKNOWN: "Something else",
}
DIRECTIONS = {Direction.INBOUND: "Inbound", Direction.OUTBOUND: "Outbound"}
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
class MendView:
    """What the forms that correct a call are given; `version` is that of the call as it is shown."""

    call: int
    version: int
    under_way: bool
    finding_holds: bool
    is_recording: bool
    has_words: bool
    has_times: bool
    holds: tuple[HoldForm, ...]
    kinds: tuple[Option, ...]
    agents: tuple[Option, ...]
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


@dataclass(frozen=True)
class RescoringPage:
    """How far the calls are judged by the scorecards and rules of today."""

    template: ClassVar[str] = "calls/rescoring.html"
    done: int
    total: int
    running: bool

    @property
    def left(self) -> int:
        return self.total - self.done


@dataclass(frozen=True)
class RescoringFragment(RescoringPage):
    """The same, as it is asked for again and again."""

    template: ClassVar[str] = "calls/_rescoring.html"


def mend_view(session: Session, user: User, call: Call, words: Translator) -> MendView:
    """The forms that correct a call, as it is now."""
    revision = transcripts.current(session, id_of(call))
    heard = revision.transcript if revision else None
    holds = known_holds(heard) if heard else ()
    return MendView(
        call=id_of(call),
        version=call.version,
        under_way=call.state in UNDER_WAY,
        finding_holds=call.step == other_side.FIND_HOLDS,
        is_recording=call.is_recording,
        has_words=heard is not None and bool(heard.turns),
        has_times=heard is not None and (heard.duration is not None or any(turn.end for turn in heard.turns)),
        holds=tuple(
            HoldForm(place, moment(one.start), moment(one.end), _kinds(words, one.kind))
            for place, one in enumerate(holds)
        ),
        kinds=_kinds(words, HoldKind.MUSIC),
        agents=_agents(session, user, call, words),
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
        engines=tuple(Option(name, name, name == call.engine) for name in installed()),
        outdated=_outdated(session, id_of(call), words),
        may_delete=may_delete(user),
    )


@router.post("/calls/{call_id}/sides")
def swap_sides(call_id: int, session: SessionDep, shared: ServicesDep, user: Mender, version: Version) -> Response:
    calls.call(session, user, call_id)
    other_side.swap_sides(session, shared.queue, shared.blobs, call_id, actor(user), version)
    return _judged(session, user, call_id)


@router.get("/calls/{call_id}/turns/{place}")
def show_turn(request: Request, call_id: int, place: int, session: SessionDep, user: Mender) -> Response:
    call = calls.call(session, user, call_id)
    kind = TurnFragment if "hx-request" in request.headers else TurnForm
    return render(request, _turn(kind, session, call, place, words_for(request)))


@router.post("/calls/{call_id}/turns/{place}/speaker")
def swap_turn(call_id: int, place: int, session: SessionDep, user: Mender, version: Version) -> Response:
    return _mended(session, user, call_id, mending.speaker(place), version, f"#turn-{place + 1}")


@router.post("/calls/{call_id}/turns/{place}/words")
def correct_words(
    call_id: int, place: int, session: SessionDep, user: Mender, version: Version, text: Annotated[str, Form()] = ""
) -> Response:
    return _mended(session, user, call_id, mending.words(place, text), version, f"#turn-{place + 1}")


@router.post("/calls/{call_id}/holds")
def add_hold(
    call_id: int,
    session: SessionDep,
    user: Mender,
    version: Version,
    kind: Annotated[HoldKind, Form()],
    start: Annotated[str, Form()] = "",
    end: Annotated[str, Form()] = "",
) -> Response:
    return _mended(session, user, call_id, mending.added_hold(seconds(start), seconds(end), kind), version)


@router.post("/calls/{call_id}/holds/{place}")
def correct_hold(
    call_id: int,
    place: int,
    session: SessionDep,
    user: Mender,
    version: Version,
    kind: Annotated[HoldKind, Form()],
    start: Annotated[str, Form()] = "",
    end: Annotated[str, Form()] = "",
) -> Response:
    return _mended(session, user, call_id, mending.hold(place, seconds(start), seconds(end), kind), version)


@router.post("/calls/{call_id}/holds/{place}/remove")
def remove_hold(call_id: int, place: int, session: SessionDep, user: Mender, version: Version) -> Response:
    return _mended(session, user, call_id, mending.removed_hold(place), version)


@router.post("/calls/{call_id}/facts")
def correct_facts(
    call_id: int,
    session: SessionDep,
    shared: ServicesDep,
    user: Mender,
    version: Version,
    direction: Annotated[Direction, Form()],
    agent: RowId = 0,
    team: RowId = 0,
    queue: Name = "",
    customer_name: Name = "",
    language: Name = "",
) -> Response:
    calls.call(session, user, call_id)
    facts = Facts(
        agent or None, team or None, queue.strip(), customer_name.strip() or None, direction, language or None
    )
    before = transcripts.current(session, call_id)
    if mending.mend_facts(session, shared.queue, call_id, facts, actor(user), version):
        return _back(session, user, call_id, "hearing")
    if before is None or transcripts.current(session, call_id) == before:
        return _back(session, user, call_id, "saved")
    return _judged(session, user, call_id)


@router.post("/calls/{call_id}/score")
def score_again(call_id: int, session: SessionDep, user: Mender) -> Response:
    calls.call(session, user, call_id)
    judged = rescoring.score_again(session, call_id, actor(user))
    done = "outdated" if judged.outdated else "rescored"
    return _back(session, user, call_id, done if judged.is_new else "unchanged")


@router.post("/calls/{call_id}/hear")
def hear_again(
    call_id: int, session: SessionDep, shared: ServicesDep, user: Mender, engine: Annotated[str, Form()] = ""
) -> Response:
    calls.call(session, user, call_id)
    if engine not in ENGINES:
        raise EngineUnknown
    call_service.start_again(session, shared.queue, call_id, actor(user), engine)
    return _back(session, user, call_id, "started")


@router.post("/calls/{call_id}/delete")
def delete_call(
    call_id: int,
    session: SessionDep,
    shared: ServicesDep,
    user: Annotated[User, Allow(may_delete)],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    calls.call(session, user, call_id)
    retention.delete_call(session, shared.engine, shared.blobs, call_id, actor(user), reason)
    return see_other("/calls", "deleted")


@router.post("/calls/rescore")
def rescore_chosen(
    session: SessionDep,
    user: Mender,
    call: Annotated[list[int] | None, Form(max_length=MOST_CHOSEN)] = None,
    next: Annotated[str, Form()] = "",
) -> Response:
    if not call:
        return see_other("/rescoring")
    judged = [
        _rescored(session, user, id_of(one)) for one in calls.some(session, user, call) if one.state == CallState.SCORED
    ]
    return see_other(within(next, "/calls"), "rescored" if any(one.is_new for one in judged) else "unchanged")


@router.get("/rescoring")
def show_rescoring(request: Request, session: SessionDep, user: Mender) -> Response:
    now = rescoring.progress(session, user)
    kind = RescoringFragment if "hx-request" in request.headers else RescoringPage
    return render(request, kind(now.done, now.total, now.running))


@router.post("/rescoring")
def rescore_all(session: SessionDep, shared: ServicesDep, user: Mender) -> Response:
    rescoring.rescore_all(session, shared.queue, user, actor(user))
    return see_other("/rescoring", "rescoring")


def _mended(session: Session, user: User, call_id: int, change: Change, version: int, place: str = "") -> Response:
    calls.call(session, user, call_id)
    mending.mend(session, call_id, change, actor(user), version)
    return _judged(session, user, call_id, place)


def _judged(session: Session, user: User, call_id: int, place: str = "") -> Response:
    """Back to the call, which is judged as it is heard now."""
    judged = rescoring.judge(session, call_id, actor(user))
    return _back(session, user, call_id, "outdated" if judged.outdated else "mended", place)


def _rescored(session: Session, user: User, call_id: int) -> Judged:
    """Judge one of several calls again, each in a transaction of its own, so that nobody waits for all of them."""
    judged = rescoring.score_again(session, call_id, actor(user))
    session.commit()
    return judged


def _back(session: Session, user: User, call_id: int, notice: str, place: str = "") -> Response:
    try:
        calls.call(session, user, call_id)
    except NotFound:
        # Given to another team, it is out of this person's sight.
        return see_other("/calls", notice)
    return see_other(f"/calls/{call_id}?notice={notice}{place}")


def _turn(kind: type[TurnForm], session: Session, call: Call, place: int, words: Translator) -> TurnForm:
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


def _agents(session: Session, user: User, call: Call, words: Translator) -> tuple[Option, ...]:
    found = {id_of(one): one.name for one in accounts.agents(session, user.team_id)}
    if call.agent_id is not None:
        found |= accounts.names(session, {call.agent_id})
    named = sorted(found.items(), key=lambda one: one[1].casefold())
    return (
        Option("0", words.gettext("Unknown agent"), call.agent_id is None),
        *(Option(str(one), name, one == call.agent_id) for one, name in named),
    )


def _languages(words: Translator, call: Call) -> tuple[Option, ...]:
    known = tuple(Option(code, words.gettext(LANGUAGES[code]), code == call.language) for code in JUDGED)
    if any(one.chosen for one in known):
        return known
    return (Option("", call.language or words.gettext("As it is heard"), True), *known)


def _outdated(session: Session, call_id: int, words: Translator) -> tuple[str, ...]:
    """The titles of the items that people decided on evidence that is not the evidence any more."""
    review = reviews.of_call(session, call_id)
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
