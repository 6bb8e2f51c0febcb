"""How verdicts, scores, times and languages are written for people, on a page and in a terminal alike."""

from typing import NamedTuple

from app.domain.evidence import Searched, Verdict
from app.domain.scoring import Score
from app.domain.transcript import Speaker
from app.kit.i18n import N_


class Shown(NamedTuple):
    """A verdict or outcome as it is shown: never by colour alone; `tone` names the colour."""

    glyph: str
    word: str
    tone: str


VERDICTS = {
    Verdict.PASS: Shown("✓", N_("Pass"), "pass"),
    Verdict.FAIL: Shown("✕", N_("Fail"), "fail"),
    Verdict.NOT_APPLICABLE: Shown("–", N_("N/A"), "neutral"),
    Verdict.UNCERTAIN: Shown("?", N_("Can't tell"), "caution"),
    Verdict.UNSCORED: Shown("○", N_("For a person"), "neutral"),
}
OUTCOMES = {
    "passed": Shown("✓", N_("Passed"), "pass"),
    "failed": Shown("✕", N_("Failed"), "fail"),
    "open": Shown("?", N_("Open"), "caution"),
    "not applicable": Shown("–", N_("Not applicable"), "neutral"),
}
SPEAKERS = {Speaker.AGENT: N_("Agent"), Speaker.CUSTOMER: N_("Customer"), Speaker.SYSTEM: N_("Announcement")}
# What was heard and not said, as evidence names it.
HEARD = {
    "hold: music": N_("Hold with music"),
    "hold: announcement": N_("Hold with announcements"),
    "hold: silence": N_("Silent hold"),
    "hold: unknown": N_("Hold"),
    "silence": N_("Silence"),
}
LANGUAGES = {"en": N_("English"), "zh": N_("Chinese"), "ja": N_("Japanese")}


def language_name(code: str) -> str:
    return LANGUAGES.get(code.lower().replace("_", "-").split("-")[0], code)


def clock(seconds: float | None) -> str:
    """A moment or a length as minutes and seconds, hours only when there are any."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def number(value: float | None) -> str:
    """Points without needless digits: 88.5, 100, or a dash."""
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")


def points(earned: float | None, possible: float) -> str:
    """What an item has earned of what it is worth: "3/5", or "–/5" while it is not decided."""
    return f"{'–' if earned is None else item_points(earned)}/{item_points(possible)}"


def item_points(value: float) -> str:
    """Points of an item or of one of its levels; levels lie closer together than scores: 2.25."""
    return f"{round(value, 2):g}"


def score_range(score: Score) -> str:
    """What the score may still become, "61–92"; empty when nothing is open."""
    if score.low is None or score.low == score.high:
        return ""
    return f"{number(score.low)}–{number(score.high)}"


def searched_in(searched: Searched) -> str:
    """Where somebody looked in vain: "the agent, 0:00–0:20, turns 1–3"."""
    parts = [f"the {SPEAKERS[searched.speaker].lower()}" if searched.speaker else "everybody"]
    if searched.start is not None:
        parts.append(f"{clock(searched.start)}–{clock(searched.end)}")
    if searched.from_turn is not None and searched.to_turn is not None:
        first, last = searched.from_turn + 1, searched.to_turn + 1
        parts.append(f"turn {first}" if first == last else f"turns {first}–{last}")
    return ", ".join(parts)
