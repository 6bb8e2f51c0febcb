"""A scorecard as a workbook that a quality lead reads, prints and passes round."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from app.scorecards.loader import read, scorecard
from app.scorecards.spreadsheet import workbook

CARD = """
id: small
title: {en: Small, zh: "小卡"}
language: en
pass_mark: 80
sections: [{id: opening, title: {en: Opening}}, {id: manner, title: {en: Manner}}]
sets:
  greeting: {means: {en: greets}, phrases: [hello, "=1+1"], patterns: ['good (?:morning|day)'], exclude: ['good day to die']}
items:
  - id: greets
    section: opening
    title: {en: Greets, zh: "问候"}
    points: 60
    critical: true
    rule: {say: {by: agent, set: greeting, where: {first_turns: 2}}}
    guidance: {en: Say hello.}
    fail_reasons: [{en: Said nothing}, {en: Said too much}]
    examples:
      passes: [{call: ["0-4 agent: Hello."]}]
      fails: [{call: ["0-4 agent: What?"]}]
  - id: kind
    section: manner
    title: {en: "=Kind", zh: "友善"}
    points: 40
    levels: [0, 25, 40]
    pass_level: 25
    rule: {manual: {}}
    guidance: {en: Be kind.}
"""


@pytest.fixture
def small(tmp_path: Path):
    (tmp_path / "small.yaml").write_text(CARD, "utf-8")
    return read(tmp_path / "small.yaml")


def opened(card, language="en"):
    return load_workbook(io.BytesIO(workbook(card, language)))


def rows(sheet) -> list[list]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_form_has_what_a_lead_looks_for(small):
    sheet = opened(small)["Scorecard"]
    found = rows(sheet)
    assert found[0][0] == "Small"
    assert found[1][:2] == ["Pass mark", 80]
    assert found[4] == [
        "Section",
        "Item id",
        "Item (English)",
        "Item (简体中文)",
        "Points",
        "Critical",
        "Levels",
        "Passes from",
        "How judged",
        "Rule in words",
        "Guidance",
        "Fail reasons",
    ]
    greets = dict(zip(found[4], found[6], strict=True))
    assert greets["Item id"] == "greets"
    assert greets["Item (简体中文)"] == "问候"
    assert (greets["Points"], greets["Critical"]) == (60, "Yes")
    assert greets["How judged"] == "Rule"
    assert greets["Rule in words"] == str(small.stated(small.items[0]))
    assert greets["Fail reasons"] == "Said nothing\nSaid too much"
    kind = dict(zip(found[4], found[8], strict=True))
    assert (kind["Levels"], kind["Passes from"], kind["How judged"]) == ("0 / 25 / 40", 25, "Person")


def test_sections_are_groups_with_their_sum_and_the_total_adds_them_up(small):
    sheet = opened(small)["Scorecard"]
    assert (sheet["A6"].value, sheet["E6"].value) == ("Opening", "=SUM(E7:E7)")
    assert (sheet["A8"].value, sheet["E8"].value) == ("Manner", "=SUM(E9:E9)")
    assert (sheet["A10"].value, sheet["E10"].value) == ("Total", "=SUM(E6,E8)")
    assert [sheet.row_dimensions[row].outline_level for row in (6, 7, 8, 9, 10)] == [0, 1, 0, 1, 0]


def test_it_stays_readable_on_a_screen_and_on_paper(small):
    for sheet in opened(small):
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        assert all(
            sheet.column_dimensions[cell.column_letter].width >= 9 for cell in sheet[5 if sheet.max_row > 8 else 1]
        )


def test_the_words_of_every_set_stand_on_their_own_sheet(small):
    assert rows(opened(small)["Word sets"])[1:] == [
        ["greeting", "phrase", "hello"],
        ["greeting", "phrase", "=1+1"],
        ["greeting", "pattern", "good (?:morning|day)"],
        ["greeting", "does not count", "good day to die"],
    ]


def test_text_that_looks_like_a_formula_is_text(small):
    book = opened(small)
    assert book["Word sets"]["C3"].data_type == "s"
    assert book["Scorecard"]["C9"].data_type == "s"
    assert book["Scorecard"]["E10"].data_type == "f"


def test_a_card_without_levels_has_no_columns_for_them():
    assert "Levels" not in rows(opened(scorecard("inbound-en"))["Scorecard"])[4]


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_guidance_comes_in_the_language_that_was_asked_for(language):
    card = scorecard("inbound-en")
    sheet = opened(card, language).worksheets[0]
    assert card.items[0].guidance[language] in [cell for row in rows(sheet) for cell in row]
    assert card.sections[0].title[language] == sheet["A6"].value
