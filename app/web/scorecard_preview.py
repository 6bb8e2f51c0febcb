"""What a scorecard that is being written would do: its faults, its examples, and what changes on a call."""

from dataclasses import dataclass
from typing import ClassVar

from app.domain.scoring import Finding, Score
from app.domain.transcript import Transcript
from app.evaluations.preview import Look
from app.kit.i18n import Translator
from app.reports.quotes import Clips, quotes
from app.reports.wording import OUTCOMES, VERDICTS, Shown, language_name, number, score_range
from app.scorecards.faults import Fault, Weight
from app.web.review_items import told


@dataclass(frozen=True)
class FaultView:
    """Something that is wrong in a line; a warning is to be looked at alone."""

    line: int
    place: str
    words: str
    warns: bool


@dataclass(frozen=True)
class Said:
    """A quotation that a verdict rests on."""

    speaker: str
    tone: str
    time: str
    text: str


@dataclass(frozen=True)
class TriedItem:
    """An item on the call: the verdict of the card that judges, that of the draft, and why; None where it lacks it."""

    id: str
    title: str
    before: Shown | None
    after: Shown | None
    changed: bool
    reason: str
    quotes: tuple[Said, ...]


@dataclass(frozen=True)
class Standing:
    """What a card makes of the whole call."""

    outcome: Shown
    score: str


@dataclass(frozen=True)
class PreviewFragment:
    """What is to be seen beside the editor; `refused` says why nothing is."""

    template: ClassVar[str] = "scorecards/_preview.html"
    refused: str = ""
    faults: tuple[FaultView, ...] = ()
    examples: tuple[FaultView, ...] = ()
    proven: int = 0
    call: int = 0
    label: str = ""
    other_language: str = ""
    before: Standing | None = None
    after: Standing | None = None
    items: tuple[TriedItem, ...] = ()

    @property
    def flips(self) -> int:
        """How many verdicts change."""
        return sum(item.changed for item in self.items)


def preview(look: Look, transcript: Transcript | None, call: int, label: str, words: Translator) -> PreviewFragment:
    """A look at a draft as it is shown."""
    if look.faults:
        return PreviewFragment(faults=faults(look.faults))
    told = PreviewFragment(examples=faults(look.examples), proven=look.proven, call=call, label=label)
    if transcript is None:
        return told
    if look.after is None:
        other = words.gettext(language_name(look.language))
        return PreviewFragment(examples=told.examples, proven=told.proven, other_language=other)
    return PreviewFragment(
        examples=told.examples,
        proven=told.proven,
        call=call,
        label=label,
        before=_standing(look.before, words),
        after=_standing(look.after, words),
        items=_items(look, transcript, words),
    )


def faults(found: tuple[Fault, ...]) -> tuple[FaultView, ...]:
    """What is wrong, as it is shown."""
    return tuple(FaultView(one.line, one.place, one.words, one.weight == Weight.WARNING) for one in found)


def _standing(score: Score | None, words: Translator) -> Standing | None:
    if score is None:
        return None
    shown = OUTCOMES[score.outcome]
    return Standing(shown._replace(word=words.gettext(shown.word)), score_range(score) or number(score.score))


def _items(look: Look, transcript: Transcript, words: Translator) -> tuple[TriedItem, ...]:
    before = {one.id: one for one in look.before.findings} if look.before else {}
    after = {one.id: one for one in look.after.findings} if look.after else {}
    tried = []
    for item in look.items:
        old, new = before.get(item.id), after.get(item.id)
        title = (
            item.title.get(words.language) or item.title.get(look.language) or next(iter(item.title.values()), item.id)
        )
        tried.append(
            TriedItem(
                id=item.id,
                title=title,
                before=_shown(old, words),
                after=_shown(new, words),
                # Without a card to compare with, nothing changes.
                changed=look.before is not None and (old is None or new is None or old.verdict != new.verdict),
                reason=new.reason.said(words) if new is not None else "",
                quotes=_said(new, transcript, words),
            )
        )
    # What changes is what one looks for.
    return tuple(sorted(tried, key=lambda one: not one.changed))


def _shown(finding: Finding | None, words: Translator) -> Shown | None:
    if finding is None:
        return None
    shown = VERDICTS[finding.verdict]
    return shown._replace(word=words.gettext(shown.word))


def _said(finding: Finding | None, transcript: Transcript, words: Translator) -> tuple[Said, ...]:
    if finding is None:
        return ()
    found = quotes(finding.evidence, transcript, Clips(None, ""))
    return tuple(Said(words.gettext(one.speaker), one.tone, one.time, told(one, words)) for one in found)
