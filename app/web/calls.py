"""The calls: finding them, adding recordings, hearing one, and all that is known about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import FormData

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_mend, may_see_calls, may_upload
from app.calls import queries, service
from app.calls.file_names import as_written
from app.calls.models import Direction
from app.kit.i18n import Translator
from app.request import Allow, ServicesDep, SessionDep, actor
from app.transcription.said import phrases
from app.web.arrivals import list_notes
from app.web.call_facts import LABELS, sources
from app.web.call_filters import CallFilter, FilterForm, filter_form, language_choices, wanted_calls
from app.web.call_page import call_page
from app.web.call_rows import CallRow, call_rows
from app.web.choices import Choice
from app.web.errors import asked_by_script
from app.web.rendering import render, see_other, within, words_for
from app.web.row_ids import RowId
from app.web.snippets import Places, places
from app.web.uploads import FormOf, TakenIn, take_in

router = APIRouter()

PAGE_SIZE = 50
# Beyond this nobody waits for an exact number.
MOST_COUNTED = 1000
# How many calls one page watches at most while they are worked on.
MOST_WATCHED = 200


@dataclass(frozen=True)
class Person:
    """Somebody a call can belong to: what they sign in with, and their name."""

    username: str
    name: str


@dataclass(frozen=True)
class Watch:
    """The calls of a page that are under way; their states are asked for again and again.

    `whole`: the page is about one call, and is opened anew as soon as that is scored. `back` is where to go on after
    a failed call was started again; empty for who may not do it.
    """

    template: ClassVar[str] = "calls/_watch.html"
    rows: tuple[CallRow, ...]
    whole: bool = False
    back: str = ""

    @property
    def query(self) -> str:
        """What to ask for next; nothing, when no call is under way any more."""
        left = [("call", row.id) for row in self.rows if row.state.under_way]
        return urlencode([*left, ("whole", 1)] if left and self.whole else left)


@dataclass(frozen=True)
class AddForm:
    """What the form for new recordings is given."""

    open: bool
    people: tuple[Person, ...]
    teams: tuple[str, ...]
    team: str
    languages: tuple[Choice, ...]
    directions: tuple[Choice, ...]
    endings: str
    most_mb: int
    fields: tuple[Choice, ...]


@dataclass(frozen=True)
class CallsPage:
    """The list of calls, and the form that adds some.

    `total` is how many there are in all, told on the first page alone; `has_more`: it was counted no further.
    """

    template: ClassVar[str] = "calls/list.html"
    rows: tuple[CallRow, ...]
    total: int | None
    has_more: bool
    chosen: CallFilter
    older: str
    newer: str
    filter: FilterForm
    places: Mapping[int, Places]
    may_mend: bool
    address: str
    watch: Watch
    add: AddForm | None
    taken_in: tuple[TakenIn, ...] = ()


@router.get("/calls")
def list_calls(
    request: Request,
    session: SessionDep,
    shared: ServicesDep,
    user: Annotated[User, Allow(may_see_calls)],
    chosen: Annotated[CallFilter, Query()],
    add: bool = False,
) -> Response:
    return render(request, _list(request, session, shared, user, chosen, add))


@router.post("/calls")
def add_calls(
    request: Request,
    form: Annotated[FormData, FormOf(may_upload)],
    user: Annotated[User, Allow(may_upload)],
    session: SessionDep,
    shared: ServicesDep,
) -> Response:
    words = words_for(request)
    told = sources(session, user, form, words)
    taken_in = take_in(session, shared, user, form, told, words)
    if asked_by_script(request):
        return JSONResponse({"files": [vars(one) for one in taken_in]})
    taken_in += tuple(
        TakenIn("", error=note) for note in list_notes(told.manifest, [one.name for one in taken_in], words)
    )
    if not any(one.error for one in taken_in):
        return see_other("/calls", "added")
    return render(request, _list(request, session, shared, user, CallFilter(), True, taken_in), 422)


@router.get("/calls/states")
def watch_calls(
    request: Request,
    session: SessionDep,
    user: Annotated[User, Allow(may_see_calls)],
    call: Annotated[list[RowId], Query(max_length=MOST_WATCHED)],
    whole: bool = False,
) -> Response:
    rows = call_rows(session, user, queries.some(session, user, call), words_for(request))
    shown = urlsplit(request.headers.get("hx-current-url", ""))
    watch = Watch(rows, whole, f"{shown.path or '/calls'}?{shown.query}" if may_mend(user) and not whole else "")
    if whole and not watch.query:
        return Response(headers={"HX-Refresh": "true"})
    return render(request, watch)


@router.get("/calls/{call_id}")
def show_call(
    request: Request,
    call_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Annotated[User, Allow(may_see_calls)],
) -> Response:
    call = queries.call(session, user, call_id)
    return render(request, call_page(session, user, call, words_for(request), shared.settings))


@router.post("/calls/{call_id}/retry")
def retry_call(
    call_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Annotated[User, Allow(may_mend)],
    next: Annotated[str, Form()] = "",
) -> Response:
    call = queries.call(session, user, call_id)
    service.start_again(session, shared.queue, call_id, actor(user))
    return see_other(within(next, f"/calls/{call.id}"), "started")


def _list(
    request: Request,
    session: SessionDep,
    shared: ServicesDep,
    user: User,
    chosen: CallFilter,
    add: bool,
    taken_in: tuple[TakenIn, ...] = (),
) -> CallsPage:
    words = words_for(request)
    asked = phrases(chosen.words)
    wanted = wanted_calls(session, user, chosen, asked)
    # What is counted is read no second time; on the pages that follow nobody needs to know it again.
    limit = PAGE_SIZE + 1 if chosen.before else MOST_COUNTED + 1
    found = queries.call_ids(session, user, wanted, order=chosen.order, before_id=chosen.before, limit=limit)
    calls = {one.id: one for one in queries.some(session, user, found[:PAGE_SIZE])}
    rows = call_rows(session, user, [calls[one] for one in found[:PAGE_SIZE]], words)
    return CallsPage(
        rows=rows,
        total=None if chosen.before else min(len(found), MOST_COUNTED),
        has_more=len(found) > MOST_COUNTED,
        chosen=chosen,
        older=chosen.before_call(rows[-1].id) if len(found) > PAGE_SIZE else "",
        newer=chosen.before_call(None) if chosen.before else "",
        filter=filter_form(session, user, chosen, words),
        places=places(session, found[:PAGE_SIZE], asked, words),
        may_mend=may_mend(user),
        address=chosen.before_call(chosen.before),
        watch=Watch(rows),
        add=_add_form(session, shared, user, words, add) if may_upload(user) else None,
        taken_in=taken_in,
    )


def _add_form(session: SessionDep, shared: ServicesDep, user: User, words: Translator, open: bool) -> AddForm:
    teams: Sequence[str] = [team.name for team in accounts.teams(session) if user.team_id in (None, team.id)]
    return AddForm(
        open=open,
        people=tuple(Person(one.username, one.name) for one in accounts.agents(session, user.team_id)),
        teams=tuple(teams),
        team=teams[0] if user.team_id is not None and teams else "",
        languages=language_choices(words, None),
        directions=(
            Choice(Direction.INBOUND.value, words.gettext("Inbound"), True),
            Choice(Direction.OUTBOUND.value, words.gettext("Outbound"), False),
        ),
        endings=",".join((*service.RECORDINGS, *service.TRANSCRIPTS)),
        most_mb=shared.settings.max_upload_mb,
        fields=tuple(Choice(as_written(name), words.gettext(label), False) for name, label in LABELS.items()),
    )
