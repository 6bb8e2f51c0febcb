"""Chinese: traditional folded to simplified, syllables that dialects merge, surnames with their honorifics."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from app.domain.expression import Expression
from app.domain.language import Language, NameUse

HAN = r"[\u4e00-\u9fff]"
FILLERS = re.compile(r"[嗯呃唉哎欸噢喔]|唔(?!好意思|该|使|系|知|住|得|会|要|见|明|通|紧|起|识|可)|\[[^\]]*\]|<[^>]*>")
APART = re.compile(r"[^\w%]+|_")
# Words that only Cantonese writes, as everybody writes them; longer ones first.
CANTONESE = {
    **{
        "唔该": "谢谢",
        "咁耐": "这么久",
        "好耐": "很久",
        "等阵": "等一下",
        "而家": "现在",
        "呢度": "这里",
        "呢边": "这边",
    },
    **{"边个": "谁", "边度": "哪里", "几多": "多少", "乜嘢": "什么", "咩嘢": "什么", "系咪": "是不是", "我系": "我是"},
    **{
        "有咩": "有什么",
        "咩事": "什么事",
        "仲有": "还有",
        "仲要": "还要",
        "仲需": "还需",
        "帮衬": "光顾",
        "这里系": "这里是",
    },
    **{
        "唔": "不",
        "冇": "没有",
        "嘅": "的",
        "咗": "了",
        "嚟": "来",
        "咁": "这么",
        "佢": "他",
        "嘢": "事",
        "乜": "什么",
    },
    **{"睇": "看", "哋": "们", "喺": "在", "畀": "给", "俾": "给"},
}
CANTONESE_ONLY = re.compile("|".join(sorted(CANTONESE, key=len, reverse=True)))


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("tw2sp")


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """Simplified characters, half width, lower case, without punctuation, spaces and fillers."""
    text = unicodedata.normalize("NFKC", _simplifier().convert(text)).lower()
    text = APART.sub("", FILLERS.sub("", text)).replace("妳", "你").replace("甚么", "什么")
    return CANTONESE_ONLY.sub(lambda match: CANTONESE[match[0]], text)


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
# Rarer, or everyday words besides: trusted where a name is given, or where a new clause begins.
RARE_SURNAMES = (
    "车盛赖宗褚涂瞿乔丰屈冼窦封储靳糜邰昝仇景包华洪胥宓班鞠栾暴刁蓝强冀晁桂卓楚简麦党冷池桑米尚容梅蒙商舒滕佟鲍卞蔺娄蒲苟虞燕"
    "敖巩寇匡郎栗练凌隆闵佘沙宿荀应游郁元臧占湛甄支仲竺庾郗逄揭麻芦浦皮漆牟缪闻邬奚相幸玄尤於辜阙谌遇危常阮梁利"
    "花连单成全明平司阴祁项那农木计益冶诚谈茅庞纪嵇惠曲家汲松井富巫乌焦巴弓牧隗山谷宁仉栾甫能苍双"
)
# These are not heard in other words before an honorific.
PLAIN_SURNAMES = "".join(
    set(SURNAMES) - set("谢解白方于钟金高安向任何余文段雷常管路关付祝温钱万章程石江田古房席季左耿温孔苗古柏宁")
)
DOUBTFUL_SURNAMES = "".join(sorted((set(SURNAMES) | set(RARE_SURNAMES)) - set(PLAIN_SURNAMES)))
HONORIFIC = (
    r"(?:先生|女士|小姐|太太|老师|经理|师傅|阿姨|大哥|大姐|大爷|大妈|大叔|奶奶|爷爷|老板|主任|医生|律师|同学|同志|叔|伯|婶|姨|"
    r"总(?!共|是|额|的|部|之|体|计|监)|先森|姐|哥|生(?=[你您麻请不]|$))"
)
STRICT_HONORIFIC = r"(?:先生|女士|小姐|太太|老师|经理|同学|先森|总(?!共|是|额|的|部|之|体|计|监))"
PERSONAL = frozenset(("先生", "女士", "小姐", "太太", "先森"))
SURNAME = rf"(?:{DOUBLE_SURNAMES}|[{SURNAMES}])"
ANY_SURNAME = rf"(?:{DOUBLE_SURNAMES}|[{SURNAMES}{RARE_SURNAMES}])"
# What a customer says of his surname is often misheard: 免贵姓何 comes as 年贵性和; the sound decides then.
HEARD_NAME = Expression(rf"(?:[免年面]?贵|我)[姓性信兴幸](?P<family>{HAN})(?!格|息|趣|用|任|号|仰|心|好|运)")
# How a surname is told from others that sound alike: 弓长张, 耳东陈.
SPELT = r"弓长|立早|木子|口天|耳东|双木|古月|言午|人可|走肖|草头|双人|三点水|木易|日月|双口|文武|大肚"
# Words that begin with a surname.
NO_SURNAME = (
    r"(?!马上|方便|方式|安徽|安卓|任何|何时|何必|于是|万一|金额|金华|常用|高[峰兴新清铁]|周[一二三四五六日末]|许多|白[天的]|关[闭于掉机]|解[决释]|路[上由]|"
    r"江[苏西]|程序|明[白天年早晚后]|麻烦|平[时台安]|成[都功]|容易|应该|能|全[部都家]|连[不接]|单[号位]|家|花|那|农|双|相[同信]|元|遇|计|温州|苏州|杭州|"
    r"徐州|唐山|武汉|郑州|黄[金牛]|宁波|曲|石家庄|康复|华为|盛大|龙岩|甘肃|谢[谢了啦您你]|马虎|查|包[裹括]|时|冷|商|麦当|米|党|车[子上票位]|文件|余额|雷同|"
    r"温馨|左[右边]|古[代老]|向[您你上]|付[款费了]|钱[没已还在]|段|章|项|蒙|游戏|支付|占|仇|燕|强|简[单直]|封|景|包|经|毛病|万分)"
)
GIVES_NAME = Expression(
    rf"(?:免贵|我|本人|户主|机主|名字|是)?(?:(?<!百)姓|姓氏是)(?P<family>{SURNAME})|"
    rf"(?:我|本人|免贵|敝|小)姓(?P<any>{DOUBLE_SURNAMES}|(?![名氏什啥甚哪啊呀吗的是]){HAN})|"
    rf"^(?:那个|就|我)?姓(?P<bare>{ANY_SURNAME})(?=$|[0-9]|的|啊|呀|{SPELT})|"
    rf"(?:我|本人|名字|姓名)(?:的名字)?(?:就)?(?:叫做?|是叫|名叫)(?!车|了|你|您|外|快|他|她|人|客){NO_SURNAME}(?P<full>{ANY_SURNAME}{HAN}{{1,2}})|"
    rf"(?:名字|姓名|收件人|户名|机主|户主|登记人)(?:是|就是|写的是|叫)?{NO_SURNAME}(?P<given>{SURNAME}{HAN}{{1,2}})|"
    rf"我是(?P<self>{SURNAME}{HAN}{{1,2}})(?=$|[,。])|"
    rf"我是(?P<told>(?!马上|周[一二三四五六日末]|许多|曾经|丁点|胡同|苏州|杭州|唐山|杨浦|黄牛|黄金|钟点|程序|余额)[王李张刘陈杨黄赵吴周徐孙马朱"
    rf"胡郭林郑罗梁宋唐许韩冯邓曹彭肖董袁潘蒋蔡杜叶苏魏吕丁沈姚卢姜崔谭陆汪]{HAN}{{1,2}})(?:先生|女士|昨天|之前|刚才|刚刚|手机|身份证|尾号)|"
    rf"本人(?P<own>(?![于和与从向万任安石路关章时]){SURNAME}{HAN}{{1,2}})(?=$|身份证|手机|电话|卡号|[0-9])|"
    rf"(?:叫我(?:小|老)?|我是[^,。]{{0,8}}(?:老|小))(?![米白花家农商包成单平计能双康])(?P<call>{ANY_SURNAME})(?!层|库|客|用户|时|区|孩|的)"
)
ANSWERS_NAME = re.compile(
    rf"^(?:[啊哦对是好的那我叫姓就免贵呢]*)(?:{SPELT})?{NO_SURNAME}(?P<family>{ANY_SURNAME})(?P<rest>{HAN}{{0,2}})"
    rf"(?:$|[啊呀吧哈的呢0-9a-z零幺一二三四五六七八九]|{HONORIFIC}|{SPELT}|手机|电话|尾号|身份证|单号|订单|卡号|号码|我)"
)
# After these a surname begins; within a word, as 白 in 明白女士, there is none.
CLAUSE_BEGINS = r"(?<![^\n是好的问请那对嗯啊哦行谢烦歉思叫哈吧呢呀您让给帮到了])"
NO_NAME = (
    r"(?!谢谢|谢您|祝|关于|方便|高兴|安排|安心|任何|石头|向您|向你|于是|何时|马上|马女|周[一二三四五六日末]|许多|解决|解释|能|那|"
    r"全部|全家|单位|单号|明天|平台|连接|成功|计算|花费|家里|相关|遇到|应该|容易|商家|商城|包括|封|强|支付|占|麻烦|游|元|成|明)"
)
# The agent's own name, or a colleague's.
OF_SOMEBODY_ELSE = re.compile(
    r"(?:我(?:是|叫|姓)[^您你\n]{0,10}|(?:这里是|工号)[^您你\n]{0,8}|"
    r"(?:我们|咱们|我司|他们|你们|叫|找|跟|由|联系|同事|主管|专员|技术|售后|负责|负责人|部门|部|组)(?:的|那个|这边的|这边|那边的|那边)?)$"
)
WILL_CALL_BACK = re.compile(
    r"(?:会|将|稍后|正在|马上|再|来)*(?:联系|回复|给您|跟您|致电|打给|处理|上门|答复|回您|回电)"
)


def names_given(_: str, text: str, asked: bool) -> tuple[str, ...]:
    """Surnames as the customer gives them; after the question a bare name counts."""
    found = []
    for match in GIVES_NAME.matches(text):
        told: str = next(filter(None, match.groupdict().values()))
        double = re.match(DOUBLE_SURNAMES, told)
        found.append(double[0] if double else told[0])
    if asked and not found and (heard := HEARD_NAME.search(text)):
        found.append(heard["family"])
    if asked and not found and (answer := ANSWERS_NAME.match(text)):
        found.append(answer["family"])
    return tuple(dict.fromkeys(found))


@cache
def _address() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A known surname with an honorific, and any honorific, each also as it may be misheard."""
    strict, familiar = sound_alikes(STRICT_HONORIFIC), sound_alikes(HONORIFIC)
    family = rf"(?:(?P<plain>{DOUBLE_SURNAMES}|[{PLAIN_SURNAMES}])|{CLAUSE_BEGINS}(?P<doubtful>[{DOUBTFUL_SURNAMES}]))"
    given = rf"(?:(?![您你的是好请谢了在有吗呢吧啊便先我这那和]){HAN}){{0,2}}?"
    return re.compile(rf"{NO_NAME}{family}{given}(?P<honorific>{strict})"), re.compile(familiar)


# Everyday words that sound like surnames: 您 like 林, 好 like 郝, 是 like 石.
WORDS_ENDING_IN_A_SURNAME = frozenset(
    "对方 地方 双方 关于 由于 对于 位于 在于 基于 鉴于 等于 至于 了解 理解 明白 谢谢 感谢 多谢 剩余 其余 线路 分钟 流程 行程 过程 课程 "
    "时段 中文 平安 早安 晚安 午安 押金 资金 基金 现金 退钱 付钱 正常 非常 通常 平常 盖章 支付 交付 应付 坐席 公房 应该 不管 尽管 任何 "
    "如何 为何 方向 一向 直白".split()
)
NEVER_A_SURNAME = frozenset("您你好的是请那了啊这里位对给为在有时还就到先吗呢吧嗯哦呀让与")


def names_used(text: str, names: tuple[str, ...]) -> tuple[NameUse, ...]:
    """A surname with an honorific; a sound-alike of the customer's surname with one counts a little less."""
    surname, honorific = _address()
    addressed = list(honorific.finditer(text))
    if not addressed:
        return ()
    found: list[NameUse] = []
    spoken = {phonetic(name) for name in names}
    for match in surname.finditer(text):
        if text[match.start() - 1 : match.start() + 1] in WORDS_ENDING_IN_A_SURNAME or _is_somebody_else(text, match):
            continue
        family = match["plain"] or match["doubtful"]
        if not names or family in names:
            found.append(NameUse(match.start(), match.end(), 1.0))
        elif match["honorific"] in PERSONAL and phonetic(family) not in spoken:
            # Another surname may be somebody else's, or the recogniser's reading of this one.
            found.append(NameUse(match.start(), match.end(), 0.5))
    for match in addressed:
        for back in (1, 2, 3):
            begins = match.start() - back
            if begins < 0 or text[begins] == "\n":
                break
            if text[begins - 1 : begins + 1] in WORDS_ENDING_IN_A_SURNAME:
                continue
            if text[begins] in names:
                found.append(NameUse(begins, match.end(), 1.0))
            elif text[begins] not in NEVER_A_SURNAME and phonetic(text[begins]) in spoken:
                found.append(NameUse(begins, match.end(), 0.8))
        if phonetic(text[max(0, match.start() - 2) : match.start()]) in spoken:
            found.append(NameUse(match.start() - 2, match.end(), 0.8))
    return tuple(found)


def _is_somebody_else(text: str, match: re.Match[str]) -> bool:
    """Whether a surname with an honorific is the agent's or a colleague's."""
    if OF_SOMEBODY_ELSE.search(text[max(0, match.start() - 16) : match.start()]):
        return True
    return match["honorific"] not in PERSONAL and WILL_CALL_BACK.match(text, match.end()) is not None


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
    name_cues=("姓", "叫", "名", "我是", "本人", "主", "收件人", "登记人"),
    asks_name=r"贵姓|称呼|姓名|(?<!实)名字|尊姓大名|您的大名|[您你]姓(?=什么|啥|名|氏|是|$)|什么姓(?!号|业|程|李|动|为|情|质|能|式)|怎么叫|您叫什么|你叫什么|您是哪位",
    asks_to_wait=(
        r"稍等|稍候|稍侯|稍待|等一下|等一会|等一等|等会儿?|等我|等着|等片刻|请等|等候|候一下|别挂|不要(?:先)?挂|勿挂|不挂机|在线等|等几分钟|"
        r"等两分钟|等一两分钟|占用您.{0,4}时间|(?:您|你|请|先|再|麻烦|我)等[等下]|(?:不要|别|勿|请不)(?:先)?(?:离开|走开|关掉|关闭|退出|断线|离线|"
        r"下线|收线|切断|掐断|断开|放下电话|关(?:窗|页|对话))|挂着别|保留(?:一下)?(?:电话|线上|通话)|(?:电话|通话)保留|容我[^.]{0,4}(?:分钟|时间)|(?:请|您|麻烦|在线)稍后(?!再|给|为|会|留意|查|致电|拨|联系|重|登|尝试|就|收|我|关注|可以|试|直接|您|自行|"
        r"注意|前往|通过|将|进|打|到|去|在|用|把|回)|保持(?:通话|在线|线路|连线)|给我(?:一|两|几|半|点|三|五)[^.]{0,3}(?:分钟|时间|钟)|稍微等"
    ),
    not_asking_to_wait=(
        r"耐心等[待候]|等候(?:后续|通知|工作|处理|回复|结果|电话|审核|安排|师傅|专员|来电|联系|快递|收货|发货|客服|的?时间)|稍候(?:会|将|给|有|再|重试)|等.{0,3}天|等通知|等短信|等电话|感谢.{0,6}等|[多谢]谢.{0,4}等|[让害叫使劳累][您你].{0,4}等|等会儿?(?:给|会|再|收到)|稍等片刻后|"
        r"[等]下(?:会|给您|再|有|收到|就)|(?:宽带|手机|电视|固话|等)等等"
    ),
    back_from_waiting=r"久等|(?:感谢|多谢|谢谢)[^.]{0,6}(?:等候|等待)|(?:抱歉|不好意思|对不起)[^.]{0,6}(?:等了|等候|等这么)",
    back_channel=r"^(?:嗯|对|是|好|的|啊|哦|噢|行|明白|了解|是的|好的|对的|没错|知道|了|可以|您说|你说|您讲|请讲|请说)*$",
)
