"""The page of one calibration: who has scored what; once all have, what each of them saw, and what is agreed on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_lead_calibrations
from app.calls import queries as calls
from app.domain.agreement import ac1
from app.domain.lifecycle import ReviewState
from app.domain.metrics import share
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports.wording import clock
from app.reviews import calibration, second_queries
from app.reviews.models import Calibration, Review
from app.scorecards import queries as scorecards
from app.web.call_rows import Frame
from app.web.coefficients import Figure, coefficient
from app.web.shares import ShareView, share_view
from app.web.side_by_side import Side, sides
from app.web.times import Moment, moment, zone_of


@dataclass(frozen=True)
class Progress:
    """How many of the calls somebody has submitted; once all is known, how far they are from the reference."""

    name: str
    done: int
    of: int
    distance: ShareView | None


@dataclass(frozen=True)
class CallSides:
    """A call of the calibration; `review` is the reader's own, to be done; `sides` are empty while it is blind."""

    id: int
    agent: str
    customer: str
    reference: str
    started: Moment
    length: str
    review: str
    done: bool
    names: tuple[str, ...]
    sides: tuple[Side, ...]

    @property
    def differing(self) -> int:
        return sum(one.differs for one in self.sides)

    @property
    def open(self) -> int:
        """How many items people see differently and nobody has agreed on."""
        return sum(one.differs and one.reference is None for one in self.sides)


@dataclass(frozen=True)
class ItemFigure:
    """How far those who took part agree about an item, over all calls."""

    title: str
    n: int
    figure: Figure


@dataclass(frozen=True)
class CalibrationPage:
    """One calibration; `blind` until everybody has submitted, or who leads it has ended the scoring."""

    template: ClassVar[str] = "calibrations/show.html"
    id: int
    title: str
    opened_by: str
    due: Moment
    blind: bool
    closed: bool
    closed_by: str
    leads: bool
    left: int
    people: tuple[Progress, ...]
    calls: tuple[CallSides, ...]
    items: tuple[ItemFigure, ...]

    @property
    def may_close(self) -> bool:
        return self.leads and not self.blind and not self.closed and not any(one.open for one in self.calls)


def calibration_page(session: Session, user: User, found: Calibration, words: Translator) -> CalibrationPage:
    """The page of a calibration for this person: of others' verdicts nothing while it is blind."""
    given = second_queries.reviews_in(session, [id_of(found)])
    seats = second_queries.seats(session, [id_of(found)])[id_of(found)]
    people = {*seats, found.opened_by, *((found.closed_by,) if found.closed_by else ())}
    names, blind = accounts.names(session, people), found.ended_at is None
    shown = _calls(session, user, found, given, words)
    return CalibrationPage(
        id=id_of(found),
        title=found.title,
        opened_by=names.get(found.opened_by, ""),
        due=moment(found.due_at - timedelta(seconds=1), zone_of(session, user)),
        blind=blind,
        closed=found.closed_at is not None,
        closed_by=names.get(found.closed_by or 0, ""),
        leads=may_lead_calibrations(user),
        left=sum(one.state == ReviewState.OPEN and one.assigned_to == user.id for one in given),
        people=_people(session, found, given, seats, names),
        calls=shown,
        items=() if blind else _items(session, found, given, words),
    )


def _people(
    session: Session, found: Calibration, given: Sequence[Review], seats: list[int], names: dict[int, str]
) -> tuple[Progress, ...]:
    far: dict[int, tuple[int, int]] = {}
    if found.ended_at is not None:
        scored = calibration.verdicts(session, id_of(found))
        references = {one: second_queries.references(session, one, id_of(found)) for one in scored}
        far = calibration.distances(scored, references)
    calls_in = len({one.call_id for one in given})
    rows = []
    for who in seats:
        done = sum(one.assigned_to == who and one.state == ReviewState.COMPARED for one in given)
        distance = share_view(share(*far[who])) if who in far else None
        rows.append(Progress(names.get(who, ""), done, calls_in, distance))
    return tuple(sorted(rows, key=lambda one: one.name.casefold()))


def _calls(
    session: Session, user: User, found: Calibration, given: Sequence[Review], words: Translator
) -> tuple[CallSides, ...]:
    ids = list(dict.fromkeys(one.call_id for one in given))
    seen = {id_of(one): one for one in calls.some(session, user, ids)}
    frame = Frame(session, user, list(seen.values()))
    rows = []
    for of in (one for one in ids if one in seen):
        call, own = seen[of], next((one for one in given if one.call_id == of and one.assigned_to == user.id), None)
        done = [one for one in given if one.call_id == of and one.state == ReviewState.COMPARED]
        if found.ended_at is None:
            done = []
        names = accounts.names(session, {one.reviewer_id or 0 for one in done})
        done.sort(key=lambda one: names.get(one.reviewer_id or 0, "").casefold())
        references = second_queries.references(session, of, id_of(found)) if done else {}
        rows.append(
            CallSides(
                id=of,
                agent=frame.agent(call) or words.gettext("Unknown agent"),
                customer=call.customer_name or "",
                reference=call.external_id or f"#{of}",
                started=frame.started(call),
                length=clock(call.duration),
                review=f"/reviews/{own.id}" if own and own.state == ReviewState.OPEN else "",
                done=own is not None and own.state == ReviewState.COMPARED,
                names=tuple(names.get(one.reviewer_id or 0, "") for one in done),
                sides=sides(session, done, references, words) if done else (),
            )
        )
    return tuple(rows)


def _items(session: Session, found: Calibration, given: Sequence[Review], words: Translator) -> tuple[ItemFigure, ...]:
    """AC1 of each item over the calls, those first about which they agree least."""
    titles: dict[str, str] = {}
    for evaluation in {one.evaluation_id for one in given}:
        card = scorecards.card(session, session.get_one(Evaluation, evaluation).scorecard_version)
        titles |= {item.id: card.text(item.title, words.language) for item in card.items}
    ratings: dict[str, Counter[tuple[str, ...]]] = {}
    for by_item in calibration.verdicts(session, id_of(found)).values():
        for item, said in by_item.items():
            ratings.setdefault(item, Counter())[tuple(one.verdict.value for one in said.values())] += 1
    figures = {item: ac1(one) for item, one in ratings.items()}
    told = sorted(figures.items(), key=lambda one: (2.0 if one[1].value is None else one[1].value, one[0]))
    return tuple(ItemFigure(titles.get(item, item), one.n, coefficient(one)) for item, one in told)
