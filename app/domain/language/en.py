"""English: contractions, fillers, sound-alikes, surnames with a title and first names."""

import re
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from app.domain.expression import Expression
from app.domain.language import Language, NameUse

# What stands for what; the first part needs the apostrophe, the second is for words as recognisers and chats write them.
SHORTENED = (
    (r"\bwon't\b", "will not"),
    (r"\bcan't\b", "can not"),
    (r"\blet's\b", "let us"),
    (r"\by'all\b", "you all"),
    (r"\bd'you\b", "do you"),
    (r"n't\b", " not"),
    (r"'re\b", " are"),
    (r"'ve\b", " have"),
    (r"'ll\b", " will"),
    (r"'d (to|better)\b", r" had \1"),
    (r"'d\b", " would"),
    (r"\bi'm\b", "i am"),
    (r"\b(it|that|there|here|what|who|how|where|he|she|name|everything|everyone|anything|nobody)'s\b", r"\1 is"),
    # After other words too, where no possession can follow.
    (
        r"'s(?= (?:a|an|so|not|been|being|very|really|just|still|too|gone|going|got|down|slow|playing|acting|taking|only|in|"
        r"on|at|out|with|all|having|busy|frozen|loading|up|currently|also|stuck|running|no|the|quite|pretty|calling|here)\b)",
        " is",
    ),
    (r"(?<![a-z])'(?:cause|cos|coz)\b", "because"),
)
WRITTEN_OUT = dict(
    pair.split("=")
    for pair in (
        "cannot=can not,whats=what is,thats=that is,theres=there is,whos=who is,im=i am,ive=i have,youre=you are,"
        "youve=you have,theyre=they are,weve=we have,dont=do not,didnt=did not,doesnt=does not,cant=can not,"
        "wont=will not,isnt=is not,wasnt=was not,werent=were not,couldnt=could not,wouldnt=would not,"
        "havent=have not,hasnt=has not,gonna=going to,wanna=want to,gotta=got to,tryna=trying to,lemme=let me,"
        "gimme=give me,ewe=you,whatcha=what are you,cuz=because,coz=because,cos=because,ok=okay,mister=mr,mam=maam"
    ).split(",")
)
NOISE = re.compile(r"\[[^\]]*\]|<[^>]*>|\([^)]*(?:inaudible|noise|laugh)[^)]*\)")
FILLERS = re.compile(r"\b(?:uh+|um+|erm?|hm+|mm+|ah+|oh)\b")
CONTRACTED = tuple((re.compile(pattern), plain) for pattern, plain in SHORTENED)
TITLE_STOP = re.compile(r"\b(mr|mrs|ms|dr|st)\.")
# "Help ya" is you, "ya hello" is yes.
RELATIVES = re.compile(
    r"\b(?:son|daughter|husband|wife|mother|father|mum|mom|dad|brother|sister|partner|child)(?: [a-z]+)? $"
)
YA = re.compile(r"\b(help|thank|get|for|do|to|with|are|can|have|if|let|give|did) ya\b")
SHORT_WORD = re.compile(rf"\b(?:{'|'.join(WRITTEN_OUT)})\b")


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """Lower case, contractions written out, fillers and noise marks gone, punctuation gone."""
    text = NOISE.sub(" ", text.lower().replace("\u2019", "'").replace("\u2018", "'"))
    if "'" in text:
        for pattern, plain in CONTRACTED:
            text = pattern.sub(plain, text)
    text = FILLERS.sub(" ", re.sub(r"[^a-z0-9' ]+", " ", TITLE_STOP.sub(r"\1 ", text))).replace("'", "")
    return " ".join(SHORT_WORD.sub(_written_out, YA.sub(r"\1 you", text)).split())


def _written_out(match: re.Match[str]) -> str:
    return WRITTEN_OUT[match[0]]


SOUNDS = (
    (r"^(kn|gn|pn)", "n"),
    (r"^wr", "r"),
    (r"^wh", "w"),
    (r"^ps", "s"),
    (r"tch|ch|sh|tio|cio", "x"),
    (r"ph|v", "f"),
    (r"dge|dg|j", "g"),
    (r"th", "t"),
    (r"gh", ""),
    (r"ck|q|c(?![eiy])", "k"),
    (r"c|z", "s"),
    (r"d\b", "t"),
    (r"[bp]", "p"),
    (r"x", "x"),
)
SOUND_RULES = tuple((re.compile(pattern), sound) for pattern, sound in SOUNDS)


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """A word by its consonants, those merged that a telephone merges; its first letter kept if a vowel."""
    for pattern, merged in SOUND_RULES:
        word = pattern.sub(merged, word)
    head, tail = word[:1], re.sub(r"[aeiouyhw]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", ("a" if head in "aeiou" else head) + tail)


def phonetic(text: str) -> str:
    """Each word by how it sounds; words stay apart."""
    return " ".join(sound(word) for word in text.split())


ALIKE = 0.6
MIN_NAME, MOST_NAME_WORDS = 2, 3
TITLE = r"(?:mr|mrs|ms|miss|misses|missus|dr|doctor|professor|captain)"
TITLED = Expression(rf"\b{TITLE} (?P<name>[a-z]+)")
NOT_NAMES = frozenset(
    "rather find just log a an and i you he she it we they my your his her our their the this that these those is am are was were be been"
    " have has had having do does did doing done not no nope yes yeah yep yup ya sure okay alright well so but or if"
    " of to in on at for from with about as by into onto off over under out up down again back away calling speaking"
    " here there just really also hi hello hey hiya thanks thank please sorry good fine great bad nice lovely okay"
    " need needs want wants would like could can will may might should must shall what who how when where why which"
    " one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty zero double triple"
    " number numbers email mail account accounts order orders ordered card cards phone mobile password username user"
    " last first full middle name names surname letter letters right now today yesterday tomorrow tonight morning"
    " afternoon evening night week month year day days time times minute moment second trying looking having getting"
    " going wondering wanting waiting hoping ringing phoning coming making using asking interested afraid all out up"
    " down because spelled spelt spell mr mrs ms miss misses doctor dr sir madam maam mate love dear friend booking"
    " booked confirmation reference balance bill bills address postcode zip code policy claim ticket flight parcel"
    " package delivery refund payment charge charged insurance appointment reservation loan bank statement invoice"
    " meter internet service support customer member company business office store shop house home car room table"
    " husband wife son daughter mother father mum mom dad brother sister boss manager assistant agent owner tenant"
    " someone somebody anyone anybody nobody everyone everybody something anything nothing everything thing things"
    " people person man woman guy lady kid kids only even still already ever never always very too much many more"
    " most some any every each other another same such than then actually absolutely totally extremely currently"
    " completely definitely seriously literally honestly basically ridiculous unacceptable terrible horrible awful"
    " urgent important insane crazy frustrating disgusting outrageous nonsense rubbish broken wrong new old long"
    " short late early ready happy unhappy angry upset furious mad sick tired fed done stuck locked lost unable able"
    " aware sorry happy glad confused worried disappointed unsure pregnant retired disabled based located regarding"
    " concerning due since after before until while it's its let me us him them mine yours spoke told said say says"
    " tell give gave given get got go went come came take took put call called calls ring rang see saw know knew think"
    " thought mean help checked check change changed cancel cancelled pay paid send sent receive received use used"
    " silly pretty simple easy hard fair unfair wrong true false canadian american british indian filipino english irish"
    " scottish german french chinese spanish italian polish live working work works stay under between supposed kind sort lot bit couple few half whole next day open".split()
)
GIVES_NAME = Expression(
    r"(?<!\bhis )(?<!\bher )(?<!wifes )(?<!husbands )(?<!sons )(?<!daughters )(?<!mothers )(?<!company )(?<!user )"
    r"(?<!street )(?<!dogs )(?<!their )"
    r"\b(?:(?:full |first |last |sur ?|good |family )?name(?: is|s)|i am called|you can call me|call me|"
    rf"they call me|(?:under|in) the name(?: of)?|name of|(?:this is|i am|it is) {TITLE})\s+(?P<name>[a-z ]+)"
)
# These introduce other things as often as names, so they count only before a word with a capital letter.
CAPITALS = r"[A-Z][A-Za-z'-]+(?: [A-Z][A-Za-z'-]+){0,2}"
INTRODUCES = Expression(
    r"\b(?:[Tt]his is|[Ii]t'?s|[Ii]t is|I'?m|I am|[Ss]peaking (?:to|with)|[Nn]ame of|voicemail of|[Uu]nder)(?: uh,?| um,?)?"
    rf"\s+(?P<name>{CAPITALS})"
)
GREETS = (
    r"(?:yes|yeah|yep|ya|hi|hiya|hello|hey|hallo|good|morning|afternoon|evening|day|there|so|okay|well|sir|madam|maam|"
    r"please|sorry|and|my|dear|again|right|sure|of|course|certainly|um)"
)
# At the start of a turn they introduce people, whatever case the recogniser writes.
OPENS = Expression(
    rf"^(?P<greets>(?:{GREETS} )*(?:(?:hi|hello|hey|hiya) [a-z]+ )?(?:{GREETS} )*)(?P<how>this is|i am|it is|you are (?:speaking|talking) (?:to|with)) "
    r"(?P<name>[a-z]+(?: [a-z]+){0,3})"
)
GOES_ON = re.compile(r" (?:i|here|from|calling|again|and i|my)\b|$")
HERE = Expression(
    rf"^(?:{GREETS} )*(?:{TITLE} )?(?P<name>[a-z]+(?: [a-z]+)?) (?:here|speaking|calling|this side)\b(?! (?:is|are|was))"
)
ANSWERS_NAME = re.compile(
    rf"^(?:(?:{GREETS}|its|it|is|that|would|be|will|this|i|am|my|the|name|names|first|last|full|surname|speaking|for|me|"
    rf"{TITLE}|under|as|just|you|can|call|me|put|mine|myself|got) )*(?P<name>[a-z ]+)"
)
HAILS = re.compile(r"\b(?:hi|hiya|hello|hey|hallo|good)\b")
LATER = re.compile(r" (?:it is|this is|i am) (?P<name>[a-z]+(?: [a-z]+)?)$")
SPELT = re.compile(r"\b(?:[a-z] ){3,}[a-z]\b")
OTHER_CAPITALS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december english great good fine just still".split()
)
# What describes somebody rather than names them.
DESCRIBES = re.compile(
    r".{3,}ing|.+(?:ous|able|ible|less|tion|sion|ment|ness|ful|ively|ally|edly)|.{2,}(?<!m)(?<!fr)ed"
)
# Before somebody who is talked about, and after.
ABOUT = frozenset(
    "sending send see ask asked by and for of our contact called call tell told when if your at between via than with"
    " from to the is was meet find consult reach get".split()
)
TALKED_OF = re.compile(
    r" (?:(?:will|has|can|is|was|would|had|does) (?!you|there|this|that|it|i\b|we\b|your|every|any)|who\b|our\b)"
)
ASKS_TO_SPEAK = re.compile(r"\b(?:speak|talk) (?:to|with) $")
FINDS = re.compile(r"\b(?:is (?:this|that)|(?:speaking|talking) (?:to|with)) $")
SPEAKS_TO = re.compile(r"(?:am i|are we|i am|are you) (?:speaking|talking|chatting) (?:to|with) $")
# Names that are words of every day as well.
EVERYDAY = frozenset(
    "will may mark bill rich page price long young brown green white black king cook wood hill stone rose grace joy"
    " faith hope dawn summer april june august frank pat sue rob chip drew gene jean cash day best case church small"
    " little moon banks sharp snow winter rice pool park lane west north cross gold storm ray art dean major carry".split()
)
BEFORE_WORDS = re.compile(
    r"\b(?:the|a|an|your|our|my|this|that|of|in|to|at|on|is|for|full|high|low|any|no|some|be|will|can|could|would|i|we|they|not|it) $"
)
# How an agent who rings somebody up greets him: "is this Kimberly", "hi Jerome, it's Lindsay from …".
ASKS_FOR = Expression(
    r"(?m)^(?:hello |hi |hey |good (?:morning|afternoon|evening) |yes )*(?:is (?:this|that)|am i speaking (?:to|with)|"
    r"(?:may|can|could) i (?:please )?speak (?:to|with)) (?P<name>[a-z]+)(?: [a-z]+)?(?: please| speaking)?(?:$| this is| i am| my name)"
)
RINGS_UP = Expression(
    r"(?m)^(?:hello|hi|hey|good (?:morning|afternoon|evening)) (?P<name>[a-z]+) (?:this is|it is|my name is|i am) [a-z]+"
    r" (?:\w+ )?(?:from|at|with|over at|here|calling)\b"
)


def name_words(text: str) -> tuple[str, ...]:
    """The words a text begins with that can be a person's name: at most three, up to the first ordinary word."""
    words: list[str] = []
    for word in text.split():
        if word in NOT_NAMES or len(word) < MIN_NAME or not word.isalpha():
            break
        words.append(word)
    return tuple(words[:MOST_NAME_WORDS])


def names_given(text: str, written: str, asked: bool) -> tuple[str, ...]:
    """First name and surname as the customer gives them; after the question a bare answer counts."""
    found: list[str] = []
    for match in GIVES_NAME.matches(written):
        found += name_words(re.sub(rf"^(?:(?:also|{TITLE}) )+", "", match["name"]))
    for match in INTRODUCES.matches(text.replace("\u2019", "'")):
        words = normal(match["name"]).split()
        sure = asked or len(words) > 1 or match[0].startswith(("This", "this"))
        if sure and not OTHER_CAPITALS.intersection(words):
            found += [word for word in words if word not in NOT_NAMES]
    found += _introduced(text, written) if not found else ()
    if asked and not found and (later := LATER.search(written)):
        found += name_words(later["name"])
    if asked and not found and (answer := ANSWERS_NAME.match(written)):
        found += name_words(answer["name"])
        found += [spelt[0].replace(" ", "") for spelt in SPELT.finditer(written)]
    return tuple(dict.fromkeys(found))


def _introduced(text: str, written: str) -> tuple[str, ...]:
    """Who somebody says he is at the start of a turn, in whatever case it is written."""
    opening = OPENS.search(written)
    if opening is not None:
        words = name_words(opening["name"])
        described = any(DESCRIBES.fullmatch(word) for word in words)
        capital = bool(words) and words[0].title() in text and HAILS.search(opening["greets"]) is not None
        hailed = HAILS.search(opening["greets"]) is not None
        goes_on = hailed and GOES_ON.match(written, opening.start("name") + len(" ".join(words))) is not None
        whole = goes_on or (len(words) > 1 and (opening["how"] == "i am" or hailed))
        sure = opening["how"].startswith(("this", "you")) or whole
        dated = OTHER_CAPITALS.intersection(words)
        return words if (sure or capital) and not described and not dated else ()
    # "Hi Ulrich, Zainab here": whom he greets stands before the comma.
    last = normal(text.split(" here", maxsplit=1)[0].rsplit(",", 1)[-1]) + " here" if " here" in text else written
    side = HERE.search(last)
    words = name_words(side["name"]) if side is not None else ()
    whole = side is not None and len(words) == len(side["name"].split())
    return words if whole and not any(DESCRIBES.fullmatch(word) for word in words) else ()


def names_used(text: str, names: tuple[str, ...]) -> tuple[NameUse, ...]:
    """A title followed by a name, or one of the customer's own names, also when spelt by ear."""
    found = []
    others = set()
    for match in TITLED.matches(text):
        if match["name"] in NOT_NAMES:
            continue
        # "Is this Mr Reid?" is how a stranger is found rather than how a customer is addressed.
        sure = 0.9 if FINDS.search(text, max(0, match.start() - 30), match.start()) else 1.0
        if any(Levenshtein.normalized_similarity(match["name"], one) >= ALIKE for one in names):
            found.append(NameUse(match.start(), match.end(), sure))
        elif _talked_of(text, match) or (names and match[0].startswith(("dr", "doctor"))):
            if not ASKS_TO_SPEAK.search(text, 0, match.start()):
                others.add(match["name"])
        elif match["name"] not in others:
            # With a name known, another one after the title may be somebody else's, or this one misheard.
            found.append(NameUse(match.start(), match.end(), 0.5 if names else sure))
    greeted = () if names else tuple(RINGS_UP.matches(text))
    found += [NameUse(one.start("name"), one.end("name"), 1.0) for one in greeted if _is_name(one["name"])]
    known = names or tuple(match["name"] for match in ASKS_FOR.matches(text) if _is_name(match["name"]))
    asked = () if names else tuple(match.span("name") for match in ASKS_FOR.matches(text))
    called = {word: strength for word in set(text.split()) if (strength := _as_name(word, known))} if known else {}
    # Not the start of an address: "li dot na at", "li underscore na".
    alone = re.compile(rf"\b(?:{'|'.join(called)})\b(?! (?:dot|at|underscore|dash)\b)") if called else None
    for match in alone.finditer(text) if alone else ():
        everyday = match[0] in EVERYDAY and BEFORE_WORDS.search(text, max(0, match.start() - 8), match.start())
        relative = RELATIVES.search(text, max(0, match.start() - 30), match.start())
        if match.span() not in asked and not everyday and not relative:
            found.append(NameUse(match.start(), match.end(), called[match[0]]))
    return tuple(found)


def _is_name(word: str) -> bool:
    return word not in NOT_NAMES and DESCRIBES.fullmatch(word) is None and len(word) >= MIN_NAME


def _talked_of(text: str, match: re.Match[str]) -> bool:
    """Whether somebody with a title is talked about, not to."""
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    before = line.split()[-1:] or [""]
    after = TALKED_OF.match(text, match.end()) is not None
    return (before[0] in ABOUT and SPEAKS_TO.search(line) is None) or after


def _as_name(word: str, names: tuple[str, ...]) -> float:
    """How surely a word is one of the names: 1.0 as written, 0.8 by sound, else 0."""
    if word in names:
        return 1.0
    alike = _by_sound(names).get(sound(word), ()) if len(word) > 3 else ()
    return 0.8 if any(Levenshtein.normalized_similarity(word, name) >= ALIKE for name in alike) else 0.0


@lru_cache(maxsize=1024)
def _by_sound(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {sound(name): tuple(one for one in names if sound(one) == sound(name)) for name in names if len(name) > 3}


LANGUAGE = Language(
    code="en",
    sentence_end=".?!",
    abbreviations=("Mr", "Ms", "Mrs", "Dr", "St"),
    joiner=" ",
    shortest_fuzzy=9,
    normal=normal,
    phonetic=phonetic,
    sound_alikes=None,
    merged=None,
    names_given=names_given,
    names_used=names_used,
    name_cues=(
        *("name", "this is", "i am", "it is", "its ", "im ", "you are", "call me", "here", "speaking", "side", "under"),
        "voicemail",
    ),
    asks_name=(
        r"(?<!\bmy )(?<!company )(?<!business )(?<!user )(?<!street )(?<!brand )(?<!product )(?<!file )(?<!pets )"
        r"(?<!dogs )(?<!cats )(?<!maiden )(?<!mothers )(?<!domain )(?<!bank )(?<!store )(?<!employer )(?<!doctors )"
        r"(?<!model )(?<!event )(?<!hotel )(?<!school )(?<!network )(?<!plan )(?<!login )(?<!his )(?<!her )"
        r"(?<!agents )(?<!drivers )(?<!technicians )"
        r"\b(?:sur|fore)?names?\b(?! (?:is [a-z]|down|here|on (?:the|our|my|your) (?:list|card|box|label)))(?! of (?:the|your|that|this|an?) (?!(?:\w+ )?"
        r"(?:(?:policy|account)?holder|owner|patient|insured|guest|customer|passenger|caller|person|member|booking|account|reservation)))|"
        r"\b(?:what|whose|which)(?: \w+)? names?\b(?! of)|\bwhat do they call you\b|\bis (?:this|that) (?:mr|mrs|ms|miss)\b|"
        r"\b(?:who|whom)\b.{0,25}\b(?:speaking|talking|chatting|dealing|pleasure|asking|calling)\b|"
        r"\bwho (?:am i|do i have|have i|is this|is that|is calling|have we)\b|"
        r"\band you are$|\b(?:am i|are we|is it|i am) (?:speaking|talking) (?:with|to)\b|"
        r"\b(?:how|what) (?:should|may|can|do|shall|would|could|might) (?:i|we|you)(?: like me to| like to be)? "
        r"(?:call|address)|\bfirst and last\b"
    ),
    asks_to_wait=(
        r"\b(?:hold on|hold (?:the (?:line|phone|call)|please)|(?:please|can you|could you|would you|kindly|to|mind|just) "
        r"hold(?:ing)?|on (?:a |the )?(?:brief |short |quick |little )?hold|hang (?:on|tight|fire)|bear with (?:me|us)|"
        r"wait (?:a|one|for (?:a|one|me|us|just)|here|on|while|please|there)|(?:please|kindly|just) wait|stay (?:on|with me|put)|"
        r"(?:remain|be) on (?:the )?line|(?:be|stay|remain) online while|sit tight|do not (?:go away|hang up)|step away|"
        r"(?:give|allow|grant|spare|lend) (?:me|us) (?:just |only |about )?(?:a|an|one|two|three|some|few|couple|[0-9])|"
        r"(?:set|put|lay|pop) the (?:phone|receiver|handset) down|i will be right back|back (?:with you )?in a (?:\w+ )?"
        r"(?:moment|second|sec|minute|tick|jiffy|flash)|will you (?:hold|wait|stay)|"
        r"(?:one|just a|a|two|half a|just one|couple of) (?:quick |brief |short |wee |little )?"
        r"(?:moments?|seconds?|secs?|minutes?|mins?|ticks?|mo|jiffy)(?: please)?)\b|^wait$"
    ),
    not_asking_to_wait=(
        r"\b(?:hold on to|(?:put|placed|place|places|puts|holding|has|have) (?:it|them|that|this|these|the \w+|your \w+) on hold|"
        r"wait (?:until|till) (?:\w+day|tomorrow|next|after|then|the \w+ (?:arrives?|comes?|is))|"
        r"wait for (?:the|an?|your|any|our|their|his|her) (?:next )?(?:update|news|reply|response|confirmation|notification|notice|call)|"
        r"(?<!back )(?:in|takes?|take|took|within|after|at|for|every|per|until|half|last|than) (?:just )?"
        r"(?:a|one|two|few|a few|a couple of) (?:moments?|seconds?|minutes?|mins?)|"
        r"(?:was|were|been|got|get|gets|goes|went|is|it|order|request|account|payment|claim|application|card) "
        r"(?:\w+ )?(?:put |placed |kept |still |currently |now )*on (?:a )?hold|"
        r"(?:a|the|that|any) (?:\w+ )?hold (?:on|against) (?:the|your|it|that|this|my|our)|to hold (?:it|them|that|this|your|onto|down|an? (?!moment|minute|second|little))|"
        r"(?:can|could|we|please) hold (?:it|them|that|these|your|a (?:table|room|seat|place))|"
        r"(?:thank you|thanks|appreciate|sorry|apologi\w+)[^.]{0,12} for [^.]{0,15}\bhold(?:ing)?|"
        r"(?:a|one|two|[0-9]+) (?:moment|minute|second|mins?) (?:late|ago|walk|drive|ride|from|away|timer|video|song)|"
        r"wait (?:for )?(?:a |the |your |about |until |till )?(?:\w+ )?(?:few |couple of |two |three )?(?:days?|weeks?|hours?|"
        r"e ?mail|letter|technician|engineer|light|delivery|post|text|code|message))\b"
    ),
    back_from_waiting=(
        r"\b(?:sorry|apolog\w+|pardon)[^.]{0,30}\b(?:keep(?:ing)? you|kept you|ma(?:de|king|ke) you (?:wait|hold)|"
        r"(?:the|long|that|your|this) (?:\w+ )?(?:waits?|delay|hold))\b|"
        r"\b(?:thank you|thanks|appreciate you)\b[^.]{0,15}\b(?:for )?(?:holding|being on hold|waiting|hanging on|bearing with|staying on)\b|"
        r"\bi am back\b"
    ),
    back_channel=(
        r"^(?:yes|yeah|yep|right|okay|i see|sure|mhm|uh huh|alright|got it|of course|no|indeed|go on|understood|really|"
        r"huh|exactly|absolutely|true)?(?: (?:yes|yeah|right|okay|i see|sure|got it|of course))*$"
    ),
)
