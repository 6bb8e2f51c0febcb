"""Numbers in Chinese characters, as Chinese and Japanese write them: 一三八, 零, 〇, 幺, 三个八."""

import re
from collections.abc import Iterator

from app.domain.numbers.words import MARK, WRITTEN, Atom

DIGIT_OF = {
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", "123456789", strict=True)),
    **dict.fromkeys("〇○洞", "0"),
    **dict.fromkeys("幺妖么", "1"),
    **dict.fromkeys("两兩", "2"),
    **{"拐": "7", "勾": "9"},
}
TIMES = {**dict.fromkeys("两兩俩二2", 2), **dict.fromkeys("三仨3", 3), **dict.fromkeys("四4", 4)}
HAN = "".join(DIGIT_OF)
ANY = f"[{WRITTEN}{HAN}]"
# What says that a number follows, hidden or not.
NEXT = f"[{WRITTEN}{HAN}{MARK}]"
TENFOLD = "十百千万萬億亿"
# A character by itself counts only where no other touches it: 一下 is no number.
LETTER = r"[^\W\d_の]"
# The count in 三个八 is no digit of its own.
ONE = rf"[{HAN}](?![个個]{ANY})"
# Japanese says zero in kana even where the other digits are characters.
ZERO = "ゼロ|ぜろ|れい|まる|マル|レイ"
SPOKEN = re.compile(
    rf"(?P<times>[{''.join(TIMES)}])[个個](?P<what>{ANY})(?![起样樣些下直般共定点點半号號月人{TENFOLD}])|"
    rf"(?P<run>(?:{ONE}){{2,}}|(?<={ANY}){ONE}|(?<={ZERO}){ONE}|{ONE}(?={ANY}|{ZERO})|[零〇](?=[ 、,，・の-])|(?<!{LETTER}){ONE}(?:(?!{LETTER})|(?=です|でござい|ですね)))"
)


def spoken(text: str) -> Iterator[Atom]:
    """The numbers of a text that are written in characters."""
    if text.isascii():
        return
    for match in SPOKEN.finditer(text):
        if match["times"]:
            digits = TIMES[match["times"]] * DIGIT_OF.get(match["what"], match["what"])
        else:
            digits = "".join(map(DIGIT_OF.__getitem__, match["run"]))
        yield Atom(match.start(), match.end(), digits)


# After a number these make it an amount, and what follows them belongs to it: 两千三.
TENS = f"[{TENFOLD}]"
KEEPS = rf"{TENS}(?:{ANY}{{0,4}}{TENS})*(?:{ANY}(?!{ANY}))?"
