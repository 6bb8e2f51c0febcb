"""Tables as workbooks: what a stranger wrote stays text, and nothing that a sheet cannot hold breaks the file."""

import io
import tracemalloc
from typing import Any

import openpyxl
import pytest

from app.kit import xlsx_files
from app.kit.xlsx_files import Table, write_xlsx, xlsx_bytes


def opened(*tables: Table) -> Any:
    return openpyxl.load_workbook(io.BytesIO(xlsx_bytes(tables)))


def test_each_table_has_its_sheet_with_heads_that_stay_in_sight() -> None:
    book = opened(
        Table("Agents", ("Agent", "Calls"), [("Mei", 3), ("Dana", None)]),
        Table("Weeks", ("Week",), [("2026-W41",)]),
    )
    assert book.sheetnames == ["Agents", "Weeks"]
    assert list(book["Agents"].values) == [("Agent", "Calls"), ("Mei", 3), ("Dana", None)]
    assert book["Agents"].freeze_panes == "A2"
    assert book["Agents"]["A1"].font.bold


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "=HYPERLINK(1)"])
def test_what_looks_like_a_formula_is_text_and_is_not_changed(text: str) -> None:
    book = opened(Table("T", ("=A1", "B"), [(text, 1)]))
    cell = book["T"]["A2"]
    assert cell.data_type == "s"
    assert cell.value == text
    assert cell.quotePrefix
    assert book["T"]["A1"].data_type == "s"


def test_numbers_stay_numbers_and_what_no_sheet_holds_is_left_out() -> None:
    rows: list[tuple[Any, ...]] = [(-1.5, True, float("nan"), "a\0b\x07c", "x" * 40_000)]
    row = list(opened(Table("T", ("a", "b", "c", "d", "e"), rows))["T"].values)[1]
    assert row[:4] == (-1.5, True, None, "abc")
    assert len(row[4]) == xlsx_files.LONGEST_TEXT


def test_names_of_sheets_are_made_to_fit_and_differ() -> None:
    long = "Passed: by people / by the machine, all of them"
    names = opened(*(Table(one, ("a",), []) for one in (long, long, "Team", "team", "'?'", ""))).sheetnames
    assert len({one.casefold() for one in names}) == 6
    assert all(len(one) <= xlsx_files.LONGEST_TITLE for one in names)
    assert names[0] == "Passed  by people   by the mach"


def test_a_table_longer_than_a_sheet_goes_on_in_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_files, "MOST_ROWS", 4)
    book = opened(Table("Calls", ("n",), ((number,) for number in range(7))))
    found = [value for sheet in book for (value,) in list(sheet.values)[1:]]
    assert found == list(range(7))
    assert book.sheetnames == ["Calls", "Calls (2)", "Calls (3)"]
    assert all(sheet.max_row <= 4 for sheet in book)


def test_no_table_at_all_is_still_a_workbook() -> None:
    assert len(opened().sheetnames) == 1


def test_a_long_table_needs_no_more_memory_than_a_short_one() -> None:
    def peak(rows: int) -> int:
        tracemalloc.start()
        write_xlsx(io.BytesIO(), [Table("T", ("a", "b"), ((number, "=x") for number in range(rows)))])
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(10)
    # The file itself grows, by some 10 bytes a row once compressed; the rows would take some hundred.
    assert peak(8000) - peak(2000) < 6000 * 60
