"""English: contractions, fillers, sound-alikes, surnames with a title and first names."""

import re
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from app.domain.expression import Expression
from app.domain.language import Language, NameUse

CONTRACTIONS = (
    (r"\bwon't\b", "will not"),
    (r"\bcan't\b", "can not"),
    (r"\bcannot\b", "can not"),
    (r"\blet's\b", "let us"),
    (r"\by'all\b", "you all"),
    (r"n't\b", " not"),
    (r"'re\b", " are"),
    (r"'ve\b", " have"),
    (r"'ll\b", " will"),
    (r"'d\b", " would"),
    (r"\bi'm\b", "i am"),
    (r"\bwhats\b", "what is"),
    (r"\b(it|that|there|here|what|who|how|where|he|she|name|everything)'s\b", r"\1 is"),
    (r"\bgonna\b", "going to"),
    (r"\bwanna\b", "want to"),
    (r"\bgotta\b", "got to"),
    (r"\blemme\b", "let me"),
    (r"\bok\b", "okay"),
    (r"\bmister\b", "mr"),
    (r"\b(mr|mrs|ms|dr|st)\.", r"\1 "),
)
NOISE = re.compile(r"\[[^\]]*\]|<[^>]*>|\([^)]*(?:inaudible|noise|laugh)[^)]*\)")
FILLERS = re.compile(r"\b(?:uh+|um+|erm?|hm+|mm+|ah+|oh)\b")
CONTRACTED = tuple((re.compile(pattern), plain) for pattern, plain in CONTRACTIONS)


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """Lower case, contractions written out, fillers and noise marks gone, punctuation gone."""
    text = NOISE.sub(" ", text.lower().replace("\u2019", "'").replace("\u2018", "'"))
    for pattern, plain in CONTRACTED:
        text = pattern.sub(plain, text)
    text = FILLERS.sub(" ", re.sub(r"[^a-z0-9' ]+", " ", text))
    return " ".join(text.replace("'", "").split())


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
TITLE = r"(?:mr|mrs|ms|miss|dr|doctor|professor)"
TITLED = Expression(rf"\b{TITLE} (?P<name>[a-z]+)")
# Not the start of an address: "li dot na at", "li underscore na".
NAME_ALONE = re.compile(r"[a-z]+(?! (?:dot|at|underscore|dash)\b)")
NOT_NAMES = frozenset(
    "a an and i you he she it we they my your the this that is am are was be been have has had do does did not no yes"
    " yeah yep sure okay well so but or if of to in on at for from with about as by calling speaking here just really"
    " also hi hello hey thanks thank please sorry good fine great need want would like could can will may what who how"
    " when where why which one two three four five six seven eight nine zero ten number email account order card"
    " phone password username last first name surname right now today trying looking having getting going wondering"
    " interested afraid there all out up down because spelled spelt mr mrs ms miss doctor dr sir madam maam"
    " booking confirmation reference balance bill address".split()
)
GIVES_NAME = Expression(
    r"\b(?:my (?:full |first |last |sur ?)?name(?: is|s)?|name is|surname is|i am called|you can call me|call me)"
    r"\s+(?P<name>[a-z ]+)"
)
# These introduce other things as often as names, so they count only before a word with a capital letter.
INTRODUCES = Expression(
    r"\b(?:[Tt]his is|[Ii]t'?s|[Ii]t is|I'?m|I am|[Ss]peaking (?:to|with)|[Nn]ame of|voicemail of)\s+"
    r"(?P<name>[A-Z][a-z]+(?:[ -][A-Z][a-z]+){0,2})"
)
ANSWERS_NAME = re.compile(
    r"^(?:yes |yeah |yep |sure |of course |certainly |okay |hi |well |so |its |it is |that is |that would be |this is |"
    r"i am |my name is |the name is |name is |first name |last name |surname |speaking )*(?P<name>[a-z ]+)"
)
OTHER_CAPITALS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december english great good fine just still".split()
)


def name_words(text: str) -> tuple[str, ...]:
    """The leading words of a text that can be a person's name: at most three, up to the first ordinary word."""
    words: list[str] = []
    for word in text.split():
        if word in NOT_NAMES or len(word) < MIN_NAME:
            if words:
                break
            continue
        words.append(word)
    return tuple(words[:MOST_NAME_WORDS])


def names_given(text: str, written: str, asked: bool) -> tuple[str, ...]:
    """First name and surname as the customer gives them; after the question a bare answer counts."""
    found: list[str] = []
    for match in GIVES_NAME.matches(written):
        first = match["name"].split()
        if first and (first[0] not in NOT_NAMES or first[0] == "also"):
            found += name_words(match["name"])
    for match in INTRODUCES.matches(text.replace("\u2019", "'")):
        words = normal(match["name"]).split()
        sure = asked or len(words) > 1 or match[0].startswith(("This", "this"))
        if sure and not OTHER_CAPITALS.intersection(words):
            found += [word for word in words if word not in NOT_NAMES]
    if asked and not found and (answer := ANSWERS_NAME.match(written)):
        found += name_words(answer["name"])
    return tuple(dict.fromkeys(found))


def names_used(text: str, names: tuple[str, ...]) -> tuple[NameUse, ...]:
    """A title followed by a name, or one of the customer's own names, also when spelt by ear."""
    found = []
    for match in TITLED.matches(text):
        if match["name"] not in NOT_NAMES:
            # With a name known, another one after the title may be somebody else's, or this one misheard.
            alike = not names or any(Levenshtein.normalized_similarity(match["name"], one) >= ALIKE for one in names)
            found.append(NameUse(match.start(), match.end(), 1.0 if alike else 0.5))
    called = {word: strength for word in set(text.split()) if (strength := _as_name(word, names))} if names else {}
    if called:
        for match in NAME_ALONE.finditer(text):
            if match[0] in called:
                found.append(NameUse(match.start(), match.end(), called[match[0]]))
    return tuple(found)


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
    asks_name=(
        r"(?<!my )(?<!company )(?<!business )(?<!user )(?<!street )(?<!account )(?<!brand )\bname\b|"
        r"who (?:am i|do i have|is this|is calling)|who i am (?:speaking|talking)|who have i got|and you are$|"
        r"speaking (?:with|to)|how (?:should|may|can|do) i (?:call|address)"
    ),
    asks_to_wait=(
        r"\b(?:hold on|hold the line|(?:please|can you|could you|to) hold|on (?:a |the )?(?:brief |short |quick )?hold|"
        r"hang on|bear with me|wait (?:a|one|for|here|on)|please wait|stay on the line|"
        r"(?:give|allow|grant|spare) me (?:just )?(?:a|one|two|some|few)|"
        r"(?:one|just a|a) (?:quick |brief |short )?(?:moment|second|sec|minute)(?: please)?)\b"
    ),
    not_asking_to_wait=r"(?:in|takes?|take|took|within|after|at|for) (?:just )?(?:a|one) (?:moment|second|minute)",
    back_channel=(
        r"^(?:yes|yeah|yep|right|okay|i see|sure|mhm|uh huh|alright|got it|of course|no|indeed|go on|understood|really|"
        r"huh|exactly|absolutely|true)?(?: (?:yes|yeah|right|okay|i see|sure|got it|of course))*$"
    ),
)
