"""What waits for the person who is signed in, put together from what is stored; each kind is one function in a list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import own
from app.accounts.models import Role, User
from app.accounts.policies import (
    may_calibrate,
    may_coach,
    may_decide_disputes,
    may_lead_calibrations,
    may_reopen,
    may_review,
    may_settle,
    may_sign_in,
    may_upload,
)
from app.kit import clock
from app.kit.i18n import Translator
from app.request import Allow, SessionDep
from app.web.inbox_agreement import calibrations_to_agree_on, calibrations_to_score, two_differ
from app.web.inbox_coaching import (
    answered_notes,
    done_notes,
    follow_ups_due,
    follow_ups_overdue,
    not_coached,
    notes_to_me,
    silent_agents,
)
from app.web.inbox_kinds import (
    Entry,
    Waits,
    begun_reviews,
    changed_evidence,
    due_reviews,
    failed_uploads,
    released_results,
    taken_back,
)
from app.web.inbox_programme import decided_disputes, disputes_to_decide, given_reviews
from app.web.rendering import render, see_other, words_for
from app.web.times import Moment, moment, zone_of

router = APIRouter()

Me = Annotated[User, Allow(may_sign_in)]

MOST_COUNTED = 99


def _is_agent(user: User) -> bool:
    return user.role == Role.AGENT


@dataclass(frozen=True)
class Kind:
    """One kind of thing that can wait: who has it, and what of it waits now."""

    concerns: Callable[[User], bool]
    waiting: Callable[[Session, User, Waits, Translator], tuple[str, tuple[Entry, ...]]]
    id: str
    more: str = ""


# In the order of the page: what must be done before what is to be known.
KINDS = (
    Kind(may_review, changed_evidence, "changed"),
    Kind(may_review, begun_reviews, "begun", "/queue?which=mine"),
    Kind(may_review, given_reviews, "given", "/queue?which=mine"),
    Kind(may_decide_disputes, disputes_to_decide, "disputes", "/disputes"),
    Kind(may_review, due_reviews, "due", "/queue"),
    Kind(may_calibrate, calibrations_to_score, "calibrations", "/calibrations"),
    Kind(may_settle, two_differ, "differ", "/agreement"),
    Kind(may_lead_calibrations, calibrations_to_agree_on, "agree", "/calibrations"),
    Kind(may_upload, failed_uploads, "failed", "/calls?state=failed"),
    Kind(_is_agent, notes_to_me, "notes", "/coaching"),
    Kind(_is_agent, released_results, "released", "/calls"),
    Kind(may_sign_in, decided_disputes, "decided", "/disputes?which=decided"),
    Kind(may_coach, follow_ups_overdue, "overdue", "/coaching?which=overdue"),
    Kind(may_coach, follow_ups_due, "follow-ups", "/coaching?which=due"),
    Kind(may_coach, answered_notes, "answers", "/coaching?which=acknowledged"),
    Kind(may_reopen, silent_agents, "silent", "/coaching"),
    Kind(may_reopen, not_coached, "uncoached", "/coaching#uncoached"),
    Kind(_is_agent, done_notes, "coached", "/coaching?which=done"),
    Kind(may_reopen, taken_back, "taken-back"),
)


@dataclass(frozen=True)
class EntryView:
    """One thing that waits, as it is shown."""

    url: str
    title: str
    detail: str
    at: Moment
    is_new: bool
    glyph: str
    tone: str


@dataclass(frozen=True)
class KindView:
    """One kind with what waits of it; `more` leads to all of it."""

    id: str
    title: str
    entries: tuple[EntryView, ...]
    more: str


@dataclass(frozen=True)
class InboxPage:
    """What waits; `shown_at` is the moment up to which it is told."""

    template: ClassVar[str] = "inbox/show.html"
    kinds: tuple[KindView, ...]
    new: int
    first: str
    shown_at: str
    reviews: bool


@dataclass(frozen=True)
class CountFragment:
    """How many new things wait, for the navigation."""

    template: ClassVar[str] = "inbox/_count.html"
    new: int
    most: int


@router.get("/inbox")
def show_inbox(request: Request, session: SessionDep, user: Me) -> Response:
    now, words, zone = clock.now(), words_for(request), zone_of(session, user)
    kinds = _kinds(session, user, now, zone, words)
    new = [one for kind in kinds for one in kind.entries if one.is_new]
    first = next((one.url for kind in kinds for one in kind.entries), "")
    return render(request, InboxPage(kinds, len(new), first, now.isoformat(), may_review(user)))


@router.get("/inbox/count")
def count_new(request: Request, session: SessionDep, user: Me) -> Response:
    kinds = _kinds(session, user, clock.now(), ZoneInfo("UTC"), words_for(request))
    new = sum(one.is_new for kind in kinds for one in kind.entries)
    response = render(request, CountFragment(new, MOST_COUNTED)) if new else Response(status_code=204)
    # Asked for by every page, told anew once a minute; what was seen meanwhile is in the address.
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


@router.post("/inbox/seen")
def mark_seen(
    request: Request, session: SessionDep, user: Me, shown_at: Annotated[str, Form(max_length=40)] = ""
) -> Response:
    # What came after the page was made is not seen yet.
    own.see_inbox(session, user, min(_moment(shown_at), clock.now()))
    return Response(status_code=204) if "hx-request" in request.headers else see_other("/inbox")


def _moment(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return clock.now()
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _kinds(session: Session, user: User, now: datetime, zone: ZoneInfo, words: Translator) -> tuple[KindView, ...]:
    """The kinds of which something waits."""
    waits = Waits(now, zone)
    since = user.inbox_seen_at or now - timedelta(days=waits.days)
    found = []
    for kind in KINDS:
        if not kind.concerns(user):
            continue
        title, entries = kind.waiting(session, user, waits, words)
        if entries:
            shown = tuple(_view(one, since, zone) for one in entries)
            found.append(KindView(kind.id, title, shown, kind.more))
    return tuple(found)


def _view(one: Entry, since: datetime, zone: ZoneInfo) -> EntryView:
    is_new = not one.is_own and one.came > since
    return EntryView(one.url, one.title, one.detail, moment(one.at, zone), is_new, one.glyph, one.tone)
