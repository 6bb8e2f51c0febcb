"""Reads the lines of a list, none of which may be so long that it fills the memory."""

import csv
from collections.abc import Iterator
from typing import TextIO

from app.contacts.rows import ListUnreadable
from app.kit.i18n import N_

# In characters, with all lines of a row whose cells have several.
LONGEST_ROW = 256 * 1024


def lines_of_text(text: TextIO) -> Iterator[str]:
    """The lines of an open text file; one that is too long, or is no text, ends it."""
    number = 1
    try:
        while line := text.readline(LONGEST_ROW + 1):
            if len(line) > LONGEST_ROW:
                raise _too_long(number)
            yield line
            number += 1
    except UnicodeDecodeError as error:
        raise ListUnreadable(f"The list cannot be read from about line {number} on: it is no text there.") from error


def lines_of_csv(text: TextIO, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of an open text file, each with the line on which it begins."""
    begins, taken = 1, 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in lines_of_text(text):
            taken += len(line)
            if taken > LONGEST_ROW:
                raise _too_long(begins)
            yield line

    reader = csv.reader(lines(), delimiter=separator)
    try:
        for row in reader:
            yield begins, row
            begins, taken = reader.line_num + 1, 0
    except csv.Error as error:
        raise ListUnreadable(f"The list cannot be read from line {begins} on: {error}.") from error


def _too_long(line: int) -> ListUnreadable:
    return ListUnreadable(
        N_("A row of this list is longer than 262,144 characters; save it as CSV with a line for each row."), line=line
    )
