"""What the columns of quality forms are called, in English, Chinese and Japanese, and what is written in them."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from functools import cache, lru_cache

from app.kit.i18n import LANGUAGES, N_, translator
from app.scorecards.sheets import Cell


class Column(StrEnum):
    """What a column of a form is for; `result` is filled in for each call and says nothing about the form."""

    ID = "id"
    SECTION = "section"
    ITEM = "item"
    POINTS = "points"
    CRITICAL = "critical"
    LEVELS = "levels"
    PASS_LEVEL = "pass_level"
    GUIDANCE = "guidance"
    FAIL_REASONS = "fail_reasons"
    RULE = "rule"
    RESULT = "result"
    SET = "set"
    KIND = "kind"
    TEXT = "text"


# How the columns are headed where Callmark itself writes the form.
WRITTEN = {
    Column.SECTION: N_("Section"),
    Column.ID: N_("Item id"),
    Column.ITEM: N_("Item"),
    Column.POINTS: N_("Points"),
    Column.CRITICAL: N_("Critical"),
    Column.LEVELS: N_("Levels"),
    Column.PASS_LEVEL: N_("Passes from"),
    Column.RESULT: N_("How judged"),
    Column.RULE: N_("Rule in words"),
    Column.GUIDANCE: N_("Guidance"),
    Column.FAIL_REASONS: N_("Fail reasons"),
    Column.SET: N_("Word set"),
    Column.KIND: N_("Kind"),
    Column.TEXT: N_("Text"),
}
TOTAL, PASS_MARK, CALLS_IN = N_("Total"), N_("Pass mark"), N_("Language of the calls")
YES = N_("Yes")
# What a line of a word set is, by the key it has in a scorecard.
KINDS = {"phrases": N_("phrase"), "patterns": N_("pattern"), "exclude": N_("does not count")}

# Headings as other forms have them, the surest first: of two columns for the same, the surer one is taken.
KNOWN = {
    Column.ID: "item id|id|item code|项目编号|编码|項目id|コード",
    Column.SECTION: (
        "section|category|area|group|module|stage|phase|call stage|competency|skill|main category|"
        "类别|环节|分类|大类|模块|维度|一级指标|一级项目|阶段|流程|项目类别|质检环节|考核类别|评分类别|考核模块|服务环节|"
        "大項目|カテゴリ|カテゴリー|区分|分類|大分類|セクション|フェーズ|場面"
    ),
    Column.ITEM: (
        "item|criterion|criteria|question|parameter|attribute|behaviour|behavior|check|checkpoint|check item|"
        "quality parameter|evaluation item|evaluation criteria|quality criteria|line item|sub item|sub parameter|"
        "assessment item|qa item|metric|error|error type|"
        "错误类型|差错项|差错类型|扣分项|"
        "检查项|检查项目|检查内容|考核项目|考核项|考核内容|考核指标|考核点|评分项|评分项目|评分内容|评分指标|评估项目|评估内容|"
        "质检项|质检项目|质检内容|质检点|监控项目|二级指标|三级指标|指标|细项|子项|要点|项目|内容|"
        "評価項目|チェック項目|確認項目|検査項目|モニタリング項目|小項目|中項目|評価内容|チェックポイント|着眼点|項目|項目名|内容"
    ),
    Column.POINTS: (
        "points|max points|max score|maximum score|maximum points|maximum|possible points|points possible|"
        "available points|points available|weight|weighting|weightage|marks|max|value|point value|"
        "分值|满分|满分值|标准分|标准分值|配分|最高分|权重|占比|权重分|分数|"
        "deduction|deduction points|points deducted|扣分值|"
        "配点|満点|点数|ウェイト|ウエイト|重み|ポイント|score|scores|得点|总分"
    ),
    Column.CRITICAL: (
        "critical|fatal|auto fail|autofail|automatic fail|knockout|ko|zero tolerance|critical error|fatal error|"
        "critical item|is critical|"
        "致命|致命项|致命错误|是否致命|是否致命项|一票否决|一票否决项|是否一票否决|否决项|红线|红线项|关键项|是否关键|"
        "致命項目|致命的項目|致命的|重大項目|必須項目|必須|一発ng|即失格|ng項目"
    ),
    Column.LEVELS: "levels|scale|rating scale|score levels|等级|评分等级|档次|分档|段階|評価段階|尺度|レベル",
    Column.PASS_LEVEL: "passes from|pass level|合格等级|合格レベル",
    Column.GUIDANCE: (
        "guidance|guideline|guidelines|description|definition|explanation|standard|details|scoring guide|"
        "scoring guidance|what good looks like|how to score|requirements|notes|remarks|"
        "说明|标准|评分标准|评分细则|评分说明|细则|考核标准|检查标准|质检标准|服务标准|扣分标准|扣分细则|要求|规范要求|定义|释义|备注|"
        "説明|基準|評価基準|判断基準|採点基準|判定基準|定義|補足|詳細|備考"
    ),
    Column.FAIL_REASONS: (
        "fail reasons|failure reasons|common errors|扣分原因|不合格原因|常见问题|減点理由|不合格理由|減点項目"
    ),
    Column.RESULT: (
        "result|rating|actual score|awarded|awarded points|points awarded|score awarded|agent score|earned|comment|"
        "comments|evidence|yes|no|na|实得分|实际得分|得分|扣分|评分|评价|结果|質检结果|是|否|評価|評点|採点|結果|コメント|はい|いいえ"
    ),
    Column.SET: "word set|词集|語句集",
    Column.KIND: "kind|类型|种类|種類",
    Column.TEXT: "text|文本|テキスト",
}
# Headed so, a column may still be the item or its points where no column is headed better.
SECOND_BEST = {Column.ITEM: Column.GUIDANCE, Column.POINTS: Column.RESULT}
TOTALS = (
    "total|subtotal|sub total|grand total|sum|total score|total points|overall score|overall total|section total|"
    "final score|合计|总计|小计|总分|共计|总得分|满分合计|合計|総計|小計|総合計|合計点|総合点|合計点数"
)
PASS_MARKS = (
    "pass mark|passing score|pass score|passing mark|pass rate|passing threshold|target score|"
    "及格分|及格线|合格分|合格线|合格标准|达标分|通过分数|合格点|合格ライン|合格基準|合格基準点"
)
# Grades as columns, from the best.
GRADES = (
    "excellent|very good|good|average|fair|satisfactory|poor|unsatisfactory|needs improvement|meets expectations|"
    "exceeds expectations|below expectations|fully met|partially met|not met|met|"
    "优|优秀|良|良好|中|中等|一般|合格|差|较差|不合格|完全做到|部分做到|未做到|達成|一部達成|未達成|"
    "優|良い|普通|可|不可|悪い|非常に良い|やや悪い|s|a|b|c|d|◎|〇|○|△|×"
)
YES_WORDS = frozenset(
    "y yes x ✓ √ ✔ ☑ true 1 ● ■ ★ * 是 有 对 はい 〇 ○ 該当 fatal critical 致命 一票否决 否决 必須 重大".split()
)
SAYS_CRITICAL = re.compile(
    r"一票否决|致命(?!傷)|红线|auto[- ]?fail|即失格|一発ng|"
    r"[\[(（【](?:fatal|critical|ko|zero tolerance)[^)）\]】]*[\])）】]",
    re.I,
)


# No heading is longer, and no number or grade; what is longer is not looked at any closer.
LONGEST_HEADING = 120


def plain(text: Cell) -> str:
    """What a heading says: without case, width, what stands in brackets, punctuation and line breaks."""
    return _folded(str(text)[:LONGEST_HEADING]) if text is not None else ""


@lru_cache(4096)
def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = re.sub(r"[(\[【<〔][^)\]】>〕]*[)\]】>〕]", " ", folded)
    return " ".join(re.sub(r"[^\w#%◎〇○△×✓√✔☑●■★*]+|_", " ", folded).split())


@cache
def _headings() -> dict[str, tuple[Column, int]]:
    """Each known heading with its column and its place among the headings of it."""
    found: dict[str, tuple[Column, int]] = {}
    for column, text in WRITTEN.items():
        for language in LANGUAGES:
            found.setdefault(plain(translator(language).gettext(text)), (column, 0))
    for column, known in KNOWN.items():
        for place, heading in enumerate(known.split("|")):
            found.setdefault(plain(heading), (column, place))
    return found


def column(heading: Cell) -> tuple[Column, int] | None:
    """What a column headed so is for, and how sure that is (0 is surest); None for a heading nobody knows."""
    said = plain(heading)
    if not said or len(said) > 40:
        return None
    if said in _headings():
        return _headings()[said]
    squeezed = said.replace(" ", "")
    if squeezed in _headings():
        return _headings()[squeezed]
    # "Max. Score per item", "质检检查项目": the longest known heading in it, at its end rather than at its start.
    within = [known for known in _headings() if len(known) > 1 and _has(said, squeezed, known)]
    if not within:
        return None
    best = max(within, key=lambda known: (squeezed.endswith(known.replace(" ", "")), len(known)))
    kind, place = _headings()[best]
    return kind, place + 100


def _has(said: str, squeezed: str, known: str) -> bool:
    return f" {known} " in f" {said} " if known.isascii() else known.replace(" ", "") in squeezed


def language_of(heading: Cell) -> str | None:
    """The language that a heading names in brackets: "Item (中文)"."""
    said = unicodedata.normalize("NFKC", str(heading or "")).casefold()
    names = {"en": "english|英文|英語", "zh": "中文|简体中文|chinese|中国語", "ja": "日本語|日文|日语|japanese"}
    return next((code for code, words in names.items() for word in words.split("|") if f"({word})" in said), None)


def is_one_of(cell: Cell, words: str) -> bool:
    """Whether a cell says one of these, alone or before a colon or a number."""
    said = re.sub(r"\s*[\d.%]+\s*(?:分|点|points?)?$", "", plain(cell))
    return bool(said) and said.replace(" ", "") in {plain(word).replace(" ", "") for word in words.split("|")}


def written_or(text: str, others: str) -> str:
    """The words others use and our own in every language, as one list."""
    return "|".join((others, *(translator(language).gettext(text) for language in LANGUAGES)))


def says_yes(cell: Cell) -> bool:
    """Whether a cell of a yes-or-no column says yes."""
    if isinstance(cell, (bool, float, int)):
        return bool(cell)
    said = str(cell or "").casefold().strip()
    return said in YES_WORDS or said in {translator(one).gettext(YES).casefold() for one in LANGUAGES}


def says_critical(text: str) -> bool:
    """Whether a title, or what stands instead of points, says that the item is critical."""
    return SAYS_CRITICAL.search(text[:LONGEST_HEADING]) is not None


def word_kind(cell: Cell) -> str | None:
    """Which part of a word set a line is of."""
    said = plain(cell)
    return next(
        (key for key, kind in KINDS.items() for one in LANGUAGES if plain(translator(one).gettext(kind)) == said), None
    )


def numbers(cell: Cell) -> tuple[float, ...]:
    """The points in a cell: one, or the levels of a scale such as "0/3/5"; none where it says something else."""
    if isinstance(cell, bool) or cell is None or len(str(cell)) > LONGEST_HEADING:
        return ()
    if isinstance(cell, (int, float)):
        return (abs(float(cell)),)
    said = unicodedata.normalize("NFKC", cell).casefold().strip()
    said = re.sub(r"^(?:扣|减|減点?|加|max\.?|up to|最高|满分|最大)\s*", "", said)
    said = re.sub(r"\s*(?:分|点|pts?\.?|points?|marks?|満点)(?=\s*$|\s*[/、,;])", "", said)
    if match := re.fullmatch(r"[-+−]?\s*(\d+(?:\.\d+)?)\s*%?", said):
        return (float(match[1]),)
    if re.fullmatch(r"\d+(?:\.\d+)?(?:\s*[/、,;|]\s*\d+(?:\.\d+)?)+", said):
        return tuple(sorted({float(one) for one in re.findall(r"\d+(?:\.\d+)?", said)}))
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:-|~|〜|–|to|至|到|から)\s*(\d+(?:\.\d+)?)", said):
        # A range without its steps: only its end is known.
        return (max(float(match[1]), float(match[2])),)
    return ()


@cache
def _grades() -> frozenset[str]:
    return frozenset(plain(one) for one in GRADES.split("|"))


def grade(heading: Cell) -> tuple[str, float | None] | None:
    """A heading that is a grade ("优 (5分)", "Good", "3"), with its points where it says them."""
    if heading is None or isinstance(heading, bool) or len(str(heading)) > LONGEST_HEADING:
        return None
    if isinstance(heading, (int, float)):
        return f"{heading:g}", float(heading)
    said = unicodedata.normalize("NFKC", heading)
    if points := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:分|点|pts?|points?)?\s*", said):
        return said.strip(), float(points[1])
    said = re.sub(r"^\s*(\d+(?:\.\d+)?)\s*[-:=.)]\s*(\D+)$", r"\2 (\1)", said)
    named = re.fullmatch(r"(.*?)\s*[(:=\-]?\s*(\d+(?:\.\d+)?)?\s*(?:分|点|pts?|points?)?\s*\)?", said, re.S)
    if named is None or plain(named[1]) not in _grades():
        return None
    return " ".join(named[1].split()), float(named[2]) if named[2] else None


def first_text(row: Sequence[Cell]) -> str:
    """The first cell of a row that says something."""
    return next((cell for cell in row if isinstance(cell, str)), "")
