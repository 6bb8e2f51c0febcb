"""The page of one call: what is known of it, what was said, what was found, and all that happened to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import (
    may_coach,
    may_delete,
    may_hear_unmuted,
    may_mend,
    may_record_complaints,
    may_reopen,
    may_review,
    may_see_machine_verdicts,
    may_share_clips,
)
from app.calls.models import Call
from app.coaching import queries as coaching
from app.complaints import queries as complaints
from app.domain import lifecycle
from app.domain.lifecycle import Act, ReviewState
from app.domain.transcript import Transcript
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.i18n import N_, Translator
from app.ledger.queries import in_words
from app.reports.wording import LANGUAGES, OUTCOMES, Shown, clock, number
from app.reviews.models import Review
from app.reviews.seen import seen_result
from app.scorecards import queries as scorecards
from app.settings import Settings
from app.transcription import queries as transcripts
from app.web.agents_heard import AgentsHeard, agents_heard
from app.web.call_kept import KeptView, kept_view
from app.web.call_rows import (
    Frame,
    ResultView,
    StateView,
    outcome,
    points_range,
    result_view,
    state_view,
)
from app.web.clips import ClipLine, clip_lines
from app.web.complaints import CATEGORIES, shown_outcome
from app.web.history import Happening, happenings
from app.web.listening import ListenView, listening
from app.web.mend_forms import MendView, mend_view
from app.web.note_views import NoteView, notes
from app.web.released import ReleaseView, release_view
from app.web.review_page import ReviewPage
from app.web.standing import not_begun, standing_page
from app.web.times import Moment, moment, zone_of
from app.web.told import told

HUNG_UP = {"agent": N_("Agent"), "customer": N_("Customer")}
CHANNELS = {0: N_("Words only"), 1: N_("Both sides on one channel"), 2: N_("Each side on its own channel")}


@dataclass(frozen=True)
class VersionView:
    """One evaluation of the call: what it found, and by what."""

    at: Moment
    score: str
    range: str
    shown: Shown
    card: str
    card_version: str
    rules: str
    revision: int
    by: str
    current: bool


@dataclass(frozen=True)
class ComplaintLine:
    """A complaint as the page of its call names it."""

    id: int
    at: str
    category: str
    outcome: Shown
    text: str


@dataclass(frozen=True)
class CallPage:
    """All about one call; `clips` is None for whoever may not share any."""

    template: ClassVar[str] = "calls/show.html"
    id: int
    version: int
    title: str
    customer: str
    started: Moment
    state: StateView
    result: ResultView
    facts: tuple[tuple[str, str | Moment], ...]
    listening: ListenView | None
    found: ReviewPage | None
    review_url: str
    review_state: ReviewState | None
    review_is_older: bool
    items: tuple[tuple[str, str], ...]
    versions: tuple[VersionView, ...]
    history: tuple[Happening, ...]
    notes: tuple[NoteView, ...]
    complaints: tuple[ComplaintLine, ...]
    clips: tuple[ClipLine, ...] | None
    agent: str
    kept: KeptView
    mend: MendView | None
    may_mend: bool
    may_review: bool
    may_send: bool
    release: ReleaseView | None
    may_reopen: bool
    may_retract: bool
    may_coach: bool
    may_delete: bool
    may_download: bool
    may_complain: bool


def call_page(session: Session, user: User, call: Call, words: Translator, settings: Settings) -> CallPage:
    """The page of this call for this person."""
    of = id_of(call)
    frame, zone = Frame(session, user, [call]), zone_of(session, user)
    team = accounts.team(session, call.team_id) if call.team_id is not None else None
    judged, review = seen_result(session, user, of)
    found = _found(session, user, call, judged, review, words)
    revision = transcripts.current(session, of)
    titles = {item.id: item.title for item in found.items} if found else _titles(session, of, words)
    entries = told(session, user, of)
    sees_machine = may_see_machine_verdicts(user) and not (review is not None and review.hides_machine)

    def shown(at: datetime) -> Moment:
        return moment(at, zone, team)

    return CallPage(
        id=of,
        version=call.version,
        title=call.external_id or call.file_name,
        customer=call.customer_name or "",
        started=frame.started(call),
        state=state_view(call, words),
        result=result_view(of, judged, review, words),
        facts=_facts(call, frame, shown(call.created_at), agents_heard(session, call, words), words),
        listening=found.listening
        if found
        else _listening(session, user, call, revision.transcript, words)
        if revision
        else None,
        found=found,
        review_url=f"/reviews/{review.id}" if review and may_review(user) else "",
        review_state=review.state if review else None,
        review_is_older=bool(review and judged and review.evaluation_id != judged.id),
        items=tuple(titles.items()),
        versions=tuple(
            _version(session, one, shown(one.created_at), words)
            for one in (evaluations.of_call(session, of) if sees_machine else ())
        ),
        history=happenings(
            entries,
            in_words(session, entries),
            titles,
            words,
            lambda one: shown(one.at),
        ),
        notes=notes(session, user, coaching.of_call(session, user, of), words),
        complaints=_complaints(session, of, words) if may_record_complaints(user) else (),
        clips=clip_lines(session, user, of, titles) if may_share_clips(user) and _has_all(call) else None,
        agent=frame.agent(call),
        kept=kept_view(session, user, call, words),
        mend=mend_view(session, user, call, words, settings) if may_mend(user) else None,
        may_mend=may_mend(user),
        may_review=may_review(user),
        may_send=may_review(user) and judged is not None and review is None,
        release=release_view(session, user, call, words, settings),
        may_reopen=_may_take_back(user, review, Act.REOPEN),
        may_retract=_may_take_back(user, review, Act.RETRACT),
        may_coach=may_coach(user),
        may_delete=may_delete(user),
        may_download=may_hear_unmuted(user) and call.is_recording,
        may_complain=may_record_complaints(user),
    )


def _has_all(call: Call) -> bool:
    """Whether there is still all that a shared clip shows."""
    return call.sound_removed_at is None and call.words_removed_at is None


def _may_take_back(user: User, review: Review | None, act: Act) -> bool:
    """Whether this person may open the review again or retract it, as it stands now."""
    if review is None or lifecycle.after(review.state, act) is None:
        return False
    return may_reopen(user) or (may_review(user) and review.reviewer_id == user.id)


def _listening(session: Session, user: User, call: Call, transcript: Transcript, words: Translator) -> ListenView:
    heard = agents_heard(session, call, words)
    return listening(call, transcript, words, heard=heard, unmutes=may_hear_unmuted(user))


def _titles(session: Session, call_id: int, words: Translator) -> dict[str, str]:
    """What the items are called of a call whose findings are hidden."""
    judged = evaluations.current(session, call_id)
    if judged is None:
        return {}
    card = scorecards.card(session, judged.scorecard_version)
    return {item.id: card.text(item.title, words.language) for item in card.items}


def _found(
    session: Session, user: User, call: Call, judged: Evaluation | None, review: Review | None, words: Translator
) -> ReviewPage | None:
    """What the current evaluation found, with what people decided about it."""
    if judged is None:
        return None
    if review is None or review.evaluation_id != judged.id:
        review = not_begun(call, judged)
    return standing_page(session, user, review, call, words)


def _facts(
    call: Call, frame: Frame, received: Moment, heard: AgentsHeard, words: Translator
) -> tuple[tuple[str, str | Moment], ...]:
    _ = words.gettext
    told: tuple[tuple[str, str | Moment], ...] = (
        (_("Agent"), frame.agent(call)),
        (_("Other agents"), ", ".join(f"{name} {clock(start)}–{clock(end)}" for start, end, name in heard.parts)),
        (_("Team"), frame.team(call)),
        (_("Call queue"), call.queue),
        (_("Customer"), call.customer_name or ""),
        (_("Started"), frame.started(call)),
        (_("Length"), clock(call.duration) if call.duration is not None else ""),
        (_("Language"), _(LANGUAGES.get(call.language or "", call.language or ""))),
        (_("Direction"), _(call.direction.value.capitalize())),
        (_("Hung up"), _(HUNG_UP[call.ended_by]) if call.ended_by else ""),
        (_("Sound"), _(CHANNELS[call.channels]) if call.channels is not None else ""),
        (_("File"), f"{call.file_name} ({_size(call.size_bytes)})"),
        (_("Received"), received),
        (_("Received by"), call.created_by),
    )
    return tuple((label, value) for label, value in told if value)


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def _version(session: Session, one: Evaluation, at: Moment, words: Translator) -> VersionView:
    card = scorecards.card(session, one.scorecard_version)
    shown = OUTCOMES[outcome(one.passed, one.low)]
    return VersionView(
        at=at,
        score=number(one.score),
        range=points_range(one.low, one.high),
        shown=shown._replace(word=words.gettext(shown.word)),
        card=card.text(card.title, words.language),
        card_version=one.scorecard_version.removeprefix("sha256:")[:8],
        rules=one.rules_version[:8],
        revision=transcripts.revision(session, one.transcript_id).revision,
        by=words.gettext("The machine") if one.created_by == "machine" else one.created_by,
        current=one.current,
    )


def _complaints(session: Session, call_id: int, words: Translator) -> tuple[ComplaintLine, ...]:
    return tuple(
        ComplaintLine(
            id=id_of(one),
            at=one.site_day.isoformat(),
            category=words.gettext(CATEGORIES[one.category]),
            outcome=shown_outcome(one.outcome, words),
            text=one.text,
        )
        for one in complaints.of_call(session, call_id)
    )
