"""Coaching notes: what was written to an agent, and the agent's answer."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_coach, may_read_coaching
from app.calls import queries as calls
from app.coaching import queries, service
from app.coaching.service import NoteFacts
from app.kit.errors import AppError
from app.request import Allow, SessionDep, actor
from app.web.call_page import NoteView, notes
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId

router = APIRouter()

Which = Literal["open", "acknowledged", "all"]
ACKNOWLEDGED: dict[Which, bool | None] = {"open": False, "acknowledged": True, "all": None}


class ClipUnreadable(AppError):
    """Give the clip's beginning and end as minutes and seconds, such as 1:05."""

    code = "clip_unreadable"
    status = 422


@dataclass(frozen=True)
class AgentChoice:
    """An agent whose notes can be asked for."""

    id: int
    name: str
    chosen: bool


@dataclass(frozen=True)
class CoachingPage:
    """An agent's own notes, or those that a supervisor follows."""

    template: ClassVar[str] = "coaching/list.html"
    notes: tuple[NoteView, ...]
    total: int
    which: Which
    agents: tuple[AgentChoice, ...]
    agent: str
    next: str
    writes: bool


@router.get("/coaching")
def list_notes(
    request: Request,
    session: SessionDep,
    user: Annotated[User, Allow(may_read_coaching)],
    which: Which = "open",
    agent: str = "",
    cursor: str | None = None,
) -> Response:
    writes = may_coach(user)
    agent_id = int(agent) if writes and agent.isascii() and agent.isdigit() and len(agent) < 10 else None
    page = queries.notes(session, user, agent_id=agent_id, acknowledged=ACKNOWLEDGED[which], cursor=cursor)
    following = {"which": which, "agent": agent_id or "", "cursor": page.next_cursor}
    return render(
        request,
        CoachingPage(
            notes=notes(session, user, list(page.items), words_for(request)),
            total=page.total,
            which=which,
            agents=tuple(
                AgentChoice(one.id or 0, one.name, one.id == agent_id)
                for one in accounts.agents(session, user.team_id)
                if writes
            ),
            agent=str(agent_id or ""),
            next=f"/coaching?{urlencode(following)}" if page.next_cursor else "",
            writes=writes,
        ),
    )


@router.post("/coaching/{note_id}/acknowledge")
def acknowledge(
    note_id: RowId,
    session: SessionDep,
    user: Annotated[User, Allow(may_read_coaching)],
    reply: Annotated[str, Form(max_length=service.LONGEST_TEXT)] = "",
) -> Response:
    service.acknowledge(session, user, note_id, reply, actor(user))
    return see_other("/coaching", "acknowledged")


@router.post("/calls/{call_id}/coaching")
def send_note(
    call_id: RowId,
    session: SessionDep,
    user: Annotated[User, Allow(may_coach)],
    text: Annotated[str, Form()] = "",
    item_id: Annotated[str, Form(max_length=100)] = "",
    start: Annotated[str, Form(max_length=12)] = "",
    end: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    calls.call(session, user, call_id)
    facts = NoteFacts(text, item_id=item_id or None, start=_seconds(start), end=_seconds(end))
    service.send_note(session, user, call_id, facts, actor(user))
    return see_other(f"/calls/{call_id}?notice=sent#coaching")


def _seconds(text: str) -> float | None:
    """Minutes and seconds, with hours where there are any, as seconds."""
    if not text.strip():
        return None
    parts = text.strip().split(":")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
        raise ClipUnreadable
    seconds = 0
    for part in parts:
        seconds = 60 * seconds + int(part)
    return float(seconds)
