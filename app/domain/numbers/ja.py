"""Numbers in Japanese: ゼロ, まる, いち … きゅう in kana, 090の1234, and how one asks for a number."""

import re
from collections.abc import Iterator

from app.domain.numbers import han
from app.domain.numbers.han import ANY, NEXT
from app.domain.numbers.words import MARK, Atom, Kind, NumberWords

CLEAR = {
    **dict.fromkeys(("ゼロ", "ぜろ", "れい", "レイ", "まる", "マル"), "0"),
    **dict.fromkeys(("いち", "イチ"), "1"),
    **dict.fromkeys(("よん", "ヨン"), "4"),
    **dict.fromkeys(("ろく", "ロク"), "6"),
    **dict.fromkeys(("なな", "ナナ", "しち", "シチ"), "7"),
    **dict.fromkeys(("はち", "ハチ"), "8"),
    **dict.fromkeys(("きゅう", "キュウ", "きゅー", "キュー"), "9"),
    **dict.fromkeys(("にー", "ニー"), "2"),
    **dict.fromkeys(("ごー", "ゴー"), "5"),
    # Among kana, characters too.
    **{one: han.DIGIT_OF[one] for one in "零〇一二三四五六七八九"},
}
# These are a particle, an ending or a title far more often.
DOUBTFUL = {
    **dict.fromkeys(("にい", "に", "ニ"), "2"),
    **dict.fromkeys(("さん", "サン"), "3"),
    **dict.fromkeys(("し", "シ"), "4"),
    **dict.fromkeys(("ご", "ゴ"), "5"),
    **dict.fromkeys(("く", "ク"), "9"),
}
DIGIT_OF = CLEAR | DOUBTFUL
UNIT = (
    rf"{han.TENS}|円|%|％|年|月|日|時|分|秒|回|名|人|個|枚|本|台|件|点|度|歳|階|倍|割|つ|桁|か月|ヶ月|ヵ月|カ月|週|営業日|メートル|キロ|"
    r"グラム|ギガ|メガ|センチ|時間|分間|日間|丁目|号室|番地|番目|番線"
)
KANA = "|".join(sorted(DIGIT_OF, key=len, reverse=True))
ONE = re.compile(KANA)
# 「サンに三時」: a particle, and when.
PARTICLE = rf"に{ANY}{{1,4}}(?:{UNIT})"
RUN = re.compile(rf"(?:(?!{PARTICLE})(?:{KANA}))+")
# What may stand before and after a number that is said by itself.
OPENS = re.compile(rf"[\W_のはが]|{ANY}")
WHILE_THINKING = ("えっと", "えーと", "ええと", "それから", "あの", "はい", "ええ", "うん")
CLOSES = re.compile(rf"$|[\W_の]|です|でござい|でよろし|ね|番|えっと|えーと|それから|{ANY}|{PARTICLE}")
GOES_ON = re.compile(rf"[\s、,，・の-]{{1,2}}(?:{KANA}|{ANY})")
GOES_BEFORE = re.compile(rf"(?:{KANA})[\s、,，・の-]{{1,2}}$")


def spoken(text: str) -> Iterator[Atom]:
    """The numbers of a text that are written in kana, or in kana and characters."""
    if text.isascii():
        return
    for match in RUN.finditer(text):
        words = [(one.start(), one.end(), one[0]) for one in ONE.finditer(text, match.start(), match.end())]
        if all(word in han.HAN for *_, word in words):
            continue
        if words[-1][2] in DOUBTFUL and (_after_characters(words) or not CLOSES.match(text, words[-1][1])):
            words.pop()
        if words and words[0][2] in DOUBTFUL and not _opens(text, words[0][0]):
            words.pop(0)
        if words and _is_number(text, words):
            yield Atom(words[0][0], words[-1][1], "".join(DIGIT_OF[word] for *_, word in words))


def _opens(text: str, at: int) -> bool:
    """Whether a number may begin here."""
    return at == 0 or OPENS.match(text, at - 1) is not None or text.endswith(WHILE_THINKING, 0, at)


def _opens_alone(text: str, at: int) -> bool:
    """Whether a sound that is mostly something else may be a digit here."""
    return at == 0 or not text[at - 1].isalnum() or text[at - 1] == "の" or text.endswith(WHILE_THINKING, 0, at)


def _after_characters(words: list[tuple[int, int, str]]) -> bool:
    """Whether the last of these follows a number in characters: 「一六三三に」 ends with a particle."""
    return len(words) > 1 and all(word in han.HAN for *_, word in words[:-1])


def _is_number(text: str, words: list[tuple[int, int, str]]) -> bool:
    """Whether these sounds of digits are digits: most can be nothing else, or they stand by themselves."""
    clear = sum(word in CLEAR for *_, word in words)
    start, end = words[0][0], words[-1][1]
    if GOES_BEFORE.search(text[max(0, start - 5) : start]):
        return True
    if len(words) == 1 and not clear and not (_opens_alone(text, start) or GOES_ON.match(text, end)):
        return False
    if _opens(text, start) and (len(words) >= 4 or CLOSES.match(text, end)):
        return True
    if clear == len(words) and (len(words) >= 2 or GOES_ON.match(text, end)):
        return True
    return clear * 2 >= len(words) >= 3 or any(word in ("ゼロ", "ぜろ") for *_, word in words)


WORDS = NumberWords(
    spoken=spoken,
    word=KANA,
    unit=UNIT,
    unit_of_few=r"番|号",
    keeps=han.KEEPS,
    asks={
        Kind.CARD: (
            rf"カード(?:の)?(?:番号|ナンバー|情報)|カード.{{0,6}}番号|口座番号|16桁|十六桁|カード(?=[はの、が]{{0,2}}(?:{NEXT}[ 、,-]{{0,2}}{NEXT}|{KANA}|{MARK}))"
        ),
        Kind.SECURITY_CODE: r"セキュリティー?(?:コード|番号)|(?:カードの?)?裏[面側]?.{0,8}(?:番号|数字|桁)(?:の番号|の数字)?|署名欄|[一-龥ァ-ヶー]{0,8}(?:暗証|暗唱|ピン)(?:番号|コード)|パスワード|(?<![a-z])pin(?![a-z])(?:コード)?|cvv|cvc",
        Kind.ID: (
            r"マイナンバー|個人番号|パスポート(?:の番号|番号)?|旅券(?:の番号|番号)?|(?:運転)?免許証?(?:の番号|番号)?|(?:健康)?保険証(?:の番号|番号)?|"
            r"在留カード(?:の番号|番号)?|基礎年金番号"
        ),
        Kind.PHONE: (
            rf"電話番号|携帯(?:電話)?(?:の)?(?:番号)?|(?:連絡|電話)先(?:の)?(?:電話)?(?:番号)?|電話(?=[はの、が]{{0,2}}(?:{NEXT}[ 、,-]{{0,2}}{NEXT}|{KANA}|{MARK}))|"
            r"(?:うち|私|会社|自宅|家|こちら|新しい)の(?:電話)?番号|固定電話|番号|ファックス(?:番号)?"
        ),
    },
    after_phone=r"(?:に|へ|まで)(?:お?電話|ご?連絡|おかけ|かけて|変わり)|が(?:電話|携帯)",
    asks_other=(
        r"(?:お客様|問い?合わ?せ|お?部屋|商品|ご?予約|ご?注文)の?番号|(?:(?!カード|電話|携帯)[一-龥ァ-ヶー]){1,6}番号|[一-龥ァ-ヶー]{1,8}コード|"
        rf"フリーダイヤル|フリーコール|ナビダイヤル|下[{han.HAN}0-9０-９]桁|末尾|内線|住所|生年月日|誕生日|有効期限|金額|"
        r"おいくら|ボタン|お名前|氏名|メールアドレス"
    ),
    meanwhile=(
        r"はい|ええ|うん|えーっ?と|えっと|ええと|あのー?|そうです|でございます|でしょうか|です|ですね|続けて(?:ください)?|続き|どうぞ|それから|次(?:が|は|に)?|"
        r"なるほど|承知(?:いた)?しました|かしこまりました|復唱(?:いた)?します|ハイフン|[でとかねをあまーの]"
    ),
)
