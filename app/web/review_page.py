"""The review screen: all that its template and its script are given, from the call, its scorecard and the verdicts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from app.calls.models import Call
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.domain.scorecard import Scorecard
from app.domain.scoring import Score
from app.domain.transcript import Transcript
from app.kit.i18n import Translator
from app.reports.wording import OUTCOMES, VERDICTS, Shown, number, score_range
from app.reviews.models import Review, ReviewVerdict
from app.web.agents_heard import AgentsHeard
from app.web.leave_forms import AsideView, LeaveView
from app.web.listening import Badge, ListenView, Mark, listening
from app.web.review_items import Decision, ItemView, decision, item_view
from app.web.times import Moment


@dataclass(frozen=True)
class Totals:
    """What the verdicts add up to, with those of people in place of the machine's; points of 100."""

    score: float | None
    low: float | None
    high: float | None
    passed: bool | None
    critical_failed: bool
    to_confirm: int
    can_submit: bool


@dataclass(frozen=True)
class InQueue:
    """Where a review stands in somebody's queue ("7 of 24"), the way back, who else is at it, and the ways out."""

    position: str = ""
    url: str = "/queue"
    at_it: str = ""
    leave: LeaveView | None = None
    aside: AsideView | None = None


@dataclass(frozen=True)
class SectionView:
    """A part of the scorecard with its items."""

    title: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True)
class ReviewPage:
    """The review screen of one call; `blind`: nothing of what the machine found is in it."""

    template: ClassVar[str] = "reviews/show.html"

    id: int
    call: int
    url: str
    editable: bool
    submitted: bool
    blind: bool
    place: InQueue
    agent: str
    customer: str
    reference: str
    started: Moment
    card: str
    pass_mark: float
    machine_score: str
    score: str
    range: str
    outcome: Shown
    totals: Totals
    sections: tuple[SectionView, ...]
    listening: ListenView

    @property
    def items(self) -> tuple[ItemView, ...]:
        """The items in the order of their numbers."""
        return tuple(sorted((item for part in self.sections for item in part.items), key=lambda item: item.number))

    @property
    def data(self) -> dict[str, Any]:
        """What the script is given, as JSON."""
        return {
            "url": self.url,
            "call": self.call,
            "editable": self.editable,
            "blind": self.blind,
            "passMark": self.pass_mark,
            "totals": asdict(self.totals),
            "items": [item.data for item in self.items],
            **self.listening.data,
        }


def review_page(
    review: Review,
    call: Call,
    transcript: Transcript,
    card: Scorecard,
    machine: Score,
    score: Score,
    decided: Sequence[ReviewVerdict],
    people: Mapping[int, str],
    words: Translator,
    *,
    may_edit: bool,
    agent: str,
    started: Moment,
    place: InQueue = InQueue(),
    advice: Mapping[str, str] | None = None,
    heard: AgentsHeard = AgentsHeard(),  # noqa: B008 (it is frozen)
    unmutes: bool = False,
) -> ReviewPage:
    """The screen of a review: `machine` as it was found, `score` with the verdicts of people in its place.

    `people` are the names of those who decided, by id; `started`, the `place` in the queue and the `advice` on items
    are shown as they are.
    """
    rows = {row.item_id: row for row in decided}
    found = {finding.id: finding for finding in machine.findings}
    earned = {finding.id: finding.points for finding in score.findings}
    items = {
        item.id: item_view(
            item,
            found[item.id],
            earned[item.id],
            _decision(rows.get(item.id), people),
            at,
            card,
            transcript,
            words,
            (advice or {}).get(item.id, ""),
            heard,
        )
        for at, item in enumerate(card.items, 1)
    }
    editable = may_edit and review.state == ReviewState.OPEN
    shown = OUTCOMES[score.outcome]
    return ReviewPage(
        id=review.id or 0,
        call=review.call_id,
        url=f"/reviews/{review.id}",
        editable=editable,
        submitted=review.counts,
        blind=review.hides_machine,
        place=place,
        agent=agent,
        customer=call.customer_name or transcript.customer_name or "",
        reference=call.external_id or str(call.id),
        started=started,
        card=card.text(card.title, words.language),
        pass_mark=card.pass_mark,
        machine_score="" if review.hides_machine else number(machine.score),
        score=number(score.score),
        range=score_range(score),
        outcome=shown._replace(word=words.gettext(shown.word)),
        totals=totals(score, decided, editable),
        sections=tuple(
            SectionView(
                title=card.text(part.title, words.language),
                items=tuple(items[item.id] for item in card.items if item.section == part.id),
            )
            for part in card.sections
            if any(item.section == part.id for item in card.items)
        ),
        listening=_listening(call, transcript, machine, items, words, heard, unmutes),
    )


def totals(score: Score, decided: Sequence[ReviewVerdict], editable: bool) -> Totals:
    """The sum as the script is told it, after every change anew."""
    confirmed = {row.item_id for row in decided if not row.outdated}
    left = sum(finding.id not in confirmed for finding in score.findings)
    return Totals(
        score=score.score,
        low=score.low,
        high=score.high,
        passed=score.passed,
        critical_failed=score.critical_failed,
        to_confirm=left,
        can_submit=editable and left == 0,
    )


def _decision(row: ReviewVerdict | None, people: Mapping[int, str]) -> Decision:
    return decision(row, people.get(row.decided_by, "")) if row else Decision()


def _listening(
    call: Call,
    transcript: Transcript,
    machine: Score,
    items: Mapping[str, ItemView],
    words: Translator,
    heard: AgentsHeard,
    unmutes: bool,
) -> ListenView:
    marks: dict[int, list[Mark]] = defaultdict(list)
    badges: dict[int, list[Badge]] = defaultdict(list)
    for finding in machine.findings:
        for piece in finding.evidence:
            if piece.turn is not None and piece.speaker is not None:
                item = items[finding.id]
                marks[piece.turn].append(Mark(item.number, piece.quote))
                badges[piece.turn].append(_badge(item))
    return listening(call, transcript, words, marks, badges, heard, unmutes)


def _badge(item: ItemView) -> Badge:
    verdict = item.decided.verdict
    if verdict is None:
        return Badge(item.number, item.shown.tone, "machine")
    return Badge(item.number, VERDICTS[Verdict(verdict)].tone, "person")
