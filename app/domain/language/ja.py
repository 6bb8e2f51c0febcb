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


# What differs only in writing, as patterns that begin with a character of their own, and how it is written here.
SPELLINGS = {
    "頂(?=[きけいくこま])|戴(?=[きけいくこ])": "いただ",
    "下さ(?=[いりっれる])": "くださ",
    "致(?=[しすさ])(?<![一合]致)": "いた",
    "出来(?=[まるなてたれずか])": "でき",
    "申訳|申しわけ|もうしわけ|もうし訳": "申し訳",
    "ともうしま": "と申しま",
    "有難う|有り難う|有りがとう|有がとう": "ありがとう",
    "御座い|ご座い|御坐い": "ござい",
    "宜し|宜敷": "よろし",
    "御(?=電話|名前|客様|問|待|世話|手|時間|話|困|調|願|伝|礼|詫|急|聞|尋|探)(?!手洗)": "お",
    "御(?=住所|用|連絡|質問|不|確認|相談|利用|注文|予約|希望|要望|案内|契約|協力|理解|愛顧|迷惑|依頼|氏名|本人)": "ご",
    "うかが(?=[いっえ])": "伺",
    "うけたまわ": "承",
    "頂戴|頂だい": "ちょうだい",
    "繋": "つな",
    "問合わ?せ|問い合せ|問いあわせ|といあわせ": "問い合わせ",
    "お掛け|御掛け|お架け": "おかけ",
    "掛か(?=[りっるらん])": "かか",
    "おまたせ": "お待たせ",
    "おまち(?=くだ|いた|願|になって)": "お待ち",
    "お待ちどお|お待ちどう": "お待ち遠",
    "おでんわ": "お電話",
    "おなまえ": "お名前",
    "お客さま|おきゃくさま": "お客様",
    "どちらさま": "どちら様",
    "どなたさま": "どなた様",
    "その他": "そのほか",
    "他(?=[にのはで何ごお])": "ほか",
    "外に(?=何|ご|お困)(?<![以海屋意例案間市県国]外に)": "ほかに",
    "なにか": "何か",
    "困り事|困りこと": "困りごと",
    "す[いみ]ません|済[いみ]ません": "すみません",
    "暫く": "しばらく",
    "暫し": "しばし",
    "様(?=[なに])(?<=[のど]様)": "よう",
    "居り(?=ま)": "おり",
    "事(?![一-鿿])(?<=[のるたいなうくすむり]事)": "こと",
    "迄": "まで",
    "為さ(?=[いっれ])": "なさ",
    "為(?![一-鿿])(?<![行作人所]為)": "ため",
    "無(?=い|く|し|けれ|かっ)": "な",
    "良(?=[いかけく])": "よ",
    "[分判解]か?(?=[りるっ])(?<![自部多半身数0-9一二三四五六七八九十]分)(?<![自部多半身数0-9一二三四五六七八九十]分か)": "わか",
    "分から(?=な|ず)(?<![自部多半身数0-9一二三四五六七八九十]分から)": "わから",
    "たずね|訊ね": "尋ね",
    "[訊聴](?=[いき])": "聞",
    "おしえ": "教え",
    "仰(?=[っいる])": "おっしゃ",
    "参(?=[りっる])": "まい",
    "込み合|混み合": "混み合",
    "誠に": "まことに",
    "直ぐ": "すぐ",
    "只今|唯今": "ただいま",
    "貰": "もら",
    "畏まり": "かしこまり",
    "でー+す": "です",
    "まー+す": "ます",
}
# Most characters begin none of them: looking at one first makes this twice as fast.
BEGINS = "頂戴下致出申有御宜繋問掛外他暫済様居事迄為無良分判解訊聴仰参込混誠直只唯貰畏困うおごそすたでとどなまも"
SPELT = re.compile(f"(?=[{BEGINS}])(?:" + "|".join(f"({variants})" for variants in SPELLINGS) + ")")
WRITTEN = tuple(SPELLINGS.values())


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """Half width, lower case, without punctuation, spaces and fillers; one spelling of the usual polite words."""
    text = APART.sub("", FILLERS.sub("", unicodedata.normalize("NFKC", text).lower()))
    return SPELT.sub(lambda spelt: WRITTEN[(spelt.lastindex or 1) - 1], text)


@lru_cache(maxsize=65536)
def phonetic(text: str) -> str:
    """The reading in hiragana, long vowels and small differences of writing folded."""
    reading = "".join(piece.reading_form() or piece.surface() for piece in _reader().tokenize(text)).lower()
    hiragana = reading.translate(KATAKANA_TO_HIRAGANA)
    return hiragana.replace("ー", "").replace("づ", "ず").replace("ぢ", "じ").replace("を", "お")


KANJI = r"[\u4e00-\u9fff々]"
NAME = rf"{KANJI}{{1,5}}[ぁ-ん]{{0,4}}?|[ァ-ヶー]{{2,12}}|[ぁ-ん]{{2,8}}?"
SAYS_SO = r"と申します|と申す|と言います|といいます|と言う|というもの|って言い|っていい|って言う|っていう|と申しまして"
IS = r"です|でーす|でございます|だよ|だけど|だが|やけど|やねん|やが|じゃけど|っす|になります|であります"
SELF = r"名前は|名字は|苗字は|姓は|氏名は|契約者は|名義は|私|わたくし|わたし|僕|ぼく|俺|こちら"
GIVES_NAME = Expression(
    rf"(?P<name>{KANJI}{{1,8}}|[ァ-ヶー]{{2,12}}|{KANJI}{{1,4}}[ぁ-ん]{{1,4}}|[ぁ-ん]{{2,8}})(?:{SAYS_SO})"
)
SAYS_NAME = Expression(rf"(?:{SELF})は?(?P<name>{NAME})(?:{IS})")
IS_NAME = Expression(
    rf"(?<![\u4e00-\u9fff々ァ-ヶーはもをへ])(?<!(?<!です|ます|けど)が)(?P<name>{KANJI}{{2,5}}|[ァ-ヶー]{{2,12}})(?:{IS})"
)
ANSWERS_NAME = re.compile(
    rf"^(?:はい|あっ?|ええ|うん|えと|あの|そう|ですね|{SELF}|は)*"
    rf"(?P<name>{NAME})(?:{SAYS_SO}|{IS}|さま|様|ね|。|$)"
)
NOT_NAMES = frozenset(
    "客 お客 皆 皆々 神 奥 旦那 仏 殿 担当 担当者 本人 母 父 妻 夫 以上 結構 大丈夫 何 電話 はい ええ いいえ いえ そう うん 左 "
    "主人 家内 家族 息子 娘 兄 弟 姉 妹 祖母 祖父 子供 子ども 孫 嫁 友人 知人 代理 会社 法人 個人 自分 私 僕 俺 彼 同 同じ 別 違 違う "
    "無理 可能 確か 番号 住所 嫌 多分 一応 先程 さっき いや なし ない だめ けっこう だいじょうぶ ちょっと ちがい まだ もう それ これ "
    "お世話 世話 苦労 馳走 互 陰 蔭 疲 気 毒 家 嬢 連 得意 株主 家主 大家 業 名 お願い".split()
)
NO_SURNAME = re.compile(
    r"(?:です|ます|ました|ません|ない|たい|した|して|てる)$|[0-9]|(?:者|員|客|主|名|人|方|族|社|店|課|部|係|町|市|区|県|丁目|番|号|円|時|日|月|年|歳|才)$"
)
HONORIFIC = r"(?:様|さま|さん|殿)"
SURNAME, GIVEN_NAME, PLACE = "姓", "名", "地名"


@lru_cache(maxsize=4096)
def _kinds(words: str) -> tuple[tuple[str, str], ...]:
    """The words of a short text, each with what kind of name it is, if any: 姓, 名, 地名, or 人名 for either."""
    kinds = []
    for piece in _reader().tokenize(words):
        _, proper, name, part, *_ = piece.part_of_speech()
        named = proper == "固有名詞"
        kinds.append((piece.surface(), "" if not named else part if part in (SURNAME, GIVEN_NAME) else name))
    return tuple(kinds)


def _names_in(said: str) -> tuple[str, ...]:
    """The name in what somebody says he is called: the whole, and the surname in it."""
    said = re.sub(r"^(?:はい|あの|えと|ええ|わたし|わたくし|私)", "", said)
    if not said or said in NOT_NAMES:
        return ()
    kinds = _kinds(said)
    surnames = [word for word, kind in kinds if kind == SURNAME]
    if surnames and kinds[-1][1]:
        return tuple(dict.fromkeys((surnames[-1], said)))
    if NO_SURNAME.search(said):
        return ()
    in_kanji = re.match(rf"({KANJI}+)[ぁ-ん]+$", said)
    if in_kanji and in_kanji[1] not in NOT_NAMES:
        return (in_kanji[1], said)
    if len(kinds) > 1 and kinds[0][1] and len(kinds[0][0]) > 1:
        return (kinds[0][0], said)
    return (said,)


def names_given(_: str, text: str, asked: bool) -> tuple[str, ...]:
    """Names as the customer gives them; after the question a bare 〜です counts, at other times only of a surname."""
    found = [match["name"] for one in (GIVES_NAME, SAYS_NAME) for match in one.matches(text)]
    if asked and not found and (answer := ANSWERS_NAME.match(text)):
        found.append(answer["name"])
    names = [name for one in found for name in _names_in(one)]
    if not names:
        names = [
            name
            for match in IS_NAME.matches(text)
            if (kinds := _kinds(f"{match['name']}です")[:-1])
            and kinds[0][1] == SURNAME
            and all(kind for _, kind in kinds)
            for name in _names_in(match["name"])
        ]
    return tuple(dict.fromkeys(names))


def _sounds_like(said: str, known: str) -> bool:
    return said.endswith(known) or Levenshtein.normalized_similarity(said, known) >= ALIKE


def _some_name(said: str) -> bool:
    """Whether 様 after this makes it somebody's name: not of 左様, 仕様, 会員様 or 三名様."""
    if said in NOT_NAMES or not re.fullmatch(rf"{KANJI}{{1,4}}", said):
        return False
    kinds = _kinds(said)
    if any(kind == SURNAME for _, kind in kinds):
        return True
    return not NO_SURNAME.search(said) and (any(kind for _, kind in kinds) or _kinds(f"{said}様")[-1][0] == "様")


def _addressed(text: str, match: re.Match[str]) -> bool:
    """Whether さん after a surname is for the listener: not of 工事の鈴木さん, nor of 鈴木さんに."""
    kinds = _kinds(match["name"])
    told_of = text[match.start() - 1 : match.start()] in ("の", "は") or text[match.end() : match.end() + 1] in tuple(
        "にがへ"
    )
    return not told_of and all(kind in (SURNAME, PLACE) for _, kind in kinds)


def names_used(text: str, names: tuple[str, ...]) -> tuple[NameUse, ...]:
    """A name before 様 or さん; お客様 and the like are nobody's name."""
    found = [
        NameUse(match.start(), match.end(), 1.0)
        for name in names
        for match in re.finditer(rf"(?<!{KANJI}){re.escape(name)}{HONORIFIC}", text)
    ]
    spoken = {phonetic(name) for name in names}
    for match in re.finditer(rf"(?P<name>{KANJI}{{1,4}}|[ァ-ヶー]{{2,8}}|[ぁ-ん]{{2,5}}){HONORIFIC}", text):
        name = match["name"]
        if name in NOT_NAMES or name.endswith("客") or match[0].endswith(("お客様", "お客さま", "お客さん")):
            continue
        if any(name.endswith(known) or (len(known) > 1 and name.startswith(known)) for known in names):
            found.append(NameUse(match.start(), match.end(), 1.0))
        elif any(_sounds_like(phonetic(name), reading) for reading in spoken):
            found.append(NameUse(match.start(), match.end(), 0.8))
        elif _some_name(name) and (match[0].endswith(("様", "さま")) or (not names and _addressed(text, match))):
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
    name_cues=(),
    asks_name=(
        r"(?<!ちゃんのお)(?<!ちゃんの)(?<!ペットのお)(?<!会社のお)(?<!会社)(?<!お店のお)(?<!店舗のお)(?<!商品のお)(?<!商品)(?<!子様のお)"
        r"(?<!担当者のお)(?<!ユーザー)(?<!法人)名前|氏名|フルネーム|[名苗]字|どちら様|どなた|何様|お?名乗|契約者様|何とお呼び"
    ),
    asks_to_wait=(
        r"お待ち(?:くださ|いただ[けきいく]|願[えい]|になって|なさって|を|もらえ)|(?<!ル)待ちくださ|"
        r"お?時間(?:を|だけ|ほど)?(?:少々|少し|しばらく|ちょっと)?(?:だけ)?(?:いただ|くださ|ちょうだい|拝借|もらえ|もらい)|"
        r"保留(?:に|と|いたし|し|の|で)|待って(?:て)?(?:ください|くださ|いただ|もらえ|もらって|くれ|ね|て|$)|"
        r"(?:切らずに|そのまま|このまま)(?:で|少々|しばらく)*お?待ち|少々お待ち|しばらくお待ち|しばしお待ち"
    ),
    not_asking_to_wait=(
        r"お?待ち(?:いただ|くださ)(?:き|い|り)?(?:まして)?(?:[まど本大]?[^待]{0,4})?(?:ありがと|感謝|恐れ)|"
        r"お?待ちし(?:て|ており)|お?待ち(?:申し|しま)|"
        r"(?:日|週間|週|月|届|到着|発送|入荷|連絡|手元に届く|着く)(?:まで|ほど|程度|くらい)[^待]{0,6}お?待ち|"
        r"(?:連絡|電話|到着|発送|お届け|発表|ご来店|お越し)を[^待]{0,4}お?待ち"
    ),
    back_from_waiting=(
        r"お?待たせ(?:いたし|し|して)|待ち遠|長らくお?待|^(?:大変)?遅くなりまし|お?待ち(?:いただ|くださ)[^.]{0,8}(?:ありがと|感謝|恐れ)|"
        r"待って(?:いただ|くださ|もら|くれ)[^.]{0,8}(?:ありがと|感謝|すみません|ごめん)"
    ),
    back_channel=r"^(?:はい|ええ|そう|です|か|ね|なるほど|かしこまりました|承知|しました|いたしました|うん|へえ|左様|で|ございます)*$",
)
