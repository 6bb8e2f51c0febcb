"""What the pages of the indicators show, as tables for a file: numbers as numbers, each with what it is of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.accounts.models import User
from app.domain.metrics import Unit
from app.kit import clock
from app.kit.csv_files import Cell
from app.kit.i18n import N_, Translator
from app.kit.xlsx_files import Table
from app.reports.indicator_past import Step
from app.reports.indicators import Measured, indicator
from app.targets.values import TOLD
from app.web.indicator_filter import IndicatorFilter
from app.web.indicator_page import BROKEN_DOWN, IndicatorPage, broken_down, group_lines, in_unit
from app.web.indicator_views import IndicatorLine
from app.web.note_views import today_on_site

VALUE_HEADS = (
    N_("Unit"),
    N_("Value"),
    N_("Range from (95 of 100)"),
    N_("Range to (95 of 100)"),
    N_("Count"),
    N_("Of"),
)
JUDGED_HEADS = (N_("Target"), N_("Where the target comes from"), N_("Standing"), N_("Note"))


@dataclass(frozen=True)
class NamedTable:
    """A table of an indicator's page: what its rows are by, and as a sheet."""

    by: str
    sheet: Table


def list_tables(lines: Sequence[IndicatorLine], first: date, last: date, words: Translator) -> list[Table]:
    """The indicators, and their last weeks or months."""
    _ = words.gettext
    heads = [_(one) for one in (*VALUE_HEADS, *JUDGED_HEADS, N_("Own past"))]
    rows = [
        (one.name, *value_cells(one.measured, words), *judged_cells(one), one.past.shown.word if one.past else "")
        for one in lines
    ]
    about = [(_("From"), first.isoformat()), (_("To"), last.isoformat())]
    return [
        Table(_("Indicators"), (_("Indicator"), *heads), rows),
        Table(_("Definitions"), (_("Indicator"), _("Definition")), [(one.name, one.definition) for one in lines]),
        Table(_("About"), ("", ""), about),
    ]


def indicator_tables(
    session: Session, user: User, page: IndicatorPage, asked: IndicatorFilter, words: Translator
) -> list[NamedTable]:
    """One indicator: its value, its run, and its values by all that it can be told by."""
    _, known = words.gettext, indicator(page.id)
    chosen = asked.chosen(today_on_site(session, user, clock.now()), user)
    heads = (page.name, *(_(one) for one in (*VALUE_HEADS, *JUDGED_HEADS)))
    whole = [(one.name, *value_cells(one.measured, words), *judged_cells(one)) for one in page.lines]
    steps = [
        (_step_name(one.title, step), *_step_cells(step, words), "", "", "", "")
        for one in page.charts
        for step in one.past.steps
    ]
    tables = [
        NamedTable(_("Whole"), Table(_("Whole"), heads, whole)),
        NamedTable(page.head, Table(page.head, heads, steps)),
    ]
    for by in broken_down(known):
        lines = page.groups if by == page.by else group_lines(session, user, known, by, chosen, asked, words)
        rows = [(one.name, *value_cells(one.line.measured, words), *judged_cells(one.line)) for one in lines]
        tables.append(NamedTable(_(BROKEN_DOWN[by]), Table(_(BROKEN_DOWN[by]), heads, rows)))
    return tables


def one_table(tables: Sequence[NamedTable], words: Translator) -> Table:
    """All tables below each other, each row with what it is by."""
    header = (words.gettext("Table"), *tables[0].sheet.header)
    return Table("", header, [(one.by, *row) for one in tables for row in one.sheet.rows])


def value_cells(one: Measured, words: Translator) -> tuple[Cell, ...]:
    """Unit, value, range, count and of how many; shares in percent."""
    unit = one.currency or unit_name(one.indicator.unit, words)
    rate = one.rate
    if rate is None or rate.rate is None:
        return unit, None, None, None, None, None
    ends = (_rounded(one.indicator.unit, end) for end in (rate.rate, rate.ci_low, rate.ci_high))
    return unit, *ends, rate.count, rate.n


def judged_cells(one: IndicatorLine) -> tuple[Cell, ...]:
    """The target, where it comes from, what may be said of it, and why there is no value."""
    target = one.measured.target
    aimed = _rounded(one.measured.indicator.unit, target.value) if target else None
    return aimed, one.origin, one.shown.word if one.shown else "", one.note


def unit_name(unit: Unit, words: Translator) -> str:
    """What stands behind a number: "%", "s", "per 1,000"."""
    return words.gettext(TOLD[unit]).format("").strip() or words.gettext("number")


def _rounded(unit: Unit, value: float | None) -> float | None:
    return None if value is None else round(in_unit(unit, value), 4)


def _step_name(title: str, step: Step) -> str:
    return f"{title}: {step.first_day.isoformat()}"


def _step_cells(step: Step, words: Translator) -> tuple[Cell, ...]:
    return value_cells(step.measured, words) if step.measured else (None,) * 6
