"""Complaints traced back to their calls: had anybody caught them, and which items go with complaints."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from app.accounts.models import User
from app.complaints.models import ComplaintCategory
from app.domain.evidence import Verdict
from app.domain.metrics.share_difference import ShareDifference, holm, share_difference
from app.domain.scorecard import Scorecard
from app.reports import complaint_link_queries as queries
from app.reports.complaint_link_queries import About, Judged, Which
from app.reports.queries import Filter, Source
from app.scorecards import queries as scorecards

# The sections of the shipped scorecards that are about what is complained of; a scorecard of one's own that names its
# sections otherwise is asked only whether the call failed.
SECTIONS = {
    ComplaintCategory.ATTITUDE: ("overall", "handling"),
    ComplaintCategory.INFORMATION: ("knowledge",),
    ComplaintCategory.RESOLUTION: ("handling", "knowledge"),
    ComplaintCategory.WAITING: ("hold",),
    ComplaintCategory.OTHER: (),
}
# A difference stands when so small a p value is left after the correction for many tests.
LEVEL = 0.05


class Caught(StrEnum):
    """Whether a judgement of the call shows what was complained of.

    `caught`: the call failed, or an item of the kind that was complained of. `passed`: neither. `open`: not decided.
    `not_judged`: there is no such judgement.
    """

    CAUGHT = "caught"
    PASSED = "passed"
    OPEN = "open"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True)
class Item:
    """An item that failed: its id, the version that it stands in, and whether it is of the kind complained of."""

    id: str
    version: str
    matches: bool


@dataclass(frozen=True)
class Side:
    """What people or the machine made of the call; `after` the complaint had come, it can have been no warning."""

    caught: Caught
    after: bool = False
    failed: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Link:
    """A complaint with what was found in its call: by people in the review that counts, and by the machine."""

    complaint_id: int
    call_id: int
    category: ComplaintCategory
    review: Side
    machine: Side


@dataclass(frozen=True)
class Summary:
    """Of the upheld complaints, those with a call, and how many of these were caught; `upheld` are all there are.

    `by_review` and `by_machine` were caught before the complaint came; `…_after` only afterwards.
    `not_reviewed` have no submitted review at all, `missed` were judged by both and caught by neither.
    """

    upheld: int
    with_call: int
    by_review: int
    by_review_after: int
    by_machine: int
    by_machine_after: int
    not_reviewed: int
    missed: int


@dataclass(frozen=True)
class ItemLink:
    """How often a complaint was upheld about calls that failed an item, and about those that passed it.

    `adjusted` is the p value after Holm's correction for all items that were looked at; `stands`: it is small enough.
    """

    scorecard: str
    item: str
    difference: ShareDifference
    adjusted: float

    @property
    def stands(self) -> bool:
        return self.difference.is_shown and self.adjusted < LEVEL


@dataclass(frozen=True)
class ItemLinks:
    """The items that were looked at, those that go with complaints most clearly first.

    Of `tested` items about `by_chance` would seem to go with complaints, one way or the other, if none did.
    """

    source: Source
    items: tuple[ItemLink, ...]

    @property
    def tested(self) -> int:
        return len(self.items)

    @property
    def by_chance(self) -> float:
        return LEVEL * len(self.items)


def links(session: Session, user: User, complaint_ids: Sequence[int]) -> dict[int, Link]:
    """What was found in the calls of these complaints, by complaint."""
    found = _links(session, queries.with_call(session, user, complaint_ids))
    return {one.complaint_id: one for one in found}


def summary(session: Session, user: User, which: Which) -> Summary:
    """How many of the upheld complaints had been caught."""
    found = _links(session, queries.upheld_with_call(session, user, which))
    by_review, by_machine = (
        [side for side in sides if side.caught == Caught.CAUGHT]
        for sides in ([one.review for one in found], [one.machine for one in found])
    )
    return Summary(
        upheld=queries.count_upheld(session, user, which),
        with_call=len(found),
        by_review=sum(not one.after for one in by_review),
        by_review_after=sum(one.after for one in by_review),
        by_machine=sum(not one.after for one in by_machine),
        by_machine_after=sum(one.after for one in by_machine),
        not_reviewed=sum(one.review.caught == Caught.NOT_JUDGED for one in found),
        missed=sum({one.review.caught, one.machine.caught} == {Caught.PASSED} for one in found),
    )


def item_links(session: Session, user: User, source: Source, chosen: Filter) -> ItemLinks:
    """Which items go with complaints, among the calls of these days that were fairly picked.

    Calls picked for a risk, such as a complaint, or by a person would be failed more often because somebody knew: of
    people's verdicts only those on calls drawn by chance, or reviewed as all are, are compared.
    """
    every = queries.verdicts_of_all(session, user, source, chosen)
    complained = queries.verdicts_of_complained(session, user, source, chosen)
    cards = {card for card, _ in complained}
    found: list[tuple[tuple[str, str], ShareDifference]] = []
    for key, whole in every.items():
        if key[0] not in cards:
            continue
        counts = complained.get(key, Counter[str]())
        passed, failed = (
            (min(counts[one.value], whole[one.value]), whole[one.value]) for one in (Verdict.PASS, Verdict.FAIL)
        )
        if passed[1] and failed[1]:
            found.append((key, share_difference(passed, failed)))
    adjusted = holm([one.chance or 0.0 for _, one in found])
    lines = [ItemLink(*key, one, chance) for (key, one), chance in zip(found, adjusted, strict=True)]
    lines.sort(
        key=lambda one: (one.adjusted, one.difference.chance or 0.0, -(one.difference.difference or 0.0), one.item)
    )
    return ItemLinks(source, tuple(lines))


def _links(session: Session, about: Sequence[About]) -> list[Link]:
    call_ids = {one.call_id for one in about}
    reviews = queries.reviews_of(session, call_ids)
    evaluations = queries.evaluations_of(session, call_ids)
    machine = {one.complaint_id: _at_the_time(evaluations.get(one.call_id, ()), one.received_at) for one in about}
    by_people = queries.failed_by_people(session, (one.id for one in reviews.values()))
    by_machine = queries.failed_by_machine(session, (one.id for one in machine.values() if one is not None))

    def card(version: str) -> Scorecard:
        return scorecards.card(session, version)

    return [
        Link(
            one.complaint_id,
            one.call_id,
            one.category,
            _side(reviews.get(one.call_id), by_people, one, card),
            _side(machine[one.complaint_id], by_machine, one, card),
        )
        for one in about
    ]


def _at_the_time(found: Sequence[Judged], received_at: datetime) -> Judged | None:
    """What the machine said when the complaint came; where it had not judged the call yet, what it said first."""
    before = [one for one in found if one.at <= received_at]
    return before[-1] if before else next(iter(found), None)


def _side(judged: Judged | None, failed: dict[int, list[str]], about: About, card: Callable[[str], Scorecard]) -> Side:
    if judged is None:
        return Side(Caught.NOT_JUDGED)
    sections = {item.id: item.section for item in card(judged.version).items}
    kind = SECTIONS[about.category]
    items = tuple(Item(one, judged.version, sections.get(one) in kind) for one in failed.get(judged.id, ()))
    if judged.passed is False or any(one.matches for one in items):
        caught = Caught.CAUGHT
    else:
        caught = Caught.OPEN if judged.passed is None else Caught.PASSED
    return Side(caught, judged.at > about.received_at, items)
