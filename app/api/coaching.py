"""Coaching notes: written to an agent, sent, acknowledged, followed up until they are done with."""

from typing import Annotated

from fastapi import Query, Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope, User
from app.accounts.policies import may_coach, may_read_coaching
from app.accounts.site import site_zone
from app.api.coaching_notes import FollowUpIn, FoundIn, NoteIn, NoteOut, NoteReplyIn, notes_out
from app.api.conditional import IfMatch
from app.api.csv_pages import csv_page
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    PageOut,
    PageSize,
    RowId,
    wrong,
)
from app.api.routing import api_router
from app.coaching import follow_up, queries, service
from app.coaching.models import CoachingNote
from app.coaching.points import known_by
from app.coaching.queries import Listed
from app.coaching.written import Point, Texts, Written
from app.kit import clock
from app.kit.db import id_of
from app.kit.pagination import PAGE_SIZE, Page
from app.request import Client, KeyFor, SessionDep

router = api_router(prefix="/coaching", tags=["coaching"])

NoteReader = Annotated[Client, KeyFor(may_read_coaching, Scope.SCORES_READ)]
Coach = Annotated[Client, KeyFor(may_coach, Scope.SCORES_WRITE)]
Coached = Annotated[Client, KeyFor(may_read_coaching, Scope.SCORES_WRITE)]

COLUMNS = tuple(name for name in NoteOut.model_fields if name not in ("points", "follow_ups"))


@router.get("", response_model=PageOut[NoteOut], responses=CSV_TOO)
def list_notes(
    client: NoteReader,
    session: SessionDep,
    csv: CsvWanted,
    which: Annotated[
        Listed,
        Query(
            description="open: to acknowledge; due: to follow up today or before; overdue; acknowledged; done; drafts: "
            "your own; all: all but drafts.",
            examples=["open"],
        ),
    ] = Listed.ALL,
    agent: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="User name of the agent.", examples=["mei"])
    ] = None,
    item: Annotated[
        str | None,
        Query(max_length=100, pattern=PLAIN, description="Only notes on this item.", examples=["standard_greeting"]),
    ] = None,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[NoteOut] | Response:
    """The notes you may see, the latest first; an agent's key reads those written to the agent."""
    known = accounts.user_named(session, agent) if agent else None
    if agent and known is None:
        raise wrong("agent", f"there is no agent {agent!r}")
    today = clock.now().astimezone(site_zone(session, client.user)).date()
    found = queries.notes(
        session,
        client.user,
        which,
        today=today,
        agent_id=known.id if known else None,
        item_id=item,
        cursor=cursor,
        size=limit,
    )
    page = Page(notes_out(session, client.user, found.items), found.next_cursor, found.total)
    if csv:
        return csv_page(COLUMNS, page, bom)
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.get("/{note_id}")
def get_note(note_id: RowId, client: NoteReader, session: SessionDep) -> NoteOut:
    """One note, with what was answered and what came of it."""
    return _shown(session, client.user, queries.note(session, client.user, note_id))


@router.post("", status_code=201)
def write_note(said: NoteIn, client: Coach, session: SessionDep, response: Response) -> NoteOut:
    """Write a note to an agent and send it, or keep it as a draft, which you alone see.

    A note on a result that the agent may not read yet is held back until it is released.
    """
    keep = service.keep_draft if said.draft else service.send
    note = keep(session, client.user, _written(session, said), client.actor)
    response.headers["Location"] = f"/api/v1/coaching/{note.id}"
    return _shown(session, client.user, note)


@router.put("/{note_id}")
def change_draft(note_id: RowId, said: NoteIn, client: Coach, session: SessionDep, if_match: IfMatch) -> NoteOut:
    """Write a draft of yours anew; with `draft` false it is sent. What is sent cannot be changed."""
    draft = service.draft_of(session, client.user, note_id)
    if_match.check(_shown(session, client.user, draft))
    keep = service.keep_draft if said.draft else service.send
    return _shown(session, client.user, keep(session, client.user, _written(session, said), client.actor, draft))


@router.post("/{note_id}/send")
def send_draft(note_id: RowId, client: Coach, session: SessionDep, if_match: IfMatch) -> NoteOut:
    """Send a draft of yours as it stands."""
    draft = service.draft_of(session, client.user, note_id)
    if_match.check(_shown(session, client.user, draft))
    sent = service.send(session, client.user, service.as_written(session, draft), client.actor, draft)
    return _shown(session, client.user, sent)


@router.delete("/{note_id}", status_code=204)
def throw_draft_away(note_id: RowId, client: Coach, session: SessionDep, if_match: IfMatch) -> None:
    """Throw a draft of yours away; what is sent stays."""
    if_match.check(_shown(session, client.user, service.draft_of(session, client.user, note_id)))
    service.throw_away(session, client.user, note_id)


@router.post("/{note_id}/acknowledge")
def acknowledge_note(
    note_id: RowId, said: NoteReplyIn, client: Coached, session: SessionDep, if_match: IfMatch
) -> NoteOut:
    """The agent has read the note, and may answer; nobody else can do it for them."""
    if_match.check(_shown(session, client.user, _to_change(session, client.user, note_id)))
    done = service.acknowledge(session, client.user, note_id, said.reply, client.actor)
    return _shown(session, client.user, done)


@router.post("/{note_id}/follow-up")
def follow_note_up(note_id: RowId, said: FollowUpIn, client: Coach, session: SessionDep, if_match: IfMatch) -> NoteOut:
    """Note down whether the note helped, and look again on a day of the site."""
    if_match.check(_shown(session, client.user, _to_change(session, client.user, note_id)))
    today = clock.now().astimezone(site_zone(session, client.user)).date()
    done = follow_up.follow_up(session, client.user, note_id, said.text, said.next_on, client.actor, today)
    return _shown(session, client.user, done)


@router.post("/{note_id}/done")
def finish_note(note_id: RowId, said: FoundIn, client: Coach, session: SessionDep, if_match: IfMatch) -> NoteOut:
    """Note down what came of it: the note is done with."""
    if_match.check(_shown(session, client.user, _to_change(session, client.user, note_id)))
    done = follow_up.finish(session, client.user, note_id, said.text, client.actor)
    return _shown(session, client.user, done)


def _to_change(session: Session, user: User, note_id: int) -> CoachingNote:
    queries.note(session, user, note_id)
    return service.locked(session, note_id)


def _shown(session: Session, user: User, note: CoachingNote) -> NoteOut:
    [shown] = notes_out(session, user, [note])
    return shown


def _written(session: Session, said: NoteIn) -> Written:
    """What was sent, as its author wrote it; an item without a call is one of the scorecards that judge."""
    agent = accounts.user_named(session, said.agent)
    if agent is None:
        raise wrong("agent", f"there is no agent {said.agent!r}", "body")
    apart = [one.item for one in said.points if one.call_id is None and one.item]
    version = known_by(session, apart, clock.now()) if apart else None
    return Written(
        agent_id=id_of(agent),
        texts=Texts(said.text, said.strength, said.heard, said.effect, said.advice),
        points=tuple(
            Point(one.call_id, one.item, one.start, one.end, one.kind, version if one.call_id is None else None)
            for one in said.points
        ),
        occasion=said.occasion,
        topic=said.topic,
        place=said.place,
        held_on=said.held_on,
        follow_up_on=said.follow_up_on,
    )
