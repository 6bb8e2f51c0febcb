"""Verdicts and levels as a person chooses among them in a form, and as they are told again."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.evidence import Verdict
from app.domain.scorecard import Item
from app.kit.i18n import Translator
from app.reports.wording import VERDICTS, Shown, item_points
from app.reviews.decisions import DECISIONS, NotADecision

_LEVEL = "level:"


@dataclass(frozen=True)
class VerdictChoice:
    """One verdict that can be chosen; `value` is what the form sends: "pass", "level:3"."""

    value: str
    shown: Shown
    chosen: bool = False


def verdict_choices(
    item: Item, words: Translator, chosen: str = "", without: Sequence[str] = ()
) -> tuple[VerdictChoice, ...]:
    """What can be said of an item: pass, fail or not applicable; of a graded one its levels, or not applicable."""
    values = [_LEVEL + f"{level:g}" for level in item.levels or ()] or [Verdict.PASS.value, Verdict.FAIL.value]
    return tuple(
        VerdictChoice(value, told(item, *chosen_by(value), words), value == chosen)
        for value in (*values, Verdict.NOT_APPLICABLE.value)
        if value not in without
    )


def chosen_by(value: str) -> tuple[Verdict | None, float | None]:
    """The verdict or the level (points) that a form sent."""
    if value.startswith(_LEVEL):
        try:
            return None, float(value.removeprefix(_LEVEL))
        except ValueError as error:
            raise NotADecision from error
    if value not in [one.value for one in DECISIONS]:
        raise NotADecision
    return Verdict(value), None


def as_chosen(verdict: Verdict, level: float | None) -> str:
    """A verdict as the form would send it."""
    return verdict.value if level is None else _LEVEL + f"{level:g}"


def told(item: Item | None, verdict: Verdict | None, level: float | None, words: Translator) -> Shown:
    """A verdict in words, with the level of a graded item: "Pass 3/5"."""
    if level is not None and item is not None:
        verdict = item.verdict_of(level) or verdict
    shown = VERDICTS[verdict or Verdict.UNSCORED]
    word = words.gettext(shown.word)
    if level is not None and item is not None:
        word = f"{word} {item_points(level)}/{item_points(item.points)}"
    return shown._replace(word=word)
