"""Who is the agent: judged from what is typically said by the one who helps and by the one who asks for help."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from app.domain.language import LANGUAGES, language

# Patterns over the language's normal form, each with its weight: how much sooner one side says it than the other
# (natural logarithm of the odds). Only what belongs to the role counts, not to the matter of the call.
NUMERALS = r"\d零〇一二三四五六七八九十两幺百千"
DIGITS = r"(?:\d+|zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple|dash)"
AGENT_SAYS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "en": (
        (r"how (?:can|may|could|might) i (?:help|assist|be of)|what can i (?:do|help)", 3.0),
        (r"(?:thank you|thanks) for (?:calling|contacting|choosing|holding|waiting|your patience|your call)", 3.0),
        (
            r"you are through to|you have reached|welcome to|customer (?:service|care|support)|(?:help|service) ?desk",
            2.0,
        ),
        (r"(?:may|can|could) i (?:please )?(?:have|get|take|just (?:get|take|have|ask)|ask(?: for)?|confirm)", 2.0),
        (r"who am i (?:speaking|talking)|who i am (?:speaking|talking)|whom do i have", 2.5),
        (r"(?:anything|something) else", 2.0),
        (r"(?:can|could|would) you (?:please )?(?:confirm|verify|spell|provide|give me)", 1.5),
        (r"bear with me|(?:put|pop|place) you on|let me (?:just |quickly )?(?:check|pull|look|see|have a look)", 1.5),
        (r"i (?:do )?apologi[sz]e|sorry (?:to keep|for the wait|to have kept|about the wait)", 1.5),
        (r"\b(?:sir|madam|maam)\b", 1.0),
        (r"(?:this is|my name is) \w+(?: from| at| with| speaking| how)|\w+ speaking\b", 1.0),
        (r"have a (?:nice|great|good|lovely|wonderful) (?:day|one|evening|afternoon|rest|weekend)", 0.7),
        (r"what is (?:the|your) (?:\w+ ){0,2}(?:number|name|reference|postcode|zip|email|address|birth)", 1.5),
        (r"it says here|(?:the|our|my) (?:system|screen)\b", 0.7),
        (r"may i speak (?:to|with)|calling (?:you )?(?:from|on behalf)|(?:call|line) is (?:being )?recorded", 1.5),
        (r"good (?:morning|afternoon|evening)", 0.5),
        (r"\byour (?:account|card|order|policy|booking|date of birth|postcode|zip|address|number|email|name)", 0.6),
        (
            r"i can (?:see|help|do|offer|arrange|book)|i will (?:send|transfer|book|arrange|put)|we (?:can|will|have)",
            0.4,
        ),
        (r"\byou(?:rs?)?\b(?! (?:people|guys|all|lot))", 0.7),
        (r"^(?:(?:and|so|okay|thank you) )*(?:do|did|have|are|were|would|could|can|will) you\b", 0.5),
        (
            r"\bi (?:will|can|need to|have to|shall|am going to) (?:just )?"
            r"(?:check|ask|look|see|note|update|open|find|raise|process|register|pass)\b",
            0.7,
        ),
        (r"\bour\b|\bwe (?:do|offer|apologi[sz]e|are (?:sorry|open|going))", 0.6),
        (r"\b(?:mr|mrs|ms|miss) \w+", 0.7),
        (r"sorry (?:to hear|about that|for (?:the|any|that))|i (?:do )?understand\b|for your patience", 0.8),
        (r"\b(?:of course|certainly|absolutely)\b|my pleasure|you are (?:very |most )?welcome", 0.5),
    ),
    "zh": (
        (r"有什么.{0,6}(?:帮|为您|需要|效劳)|(?:帮|为|替)您(?:服务|做)|能帮您", 3.0),
        (r"(?:感谢|谢谢)您?的?(?:来电|致电|拨打)|欢迎(?:致电|来电|拨打)", 3.0),
        (r"客服|客户服务|服务中心|热线|工号|坐席|很高兴", 2.0),
        (r"贵姓|怎么称呼|如何称呼|您(?:的)?(?:姓名|名字)", 2.5),
        (r"(?:其他|别的|其它|还有什么|还需要).{0,8}(?:帮|需要|问题|可以)", 2.5),
        (r"稍等|久等|请等|请您|麻烦您|您看", 1.2),
        (r"(?:帮|给|为|替)您(?:查|看|办|核|登|转|约|处理|申请|安排)|这边", 1.0),
        (r"(?:非常|很|实在)?抱歉|不好意思让您|请问您", 0.8),
        (r"(?:订单号|单号|卡号|手机号|号码|账号|身份证).{0,4}(?:多少|是什么|报一下|说一下)", 1.5),
        (r"系统(?:里|上|显示)|没有[您你]的.{0,6}记录", 0.8),
        (r"祝您|生活愉快", 1.5),
        (r"您", 1.0),
        (r"请(?!问你)", 0.4),
        (r"先生|女士|小姐|太太", 1.0),
        (r"(?:帮|为|给|替)[您你]|抱歉|对不起|理解", 0.6),
        (r"核实|核对|登记|查询|反馈|工作日|工作人员|部门|专人|稍等|等一下|久等|耐心", 0.6),
        (r"一下", 0.3),
    ),
    "ja": (
        (r"お電話.{0,12}ありがとうございます|ご連絡.{0,8}ありがとうございます", 3.0),
        (r"ご用件|お伺いいたし|承ります|うけたまわ|いかがなさいました|どのような", 2.5),
        (r"(?:サポート|カスタマー|コール|お客様|サービス)(?:センター|窓口|デスク)|受付|担当いたし", 2.0),
        (
            r"(?:お名前|ご氏名|お電話番号|ご住所|ご注文番号|会員番号)を?.{0,6}(?:伺|お願い|頂戴|教えて|よろしい|お聞かせ)",
            2.5,
        ),
        (r"(?:他|ほか)に.{0,10}(?:ご不明|ご質問|何か|ございます|お困り)", 2.5),
        (r"少々お待ち|お待たせ|お待ちください|お待ちいただ", 1.5),
        (r"かしこまりました|承知(?:いた)?しました|恐れ入り|おそれいり", 1.5),
        (r"申し訳(?:ござい|ありま)|ご迷惑", 1.0),
        (r"ございます|いたし|いただ|させて|おります|お調べ", 0.9),
        (r"様", 0.4),
        (r"でしょうか|ください(?:ませ|$)|申し上げ|致しま|くださ", 0.6),
        (r"当社|弊社|担当|係の者|手配|ご案内|こちら(?:で|から)", 0.5),
        (r"[ごお][一-龥]{1,4}", 0.3),
    ),
}
CUSTOMER_SAYS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "en": (
        (r"i (?:would like|want|need|wanted|was wondering|am calling|am trying|am having|am looking)\b", 1.5),
        (r"i have (?:a|an|got) (?:\w+ )?(?:question|problem|issue|account|complaint)", 1.5),
        (r"\bmy (?:account|card|order|bill|phone|policy|internet|booking|parcel|flight|husband|wife|money|house)", 1.2),
        (r"i (?:lost|left|forgot|bought|ordered|paid|received|never)\b", 1.2),
        (r"i (?:did not (?:get|receive)|have not (?:got|received))", 1.2),
        (r"you (?:people|guys)|your (?:company|website|lot|colleague|manager)|speak to (?:a|your|the) manager", 1.5),
        (
            r"nobody (?:has |have )?(?:called|told|rang)|it is not working|does not work|charged me|make a complaint",
            1.2,
        ),
        (r"(?:can|could) you (?:help me|tell me|check (?:my|if|whether))", 0.8),
        (r"^(?:yes|yeah|sure|no|okay)(?: please| thank you| thanks| it is| that is| go ahead)?$", 0.7),
        (r"no that is (?:all|it)", 0.7),
        (r"\b(?:my name is|it is) \w+$", 0.4),
        (r"\bmy\b(?! (?:name|colleagues?|manager|supervisor|system|screen|pleasure|apolog))", 1.0),
        (r"\bi (?:have|had|was|did|do|tried|got|thought|think|just|called|guess|went|used?|could|can)\b", 0.4),
        (r"^(?:yes|yeah|yep|no|nope|sure|okay|fine|right|all right|alright|well|hi|hey)\b", 0.4),
        (rf"^(?:(?:it is|that is|yes|sure|so) )?(?:{DIGITS}(?: |$)){{3,}}$", 0.8),
        (r"^(?:so |and |but )?(?:why|when|how (?:long|much|soon|come)|do i|should i|will (?:i|it))\b", 0.7),
        (r"\b(?:cheers|brilliant|wow|honestly|to be honest|ridiculous|i do not (?:think|know|believe))\b", 0.8),
    ),
    "zh": (
        (r"我(?:想|要|打算|需要)(?!先|跟您|和您|为|帮|请)", 1.2),
        (r"我的?(?:卡|订单|手机|账户|快递|包裹|宽带|洗衣机|冰箱|车|电话|号|家|老公|老婆|妈|爸|孩子)", 1.0),
        (r"我(?:昨天|前天|上周|上个月|刚|买|收到|没收到|订|下单|付|交)", 1.0),
        (r"你们", 1.2),
        (r"投诉[你您]|[你您]的?工号|什么态度|找[你您]们?领导", 1.2),
        (r"能不能(?:帮|给|快)|帮我|给我|怎么(?:回事|办|还|老|这么)|投诉|退钱|退款给我", 0.9),
        (r"^(?:嗯|对|好|行|好的|行吧|没有了|没了|不用了|可以)+(?:谢谢(?:你|您)?|再见|拜拜)*$|我姓|免贵", 0.8),
        (r"我(?:的|家|昨|前|上|就|不|没|也|都|用|在|之前|一直|现在|今天|打|花|充|怎么)", 0.5),
        (r"怎么|为什么|凭什么|什么时候|多久|多少钱|能不能|可不可以|是不是", 0.5),
        (r"^(?:嗯|哦|啊|对|好|行|是|没|不用)(?:了|的|啊|吧|呀|啦|对|好|行|嗯)*$", 0.5),
        (rf"^[{NUMERALS}A-Za-z]{{4,}}$", 0.7),
    ),
    "ja": (
        (r"(?:たい|ほしい|欲しい|てる|ている|ない|な)(?:ん|の)です(?:が|けど|けれど|よ)?", 1.2),
        (r"(?:んです|の)(?:けど|けれど|が)|ですけど|けどね", 1.0),
        (r"(?:届か|届いて|届き|使え|動か|つなが|繋が|できな|出な)(?:い|な)?", 0.6),
        (r"(?:うちの|私の|わたしの|主人|家内)", 1.0),
        (r"思[うっ]て|困っ|助かり|よかった|ちゃんと|ずっと|全然|やっぱり|なんか", 0.5),
        (r"(?:です|ます)(?:か|かね)$|かな$|じゃない|だった|だよ$|なの$", 0.3),
        (r"^(?:はい|ええ|うん|あの|えっと|えーと|そうです|いえ|いいえ|じゃあ?)", 0.3),
        (rf"^[{NUMERALS}のゼロマル-]{{4,}}(?:です)?$", 0.8),
        (
            r"^(?:はい|ええ|うん|お願いします|大丈夫です|分かりました|わかりました|ないです|ありがとうございます|どうも|失礼します)+$",
            0.7,
        ),
    ),
}
# Somebody who says the same again and again does not become the surer by it.
MOST_HITS = 3
# The one who speaks first on an inbound call is mostly the agent, who greets.
FIRST_WORD = 0.7
# What is said early tells more: roles are clearest where a call opens.
OPENING_SHARE = 0.34
LATER_WEIGHT = 0.5
# Weights are not independent of each other; taken at face value they would claim too much.
TEMPER = 0.6


@dataclass(frozen=True)
class Said:
    """One utterance of one voice; `start` in seconds."""

    start: float
    text: str


def agent_cues(text: str, code: str) -> tuple[tuple[float, float], ...]:
    """Where in the text (0-1) something speaks for the agent (above 0) or the customer (below; logarithms of odds)."""
    if code not in LANGUAGES:
        return ()
    plain = language(code).normal(text)
    return (
        *_hits(AGENT_SAYS[code], plain),
        *((place, -weight) for place, weight in _hits(CUSTOMER_SAYS[code], plain)),
    )


def agent_odds(text: str, code: str) -> float:
    """How much the words speak for the agent (above 0) or for the customer (below), as a logarithm of the odds."""
    return sum(weight for _, weight in agent_cues(text, code))


def agent_channel(channels: Sequence[Sequence[Said]], code: str) -> tuple[int, float]:
    """Which of two channels is the agent's, and how sure that is (0.5-1)."""
    begun = [(utterances[0].start, place) for place, utterances in enumerate(channels) if utterances]
    if not begun:
        return 0, 0.5
    last = max(said.start for utterances in channels for said in utterances)
    left, right = (_weighed(utterances, code, last) for utterances in channels)
    margin = left - right + (FIRST_WORD if min(begun)[1] == 0 else -FIRST_WORD)
    return (0 if margin >= 0 else 1), probability(abs(margin) * TEMPER)


def probability(odds: float) -> float:
    """A logarithm of odds as a probability."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def _weighed(utterances: Iterable[Said], code: str, last: float) -> float:
    return sum(
        agent_odds(said.text, code) * (1.0 if said.start <= OPENING_SHARE * last else LATER_WEIGHT)
        for said in utterances
    )


def _hits(patterns: Sequence[tuple[str, float]], plain: str) -> Iterator[tuple[float, float]]:
    """Where each pattern is found, up to three times, with its weight."""
    for pattern, weight in patterns:
        for hit in islice(re.finditer(pattern, plain), MOST_HITS):
            yield (hit.start() + hit.end()) / 2 / max(1, len(plain)), weight
