"""What agents do with a result: acknowledge it, dispute an item, score the call themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from app.accounts.models import User
from app.accounts.policies import may_answer_result
from app.calls import queries as calls
from app.calls.models import Call
from app.domain.scorecard import Item, Text
from app.evaluations.models import Evaluation
from app.kit.i18n import Translator
from app.request import Allow, ServicesDep, SessionDep, actor
from app.reviews import dispute_queries, disputes, queries, releasing, self_scores
from app.reviews.disputes import Objection
from app.reviews.self_scores import Said, SelfScoreUnfinished
from app.scorecards import queries as scorecards
from app.transcription import queries as transcripts
from app.web.call_rows import Frame
from app.web.listening import ListenView, listening
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.times import Moment
from app.web.uploads import FormOf
from app.web.verdict_choices import VerdictChoice, chosen_by, verdict_choices

router = APIRouter()

Agent = Annotated[User, Allow(may_answer_result)]
Words = Annotated[str, Form(max_length=4000)]


# Two of each item: what was chosen, and words.
MOST_FIELDS = 1000


@dataclass(frozen=True)
class OwnItem:
    """One item of the form; `missing`: nothing was chosen where something must be."""

    id: str
    number: int
    title: str
    guidance: str
    critical: bool
    choices: tuple[VerdictChoice, ...]
    words: str
    missing: bool


@dataclass(frozen=True)
class OwnSection:
    """A part of the scorecard with its items."""

    title: str
    items: tuple[OwnItem, ...]


@dataclass(frozen=True)
class SelfScorePage:
    """The form on which an agent scores their own call; `result_waits`: its result is shown after that."""

    template: ClassVar[str] = "calls/self_score.html"
    call: int
    reference: str
    customer: str
    started: Moment
    sections: tuple[OwnSection, ...]
    listening: ListenView
    result_waits: bool
    missing: int


@router.post("/reviews/{review_id}/acknowledge")
def acknowledge_result(review_id: RowId, session: SessionDep, user: Agent, reply: Words = "") -> Response:
    review = queries.review(session, user, review_id)
    releasing.acknowledge(session, review_id, user.id or 0, reply, actor(user))
    return see_other(f"/calls/{review.call_id}", "result_acknowledged")


@router.post("/reviews/{review_id}/disputes")
def dispute_item(
    review_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Agent,
    item: Annotated[str, Form(max_length=100)] = "",
    proposed: Annotated[str, Form(max_length=40)] = "",
    reason: Words = "",
) -> Response:
    review = queries.review(session, user, review_id)
    said = Objection(item, *chosen_by(proposed), reason)
    disputes.dispute(session, review_id, user.id or 0, said, actor(user), shared.settings.dispute_days)
    return see_other(f"/calls/{review.call_id}?notice=disputed#result")


@router.post("/disputes/{dispute_id}/withdraw")
def withdraw_dispute(dispute_id: RowId, session: SessionDep, user: Agent) -> Response:
    _, _, call = dispute_queries.dispute(session, user, dispute_id)
    disputes.withdraw(session, dispute_id, user.id or 0, actor(user))
    return see_other(f"/calls/{call.id}?notice=dispute_withdrawn#result")


@router.get("/calls/{call_id}/self-score")
def show_self_score(
    request: Request, call_id: RowId, session: SessionDep, shared: ServicesDep, user: Agent
) -> Response:
    call = self_scores.to_score(session, user, call_id, shared.settings.self_score != "off")
    return render(request, _form(session, user, call, words_for(request)))


@router.post("/calls/{call_id}/self-score")
def give_self_score(
    request: Request,
    call_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Agent,
    form: Annotated[FormData, FormOf(may_answer_result, MOST_FIELDS)],
) -> Response:
    call = self_scores.to_score(session, user, call_id, shared.settings.self_score != "off")
    given = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    page = _form(session, user, call, words_for(request), given)
    if page.missing:
        return render(request, page, SelfScoreUnfinished.status)
    said = {
        one.id: Said(*chosen_by(given[f"verdict_{one.id}"]), given.get(f"note_{one.id}", ""))
        for part in page.sections
        for one in part.items
    }
    self_scores.score_own_call(session, call_id, user, said, actor(user))
    return see_other(f"/calls/{call_id}?notice=self_scored#own")


@router.post("/calls/{call_id}/self-score/decline")
def decline_self_score(call_id: RowId, session: SessionDep, user: Agent) -> Response:
    calls.call(session, user, call_id)
    self_scores.decline(session, call_id, user, actor(user))
    return see_other(f"/calls/{call_id}")


def _form(
    session: Session, user: User, call: Call, words: Translator, given: dict[str, str] | None = None
) -> SelfScorePage:
    evaluation, items = self_scores.scored_on(session, call.id or 0)
    card = scorecards.card(session, evaluation.scorecard_version)
    review = queries.of_call(session, call.id or 0)
    shown = {item.id: _item(item, at, card.text, words, given) for at, item in enumerate(items, 1)}
    return SelfScorePage(
        call=call.id or 0,
        reference=call.external_id or call.file_name,
        customer=call.customer_name or "",
        started=Frame(session, user, [call]).started(call),
        sections=tuple(
            OwnSection(
                card.text(part.title, words.language), tuple(shown[one.id] for one in items if one.section == part.id)
            )
            for part in card.sections
            if any(one.section == part.id for one in items)
        ),
        listening=_heard(session, call, evaluation, words),
        result_waits=review is not None and review.awaits_self_score,
        missing=sum(one.missing for one in shown.values()),
    )


def _item(
    item: Item, at: int, text: Callable[[Text, str], str], words: Translator, given: dict[str, str] | None
) -> OwnItem:
    choices = verdict_choices(item, words, (given or {}).get(f"verdict_{item.id}", ""))
    return OwnItem(
        id=item.id,
        number=at,
        title=text(item.title, words.language),
        guidance=text(item.guidance, words.language),
        critical=item.critical,
        choices=choices,
        words=(given or {}).get(f"note_{item.id}", ""),
        missing=given is not None and not any(one.chosen for one in choices),
    )


def _heard(session: Session, call: Call, evaluation: Evaluation, words: Translator) -> ListenView:
    return listening(call, transcripts.revision(session, evaluation.transcript_id).transcript, words)
