"""A list of recordings with their facts: a CSV file with a row for each, as spreadsheets write it."""

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from app.calls.file_names import FIELDS
from app.kit.csv_files import csv_text, lines_of, text_of, unguarded
from app.kit.errors import AppError
from app.kit.i18n import N_

FILE = "file"
COLUMNS = (FILE, *FIELDS, "segments")
MOST_ROWS = 5000
LARGEST_BYTES = 4_000_000
TOO_FEW, TWICE = N_("This row names no file."), N_("This file has a row already; this one is not used.")


class ManifestUnreadable(AppError):
    """The list is no CSV file that can be read; save it as CSV in UTF-8, with a column “file”."""

    code = "manifest_unreadable"
    status = 422


class ManifestTooLong(ManifestUnreadable):
    """The list is too long; part it into several of at most 5,000 rows."""


class FileColumnMissing(ManifestUnreadable):
    """The list has no column “file”; it says which row belongs to which recording."""


class ColumnUnknown(ManifestUnreadable):
    """The list has a column that is not known; take the names of the template."""


class ColumnTwice(ManifestUnreadable):
    """The list has a column twice."""


@dataclass(frozen=True)
class Row:
    """What one row says of a recording; an empty cell says nothing. `line`: where it begins, the header is line 1."""

    line: int
    file: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used, and why."""

    line: int
    file: str
    message: str


@dataclass(frozen=True)
class Manifest:
    """The rows by the name of their recording, as `key` writes it."""

    rows: Mapping[str, Row]
    bad_rows: tuple[BadRow, ...] = ()

    def row(self, file_name: str) -> Row | None:
        """The row of a recording; capitals and the folders before its name do not count."""
        return self.rows.get(key(file_name))


def key(file_name: str) -> str:
    """One spelling for all ways to write a file's name."""
    return unicodedata.normalize("NFC", PurePath(file_name.replace("\\", "/")).name.strip()).casefold()


def read_manifest(content: bytes, language: str) -> Manifest:
    """The rows of a list; of old encodings the reader's language is tried first (zh: GB 18030, ja: Shift-JIS)."""
    if len(content) > LARGEST_BYTES:
        raise ManifestTooLong
    text = text_of(content, language)
    if text is None:
        raise ManifestUnreadable
    rows: dict[str, Row] = {}
    bad: list[BadRow] = []
    for row in _rows(text):
        if not row.file:
            bad.append(BadRow(row.line, "", TOO_FEW))
        elif key(row.file) in rows:
            bad.append(BadRow(row.line, row.file, TWICE))
        else:
            rows[key(row.file)] = row
        if len(rows) + len(bad) > MOST_ROWS:
            raise ManifestTooLong
    return Manifest(rows, tuple(bad))


def read_rows(content: bytes, language: str) -> tuple[list[Row], tuple[BadRow, ...]]:
    """All rows of a list that names files by their paths, however long; the same path twice counts once."""
    text = text_of(content, language)
    if text is None:
        raise ManifestUnreadable
    rows: dict[str, Row] = {}
    bad: list[BadRow] = []
    for row in _rows(text):
        if not row.file:
            bad.append(BadRow(row.line, "", TOO_FEW))
        elif rows.setdefault(row.file, row) is not row:
            bad.append(BadRow(row.line, row.file, TWICE))
    return list(rows.values()), tuple(bad)


def template(byte_order_mark: bool = True) -> str:
    """A list to fill in: its columns, and one row as an example."""
    example = (
        "20261001-093000_nina_C-17.wav",
        "C-17",
        "nina",
        "",
        "support",
        "Grace Okafor",
        "2026-10-01T09:30:00",
        "inbound",
        "en",
        "left",
        "customer",
        "mei 2:10-5:00",
    )
    return csv_text(COLUMNS, [example], byte_order_mark)


def _rows(text: str) -> Iterator[Row]:
    """The rows that say something."""
    lines = lines_of(text)
    try:
        header = [name.strip().lower() for name in next(lines, (1, []))[1]]
        _check(header)
        for begins, cells in lines:
            said = {name: unguarded(cell.strip()) for name, cell in zip(header, cells, strict=False) if cell.strip()}
            if said:
                yield Row(begins, said.pop(FILE, ""), said)
    except csv.Error as error:
        raise ManifestUnreadable from error


def _check(header: list[str]) -> None:
    # Spreadsheets leave empty columns behind the last one.
    named = [name for name in header if name]
    if FILE not in named:
        raise FileColumnMissing
    if len(set(named)) < len(named):
        raise ColumnTwice
    if not set(named) <= set(COLUMNS):
        raise ColumnUnknown
