"""What the page of an item shows, as files: a table of all its measures, and a workbook with every table."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.kit.csv_files import Cell, csv_text
from app.kit.i18n import Translator
from app.kit.xlsx_files import MEDIA_TYPE, Table, xlsx_bytes
from app.request import SessionDep
from app.web.coefficients import Figure
from app.web.downloads import download
from app.web.item_page import ItemPage
from app.web.items import ItemFilter, ItemId, Viewer, item_page
from app.web.rendering import words_for
from app.web.shares import ShareView

router = APIRouter()


@router.get("/items/{item_id}/report.csv")
def save_item(
    request: Request, item_id: ItemId, session: SessionDep, user: Viewer, asked: Annotated[ItemFilter, Query()]
) -> Response:
    words = words_for(request)
    page = item_page(session, user, item_id, asked, words)
    table = _measures(page, words)
    content = csv_text(table.header, table.rows, byte_order_mark=True).encode()
    return download(content, f"{item_id} {page.first} {page.last}.csv", "text/csv; charset=utf-8")


@router.get("/items/{item_id}/report.xlsx")
def save_item_workbook(
    request: Request, item_id: ItemId, session: SessionDep, user: Viewer, asked: Annotated[ItemFilter, Query()]
) -> Response:
    words = words_for(request)
    page = item_page(session, user, item_id, asked, words)
    tables = [_measures(page, words), _weeks(page, words), _verdicts(page, words), _calls(page, words)]
    return download(xlsx_bytes(tables), f"{item_id} {page.first} {page.last}.xlsx", MEDIA_TYPE)


def _measures(page: ItemPage, words: Translator) -> Table:
    """Every measure of the item with its range and of how many it is."""
    _ = words.gettext
    rows: list[tuple[Cell, ...]] = [
        _share(_("Failed, by the machine"), page.machine),
        _share(_("Failed, by people"), page.final),
        _share(_("Overridden by people"), page.judging.overridden),
        _share(_("Machine and people agree"), page.judging.agreed),
    ]
    for row in page.judging.quality:
        rows.append(_share(f"{row.label} ({_('Decided blind')})", row.blind))
        rows.append(_share(f"{row.label} ({_('All decided')})", row.all))
    people = page.people
    rows += [
        _figure("AC1", people.ac1, people.n),
        _figure(_("Agreed"), people.percent, people.n),
        _figure("Krippendorff α", people.alpha, people.n),
        _figure(_("Passes"), people.passes, people.n),
    ]
    heads = (_("Measure"), _("Value"), _("Range (95 of 100)"), _("Count"), _("Of"), _("Standing"))
    return Table(page.title, heads, rows)


def _share(label: str, one: ShareView) -> tuple[Cell, ...]:
    return label, one.value, one.interval, one.count, one.n, one.standing.word if one.standing else ""


def _figure(label: str, one: Figure, n: int) -> tuple[Cell, ...]:
    return label, one.value, one.interval, None, n, ""


def _weeks(page: ItemPage, words: Translator) -> Table:
    _ = words.gettext
    sides: Sequence[str] = (_("Failed, by the machine"), _("Failed, by people"))
    heads = [f"{side}: {one}" for side in sides for one in (_("Count"), _("Of"), _("Value"), _("Range (95 of 100)"))]
    rows = [
        (
            week.label,
            *(cell for one in (week.machine, week.final) for cell in (one.count, one.n, one.value, one.interval)),
        )
        for week in page.trend.weeks
    ]
    return Table(_("Weeks"), (_("Week from"), *heads), rows)


def _verdicts(page: ItemPage, words: Translator) -> Table:
    _ = words.gettext
    rows = [(one.shown.word, one.machine, one.final) for one in page.counts]
    return Table(_("Verdicts"), (_("Verdict"), _("Machine"), _("People")), rows)


def _calls(page: ItemPage, words: Translator) -> Table:
    """The failing calls of the page, without what was said in them."""
    _ = words.gettext
    rows = [
        (
            one.reference,
            one.agent,
            str(one.started),
            one.time,
            one.machine.word,
            one.person.word if one.person else "",
            one.why,
        )
        for one in page.clips
    ]
    heads = (_("Call"), _("Agent"), _("Started"), _("Time"), _("Machine"), _("People"), _("Reason"))
    return Table(_("Failing calls"), heads, rows)
