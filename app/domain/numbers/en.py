"""Numbers in English: oh, double five, forty-one eleven, fifteen hundred; how one asks for a number."""

import re
from collections.abc import Iterator

from app.domain.numbers.words import MARK, Atom, Kind, NumberWords

UNITS = {
    **dict(zip("zero one two three four five six seven eight nine".split(), "0123456789", strict=True)),
    **dict.fromkeys(("oh", "o", "nought", "naught"), "0"),
}
TEENS = {
    word: str(10 + place)
    for place, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
    )
}
TENS = {
    word: str(20 + 10 * place)
    for place, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())
}
TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
ROUND = {"hundred": "00", "thousand": "000"}
PLAIN = UNITS | TEENS | TENS

FROM_ONE, TEN = "|".join(list(UNITS)[1:10]), "|".join(TENS)
WORD = rf"\b(?:{'|'.join((*PLAIN, *TIMES, *ROUND))})\b"
SPOKEN = re.compile(
    rf"\b(?:(?P<times>{'|'.join(TIMES)}),?[ -](?P<what>{'|'.join(UNITS)})|(?P<tens>{TEN})(?:[ -]|, )(?P<unit>{FROM_ONE})|"
    rf"(?P<plain>{'|'.join(PLAIN)}))(?:,?[ -](?P<round>hundred|thousand))?\b(?!['’])"
)
LETTERS = re.compile("[a-z]+")
FIRST = frozenset((*PLAIN, *TIMES))


def spoken(text: str) -> Iterator[Atom]:
    """The numbers of a text that are written in words; what belongs together is one."""
    # Most turns have none, which is seen faster so.
    if FIRST.isdisjoint(LETTERS.findall(text)):
        return
    for match in SPOKEN.finditer(text):
        if match["times"]:
            digits = TIMES[match["times"]] * UNITS[match["what"]]
        elif match["tens"]:
            digits = TENS[match["tens"]][0] + UNITS[match["unit"]]
        else:
            digits = PLAIN[match["plain"]]
        yield Atom(match.start(), match.end(), digits + ROUND.get(match["round"], ""))


ANY = rf"(?:{'|'.join((*PLAIN, *ROUND))}|million|billion)"
MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|"
    r"sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
UNIT = (
    r"[ -]?(?:dollars?|bucks|cents?|pounds?|quid|pence|euros?|yen|yuan|rmb|usd|gbp|percent|per cent|%|st|nd|rd|th|k|grand|"
    r"o ?'?clock|[ap]\.? ?m|seconds?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|months?|years?|million|billion|hundred|"
    r"business|working|times|people|persons?|guests|seats|rooms|items|pieces|boxes|gigs?|gb|mb|megs?|miles|"
    r"kilos?|kilometers?|inch(?:es)?|feet|degrees|points|stars|units|calls|payments|instal?lments|options?|"
    r"of us|of them|of you|(?:thousand|hundred)(?: [0-9]+ hundred)? (?:dollars|pounds|euros|yen|yuan))\b"
)
DAY = rf"(?:(?:twenty|thirty)[ -](?:{ORDINAL}|{FROM_ONE})|[0-9]{{1,2}}(?:st|nd|rd|th)?|{ORDINAL}|{'|'.join(PLAIN)})\b"
YEAR = (
    rf"(?:(?:19|20)[0-9]{{2}}\b(?![-./][0-9])|"
    rf"(?:nineteen|twenty|two thousand(?: and)?)[ -](?:{'|'.join(PLAIN)})(?:[ -](?:{FROM_ONE}))?)"
)
MINUTES = r"(?:thirty|fifteen|forty[ -]five|twenty(?:[ -]five)?|oh five|ten|fifty)"
KEEPS = (
    rf"\b(?:hundred and (?:{ANY}[ -]?){{1,3}}|"
    rf"(?:thousand|million)[ -](?:and )?(?:{ANY}[ -](?:and )?){{1,4}}hundred\b|"
    rf"{MONTH}\.?,? (?:the )?(?:{DAY},? {YEAR}|{YEAR}|{DAY})|"
    rf"(?:in|since|until|till|from|year|of|by|before|after) {YEAR}\b|"
    rf"(?:at|by|before|after|until|till|around|about|from|past|to) (?:{'|'.join(PLAIN)}) {MINUTES}\b|"
    r"(?<![0-9][ -])[0-9]{1,5}(?: [a-z]+){1,2} (?:street|avenue|road|lane|drive|court|boulevard)\b)"
)
NAMED = (
    r"(?:order|case|reference|ref|ticket|booking|reservation|confirmation|claim|policy|account|invoice|tracking|parcel|"
    r"package|shipment|delivery|member(?:ship)?|customer|contract|serial|barcode|model|version|product|item|part|meter|"
    r"extension|ext|staff|agent|employee|badge|room|gate|flight|seat|row|unit|apartment|apt|option|zip|postal|post|"
    r"promo|discount|voucher|coupon|complaint|incident|job|transaction|authori[sz]ation|approval|verification)"
)

WHOSE = "(?:my|your|his|her|their|our|the|an?|this|that)"

WORDS = NumberWords(
    spoken=spoken,
    word=WORD,
    unit=UNIT,
    unit_of_few=rf"[ -]{ORDINAL}\b|(?:st|nd|rd|th)? (?:of {MONTH}|(?!may){MONTH})\b",
    keeps=KEEPS,
    asks={
        Kind.CARD: (
            rf"\b(?:cards?\b(?:(?!\b(?:last\b|end|back\b|exp))[^.?!]){{0,25}}\b(?:numbers?|digits|no\.|details|info)\b|"
            r"(?:numbers?|digits)\b(?:(?!\b(?:order|back)\b)[^.?!]){0,30}\b(?:card|visa|mastercard|amex)\b|"
            r"(?:visa|mastercard|amex|american express|maestro) (?:card )?number|long (?:card )?number|(?:sixteen|16)[ -]digits?|"
            r"(?:number|digits) (?:on|across|from) the front|(?:full|whole|entire|complete) (?:card )?number|"
            rf"(?:card|visa|mastercard|amex)(?: is| was|'s|,? it's)?(?=\W{{1,3}}(?:[0-9]{{3}}|{ANY}\b|{MARK}))|"
            r"(?:with|read me|give me|take|got) (?:your|the) (?:credit |debit )?card\b|"
            r"bank (?:account|details)|account (?:number )?and (?:routing|sort)|routing number|sort code|iban\b)"
        ),
        Kind.SECURITY_CODE: (
            r"\b(?:cvv2?|cvc2?|cv2|security (?:code|number)|card verification|code on the (?:back|front)|pin (?:number|code)|"
            rf"(?:{WHOSE} )(?:\w+ )?(?:pin|pass ?(?:code|word))\b|(?:pin|pass ?(?:code|word))(?:'s|’s| is| was|,? it's)?(?=\W{{1,3}}(?:[0-9]{{3}}|{ANY}\b|{MARK}))|"
            r"(?:three|3)[ -](?:digits?|numbers?)\b(?: security)?(?: code| number)?|(?:last|final) (?:three|3)\b|"
            r"exp(?:ir\w*|\b)[^?!]{0,40}?\bcode\b|(?:four|4)[ -]digits? (?:code )?on the front|signature strip|back of (?:the|your) card|security (?:digits|numbers?)|on the (?:reverse|back)\b)"
        ),
        Kind.ID: (
            r"\b(?:last (?:four|4)(?: digits| numbers)? of (?:your |the |my |his |her )?(?:social|ssn)\b|social(?: security)?(?: number)?\b(?! (?:media|network|worker|event|club|distanc))|ssn\b|national insurance|"
            r"ni number|passport(?: number)?|driv(?:er|ing)(?:'s|’s|s)? licen[cs]e(?: number)?|"
            r"(?:national )?id (?:card )?(?:number|card)|identification number|tax(?:payer)? id|nhs number|medicare (?:number|id))"
        ),
        Kind.PHONE: (
            r"\b(?:(?:phone|telephone|mobile|cell(?:ular|phone)?|contact|call ?-?back|home|work|office|landline|fax|daytime|evening|"
            r"whatsapp|best|good|new|old|other|alternative|different|right|correct)(?: phone)? (?:number|no\.)|"
            r"(?:my|your|his|her|the|a|by|home|work) (?:cell|mobile|(?:tele)?phone|landline)\b(?! (?:bill|plan|contract|case|company|service|is (?:not|broken)|won))|"
            r"(?:reach|call|ring|phone|text|contact|get|try) (?:me|you|him|her|them|my \w+)(?: back)? (?:on|at)\b|"
            r"(?:best|good|easiest) way to (?:reach|contact)|numbers?\b[^.?!]{0,20}\b(?:reach|call|text|ring|contact)|"
            r"(?:my|your|his|her|their|which|a|what) (?:\w+ )?number (?:for you|on file|on record|should|do|are|can|i can|we can)|"
            r"number (?:associated|registered|linked|attached|on file|on (?:the|your) account|you're calling)|(?:my|your|his|her) number\b)"
        ),
    },
    after_phone=r"[\W_]{0,3}(?:is|as|that's)? ?(?:my|the|a|his|her) (?:\w+ )?(?:number|cell|mobile|phone|landline)\b",
    asks_other=(
        rf"\b(?:{NAMED}(?:'s|\W+)(?:number|no\b|id|code|reference|ref|#)(?! and (?:routing|sort))|{NAMED}\b[^.?!0-9]{{0,15}}\bnumber\b|"
        rf"{NAMED}\W{{0,3}}(?:is |it's |was )?(?=[a-z]{{0,2}}-?[0-9]|{ANY}\b|{MARK})|"
        rf"(?:total|bill|balance|price|costs?|fee|charge|payment|refund|deposit)(?: [a-z]+){{0,2}}\W+(?=[0-9]|{ANY}\b|{MARK})|"
        r"last (?:four|4)\b(?:[^.?!]{0,25}\bcard\b)?|end(?:s|ing)? (?:in|with)\b|"
        r"reference\b|press\b|dial\b|(?:call|ring|reach|contact) us\b|hotline|zip\b|post ?code|address|"
        r"date of birth|birth(?:day|date)|born\b|exp(?:iry|iration|ires?|iring)?\b|valid (?:until|thru|through)|"
        r"how much\b|amount\b|(?:full|first|last|sur|your) ?name\b|e-?mail\b|user ?name\b)"
    ),
    meanwhile=(
        r"\b(?:uh[ -]huh|mm[ -]hmm|mhm|uh+|um+|er+m?|mm+|hm+|ah|okay|ok|yes|yeah|yep|yup|right|sure|got it|got that|go on|"
        r"go ahead|and the rest|the rest|and then|and|then|next|so|well|it's|it’s|its|it is|is that|that's|that’s|is|correct|"
        r"i think|sorry|continue|carry on|alright|all right|perfect|great|lovely|fine|dash|hyphen|space)\b"
    ),
    is_ascii=True,
)
