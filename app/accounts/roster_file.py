"""The roster as a CSV file with a row for each person: read with its bad rows named, written again."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from app.accounts.models import Role
from app.kit.csv_files import csv_text, lines_of, text_of, unguarded
from app.kit.errors import AppError
from app.kit.i18n import N_

USERNAME = "username"
COLUMNS = (
    USERNAME, "name", "email", "role", "team", "since", "languages", "left_on", "absent_from", "absent_until",
)  # fmt: skip
DAYS = ("since", "left_on", "absent_from", "absent_until")
# A cell that takes away what is known; an empty one says nothing.
NOTHING = "-"
MOST_ROWS = 5000
LARGEST_BYTES = 900_000
# How a column may be headed; capitals, spaces, hyphens and underscores do not count.
HEADINGS = {
    USERNAME: ("user", "login", "用户名", "账号", "帐号", "工号", "ユーザー名", "アカウント", "社員番号"),
    "name": ("fullname", "姓名", "名字", "氏名", "名前"),
    "email": ("mail", "emailaddress", "邮箱", "电子邮箱", "电子邮件", "メール", "メールアドレス"),
    "role": ("角色", "職務", "役割", "ロール"),
    "team": ("班组", "团队", "小组", "チーム"),
    "since": ("from", "onteamsince", "加入日期", "入组日期", "所属日", "所属開始日", "配属日"),
    "languages": ("language", "语言", "审核语言", "言語", "対応言語"),
    "left_on": ("lastday", "离职日期", "最后工作日", "退職日", "最終出勤日"),
    "absent_from": ("缺勤开始", "请假开始", "休假开始", "不在開始日", "休暇開始日"),
    "absent_until": ("absentto", "缺勤结束", "请假结束", "休假结束", "不在終了日", "休暇終了日"),
}
ROLES = {
    Role.AGENT: ("agent", "坐席", "客服", "オペレーター", "エージェント"),
    Role.REVIEWER: ("reviewer", "质检员", "审核员", "レビュー担当", "評価者"),
    Role.SUPERVISOR: ("supervisor", "主管", "班长", "スーパーバイザー"),
    Role.ADMIN: ("administrator", "admin", "管理员", "管理者"),
}
LANGUAGES = {
    "en": ("en", "english", "英语", "英文", "英語"),
    "zh": ("zh", "chinese", "中文", "汉语", "普通话", "中国語"),
    "ja": ("ja", "japanese", "日语", "日文", "日本語"),
}
DAY = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?")
EMAIL = re.compile(r"[^@\s,;<>\"()\[\]]{1,64}@[^@\s,;<>\"()\[\]]{1,189}")

Named = TypeVar("Named", bound=str)

NO_USERNAME, TWICE = N_("This row names nobody: the user name is missing."), N_("This person has a row already.")
TOO_LONG = N_("A text is longer than 100 characters.")
NO_DAY = N_("A day is written as 2026-10-31.")
NO_ROLE = N_("The role is agent, reviewer or supervisor.")
NO_EMAIL = N_("This is no mail address.")
NO_LANGUAGE = N_("The languages are en, zh and ja, with a space between them.")
ENDS_BEFORE = N_("The absence ends before it begins.")


class RosterUnreadable(AppError):
    """The roster is no CSV file that can be read; save it as CSV in UTF-8, with a column “username”."""

    code = "roster_unreadable"
    status = 422


class RosterTooLong(RosterUnreadable):
    """The roster is too long; part it into several files of at most 5,000 rows."""


class RosterColumnUnknown(RosterUnreadable):
    """The roster has a column that is not known, or one twice; take the headings of the exported file."""


@dataclass(frozen=True)
class Row:
    """What one row says of a person; None takes away what is known. `line`: where it begins, the header is line 1."""

    line: int
    username: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class BadRow:
    """A row that is left out: whose it is, its column where one is to blame, and why."""

    line: int
    username: str
    column: str
    message: str


class _Unusable(Exception):
    """A cell that cannot be meant."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column, self.message = column, message


def read_roster(text: str) -> tuple[tuple[Row, ...], tuple[BadRow, ...]]:
    """The rows that can be used, and those that cannot."""
    rows: dict[str, Row] = {}
    bad: list[BadRow] = []
    for line, said in _said(text):
        username = said.pop(USERNAME, "")
        try:
            row = Row(line, username, _values(username, said))
            if username.lower() in rows:
                raise _Unusable(USERNAME, TWICE)
        except _Unusable as fault:
            bad.append(BadRow(line, username[:100], fault.column, fault.message))
        else:
            rows[username.lower()] = row
        if len(rows) + len(bad) > MOST_ROWS:
            raise RosterTooLong
    return tuple(rows.values()), tuple(bad)


def roster_text(content: bytes, language: str) -> str:
    """The text of a file, in whatever code it was saved."""
    if len(content) > LARGEST_BYTES:
        raise RosterTooLong
    text = text_of(content, language)
    if not text:
        raise RosterUnreadable
    return text


def written_roster(people: Sequence[Mapping[str, str]]) -> str:
    """People as a file that can be read again."""
    return csv_text(COLUMNS, ([one.get(name, "") for name in COLUMNS] for one in people), byte_order_mark=True)


def _said(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows that say something, by the names of the columns."""
    lines = lines_of(text)
    try:
        header = [_column(cell) for cell in next(lines, (1, []))[1]]
        named = [one for one in header if one]
        if USERNAME not in named:
            raise RosterUnreadable
        if len(set(named)) < len(named):
            raise RosterColumnUnknown
        for line, cells in lines:
            row = {name: unguarded(cell.strip()) for name, cell in zip(header, cells, strict=False) if name}
            if any(row.values()):
                yield line, {name: cell for name, cell in row.items() if cell}
    except csv.Error as error:
        raise RosterUnreadable from error


def _column(heading: str) -> str:
    """The column that is headed so; spreadsheets leave empty ones behind the last."""
    folded = re.sub(r"[\s_\-]", "", heading).lower()
    if not folded:
        return ""
    for name, others in HEADINGS.items():
        if folded == name.replace("_", "") or folded in others:
            return name
    raise RosterColumnUnknown


def _values(username: str, said: Mapping[str, str]) -> dict[str, object]:
    if not username:
        raise _Unusable(USERNAME, NO_USERNAME)
    for column, cell in {USERNAME: username, **said}.items():
        if len(cell) > (254 if column == "email" else 100) or not cell.isprintable():
            raise _Unusable(column, TOO_LONG)
    values = {column: _value(column, cell) for column, cell in said.items()}
    first, last = values.get("absent_from"), values.get("absent_until")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise _Unusable("absent_until", ENDS_BEFORE)
    return values


def _value(column: str, cell: str) -> object:
    if column == "role":
        return _one_of(ROLES, cell, column, NO_ROLE)
    if cell == NOTHING and column not in ("name", "since"):
        return [] if column == "languages" else None
    if column in DAYS:
        return _day(column, cell)
    if column == "languages":
        parts = re.split(r"[\s,;/|、，；・]+", cell)
        return sorted({_one_of(LANGUAGES, one, column, NO_LANGUAGE) for one in parts if one})
    if column == "email" and not EMAIL.fullmatch(cell):
        raise _Unusable(column, NO_EMAIL)
    return cell


def _day(column: str, cell: str) -> date:
    found = DAY.fullmatch(cell)
    try:
        if found is None:
            raise ValueError
        return date(*(int(one) for one in found.groups()))
    except ValueError:
        raise _Unusable(column, NO_DAY) from None


def _one_of(known: Mapping[Named, Sequence[str]], cell: str, column: str, message: str) -> Named:
    for one, ways in known.items():
        if cell.lower() in ways:
            return one
    raise _Unusable(column, message)
