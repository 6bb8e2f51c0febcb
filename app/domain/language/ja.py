"""Japanese: kana readings, width variants, surnames with 様 and さん."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from rapidfuzz.distance import Levenshtein

from app.domain.expression import Expression
from app.domain.language import Language, NameUse

# Readings this much alike are one name misheard, as なかはし for たかはし.
ALIKE = 0.7

APART = re.compile(r"[^\w%ー]+|_")
FILLERS = re.compile(r"(?:えーっ?と|えっと|えー+|あのー+|うーん|んー+|まあ?ー)|\[[^\]]*\]|<[^>]*>")
KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}


@cache
def _reader() -> Any:
    from sudachipy import Dictionary

    return Dictionary(dict="small").tokenizer()


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """Half width, lower case, without punctuation, spaces and fillers; kanji and kana as written."""
    text = unicodedata.normalize("NFKC", text).lower()
    return APART.sub("", FILLERS.sub("", text))


@lru_cache(maxsize=65536)
def phonetic(text: str) -> str:
    """The reading in hiragana, long vowels and small differences of writing folded."""
    reading = "".join(piece.reading_form() or piece.surface() for piece in _reader().tokenize(text)).lower()
    hiragana = reading.translate(KATAKANA_TO_HIRAGANA)
    return hiragana.replace("ー", "").replace("づ", "ず").replace("ぢ", "じ").replace("を", "お")


NAME = r"[\u4e00-\u9fff々ァ-ヶー]{1,5}|[ぁ-ん]{2,5}"
GIVES_NAME = Expression(
    rf"(?:私|わたくし|わたし|名前は|名字は|契約者は|名義は)?(?P<name>{NAME})(?:と申します|ともうします|と言います|といいます)|"
    rf"(?:名前は|名字は|契約者は|名義は|私|わたくし|わたし)(?:は)?(?P<said>{NAME}?)(?:です|でございます|になります)"
)
ANSWERS_NAME = re.compile(
    rf"^(?:はい|あ|ええ)?(?P<name>{NAME}?)(?:です|でございます|と申します|といいます|ですけど|。|$)"
)
NOT_NAMES = frozenset(
    "客 お客 皆 皆々 神 奥 旦那 王 仏 殿 担当者 本人 母 父 妻 夫 以上 結構 大丈夫 何 電話 はい ええ".split()
)
HONORIFIC = r"(?:様|さま|さん|殿)"


def names_given(_: str, text: str, asked: bool) -> tuple[str, ...]:
    """Names as the customer gives them; after the question a bare 〜です counts."""
    found = [match["name"] or match["said"] for match in GIVES_NAME.matches(text)]
    if asked and not found and (answer := ANSWERS_NAME.match(text)):
        found.append(answer["name"])
    return tuple(dict.fromkeys(name for name in found if name and name not in NOT_NAMES))


def _sounds_like(said: str, known: str) -> bool:
    return said.endswith(known) or Levenshtein.normalized_similarity(said, known) >= ALIKE


def names_used(text: str, names: tuple[str, ...]) -> tuple[NameUse, ...]:
    """A name before 様 or さん; お客様 and the like are nobody's name."""
    found = []
    spoken = {phonetic(name) for name in names}
    for match in re.finditer(rf"(?P<name>[\u4e00-\u9fff々]{{1,4}}|[ァ-ヶー]{{2,8}}|[ぁ-ん]{{2,5}}){HONORIFIC}", text):
        name = match["name"]
        if name in NOT_NAMES or name.endswith("客") or match[0].endswith(("お客様", "お客さま", "お客さん")):
            continue
        if any(name.endswith(known) for known in names):
            found.append(NameUse(match.start(), match.end(), 1.0))
        elif any(_sounds_like(phonetic(name), reading) for reading in spoken):
            found.append(NameUse(match.start(), match.end(), 0.8))
        elif re.fullmatch(r"[\u4e00-\u9fff々]{1,4}", name) and match[0].endswith(("様", "さま")):
            # Without a known name any surname will do; with one, this may be somebody else's.
            found.append(NameUse(match.start(), match.end(), 0.5 if names else 0.9))
    return tuple(found)


LANGUAGE = Language(
    code="ja",
    sentence_end="。！？!?",
    abbreviations=(),
    joiner="",
    shortest_fuzzy=5,
    normal=normal,
    phonetic=phonetic,
    sound_alikes=None,
    merged=None,
    names_given=names_given,
    names_used=names_used,
    asks_name=r"名前|氏名|どちら様|どなた様|お名乗り|契約者様|何とお呼び",
    asks_to_wait=(
        r"お?待ち(?:ください|下さい|いただけ|頂け|いただき|頂き|願え|になって)|お時間(?:を)?(?:いただ|頂|ちょうだい|頂戴)|"
        r"保留(?:に|と)|待ってください|待って下さい"
    ),
    not_asking_to_wait=r"お待ちいただ(?:き|きまして)ありがと|お待ちしており",
    back_from_waiting=r"お?待たせ(?:いたし|致し|し)|お?待ち(?:いただ|頂|下さ|くださ)[^.]{0,6}(?:ありがと|有難|有り難|感謝)",
    back_channel=r"^(?:はい|ええ|そう|です|か|ね|なるほど|かしこまりました|承知|しました|いたしました|うん|へえ|左様|で|ございます)*$",
)
