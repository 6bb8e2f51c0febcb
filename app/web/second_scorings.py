"""Two scorings of one call side by side, and what a third person settles between them."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_settle
from app.calls import queries as calls
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports.wording import OUTCOMES, Shown
from app.request import Allow, SessionDep, actor
from app.reviews import second, second_queries
from app.reviews.models import DoubleScoring, Review
from app.reviews.second import Settled
from app.web.call_rows import Frame, outcome
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.side_by_side import Side, read, sides
from app.web.times import Moment
from app.web.uploads import FormOf

router = APIRouter()

Settler = Annotated[User, Allow(may_settle)]


@dataclass(frozen=True)
class Scorer:
    """One of the two, and whether the call passed as they scored it."""

    name: str
    shown: Shown
    counts: bool


@dataclass(frozen=True)
class SidesPage:
    """Two scorings of one call; `waits` while nobody has settled what they see differently.

    `alike`: every item is seen alike, and yet the results differ.
    """

    template: ClassVar[str] = "agreement/sides.html"
    id: int
    call: int
    agent: str
    customer: str
    started: Moment
    scorers: tuple[Scorer, ...]
    reference: Shown | None
    sides: tuple[Side, ...]
    waits: bool
    alike: bool
    may_settle: bool
    settled_by: str


@router.get("/agreement/calls/{double_id}")
def show_sides(request: Request, double_id: RowId, session: SessionDep, user: Settler) -> Response:
    double = second_queries.double_scoring(session, user, double_id)
    return render(request, _page(session, user, double, words_for(request)))


@router.post("/agreement/calls/{double_id}")
def settle_sides(
    double_id: RowId, session: SessionDep, user: Settler, form: Annotated[FormData, FormOf(may_settle)]
) -> Response:
    double = second_queries.double_scoring(session, user, double_id)
    passed = {"pass": True, "fail": False}.get(str(form.get("passed", "")))
    second.settle(session, double, user, said(form), actor(user), passed)
    return see_other(f"/agreement/calls/{double_id}", "settled")


def said(form: FormData) -> dict[str, Settled]:
    """What a form says of items: `verdict.ITEM`, with its words beside it."""
    found = {}
    for name, value in form.multi_items():
        kind, _, item = name.partition(".")
        label = read(str(value)) if kind == "verdict" and item else None
        if label is not None:
            found[item] = Settled(label.verdict, str(form.get(f"words.{item}", "")), label.level)
    return found


def _page(session: Session, user: User, double: DoubleScoring, words: Translator) -> SidesPage:
    call = calls.call(session, user, double.call_id)
    frame = Frame(session, user, [call])
    both = [session.get_one(Review, one) for one in (double.first_id, double.second_id)]
    people = {one for one in (double.first_by, double.second_by, double.settled_by) if one is not None}
    names = accounts.names(session, people)
    rows = sides(session, both, second_queries.references(session, double.call_id), words)
    alike = not any(one.differs for one in rows)
    waits = double.settled_at is None and (double.differs or not alike)
    return SidesPage(
        id=id_of(double),
        call=double.call_id,
        agent=frame.agent(call) or words.gettext("Unknown agent"),
        customer=call.customer_name or "",
        started=frame.started(call),
        scorers=(
            Scorer(names.get(double.first_by, ""), _came_out(double.first_passed, words), True),
            Scorer(names.get(double.second_by or 0, ""), _came_out(double.second_passed, words), False),
        ),
        reference=None if waits else _came_out(double.reference_passed, words),
        sides=rows,
        waits=waits,
        alike=alike,
        may_settle=waits and second.may_settle_it(session, user, double),
        settled_by=names.get(double.settled_by or 0, ""),
    )


def _came_out(passed: bool | None, words: Translator) -> Shown:
    shown = OUTCOMES[outcome(passed, None)]
    return shown._replace(word=words.gettext(shown.word))
