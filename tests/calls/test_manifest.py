"""A list of recordings as spreadsheets write it, row by row matched to its files."""

import unicodedata

import pytest

from app.calls.manifest import (
    TOO_FEW,
    TWICE,
    BadRow,
    ColumnTwice,
    ColumnUnknown,
    FileColumnMissing,
    ManifestTooLong,
    ManifestUnreadable,
    Row,
    read_manifest,
    template,
)


def test_a_row_belongs_to_the_file_it_names() -> None:
    found = read_manifest(b"file,agent,queue\r\na.wav,nina,\r\n\r\nrec\\B.WAV,,cards\r\n", "en")
    assert found.row("A.wav") == Row(2, "a.wav", {"agent": "nina"})
    assert found.row("b.wav") == Row(4, "rec\\B.WAV", {"queue": "cards"})
    assert found.row("c.wav") is None
    assert found.bad_rows == ()


def test_capitals_order_and_separators_of_columns_do_not_matter() -> None:
    for separator in (",", ";", "\t"):
        content = separator.join(("Agent ", "FILE", "")) + "\n" + separator.join(("nina", "a.wav", "")) + "\n"
        assert read_manifest(content.encode(), "en").row("a.wav") == Row(2, "a.wav", {"agent": "nina"})


def test_a_letter_in_two_pieces_is_the_same_letter() -> None:
    content = unicodedata.normalize("NFC", "file,agent\nがく.wav,nina\n").encode()
    assert read_manifest(content, "ja").row(unicodedata.normalize("NFD", "がく.wav")) is not None


@pytest.mark.parametrize(
    ("encoding", "language", "name"),
    [
        ("utf-8", "en", "李娜"),
        ("utf-8-sig", "ja", "佐藤"),
        ("utf-16", "en", "李娜"),
        ("gb18030", "zh", "李娜"),
        ("gb18030", "en", "李娜"),
        ("cp932", "ja", "佐藤ﾊﾅ"),
    ],
)
def test_what_spreadsheets_of_china_and_japan_save_is_read(encoding: str, language: str, name: str) -> None:
    found = read_manifest(f"file,customer_name\n{name}.wav,{name}\n".encode(encoding), language)
    assert found.row(f"{name}.wav") == Row(2, f"{name}.wav", {"customer_name": name})


def test_a_row_that_cannot_be_used_is_named_with_its_line() -> None:
    content = b'file,agent,queue\n,nina,\na.wav,"ni\nna",\na.wav,mei,\n'
    found = read_manifest(content, "en")
    assert found.row("a.wav") == Row(3, "a.wav", {"agent": "ni\nna"})
    assert found.bad_rows == (BadRow(2, "", TOO_FEW), BadRow(5, "a.wav", TWICE))


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", FileColumnMissing),
        (b"name,agent\na.wav,nina\n", FileColumnMissing),
        (b"file,agnet\na.wav,nina\n", ColumnUnknown),
        (b"file,agent,agent\na.wav,nina,mei\n", ColumnTwice),
        (b"\x00\x01\x02\x03", ManifestUnreadable),
        (b"\xff\xff\xff", ManifestUnreadable),
        (b'file,agent\n"' + b"x" * 200_000, ManifestUnreadable),
        (b"file\n" + b"".join(b"%d.wav\n" % number for number in range(5001)), ManifestTooLong),
        (b"file\n" + b"x" * 4_000_000, ManifestTooLong),
    ],
)
def test_what_is_no_list_is_refused(content: bytes, refusal: type[ManifestUnreadable]) -> None:
    with pytest.raises(refusal):
        read_manifest(content, "en")


def test_the_template_is_a_list_that_can_be_read() -> None:
    found = read_manifest(template().encode(), "zh")
    assert [row.facts["agent"] for row in found.rows.values()] == ["nina"]
