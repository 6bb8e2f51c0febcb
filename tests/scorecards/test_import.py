"""A form as a centre keeps it in a spreadsheet becomes a scorecard to start from."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from app.domain.examples import transcript_of
from app.domain.scorecard import Scorecard
from app.domain.scoring import score
from app.scorecards import sheets
from app.scorecards.draft import draft
from app.scorecards.form import HeaderMissing, PointsMissing, ValueMissing, form
from app.scorecards.loader import read, scorecard
from app.scorecards.sheets import FormTooLarge, FormUnreadable
from app.scorecards.spreadsheet import workbook

ENGLISH = [
    ["Call Quality Evaluation Form"],
    ["Agent:", None, "Date:", None],
    ["Pass mark: 80%"],
    [],
    ["#", "Category", "Evaluation Item", "Weighting (%)", "Auto-fail", "Guidelines", "Score"],
    [1, "Opening", "1.1 Greets the customer with company name and own name", 0.10, None, "Brand name first.", None],
    [2, None, "1.2 Verifies the customer's date of birth", 0.20, "Y", "Before any account data is given.", None],
    [3, "Hold", "Explains the reason for the hold", 0.10, "N", None, None],
    [4, None, "Apologises for the wait", 0.10, None, None, None],
    [],
    [5, "Soft skills", "Active listening", 0.25, None, None, None],
    [6, None, "Records the call in the CRM", 0.15, None, "Within 2 minutes.", None],
    [7, "Closing", "Asks if anything else is needed", "10 %", None, None, None],
    [None, None, "Total", 1.0, None, None, None],
    ["Evaluator's signature:", None, "Reviewed by:"],
]
CHINESE = [
    ["客服质检评分表"],
    ["质检环节", "检查项", "分值", "评分标准", "一票否决"],
    ["一、开场白(20分)", "1、使用规定的开头语", "10分", "公司名、工号,并主动提供帮助", None],
    [None, "2、核实客户身份", "10分", "核对证件号后四位", "否"],
    ["二、服务过程(60分)", "不打断客户", "20分", None, None],
    [None, "请客户等候时说明原因", 10, None, None],
    [None, "等候结束后向客户致歉", 10, None, None],
    [None, "服务禁语", 20, "辱骂、顶撞客户", "是"],
    ["小计", None, 60],
    ["三、结束语(40分)", "感谢客户来电", 20, None, None],
    [None, "请客户参与满意度评价", 20, None, None],
    ["合计", None, 120],
    ["合格分", 96],
]
JAPANESE = [
    ["通話品質 評価シート"],
    ["大項目", "評価項目", "配点", "致命項目", "評価基準"],
    ["オープニング", "会社名・氏名を名乗る", "5点", None, "第一声で名乗ること"],
    [None, "本人確認を行っている", "15点", "○", None],
    ["応対", "お客様の話を遮らない", 10, None, None],
    [None, "傾聴の姿勢", "0/5/10", None, None],
    ["クロージング", "お電話のお礼を述べる", 10, None, None],
    ["合計", None, 50],
    ["合格ライン", "40点"],
]


@pytest.fixture
def book(tmp_path):
    """Writes a workbook of these rows; a cell without a value below one with a value, in the first two columns, is
    merged with it, as sections are in forms."""

    def write(rows, *, merged: int = 0, name: str = "form.xlsx", more: dict | None = None) -> Path:
        made = Workbook()
        for title, content in (more or {}).items():
            other = made.create_sheet(title, 0)
            for row in content:
                other.append(row)
        sheet = made["Sheet"]
        for row in rows:
            sheet.append(row)
        if merged:
            _merge(sheet, merged)
        made.save(tmp_path / name)
        return tmp_path / name

    return write


def _merge(sheet, column: int) -> None:
    first = None
    for row in range(1, sheet.max_row + 2):
        filled = sheet.cell(row, column).value is not None
        if first and (filled or not any(cell.value for cell in sheet[row])):
            if row - 1 > first:
                sheet.merge_cells(start_row=first, end_row=row - 1, start_column=column, end_column=column)
            first = None
        if filled:
            first = row


def imported(path: Path) -> Scorecard:
    out = path.with_name("my-card.yaml")
    out.write_text(draft(form(path), out.stem, path.name).text, "utf-8")
    return read(out)


def notes(path: Path) -> str:
    return " ".join(draft(form(path), "my-card", path.name).notes)


def comments(path: Path) -> dict[str, str]:
    """What stands above each item."""
    lines = draft(form(path), "my-card", path.name).text.splitlines()
    return {
        line.removeprefix("  - id: "): lines[at - 1].removeprefix("  # ")
        for at, line in enumerate(lines)
        if line.startswith("  - id: ")
    }


def points(card: Scorecard) -> dict[str, float]:
    return {item.id: item.points for item in card.items}


def titles(card: Scorecard, section: str) -> list[str]:
    return [card.text(item.title, card.language) for item in card.items if item.section == section]


def by_rule(card: Scorecard) -> set[str]:
    return {item.id for item in card.items if item.rule.key != "manual"}


def test_an_english_form_with_merged_sections_and_weights_in_percent_becomes_a_card(book):
    path = book(ENGLISH, merged=2)
    card = imported(path)
    assert (card.id, card.language, card.pass_mark) == ("my-card", "en", 80)
    assert card.title == {"en": "Call Quality Evaluation Form"}
    assert [section.title["en"] for section in card.sections] == ["Opening", "Hold", "Soft skills", "Closing"]
    assert points(card) == {
        "standard_greeting": 10,
        "verifies_date_birth": 20,
        "hold_reason": 10,
        "hold_apology": 10,
        "active_listening": 25,
        "records_call_crm": 15,
        "closing_question": 10,
    }
    assert [item.id for item in card.items if item.critical] == ["verifies_date_birth"]
    assert by_rule(card) == {"standard_greeting", "hold_reason", "hold_apology", "closing_question"}
    assert card.items[1].guidance == {"en": "Before any account data is given."}
    assert "7 rows became items: 4 with a rule, 3 for a person." in notes(path)


def test_a_known_item_gets_the_shipped_rule_words_and_examples_and_keeps_the_title_of_the_form(book):
    card, shipped = imported(book(ENGLISH)), scorecard("inbound-en")
    known = {item.id: item for item in shipped.items}
    for item in card.items:
        if item.id in by_rule(card):
            assert (item.rule, item.applies_when) == (known[item.id].rule, known[item.id].applies_when)
            assert item.examples == known[item.id].examples
    assert card.items[0].title["en"] == "Greets the customer with company name and own name"
    assert card.items[0].title["zh"] == known["standard_greeting"].title["zh"]
    assert card.sets == {name: shipped.sets[name] for name in card.sets}


def test_the_card_scores_a_call(book):
    call = transcript_of(scorecard("inbound-en").items[0].examples.passes[0].call, "en")
    found = {finding.id: finding.verdict for finding in score(imported(book(ENGLISH)), call).findings}
    assert found["standard_greeting"] == "pass"
    assert found["verifies_date_birth"] == "unscored"
    assert found["closing_question"] == "fail"


def test_a_chinese_form_with_points_of_120_and_vetoes_becomes_a_card(book):
    path = book(CHINESE, merged=1)
    card = imported(path)
    assert (card.language, card.pass_mark) == ("zh", 80)
    assert card.title == {"zh": "客服质检评分表"}
    assert [section.title["zh"] for section in card.sections] == ["开场白", "服务过程", "结束语"]
    assert sum(points(card).values()) == pytest.approx(100)
    assert points(card)["no_interruption"] == pytest.approx(100 * 20 / 120, abs=0.02)
    assert [item.id for item in card.items if item.critical] == ["polite"]
    assert by_rule(card) == {
        "standard_greeting",
        "no_interruption",
        "hold_reason",
        "hold_apology",
        "thanks_for_calling",
    }
    assert "add up to 120; they were scaled to 100" in notes(path)
    assert "20 points in the form" in comments(path)["no_interruption"]


def test_a_japanese_form_with_levels_becomes_a_card(book):
    card = imported(book(JAPANESE, merged=1))
    assert (card.language, card.pass_mark) == ("ja", 80)
    assert by_rule(card) == {"standard_greeting", "no_interruption", "thanks_for_calling"}
    listening = next(item for item in card.items if item.id == "active_listening")
    assert (listening.points, listening.levels, listening.pass_level) == (20, (0, 10, 20), 20)
    assert [item.title["ja"] for item in card.items if item.critical] == ["本人確認を行っている"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_as_excel_saves_it_in_china(tmp_path, encoding):
    path = tmp_path / "质检表.csv"
    rows = [["" if cell is None else str(cell) for cell in row] for row in CHINESE]
    path.write_bytes("\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode(encoding))
    card = imported(path)
    assert card.language == "zh"
    assert len(card.items) == 8
    assert next(item for item in card.items if item.id == "polite").critical


def test_a_csv_is_read_as_excel_saves_it_in_japan_and_in_germany(tmp_path):
    japan = tmp_path / "form.csv"
    japan.write_bytes("\n".join("\t".join(str(cell or "") for cell in row) for row in JAPANESE).encode("cp932"))
    assert imported(japan).language == "ja"
    germany = tmp_path / "bogen.csv"
    germany.write_bytes(b"Item;Points\r\nThanks the customer for calling;60\r\nCaf\xe9 offer made;40\r\n")
    assert [item.title["en"] for item in imported(germany).items] == [
        "Thanks the customer for calling",
        "Café offer made",
    ]


def test_what_was_guessed_stands_above_the_item_with_its_row(book):
    said = comments(book(ENGLISH))
    assert said["standard_greeting"].startswith("Row 6: taken for standard_greeting (")
    assert said["verifies_date_birth"].endswith("a person judges it.")
    assert "alike" in said["hold_reason"]


def test_an_item_that_is_only_nearly_a_known_one_is_left_to_a_person_and_says_which_it_may_be(book):
    path = book(
        [["Item", "Points"], ["Used caller's name where it seemed natural to do so", 50], ["Speaks clearly", 50]]
    )
    card = imported(path)
    assert by_rule(card) == set()
    assert "may be uses_name" in comments(path)[card.items[0].id]


def test_of_two_rows_that_mean_the_same_item_the_likelier_gets_the_rule(book):
    path = book(
        [["Item", "Points"], ["Thanks the customer warmly for the call", 50], ["Thanks the customer for calling", 50]]
    )
    card = imported(path)
    assert [item.rule.key for item in card.items] == ["manual", "say"]
    assert "which is row 3" in comments(path)[card.items[0].id]


def test_the_sheet_with_the_form_is_chosen(book):
    path = book(
        CHINESE, more={"Read me": [["How to use this workbook"], ["Item", "What it is for"]], "Data": [["Points"], [3]]}
    )
    assert form(path).sheet == "Sheet"
    assert len(imported(path).items) == 8


def test_points_of_a_whole_section_are_shared_by_its_items(book):
    path = book(
        [
            ["类别", "检查项", "分值"],
            ["服务态度", "有耐心", 60],
            [None, "热情", None],
            [None, "礼貌用语", None],
            ["业务", "业务知识", 40],
        ]
    )
    assert points(imported(path)) == {"patient": 20, "warm": 20, "polite": 20, "product_knowledge": 40}
    assert "shared evenly by 3 items" in comments(path)["warm"]


def test_an_item_without_points_gets_so_few_that_no_score_changes_and_says_so(book):
    path = book(
        [["Item", "Points"], ["Speaks clearly", 60], ["Leaks personal data (fatal)", "N/A"], ["Shows patience", 40]]
    )
    card = imported(path)
    assert [item.points for item in card.items] == [59.99, 0.01, 40]
    assert card.items[1].critical
    assert "it got 0.01, the least" in comments(path)[card.items[1].id]
    assert "The points are those of the form." in notes(path)


def test_a_row_with_the_sum_of_the_items_below_it_is_their_section(book):
    rows = [
        ["评分项目", "分值"],
        ["一、开场白", 20],
        ["1.问候语", 10],
        ["2.报工号", 10],
        ["二、结束语", 80],
        ["感谢来电", 80],
    ]
    card = imported(book(rows))
    assert [section.title["zh"] for section in card.sections] == ["开场白", "结束语"]
    assert [item.points for item in card.items] == [10, 10, 80]


def test_a_form_to_tick_has_its_points_in_the_headings(book):
    path = book(
        [
            ["Criteria", "1 - Poor", "2 - Fair", "3 - Good", "Comments"],
            ["Patience"],
            ["Product knowledge"],
            ["Signed by:"],
        ]
    )
    assert [(item.id, item.points, item.levels) for item in imported(path).items] == [
        ("patient", 50, (16.67, 33.33, 50)),
        ("product_knowledge", 50, (16.67, 33.33, 50)),
    ]


def test_a_column_for_each_grade_gives_the_levels(book):
    path = book(
        [
            ["考核项目", "分值", "评分标准", None, None],
            [None, None, "优(10分)", "良(6分)", "差(0分)"],
            ["服务耐心", 10, "始终耐心", "基本耐心", "不耐烦"],
            ["亲和力", 10, "亲切", "一般", "冷淡"],
        ]
    )
    card = imported(path)
    assert [(item.id, item.levels, item.pass_level) for item in card.items] == [
        ("patient", (0, 30, 50), 30),
        ("warm", (0, 30, 50), 30),
    ]
    assert card.items[0].guidance["zh"] == "优: 始终耐心\n良: 基本耐心\n差: 不耐烦"


def test_a_form_whose_sections_are_rows_of_their_own(book):
    rows = [
        ["Quality parameter", "Max score"],
        ["OPENING"],
        ["Thanks for the call", 30],
        ["Notes on the account", 30],
        ["CLOSING"],
        ["Anything else", 40],
    ]
    assert [(item.section, item.points) for item in imported(book(rows)).items] == [
        ("opening", 30),
        ("opening", 30),
        ("closing", 40),
    ]


def test_rows_below_the_items_are_left_out_and_named(book):
    path = book([["Item", "Points"], ["Speaks clearly", 100], ["Signature of the agent", None], ["Date", "today"]])
    assert len(imported(path).items) == 1
    assert form(path).left_out == (3, 4) or "row 4" in notes(path)


@pytest.mark.parametrize(
    ("name", "language"), [("inbound-en", "zh"), ("inbound-zh", "en"), ("inbound-ja", "ja"), ("inbound-zh", "zh")]
)
def test_a_shipped_card_comes_back_from_its_workbook_as_it_was(tmp_path, name, language):
    card = scorecard(name)
    path = tmp_path / "card.xlsx"
    path.write_bytes(workbook(card, language))
    back = imported(path)
    # A fragment that no word set uses stays behind.
    assert back.model_copy(update={"id": card.id, "fragments": card.fragments}) == card
    assert back.fragments.items() <= card.fragments.items()


def test_levels_come_back_from_the_workbook(tmp_path, book):
    graded = imported(book(JAPANESE))
    path = tmp_path / "graded.xlsx"
    path.write_bytes(workbook(graded, "ja"))
    back = {item.id: item for item in imported(path).items}
    assert back["active_listening"].levels == (0, 10, 20)
    assert back["active_listening"].pass_level == 20


def test_words_that_were_changed_on_their_sheet_are_in_the_card(tmp_path):
    path = tmp_path / "card.xlsx"
    path.write_bytes(workbook(scorecard("inbound-en"), "en"))
    book = load_workbook(path)
    book["Word sets"].append(["thanks_for_the_call", "phrase", "ta for ringing: 'love'"])
    book.save(path)
    card, shipped = imported(path), scorecard("inbound-en")
    assert card.sets["thanks_for_the_call"].phrases == (
        *shipped.sets["thanks_for_the_call"].phrases,
        "ta for ringing: 'love'",
    )
    assert card.sets["thanks_for_the_call"].patterns == shipped.sets["thanks_for_the_call"].patterns
    assert card.sets["thanks_for_the_call"].means == shipped.sets["thanks_for_the_call"].means


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_a_file_without_a_form_says_what_a_form_needs(book):
    with pytest.raises(HeaderMissing, match=r"form.xlsx.*Item.*检查项.*評価項目"):
        form(book([["Call", "Agent"], [1, "Nina"]]))


def test_a_form_without_points_is_refused(book):
    with pytest.raises(PointsMissing, match="write a number of points"):
        form(book([["Item", "Points"], ["Speaks clearly", None], ["Shows patience", None]]))


def test_points_that_excel_took_for_dates_are_no_points(book):
    with pytest.raises(PointsMissing):
        form(book([["Item", "Points"], ["Speaks clearly", date(2000, 3, 5)]]))


@pytest.mark.parametrize("first", [50, "=10*5"])
def test_points_that_are_formulas_without_a_value_are_refused(book, first):
    with pytest.raises(ValueMissing, match=r"open .*in Excel.*save"):
        form(book([["Item", "Points"], ["Speaks clearly", first], ["Shows patience", "=25*2"]]))


def test_a_workbook_that_is_none_is_refused(tmp_path):
    path = tmp_path / "form.xlsx"
    for content in (b"PK\x03\x04 and nothing more", b"\xd0\xcf\x11\xe0 an old one"):
        path.write_bytes(content)
        with pytest.raises(FormUnreadable, match=r"save it"):
            form(path)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook>")
    with pytest.raises(FormUnreadable):
        form(path)
    with pytest.raises(FormUnreadable, match="check the path"):
        form(tmp_path / "nowhere.xlsx")


def test_a_workbook_that_unpacks_to_more_than_any_form_is_refused_before_it_is_unpacked(tmp_path, book):
    path = book(CHINESE)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/bomb.xml", b"0" * (sheets.LARGEST_UNPACKED_BYTES + 1))
    assert path.stat().st_size < 200_000
    with pytest.raises(FormTooLarge, match="too large"):
        form(path)


def test_a_merged_cell_of_a_million_rows_and_columns_does_no_harm(book):
    path = book(CHINESE)
    with zipfile.ZipFile(path) as packed:
        parts = {part: packed.read(part) for part in packed.namelist()}
    merge = b'<mergeCells count="1"><mergeCell ref="A20:XFD1048576"/></mergeCells><pageMargins'
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"<pageMargins", merge)
    with zipfile.ZipFile(path, "w") as packed:
        for part, content in parts.items():
            packed.writestr(part, content)
    assert len(form(path).rows) == 8


def test_text_of_a_form_cannot_break_out_of_its_place_in_the_yaml(book):
    title = 'Says "yes": no\nrule: {manual: {}} # \'"} \\ {x} &a *b !!python'
    card = imported(book([["Item", "Points", "Description"], [title, 100, "- a\n- b: c\n# d"]]))
    assert card.items[0].title["en"] == " ".join(title.split())
    assert card.items[0].guidance["en"] == "- a\n- b: c\n# d"
