"""What the page of a team shows, as tables for a file: numbers as numbers, each share beside what it is of."""

from collections.abc import Sequence
from enum import StrEnum

from sqlmodel import Session

from app.domain.metrics import Rate
from app.kit.csv_files import Cell
from app.kit.i18n import N_, Translator
from app.kit.xlsx_files import Table
from app.reports.team_report import TeamReport
from app.web.team_lost import item_named
from app.web.team_page import TeamPage

RANGE = (N_("Range from (95 of 100)"), N_("Range to (95 of 100)"))


class TeamTable(StrEnum):
    """The tables of a team's page."""

    MEASURES = "measures"
    WEEKS = "weeks"
    LOST = "lost"
    AGENTS = "agents"


def team_tables(session: Session, page: TeamPage, found: TeamReport, words: Translator) -> dict[TeamTable, Table]:
    """Each table of the page by its name."""
    return {
        TeamTable.MEASURES: _measures(page, words),
        TeamTable.WEEKS: _weeks(found, words),
        TeamTable.LOST: _lost(session, page, found, words),
        TeamTable.AGENTS: _agents(page, words),
    }


def about(page: TeamPage, words: Translator) -> Table:
    """What the tables are about, for a workbook that is looked at much later."""
    _ = words.gettext
    rows: list[tuple[Cell, ...]] = [
        (_("Team"), page.name),
        (_("From"), page.first.isoformat()),
        (_("To"), page.last.isoformat()),
        (_("As it stood at the end of"), page.as_of.isoformat() if page.as_of else _("now")),
        (_("Pass mark"), page.pass_marks),
        (_("Calls that came in"), page.calls),
        (_("Reviewed calls picked for a risk or by a person, in no rate"), page.apart),
    ]
    return Table(_("About"), ("", ""), rows)


def _measures(page: TeamPage, words: Translator) -> Table:
    _ = words.gettext
    return Table(
        _("Against targets"),
        (_("Measure"), _("Value"), _("Range (95 of 100)"), _("Counted"), _("Target"), _("Standing")),
        [
            (
                one.name,
                one.value or one.note,
                one.interval,
                one.counted,
                f"{one.target} ({one.says})" if one.says else one.target,
                one.shown.word if one.shown else "",
            )
            for one in page.measures
        ],
    )


def _weeks(found: TeamReport, words: Translator) -> Table:
    _ = words.gettext
    return Table(
        _("Weeks"),
        (_("Week"), _("From"), *_share_heads(_("Reviewed"), _("Passed"), _("Pass rate, of 100"), words), _("Open")),
        [
            (
                f"{one.monday:%G-W%V}",
                one.monday.isoformat(),
                *share_cells(one.final.rate),
                one.final.uncertain,
            )
            for one in found.weeks
        ],
    )


def _lost(session: Session, page: TeamPage, found: TeamReport, words: Translator) -> Table:
    _ = words.gettext
    rows = []
    for one in found.lost.items:
        title, _url = item_named(session, one, page.id, found.period, words)
        rows.append((title, one.points, *share_cells(one.failed)))
    heads = _share_heads(_("Decided"), _("Failed"), _("Share of fails, of 100"), words)
    return Table(_("Lost points"), (_("Item"), _("Lost points"), *heads), rows)


def _agents(page: TeamPage, words: Translator) -> Table:
    _ = words.gettext
    heads = (
        _("Agent"),
        *_share_heads(_("Reviewed"), _("Passed"), _("Pass rate, of 100"), words),
        _("Standing"),
        _("Mean score"),
        *(_("Machine: decided"), _("Machine: passed"), _("Machine: open")),
        *(_("Calls"), _("Upheld complaints"), _("Complaints per 1,000")),
        *(_(one) for one in RANGE),
    )
    return Table(
        _("Agents"),
        heads,
        [
            (
                one.name,
                *share_cells(one.final.rate),
                one.final.standing.word if one.final.n else "",
                one.score,
                *(one.machine.n, one.machine.count, one.machine.open),
                *(one.complaints.n, one.complaints.count),
                *(
                    _rounded(end)
                    for end in (one.complaints.rate.rate, one.complaints.rate.ci_low, one.complaints.rate.ci_high)
                ),
            )
            for one in page.agents
        ],
    )


def share_cells(rate: Rate) -> tuple[Cell, ...]:
    """A share as cells: of how many, how often, and in percent with its range."""
    ends = (rate.rate, rate.ci_low, rate.ci_high)
    return rate.n, rate.count, *(None if end is None else _rounded(100 * end) for end in ends)


def _share_heads(n: str, count: str, share: str, words: Translator) -> Sequence[str]:
    return n, count, share, *(words.gettext(one) for one in RANGE)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
