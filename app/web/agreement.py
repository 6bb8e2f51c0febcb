"""How far reviewers agree: items, reviewers, what that does to the pass rate; and two scorings side by side."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.accounts.policies import may_see_agreement, may_settle
from app.domain.agreement import BOUND, FEWEST
from app.domain.scorecard import Scorecard
from app.kit import clock
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports import agreement
from app.reports.agreement import ItemAgreement
from app.reports.queries import Filter
from app.request import Allow, SessionDep
from app.reviews import second_queries
from app.scorecards import queries as scorecards
from app.scorecards.active import all_active
from app.web.call_rows import Frame
from app.web.choices import Choice
from app.web.coefficients import (
    AgreementView,
    CorrectedView,
    LeniencyView,
    agreement_view,
    corrected_view,
    leniency_view,
)
from app.web.rendering import render, words_for
from app.web.times import Moment, moment, site_zone, zone_of

router = APIRouter()

WEEKS = 12
# So many calls that wait to be settled are named; the rest come when these are done.
LISTED = 20


class AgreementFilter(BaseModel):
    """What the address says: the days of the calls (both counted), and of which team."""

    model_config = ConfigDict(frozen=True)

    first: date | None = None
    last: date | None = None
    team: int | None = Field(None, ge=1, lt=2**31)

    @field_validator("first", "last", "team", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def within(self, today: date) -> tuple[date, date]:
        """The first and the last day that are meant; without any, the last twelve weeks."""
        last = self.last or max(today, self.first or today)
        return self.first or last - timedelta(weeks=WEEKS) + timedelta(days=1), last


@dataclass(frozen=True)
class ItemLine:
    """An item, and how two people agree about it."""

    url: str
    title: str
    card: str
    critical: bool
    view: AgreementView


@dataclass(frozen=True)
class ToSettle:
    """A call that two people scored differently and nobody has settled yet."""

    url: str
    agent: str
    reference: str
    started: Moment
    scored: Moment


@dataclass(frozen=True)
class AgreementPage:
    """How far people agree; who leads sees every reviewer, others themselves alone.

    `poor` is how many items are ambiguous. `bound` and `fewest` are what that means.
    """

    template: ClassVar[str] = "agreement/show.html"
    bound: ClassVar[float] = BOUND
    fewest: ClassVar[int] = FEWEST
    leads: bool
    items: tuple[ItemLine, ...]
    poor: int
    reviewers: tuple[LeniencyView, ...]
    corrected: CorrectedView | None
    to_settle: tuple[ToSettle, ...]
    teams: tuple[Choice, ...]
    first: date
    last: date


@router.get("/agreement")
def show_agreement(
    request: Request,
    session: SessionDep,
    user: Annotated[User, Allow(may_see_agreement)],
    asked: Annotated[AgreementFilter, Query()],
) -> Response:
    return render(request, _page(session, user, asked, words_for(request)))


def _page(session: Session, user: User, asked: AgreementFilter, words: Translator) -> AgreementPage:
    first, last = asked.within(clock.now().astimezone(site_zone(session, user)).date())
    chosen = Filter(first, last + timedelta(days=1), asked.team)
    leads = may_settle(user)
    items = tuple(_lines(session, agreement.by_item(session, user, chosen), words))
    return AgreementPage(
        leads=leads,
        items=items,
        poor=sum(one.view.shown.tone == "fail" for one in items),
        reviewers=_reviewers(session, user, chosen, words),
        corrected=corrected_view(agreement.corrected(session, user, chosen)) if leads else None,
        to_settle=to_settle(session, user, words, LISTED) if leads else (),
        teams=_teams(session, user, asked),
        first=first,
        last=last,
    )


def _lines(session: Session, found: tuple[ItemAgreement, ...], words: Translator) -> list[ItemLine]:
    cards: dict[str, Scorecard | None] = {one.card.id: one.card for one in all_active(session).values()}
    lines = []
    for one in found:
        if one.scorecard not in cards:
            stored = scorecards.versions_of(session, one.scorecard)
            cards[one.scorecard] = scorecards.card(session, stored[0].version) if stored else None
        card = cards[one.scorecard]
        item = next((item for item in card.items if item.id == one.item), None) if card else None
        lines.append(
            ItemLine(
                url=f"/items/{one.item}?card={one.scorecard}",
                title=card.text(item.title, words.language) if card and item else one.item,
                card=card.text(card.title, words.language) if card else one.scorecard,
                critical=bool(item and item.critical),
                view=agreement_view(one, words),
            )
        )
    return lines


def _reviewers(session: Session, user: User, chosen: Filter, words: Translator) -> tuple[LeniencyView, ...]:
    """Reviewers by name, never by how they compare."""
    found = agreement.by_reviewer(session, user, chosen)
    shown = [one for one in found if may_settle(user) or one.reviewer == user.id]
    names = accounts.names(session, {one.reviewer for one in shown})
    views = [leniency_view(one, names.get(one.reviewer, ""), words) for one in shown]
    return tuple(sorted(views, key=lambda one: one.name.casefold()))


def to_settle(session: Session, user: User, words: Translator, limit: int) -> tuple[ToSettle, ...]:
    """The calls that two people scored differently and nobody has settled yet, those first that wait longest."""
    found = second_queries.unsettled(session, user, limit)
    frame, zone = Frame(session, user, [call for _, call in found]), zone_of(session, user)
    return tuple(
        ToSettle(
            url=f"/agreement/calls/{one.id}",
            agent=frame.agent(call) or words.gettext("Unknown agent"),
            reference=call.external_id or f"#{id_of(call)}",
            started=frame.started(call),
            scored=moment(one.compared_at or one.opened_at, zone),
        )
        for one, call in found
    )


def _teams(session: Session, user: User, asked: AgreementFilter) -> tuple[Choice, ...]:
    sees_all = user.role == Role.ADMIN or user.team_id is None
    teams = [team for team in accounts.teams(session) if sees_all or team.id == user.team_id]
    return tuple(Choice(str(one.id), one.name, one.id == asked.team) for one in teams)
