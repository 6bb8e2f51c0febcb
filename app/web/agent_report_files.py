"""The individual report of an agent as tables for a file: numbers as numbers, each with what it is of."""

from collections.abc import Iterator, Sequence

from app.domain.metrics import Rate
from app.kit.csv_files import Cell
from app.kit.i18n import N_, Translator
from app.kit.xlsx_files import Table
from app.web.agent_report_views import ReportPage
from app.web.indicator_files import JUDGED_HEADS, VALUE_HEADS, judged_cells, value_cells

HEADS = (N_("Part"), N_("What"), *VALUE_HEADS, *JUDGED_HEADS, N_("Own past"))
# What stands in place of target, origin, standing, note and own past.
NOTHING: tuple[Cell, ...] = (None, "", "", "", "")


def report_tables(page: ReportPage, words: Translator) -> list[Table]:
    """A sheet of what the report is about, and one for each of its parts."""
    _ = words.gettext
    about: list[tuple[Cell, ...]] = [
        (_("Agent"), page.name),
        (_("Team"), page.team),
        (_("From"), page.first.isoformat()),
        (_("To"), page.last.isoformat()),
    ]
    heads = tuple(_(one) for one in HEADS[1:])
    parts: dict[str, list[tuple[Cell, ...]]] = {}
    for part, *row in _rows(page, words):
        parts.setdefault(str(part), []).append(tuple(row))
    return [Table(_("About"), ("", ""), about), *(Table(part, heads, rows) for part, rows in parts.items())]


def in_one(page: ReportPage, words: Translator) -> Table:
    """All parts below each other, each row with the part that it belongs to."""
    return Table(page.name, tuple(words.gettext(one) for one in HEADS), list(_rows(page, words)))


def _rows(page: ReportPage, words: Translator) -> Iterator[tuple[Cell, ...]]:
    """Part, what it is, its value with range and count, its target, and what may be said."""
    _ = words.gettext
    for one in (*(line for group in page.groups for line in group.lines), *page.without):
        past = one.past.shown.word if one.past else ""
        yield _("Indicators"), one.name, *value_cells(one.measured, words), *judged_cells(one), past
    passed = page.reviewed
    yield _("Reviewed calls"), _("Pass rate"), *_share(passed.rate), *NOTHING
    mean = float(passed.mean_score) if passed.mean_score else None
    yield _("Reviewed calls"), _("Mean score"), _("points"), mean, None, None, None, passed.n, *NOTHING
    for skill in page.skills:
        yield _("Strengths and weaknesses"), skill.title, *_share(skill.rate), None, "", skill.skill.word, "", ""
    for complaint in page.complaints or ():
        yield _("Complaints"), complaint.category, *_said(complaint.day, complaint.outcome.word)
    for note in page.notes:
        yield _("Coaching"), note.title, *_said(str(note.at), note.state.word)
    for month in page.months or ():
        score = float(month.score) if month.score else None
        known = "" if score is not None else f"{_('Known parts alone')}: {month.known or '–'} ({month.range})"
        yield _("Performance score"), month.month, _("points"), score, None, None, None, None, None, "", "", known, ""
    for fact in page.facts or ():
        points = float(fact.points)
        yield (
            *(_("Results that were entered"), f"{fact.month} {fact.kind}", _("points")),
            *(points, None, None, None, None, None, "", "", fact.note, ""),
        )


def _share(rate: Rate) -> tuple[Cell, ...]:
    ends: Sequence[float | None] = (rate.rate, rate.ci_low, rate.ci_high)
    return "%", *(None if one is None else round(100 * one, 4) for one in ends), rate.count, rate.n


def _said(day: str, word: str) -> tuple[Cell, ...]:
    """A row without numbers: its day stands as the note."""
    return "", None, None, None, None, None, None, "", word, day, ""
