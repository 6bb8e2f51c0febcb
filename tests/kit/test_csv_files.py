"""A cell that a stranger wrote never runs as a formula, however a spreadsheet splits the rows, and is read back the same."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.csv_files import csv_text, guarded, lines_of, unguarded

SIGNS = tuple("=+-@＝＋－＠")


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "a;=1+1;b", "a\t=1+1\tb", 'a;"=1+1";b', "a\n=1+1", "a\r\n@x", "\t=1", "a;;-1", "a;＝1", "'=1", "a;'=1"],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_of_a_file_begins_like_a_formula_wherever_its_rows_are_split(cell: str, separator: str) -> None:
    text = csv_text(("name", "note"), [("first", cell), (cell, "last")])

    rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator)]

    assert not [one for row in rows for one in row if one.startswith(SIGNS)]


@pytest.mark.parametrize("cell", ["a;'=1+1", "Smith; Jones", "3 - 2 = 1", "a;b", "x\ty", "one\ntwo", "O'Neil"])
def test_what_begins_no_formula_stays_as_it_is_written(cell: str) -> None:
    assert guarded(cell) in (cell, cell.replace("'=", "''="))


@given(st.text("ab;,\t\r\n'\"=+-@＝ 1"))
def test_what_was_written_is_read_back_the_same(cell: str) -> None:
    assert unguarded(str(guarded(cell))) == cell


def test_an_exported_file_is_read_back_the_same() -> None:
    cells = ["a;=1+1;b", "=1", "'=1", "a\t-2", "plain"]
    rows = [row for _, row in lines_of(csv_text(("a", "b", "c", "d", "e"), [cells]))]
    assert [unguarded(one) for one in rows[1]] == cells
