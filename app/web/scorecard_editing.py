"""The editor of a scorecard: its text, kept at every pause, beside what it would find on a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_edit_scorecards
from app.accounts.queries import names
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.calls.queries import Wanted
from app.domain.language import LANGUAGES
from app.evaluations.preview import DraftTooLarge, TrialCall, look
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.i18n import N_, Translator
from app.reports.wording import language_name
from app.request import Allow, SessionDep
from app.reviews import queries as reviews
from app.scorecards import drafts, queries
from app.scorecards.active import active_card, active_versions
from app.scorecards.drafts import DraftChanged
from app.scorecards.known import card_named, short, source_of
from app.scorecards.models import ScorecardDraft
from app.transcription import queries as transcripts
from app.transcription.readings import reading_version
from app.web.rendering import render, see_other, words_for
from app.web.scorecard_preview import PreviewFragment, preview
from app.web.scorecards import YAML, attachment
from app.web.times import shown_moment, zone_of

router = APIRouter()

Editor = Annotated[User, Allow(may_edit_scorecards)]
# Characters; in Chinese and Japanese three bytes each.
LONGEST_TEXT = 2_000_000
# As many calls are offered to try a card on.
OFFERED = 20
BLIND = N_("This call is being reviewed blind, so nobody sees the machine’s verdicts; try another one.")


class DraftIn(BaseModel):
    """What the editor holds, and the revision it was written on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(max_length=LONGEST_TEXT)
    revision: int = Field(ge=0)


class PreviewIn(BaseModel):
    """What is to be looked at, and the call to try it on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(max_length=LONGEST_TEXT)
    call: int | None = Field(None, ge=1, lt=2**31)


@dataclass(frozen=True)
class OfferedCall:
    """A call that a card can be tried on."""

    id: int
    label: str


@dataclass(frozen=True)
class EditorPage:
    """The text of a scorecard, and the calls that it can be tried on."""

    template: ClassVar[str] = "scorecards/edit.html"
    name: str
    text: str
    revision: int
    known: bool
    base: str
    is_stale: bool
    changed: str
    others: tuple[str, ...]
    calls: tuple[OfferedCall, ...]
    call: int | None


@router.get("/scorecards/{name}/edit")
def edit_scorecard(request: Request, name: str, session: SessionDep, user: Editor, call: int | None = None) -> Response:
    return render(request, _page(session, user, name, call, words_for(request)))


@router.post("/scorecards/{name}/edit")
def save_form(
    name: str,
    session: SessionDep,
    user: Editor,
    text: Annotated[str, Form(max_length=LONGEST_TEXT)],
    revision: Annotated[int, Form(ge=0)],
) -> Response:
    # What a form sends has other line ends than what was written.
    save(session, user, name, text.replace("\r\n", "\n"), revision)
    return see_other(f"/scorecards/{name}/edit", "saved")


@router.put("/scorecards/{name}/draft")
def save_draft(name: str, given: DraftIn, session: SessionDep, user: Editor) -> Response:
    return JSONResponse({"revision": save(session, user, name, given.text, given.revision)})


@router.get("/scorecards/{name}/draft.yaml")
def download_draft(name: str, session: SessionDep, user: Editor) -> Response:
    draft = draft_or_none(session, user, name)
    if draft is None:
        raise NotFound
    return attachment(draft.content.encode(), f"{name}.yaml", YAML)


@router.post("/scorecards/{name}/discard")
def discard_draft(name: str, session: SessionDep, user: Editor) -> Response:
    drafts.discard(session, id_of(user), name)
    return see_other(f"/scorecards/{name}" if _card_exists(session, name) else "/scorecards", "draft_discarded")


@router.post("/scorecards/{name}/preview")
def preview_draft(request: Request, name: str, given: PreviewIn, session: SessionDep, user: Editor) -> Response:
    return render(request, _preview(session, user, name, given, words_for(request)))


def draft_or_none(session: Session, user: User, name: str) -> ScorecardDraft | None:
    """What the reader is writing on this scorecard."""
    return queries.draft(session, id_of(user), name)


def save(session: Session, user: User, name: str, text: str, revision: int) -> int:
    """Keep what was written; the first saving makes the draft."""
    if len(text) > LONGEST_TEXT:
        raise DraftTooLarge
    mine = draft_or_none(session, user, name)
    if mine is None and revision == 0:
        based_on = card_named(session, name).version
        return drafts.begin(session, id_of(user), name, text, based_on, clock.now())
    if mine is not None and revision == 0 and mine.content != text:
        raise DraftChanged(revision=mine.revision)
    return drafts.save(session, id_of(user), name, text, revision, clock.now())


def _card_exists(session: Session, name: str) -> bool:
    try:
        card_named(session, name)
    except NotFound:
        return False
    return True


def _page(session: Session, user: User, name: str, call: int | None, words: Translator) -> EditorPage:
    draft, zone = draft_or_none(session, user, name), zone_of(session, user)
    known = _card_exists(session, name)
    if draft is None and not known:
        raise NotFound
    card = card_named(session, name) if known else None
    text = draft.content if draft is not None else source_of(session, card) if card is not None else ""
    base = (draft.based_on if draft is not None else card.version if card is not None else None) or ""
    offered = _offered(session, user, card.language if card is not None else None, words)
    people = [one.user_id for one in queries.drafts(session, name) if one.user_id != user.id]
    return EditorPage(
        name=name,
        text=text,
        revision=draft.revision if draft is not None else 0,
        known=known,
        base=short(base),
        is_stale=draft is not None and bool(base) and base not in active_versions(session),
        changed=shown_moment(draft.updated_at, zone) if draft is not None else "",
        others=tuple(sorted(names(session, set(people)).values())),
        calls=tuple(OfferedCall(id_of(one), _label(one, words)) for one in offered),
        call=call or next((id_of(one) for one in offered), None),
    )


def _offered(session: Session, user: User, language: str | None, words: Translator) -> Sequence[Call]:
    """The latest calls of this language that a card can be tried on."""
    wanted = Wanted(state=CallState.SCORED, language=language)
    return calls.some(session, user, calls.call_ids(session, user, wanted, limit=OFFERED))


def _label(call: Call, words: Translator) -> str:
    reference = call.external_id or call.file_name
    return f"{reference} ({words.gettext(language_name(call.language or ''))})"


def _preview(session: Session, user: User, name: str, given: PreviewIn, words: Translator) -> PreviewFragment:
    call, trial, judging = None, None, None
    if given.call is not None:
        call = calls.call(session, user, given.call)
        review = reviews.of_call(session, given.call)
        if review is not None and review.hides_machine:
            return PreviewFragment(refused=words.gettext(BLIND))
        revision = transcripts.current(session, given.call)
        if revision is not None:
            transcript = revision.transcript
            kept = revision.reading if revision.reading_version == reading_version() else None
            trial = TrialCall(transcript, kept)
            judging = _judging(session, transcript.language)
    # Nothing waits inside a transaction, least of all a look at what nobody has read yet.
    session.commit()
    try:
        seen = look(given.text, judging, trial)
    except AppError as refusal:
        return PreviewFragment(refused=words.gettext(refusal.message))
    label = _label(call, words) if call is not None else ""
    return preview(seen, trial.transcript if trial else None, id_of(call) if call else 0, label, words)


def _judging(session: Session, language: str) -> str | None:
    """The card that judges calls in this language, as JSON."""
    code = language.lower().split("-")[0]
    return active_card(session, code).model_dump_json() if code in LANGUAGES else None
