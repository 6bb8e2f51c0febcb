"""A scorecard as a workbook that a quality lead can read, print and pass round."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from app.domain.language import language
from app.domain.scorecard import Item, Scorecard
from app.kit.i18n import LANGUAGES, N_, Translator, translator
from app.scorecards.headings import CALLS_IN, KINDS, PASS_MARK, TOTAL, WRITTEN, YES, Column

FORM_SHEET, WORDS_SHEET = N_("Scorecard"), N_("Word sets")
# Who judges an item.
BY_RULE, BY_PERSON, BY_PERSON_UNLESS = N_("Rule"), N_("Person"), N_("Person, unless a rule fails it")

# Widths in characters.
WIDTHS = {
    Column.SECTION: 14,
    Column.ID: 22,
    Column.ITEM: 30,
    Column.POINTS: 9,
    Column.CRITICAL: 9,
    Column.LEVELS: 12,
    Column.PASS_LEVEL: 11,
    Column.RESULT: 14,
    Column.RULE: 46,
    Column.GUIDANCE: 46,
    Column.FAIL_REASONS: 32,
}
DARK, LIGHT = "1F3A5F", "DCE6F1"


def workbook(card: Scorecard, spoken: str) -> bytes:
    """The scorecard as an .xlsx file, its headings and explanations in this language: the form, and its word sets."""
    # Imported here: it is large, and only who works with Excel needs it.
    from openpyxl import Workbook

    words = translator(spoken)
    book = Workbook()
    _write_form(book.active, card, words)
    if card.sets:
        _write_words(book.create_sheet(words.gettext(WORDS_SHEET)), card, words)
    book.calculation.fullCalcOnLoad = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _write_form(sheet: Any, card: Scorecard, words: Translator) -> None:
    _ = words.gettext
    sheet.title = _(FORM_SHEET)
    columns = _columns(card)
    _put(sheet, 1, 1, card.text(card.title, words.language), bold=True, size=16)
    _put(sheet, 2, 1, _(PASS_MARK), bold=True)
    _put(sheet, 2, 2, card.pass_mark)
    _put(sheet, 3, 1, _(CALLS_IN), bold=True)
    _put(sheet, 3, 2, language(card.language).code)
    header = 5
    _write_header(sheet, header, [_heading(column, code, words) for column, code in columns])
    points = _letter(columns.index((Column.POINTS, None)) + 1)
    row, subtotals = header + 1, []
    for section in card.sections:
        items = [item for item in card.items if item.section == section.id]
        if not items:
            continue
        subtotals.append(f"{points}{row}")
        _band(sheet, row, len(columns), card.text(section.title, words.language))
        sheet[f"{points}{row}"] = f"=SUM({points}{row + 1}:{points}{row + len(items)})"
        for item in items:
            row += 1
            for place, (column, code) in enumerate(columns, 1):
                _put(sheet, row, place, _cell(column, code, item, card, words), framed=True)
            # One group a section, which Excel folds and unfolds.
            sheet.row_dimensions[row].outline_level = 1
        row += 1
    _band(sheet, row, len(columns), _(TOTAL))
    sheet[f"{points}{row}"] = f"=SUM({','.join(subtotals)})"
    sheet.sheet_properties.outlinePr.summaryBelow = False
    _set_up(sheet, header, [WIDTHS[column] for column, _code in columns])


def _columns(card: Scorecard) -> list[tuple[Column, str | None]]:
    """The columns of this card: a title for each of its languages, and levels only where an item has some."""
    spoken = [code for code in LANGUAGES if any(code in item.title for item in card.items)]
    graded = any(item.levels for item in card.items)
    return [
        (Column.SECTION, None),
        (Column.ID, None),
        *((Column.ITEM, code) for code in spoken),
        (Column.POINTS, None),
        (Column.CRITICAL, None),
        *([(Column.LEVELS, None), (Column.PASS_LEVEL, None)] if graded else []),
        (Column.RESULT, None),
        (Column.RULE, None),
        (Column.GUIDANCE, None),
        (Column.FAIL_REASONS, None),
    ]


def _heading(column: Column, code: str | None, words: Translator) -> str:
    heading = words.gettext(WRITTEN[column])
    return f"{heading} ({LANGUAGES[code]})" if code else heading


def _cell(column: Column, code: str | None, item: Item, card: Scorecard, words: Translator) -> str | float | None:
    match column:
        case Column.ID:
            return item.id
        case Column.ITEM:
            return next((text for spoken, text in item.title.items() if spoken == code), None)
        case Column.POINTS:
            return item.points
        case Column.CRITICAL:
            return words.gettext(YES) if item.critical else None
        case Column.LEVELS:
            # As words: a spreadsheet would take 0/3/5 for a date.
            return " / ".join(f"{level:g}" for level in item.levels or ()) or None
        case Column.PASS_LEVEL:
            return item.pass_level
        case Column.RESULT:
            return words.gettext(BY_RULE if item.rule.key != "manual" else _by_person(item))
        case Column.RULE:
            return card.stated(item).said(words)
        case Column.GUIDANCE:
            return card.text(item.guidance, words.language)
        case Column.FAIL_REASONS:
            return "\n".join(card.text(reason, words.language) for reason in item.fail_reasons) or None
        case _:
            return None


def _by_person(item: Item) -> str:
    return BY_PERSON_UNLESS if item.rule.judges else BY_PERSON


def _write_words(sheet: Any, card: Scorecard, words: Translator) -> None:
    _ = words.gettext
    _write_header(sheet, 1, [_(WRITTEN[column]) for column in (Column.SET, Column.KIND, Column.TEXT)])
    for row, (name, kind, text) in enumerate(_of_sets(card), 2):
        for place, value in enumerate((name, _(kind), text), 1):
            _put(sheet, row, place, value, framed=True)
    sheet.auto_filter.ref = f"A1:C{sheet.max_row}"
    _set_up(sheet, 1, [28, 16, 100])


def _of_sets(card: Scorecard) -> Iterator[tuple[str, str, str]]:
    for name, held in card.sets.items():
        for key, texts in (("phrases", held.phrases), ("patterns", held.patterns), ("exclude", held.exclude)):
            yield from ((name, KINDS[key], text) for text in texts)


# --- how it looks -----------------------------------------------------------------------------------------------------


def _put(
    sheet: Any,
    row: int,
    column: int,
    value: str | float | None,
    *,
    bold: bool = False,
    size: int = 11,
    framed: bool = False,
) -> Any:
    from openpyxl.styles import Alignment, Border, Font, Side

    cell = sheet.cell(row, column)
    if isinstance(value, str):
        value = "".join(sign for sign in value if sign.isprintable() or sign == "\n")
    cell.value = value
    if isinstance(value, str):
        # What begins with = is text here, never a formula.
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
    cell.font = Font(bold=bold, size=size)
    if framed:
        thin = Side(style="thin", color="BFBFBF")
        cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _write_header(sheet: Any, row: int, headings: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for place, heading in enumerate(headings, 1):
        cell = _put(sheet, row, place, heading, framed=True)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=DARK)
        cell.alignment = Alignment(wrap_text=True, vertical="center")


def _band(sheet: Any, row: int, columns: int, text: str) -> None:
    from openpyxl.styles import Font, PatternFill

    for place in range(1, columns + 1):
        cell = _put(sheet, row, place, text if place == 1 else None)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=LIGHT)


def _set_up(sheet: Any, header: int, widths: Sequence[int]) -> None:
    """Readable on a screen and on paper: the header stays in sight and stands on every page, all columns on one."""
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[_letter(place)].width = width
    sheet.freeze_panes = f"A{header + 1}"
    sheet.print_title_rows = f"{header}:{header}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "&A  &P / &N"


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))
