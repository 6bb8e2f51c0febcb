"""Correcting a call: who spoke, what was said, its holds and facts; scoring it again, hearing it again, deleting it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_delete, may_mend
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.models import Direction
from app.domain.transcript import HoldKind
from app.kit.errors import NotFound
from app.request import Allow, Services, ServicesDep, SessionDep, actor
from app.retention import service as retention
from app.reviews import rescoring, whose
from app.reviews.offering import terms
from app.transcription import mending, other_side
from app.transcription import queries as transcripts
from app.transcription.engines import ENGINES, EngineUnknown
from app.transcription.mending import Change, Facts
from app.web.mend_forms import TurnForm, TurnFragment, given_parts, seconds, turn_form
from app.web.rendering import render, see_other, words_for

router = APIRouter()

Mender = Annotated[User, Allow(may_mend)]
Version = Annotated[int, Form(ge=1, lt=2**31)]
Name = Annotated[str, Form(max_length=100)]
RowId = Annotated[int, Form(ge=0, lt=2**31)]


@router.post("/calls/{call_id}/sides")
def swap_sides(call_id: int, session: SessionDep, shared: ServicesDep, user: Mender, version: Version) -> Response:
    calls.call(session, user, call_id)
    other_side.swap_sides(session, shared.queue, shared.blobs, call_id, actor(user), version)
    return _judged(session, shared, user, call_id)


@router.get("/calls/{call_id}/turns/{place}")
def show_turn(request: Request, call_id: int, place: int, session: SessionDep, user: Mender) -> Response:
    call = calls.call(session, user, call_id)
    kind = TurnFragment if "hx-request" in request.headers else TurnForm
    return render(request, turn_form(kind, session, call, place, words_for(request)))


@router.post("/calls/{call_id}/turns/{place}/speaker")
def swap_turn(
    call_id: int, place: int, session: SessionDep, shared: ServicesDep, user: Mender, version: Version
) -> Response:
    return _mended(session, shared, user, call_id, mending.speaker(place), version, f"#turn-{place + 1}")


@router.post("/calls/{call_id}/turns/{place}/words")
def correct_words(
    call_id: int,
    place: int,
    session: SessionDep,
    shared: ServicesDep,
    user: Mender,
    version: Version,
    text: Annotated[str, Form()] = "",
) -> Response:
    return _mended(session, shared, user, call_id, mending.words(place, text), version, f"#turn-{place + 1}")


@router.post("/calls/{call_id}/holds")
def add_hold(
    call_id: int,
    session: SessionDep,
    shared: ServicesDep,
    user: Mender,
    version: Version,
    kind: Annotated[HoldKind, Form()],
    start: Annotated[str, Form()] = "",
    end: Annotated[str, Form()] = "",
) -> Response:
    return _mended(session, shared, user, call_id, mending.added_hold(seconds(start), seconds(end), kind), version)


@router.post("/calls/{call_id}/holds/{place}")
def correct_hold(
    call_id: int,
    place: int,
    session: SessionDep,
    shared: ServicesDep,
    user: Mender,
    version: Version,
    kind: Annotated[HoldKind, Form()],
    start: Annotated[str, Form()] = "",
    end: Annotated[str, Form()] = "",
) -> Response:
    return _mended(session, shared, user, call_id, mending.hold(place, seconds(start), seconds(end), kind), version)


@router.post("/calls/{call_id}/holds/{place}/remove")
def remove_hold(
    call_id: int, place: int, session: SessionDep, shared: ServicesDep, user: Mender, version: Version
) -> Response:
    return _mended(session, shared, user, call_id, mending.removed_hold(place), version)


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
    if whose.mend_facts(session, shared.queue, call_id, facts, actor(user), terms(shared.settings), version):
        return _back(session, user, call_id, "hearing")
    if before is None or transcripts.current(session, call_id) == before:
        return _back(session, user, call_id, "saved")
    return _judged(session, shared, user, call_id)


@router.post("/calls/{call_id}/segments")
def correct_segments(
    call_id: int,
    session: SessionDep,
    user: Mender,
    version: Version,
    agent: Annotated[list[int], Form()] = [],  # noqa: B006 (the door gives each request lists of its own)
    start: Annotated[list[str], Form()] = [],  # noqa: B006
    end: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:
    calls.call(session, user, call_id)
    call_service.change_segments(session, call_id, given_parts(session, agent, start, end), actor(user), version)
    return _back(session, user, call_id, "saved")


@router.post("/calls/{call_id}/score")
def score_again(call_id: int, session: SessionDep, shared: ServicesDep, user: Mender) -> Response:
    calls.call(session, user, call_id)
    judged = rescoring.score_again(session, call_id, actor(user), terms(shared.settings))
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


def _mended(
    session: Session, shared: Services, user: User, call_id: int, change: Change, version: int, place: str = ""
) -> Response:
    calls.call(session, user, call_id)
    mending.mend(session, call_id, change, actor(user), version, redact=shared.settings.redacts)
    return _judged(session, shared, user, call_id, place)


def _judged(session: Session, shared: Services, user: User, call_id: int, place: str = "") -> Response:
    """Back to the call, which is judged as it is heard now."""
    judged = rescoring.judge(session, call_id, actor(user), terms(shared.settings))
    return _back(session, user, call_id, "outdated" if judged.outdated else "mended", place)


def _back(session: Session, user: User, call_id: int, notice: str, place: str = "") -> Response:
    try:
        calls.call(session, user, call_id)
    except NotFound:
        # Given to another team, it is out of this person's sight.
        return see_other("/calls", notice)
    return see_other(f"/calls/{call_id}?notice={notice}{place}")
