"""Numbers as people write and say them, in three languages; what must be hidden of them is marked piece by piece.

A piece is a digit, or a word that stands for digits. It lies between BEGIN and END; BEGIN says its kind.
"""

import random
from itertools import groupby

from app.domain.redaction import Kind

KINDS = tuple(Kind)
BEGIN = {kind: chr(0xE000 + place) for place, kind in enumerate(KINDS)}
END = chr(0xE010)
# Around what nobody minds either way, such as the month until which a card is valid.
EITHER = chr(0xE011)

UNITS = "zero one two three four five six seven eight nine".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
HAN = "零一二三四五六七八九"
KANA = (
    ("ゼロ", "ぜろ", "れい", "まる", "零"),
    ("いち", "イチ"),
    ("に", "ニ", "にい"),
    ("さん", "サン"),
    ("よん", "ヨン"),
    ("ご", "ゴ"),
    ("ろく", "ロク"),
    ("なな", "ナナ", "しち"),
    ("はち", "ハチ"),
    ("きゅう", "キュウ"),
)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def luhn(body: str) -> str:
    """The number with its check digit."""
    total = sum(int(d) if i % 2 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def _some(rng: random.Random, length: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(length))


def card(rng: random.Random, language: str) -> tuple[str, ...]:
    """A card number in its groups."""
    head, length = rng.choice(
        (("4", 16), ("5" + rng.choice("12345"), 16), ("35", 16), ("62", 16), ("37", 15), ("62", 19))
    )
    number = luhn(head + _some(rng, length - len(head) - 1))
    sizes = {15: (4, 6, 5), 16: (4, 4, 4, 4), 19: rng.choice(((6, 13), (4, 4, 4, 4, 3)))}[length]
    return cut(number, sizes)


def cut(number: str, sizes: tuple[int, ...]) -> tuple[str, ...]:
    """The number in groups of these sizes."""
    groups, at = [], 0
    for size in sizes:
        groups.append(number[at : at + size])
        at += size
    return tuple(group for group in (*groups, number[at:]) if group)


def phone(rng: random.Random, language: str) -> tuple[str, ...]:
    """A telephone number as the language's country has them."""
    if language == "zh":
        mobile = f"1{rng.choice('3456789')}" + _some(rng, 9)
        area = rng.choice(("010", "021", "0755", "0571", "028"))
        landline = (area, rng.choice("2345678") + _some(rng, 7))
        return rng.choice((cut(mobile, (3, 4, 4)), cut(mobile, (3, 4, 4)), cut(mobile, (3, 3, 5)), landline))
    if language == "ja":
        mobile = rng.choice(("090", "080", "070")) + rng.choice("123456789") + _some(rng, 7)
        area = rng.choice(("03", "06", "045", "052"))
        rest = _some(rng, 10 - len(area))
        return rng.choice((cut(mobile, (3, 4, 4)), cut(mobile, (3, 4, 4)), (area, rest[:-4], rest[-4:])))
    us = f"{rng.choice('2345679')}{_some(rng, 2)}", f"{rng.randint(2, 9)}{_some(rng, 2)}", _some(rng, 4)
    uk = cut("07" + rng.choice("4579") + _some(rng, 8), rng.choice(((5, 6), (5, 3, 3))))
    return rng.choice((us, us, us, uk, ("1", *us)))


def identity(rng: random.Random, language: str) -> tuple[str, ...]:
    """The number of a person: resident identity card, My Number, social security."""
    if language == "zh":
        born = f"{rng.randint(1950, 2005)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
        body = rng.choice(("110105", "310104", "440305", "510107")) + born + _some(rng, 3)
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        check = "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
        return cut(body + check, rng.choice(((6, 8, 4), (6, 4, 4, 4), (3, 3, 4, 4, 4))))
    if language == "ja":
        body = _some(rng, 11)
        total = sum(int(d) * (n + 1 if n <= 6 else n - 5) for n, d in enumerate(reversed(body), 1)) % 11
        return cut(body + str(0 if total <= 1 else 11 - total), (4, 4, 4))
    return (f"{rng.randint(1, 899):03}", f"{rng.randint(1, 99):02}", f"{rng.randint(1, 9999):04}")


def spell(rng: random.Random, language: str, group: str, kind: Kind, form: str) -> str:
    """One group of digits in this form, its pieces marked."""

    def hide(text: str) -> str:
        return f"{BEGIN[kind]}{text}{END}"

    if form in ("written", "wide"):
        text = group.translate(WIDE) if form == "wide" else group
        return "".join(map(hide, text))
    if form == "apart":
        return rng.choice((" ", "-", ", ")).join(map(hide, group))
    if language == "en":
        return rng.choice((" ", " ", ", ")).join(_english(rng, group, form, hide))
    return _east_asian(rng, language, group, form, hide)


FORMS = {
    "en": ("written", "written", "written", "apart", "singles", "doubles", "pairs"),
    "zh": ("written", "written", "wide", "apart", "han", "yao", "mixed", "counted"),
    "ja": ("written", "written", "wide", "apart", "han", "kana", "mixed"),
}


def _english(rng: random.Random, group: str, form: str, hide) -> list[str]:
    words: list[str] = []
    if form == "pairs" and len(group) % 2 == 0 and group[0] != "0":
        if len(group) == 4 and group.endswith("00") and group[1] != "0":
            return [*_pair(rng, group[:2], hide), hide("hundred")]
        return [word for at in range(0, len(group), 2) for word in _pair(rng, group[at : at + 2], hide)]
    for digit, run in groupby(group):
        left = len(list(run))
        word = rng.choice(("zero", "oh")) if digit == "0" else UNITS[int(digit)]
        if form == "doubles" and left in (2, 3):
            words += [hide("double" if left == 2 else "triple"), hide(word)]
        else:
            words += [hide(word)] * left
    return words


def _pair(rng: random.Random, two: str, hide) -> list[str]:
    if two[0] == "0":
        return [hide("oh"), hide("oh" if two[1] == "0" else UNITS[int(two[1])])]
    if two[0] == "1":
        return [hide(TEENS[int(two[1])])]
    if two[1] == "0":
        return [hide(TENS[int(two[0])])]
    tens, unit = hide(TENS[int(two[0])]), hide(UNITS[int(two[1])])
    return [f"{tens}-{unit}"] if rng.random() < 0.5 else [tens, unit]


def _east_asian(rng: random.Random, language: str, group: str, form: str, hide) -> str:
    if form == "kana":
        wide = rng.random() < 0.5
        between = rng.choice(("", "", "、", " "))
        return between.join(
            hide(rng.choice(KANA[int(d)][1:] if wide and d != "0" else KANA[int(d)]))
            if d in "0123456789"
            else hide("エックス")
            for d in group
        )
    zero = rng.choice("零〇") if language == "zh" else rng.choice(("ゼロ", "零", "〇"))

    def one(digit: str) -> str:
        if not digit.isdigit():
            return digit
        if form == "mixed" and rng.random() < 0.5:
            return digit
        if digit == "0":
            return zero
        if digit == "1" and form in ("yao", "counted", "mixed") and language == "zh":
            return "幺"
        if digit == "2" and form == "mixed" and language == "zh" and rng.random() < 0.1:
            return "两"
        return HAN[int(digit)]

    text = ""
    for digit, run in groupby(group):
        left = len(list(run))
        if form == "counted" and 2 <= left <= 4 and digit.isdigit():
            text += f"{hide('一两三四'[left - 1] if left == 2 else HAN[left])}{EITHER}个{EITHER}{hide(one(digit))}"
        else:
            text += "".join(hide(one(digit)) for _ in range(left))
    return text
