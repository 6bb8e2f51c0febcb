"""What several people found about the same items of a call, those first that they see differently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts import queries as accounts
from app.domain.evidence import Verdict
from app.domain.scorecard import Item, Scorecard
from app.domain.scoring import Finding
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports.wording import VERDICTS, Shown, clock, points
from app.reviews import queries as reviews
from app.reviews.decisions import DECISIONS
from app.reviews.models import ReferenceVerdict, Review, ReviewVerdict
from app.reviews.second import Label, labels
from app.scorecards import queries as scorecards

# So much of what the machine found is shown beside an item; all of it stands on the page of the call.
MOST_QUOTES = 3


@dataclass(frozen=True)
class Opinion:
    """What one person said of an item, and what they noted down."""

    name: str
    shown: Shown | None
    note: str
    differs: bool


@dataclass(frozen=True)
class Quote:
    """What the machine found beside it, and when it was said."""

    time: str
    text: str


@dataclass(frozen=True)
class ReferenceView:
    """What is held to be right, and why."""

    shown: Shown
    value: str
    words: str
    by: str


@dataclass(frozen=True)
class Side:
    """An item with what each person said of it."""

    item: str
    number: int
    title: str
    critical: bool
    guidance: str
    opinions: tuple[Opinion, ...]
    quotes: tuple[Quote, ...]
    reference: ReferenceView | None
    choices: tuple[tuple[str, Shown], ...]

    @property
    def differs(self) -> bool:
        return len({one.shown.word for one in self.opinions if one.shown}) > 1


def sides(
    session: Session, given: Sequence[Review], references: Mapping[str, ReferenceVerdict], words: Translator
) -> tuple[Side, ...]:
    """The items of some reviews of one call; the reviews are in the order of their columns."""
    evaluation = session.get_one(Evaluation, given[0].evaluation_id)
    card = scorecards.card(session, evaluation.scorecard_version)
    said = [labels(session, id_of(one)) for one in given]
    noted = [reviews.verdicts(session, id_of(one)) for one in given]
    people = {one.reviewer_id or 0 for one in given} | {one.agreed_by for one in references.values()}
    names = accounts.names(session, people)
    found = {one.id: one for one in evaluations.findings(session, id_of(evaluation))}
    rows = [
        _side(item, number, card, given, said, noted, names, words, references.get(item.id), found.get(item.id))
        for number, item in enumerate(card.items, 1)
    ]
    # Of equals, the order of the scorecard.
    return tuple(sorted(rows, key=lambda one: not one.differs))


def _side(
    item: Item,
    number: int,
    card: Scorecard,
    given: Sequence[Review],
    said: Sequence[Mapping[str, Label]],
    noted: Sequence[Mapping[str, ReviewVerdict]],
    names: Mapping[int, str],
    words: Translator,
    reference: ReferenceVerdict | None,
    found: Finding | None,
) -> Side:
    labelled = [one.get(item.id) for one in said]
    # Of two who differ, neither stands apart.
    most = next((one for one in labelled if 2 * labelled.count(one) > len(labelled)), None)
    return Side(
        item=item.id,
        number=number,
        title=card.text(item.title, words.language),
        critical=item.critical,
        guidance=card.text(item.guidance, words.language),
        opinions=tuple(
            Opinion(
                name=names.get(review.reviewer_id or 0, ""),
                shown=_shown(label, item, words) if label else None,
                note=notes[item.id].note if item.id in notes else "",
                differs=most is not None and label != most,
            )
            for review, label, notes in zip(given, labelled, noted, strict=True)
        ),
        quotes=_quotes(found),
        reference=_reference(reference, item, names, words) if reference else None,
        choices=tuple((written(one), _shown(one, item, words)) for one in _choices(item)),
    )


def _quotes(found: Finding | None) -> tuple[Quote, ...]:
    pieces = found.evidence[:MOST_QUOTES] if found else ()
    return tuple(Quote(clock(one.start), one.quote) for one in pieces)


def _choices(item: Item) -> list[Label]:
    """What can be held to be right about an item: a verdict, or of a graded one a level, the highest first."""
    if item.levels is None:
        return [Label(one) for one in DECISIONS]
    graded = [Label(item.verdict_of(level) or Verdict.FAIL, level) for level in reversed(item.levels)]
    return [*graded, Label(Verdict.NOT_APPLICABLE)]


def _reference(one: ReferenceVerdict, item: Item, names: Mapping[int, str], words: Translator) -> ReferenceView:
    label = Label(one.verdict, one.level)
    return ReferenceView(_shown(label, item, words), written(label), one.words, names.get(one.agreed_by, ""))


def _shown(label: Label, item: Item, words: Translator) -> Shown:
    one = VERDICTS[label.verdict]
    word = words.gettext(one.word)
    return one._replace(word=word if label.level is None else f"{word} {points(label.level, item.points)}")


def written(label: Label) -> str:
    """A choice as a form says it: "pass", or "pass:3" of a graded item."""
    return label.verdict.value if label.level is None else f"{label.verdict.value}:{label.level!r}"


def read(value: str) -> Label | None:
    """The choice that a form says; None: it says none."""
    verdict, _, level = value.partition(":")
    try:
        return Label(Verdict(verdict), float(level) if level else None)
    except ValueError:
        return None
