"""Chinese: traditional folded to simplified, syllables that dialects merge, surnames with their honorifics."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from app.domain.expression import Expression
from app.domain.language import Language, NameUse

HAN = r"[\u4e00-\u9fff]"
FILLERS = re.compile(r"[嗯呃唉哎欸噢喔唔]|\[[^\]]*\]|<[^>]*>")
APART = re.compile(r"[^\w%]+|_")


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("tw2sp")


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """Simplified characters, half width, lower case, without punctuation, spaces and fillers."""
    text = unicodedata.normalize("NFKC", _simplifier().convert(text)).lower()
    return APART.sub("", FILLERS.sub("", text)).replace("妳", "你").replace("甚么", "什么")


# What speakers of southern dialects, and recognisers on telephone lines, do not tell apart.
MERGED = ((r"^(z|c|s)h", r"\1"), (r"^n(?!$)", "l"), (r"ng$", "n"), (r"^r", "l"), (r"^f", "h"), (r"^hu$", "hu"))


@cache
def syllable(character: str) -> str:
    """The toneless syllable of one Han character, merged as dialects merge it; other characters as they are."""
    from pypinyin import Style, lazy_pinyin

    if not re.match(HAN, character):
        return character
    spoken = lazy_pinyin(character, style=Style.NORMAL)[0]
    for pattern, merged in MERGED:
        spoken = re.sub(pattern, merged, spoken)
    return spoken


@lru_cache(maxsize=65536)
def phonetic(text: str) -> str:
    """The syllables of a text, a space between them."""
    return " ".join(map(syllable, text))


@cache
def _homophones() -> dict[str, str]:
    """Syllable -> the characters of everyday writing (first level of GB 2312) that sound so."""
    table: dict[str, str] = {}
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF):
            try:
                character = bytes((row, cell)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            table[syllable(character)] = table.get(syllable(character), "") + character
    return table


@cache
def _one_for_all() -> dict[int, str]:
    return {ord(one): characters[0] for characters in _homophones().values() for one in characters}


@lru_cache(maxsize=8192)
def merged(text: str) -> str:
    """The text with every character written as the first of those that sound like it; as long as before."""
    return text.translate(_one_for_all())


PIECE = re.compile(rf"\[[^\]]*\]|\(\?[=!<][^()]*\)|{HAN}{{2,}}(?![?*+{{])|{HAN}{{3,}}")


@cache
def sound_alikes(pattern: str) -> str:
    """A pattern that also takes what sounds like its words; a single character must stand as written."""

    def widened(match: re.Match[str]) -> str:
        piece = match[0]
        if not re.match(HAN, piece):
            return piece
        return "".join(f"[{character}{_homophones().get(syllable(character), '')}]" for character in piece)

    return PIECE.sub(widened, pattern)


DOUBLE_SURNAMES = "欧阳|司马|上官|诸葛|皇甫|司徒|东方|令狐|尉迟|公孙|慕容|端木|夏侯|南宫|独孤|长孙|宇文"
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐伍庄申"
    "欧颜倪焦鲁岳翟殷詹柯章兰耿关焦柳欧季殷毕聂丛翁祝童路涂甘宫管谷苗骆柴辛房冉解左晏古尤裴席卫柏宁喻翦戚"
)
HONORIFIC = r"(?:先生|女士|小姐|太太|老师|经理|师傅|阿姨|大哥|大姐|同学|总(?!共|是|额|的|部|之|体|计)|先森|姐|哥)"
STRICT_HONORIFIC = r"(?:先生|女士|小姐|太太|老师|经理|同学|先森|总(?!共|是|额|的|部|之|体|计))"
PERSONAL = frozenset(("先生", "女士", "小姐", "太太", "先森"))
SURNAME = rf"(?:{DOUBLE_SURNAMES}|[{SURNAMES}])"
# What a customer says of his surname is often misheard: 免贵姓何 comes as 年贵性和; the sound decides then.
HEARD_NAME = Expression(rf"(?:[免年面]?贵|我)[性信兴幸](?P<family>{HAN})(?!格|息|趣|用|任|号|仰|心|好|运)")
GIVES_NAME = Expression(
    rf"(?:免贵|我|本人|户主|机主|名字|是)?(?:姓|姓氏是)(?P<family>{SURNAME})|"
    rf"(?:我|本人|名字|姓名)(?:的名字)?(?:就)?(?:叫做?|是叫|名叫)(?P<full>{SURNAME}{HAN}{{1,2}})|"
    rf"(?:名字|姓名|收件人|户名|机主|户主|登记人)(?:是|就是|写的是|叫)?(?P<given>{SURNAME}{HAN}{{1,2}})|"
    rf"我是(?P<self>{SURNAME}{HAN}{{1,2}})(?=$|[,。])|"
    rf"(?:叫我(?:小|老)?|我是[^,。]{{0,8}}(?:老|小))(?P<call>{SURNAME})"
)
ANSWERS_NAME = re.compile(
    rf"^(?:[啊哦对是好的那我叫姓就免贵呢]*)(?P<family>{SURNAME})(?P<rest>{HAN}{{0,2}})(?:$|[啊呀吧哈的呢]|{HONORIFIC})"
)


def names_given(_: str, text: str, asked: bool) -> tuple[str, ...]:
    """Surnames as the customer gives them; after the question a bare name counts."""
    found = [
        re.match(SURNAME, next(filter(None, match.groupdict().values())))[0]  # type: ignore[index]
        for match in GIVES_NAME.matches(text)
    ]
    if asked and not found and (heard := HEARD_NAME.search(text)):
        found.append(heard["family"])
    if asked and not found and (answer := ANSWERS_NAME.match(text)):
        found.append(answer["family"])
    return tuple(dict.fromkeys(found))


@cache
def _address() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A known surname with an honorific, and any honorific, each also as it may be misheard."""
    strict, familiar = sound_alikes(STRICT_HONORIFIC), sound_alikes(HONORIFIC)
    return re.compile(rf"(?P<family>{SURNAME}){HAN}{{0,2}}?(?P<honorific>{strict})"), re.compile(familiar)


def names_used(text: str, names: tuple[str, ...]) -> tuple[NameUse, ...]:
    """A surname with an honorific; a sound-alike of the customer's surname with one counts a little less."""
    surname, honorific = _address()
    addressed = list(honorific.finditer(text))
    if not addressed:
        return ()
    found: list[NameUse] = []
    spoken = {phonetic(name) for name in names}
    for match in surname.finditer(text):
        if not names or match["family"] in names:
            found.append(NameUse(match.start(), match.end(), 1.0))
        elif match["honorific"] in PERSONAL and phonetic(match["family"]) not in spoken:
            # Another surname may be somebody else's, or the recogniser's reading of this one.
            found.append(NameUse(match.start(), match.end(), 0.5))
    for match in addressed:
        for back in (1, 2, 3):
            begins = match.start() - back
            if begins < 0 or text[begins] == "\n":
                break
            if phonetic(text[begins]) in spoken:
                found.append(NameUse(begins, match.end(), 1.0 if text[begins] in names else 0.8))
        if phonetic(text[max(0, match.start() - 2) : match.start()]) in spoken:
            found.append(NameUse(match.start() - 2, match.end(), 0.8))
    return tuple(found)


LANGUAGE = Language(
    code="zh",
    sentence_end="。！？!?;；",
    abbreviations=(),
    joiner="",
    shortest_fuzzy=4,
    normal=normal,
    phonetic=phonetic,
    sound_alikes=sound_alikes,
    merged=merged,
    names_given=names_given,
    names_used=names_used,
    asks_name=r"贵姓|称呼|姓名|(?<!实)名字|您姓|你姓|什么姓|怎么叫",
    asks_to_wait=(
        r"稍等|稍候|等一下|等一会|等一等|等会儿?|等我|等着|等片刻|请等|等候|别挂|不要挂|勿挂|不挂机|在线等|等几分钟|等两分钟|"
        r"等一两分钟|占用您.{0,4}时间"
    ),
    not_asking_to_wait=(
        r"耐心等待|等候后续|等通知|等短信|等电话|感谢.{0,6}等|谢谢.{0,4}等|让您.{0,3}等|等会儿?(?:给|会|再|收到)|稍等片刻后"
    ),
    back_channel=r"^(?:嗯|对|是|好|的|啊|哦|噢|行|明白|了解|是的|好的|对的|没错|知道|了|可以|您说|你说|您讲|请讲|请说)*$",
)
