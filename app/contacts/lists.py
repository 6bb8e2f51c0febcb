"""Opens a list of any length without ever holding all of it."""

import codecs
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from app.contacts.lines import lines_of_csv, lines_of_text
from app.contacts.mapping import Mapping
from app.contacts.queue_log import COLUMNS_OF_LOG, contacts_of
from app.contacts.rows import ListUnreadable
from app.kit.csv_files import SEPARATORS

AT_ONCE = 1 << 20
# Of a file that may be in several codes, that of the reader's language is tried first.
CODES = {"ja": ("utf-8-sig", "cp932", "gb18030")}
OTHER_CODES = ("utf-8-sig", "gb18030", "cp932")


@dataclass(frozen=True)
class OpenList:
    """A list that is being read: its columns, its rows with their lines, its size and how far it was read (bytes)."""

    header: list[str]
    lines: Iterator[tuple[int, list[str]]]
    size: int
    position: Callable[[], int]


@contextmanager
def open_list(source: BinaryIO, mapping: Mapping, language: str = "en") -> Iterator[OpenList]:
    """Begin to read a list, of which each row is read as it is asked for; the file itself is left open."""
    code = _code_of(source, language)
    if code is None:
        raise ListUnreadable
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    text = io.TextIOWrapper(source, encoding=code, newline="")
    try:
        yield _opened(text, mapping, size, source.tell)
    finally:
        text.detach()


def _opened(text: io.TextIOWrapper, mapping: Mapping, size: int, position: Callable[[], int]) -> OpenList:
    if mapping.form == "queue_log":
        return OpenList(list(COLUMNS_OF_LOG), contacts_of(lines_of_text(text)), size, position)
    separator = mapping.separator or _separator(text)
    lines = lines_of_csv(text, separator)
    if not mapping.header:
        return OpenList(list(mapping.names), lines, size, position)
    header = next(lines, None)
    if header is None:
        raise ListUnreadable
    return OpenList([name.strip() for name in header[1]], lines, size, position)


def _separator(text: io.TextIOWrapper) -> str:
    first = text.readline(1 << 16)
    text.seek(0)
    return max(SEPARATORS, key=first.count)


def _code_of(source: BinaryIO, language: str) -> str | None:
    """The first code in which all of a file is text."""
    source.seek(0)
    begin = source.read(2)
    if begin in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16" if _is_text(source, "utf-16") else None
    return next((code for code in CODES.get(language, OTHER_CODES) if _is_text(source, code)), None)


def _is_text(source: BinaryIO, code: str) -> bool:
    source.seek(0)
    decoder = codecs.getincrementaldecoder(code)()
    try:
        while part := source.read(AT_ONCE):
            if "\0" in decoder.decode(part):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
