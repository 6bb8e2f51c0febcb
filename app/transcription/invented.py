"""Text that nobody said: what Whisper writes when it hears no words, and what it repeats when it is stuck."""

import re
import unicodedata
from collections.abc import Sequence

from app.domain.transcript import Word
from app.transcription.engines import Phrase

# Ordinary speech compresses less; a recogniser in a loop writes the same words over and over.
LONGEST_REPETITION = 2.4
# Above this share the recogniser itself thinks that nobody spoke; it is believed only where it is unsure of the words.
NO_SPEECH = 0.6
UNSURE = 0.4
# The same few words this many times in a row are a loop; people say "no, no, no" and read out digits.
ROUNDS = 4
LONGEST_LOOP_WORDS = 12
LOOP_CHARACTERS = 4
# Known inventions are struck out only where the recogniser was not sure of them: people do say thank you.
DOUBTFUL = 0.55
INVENTIONS = {
    "en": r"please subscribe.*|subtitles? by.*|(?:www|http).*|you|bye bye bye.*",
    "zh": r".*(?:字幕|点赞|點贊|订阅|訂閱|打赏|打賞|明镜与点点|明鏡與點點|李宗盛|感谢观看|感謝觀看).*",
    "ja": r".*(?:ご視聴ありがとう|チャンネル登録|字幕|視聴いただき).*",
}
# What nobody says on the telephone is struck out however sure the recogniser was.
IMPOSSIBLE = {
    "en": r"thanks? (?:you )?(?:so much )?for watching.*|.*subtitles? by.*amara.*",
    "zh": r".*(?:请不吝点赞|請不吝點贊|字幕由|字幕志愿者|谢谢观看|謝謝觀看|优优独播|優優獨播).*|"
    r".*(?:订阅.{0,4}转发|訂閱.{0,4}轉發).*",
    "ja": r".*(?:ご視聴ありがとう|チャンネル登録).*",
}


def believable(phrases: Sequence[Phrase], language: str) -> tuple[Word, ...]:
    """The words of the phrases that can have been said."""
    return tuple(
        word
        for phrase in phrases
        if _said(phrase, language)
        for word in without_loops(phrase.words)
        if plain(word.text)
    )


def _said(phrase: Phrase, language: str) -> bool:
    if not phrase.words or phrase.repetition > LONGEST_REPETITION:
        return False
    sure = confidence(phrase.words) or 0.0
    if phrase.no_speech > NO_SPEECH and sure < UNSURE:
        return False
    text = " ".join("".join(word.text for word in phrase.words).lower().split()).strip(" .,!?。，！？、")
    if re.fullmatch(IMPOSSIBLE.get(language, r"(?!)"), text):
        return False
    return not (sure < DOUBTFUL and re.fullmatch(INVENTIONS.get(language, r"(?!)"), text))


def without_loops(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with any passage that is repeated four times or more said once."""
    texts = [plain(word.text) for word in words]
    kept: list[Word] = []
    place = 0
    while place < len(words):
        length, rounds = _loop(texts, place)
        kept += words[place : place + length]
        place += length * rounds
    return tuple(kept)


def _loop(texts: list[str], place: int) -> tuple[int, int]:
    """How long the passage at this place is and how often it is said in a row; (1, 1) where nothing is repeated."""
    for length in range(1, LONGEST_LOOP_WORDS + 1):
        passage = texts[place : place + length]
        rounds = 1
        while texts[place + rounds * length : place + (rounds + 1) * length] == passage:
            rounds += 1
        if rounds >= ROUNDS and len("".join(passage)) >= LOOP_CHARACTERS:
            return length, rounds
    return 1, 1


def plain(text: str) -> str:
    """Letters and digits only, lower case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if unicodedata.category(c)[0] in "LN")


def confidence(words: Sequence[Word]) -> float | None:
    """Mean confidence of the words; None when none is known."""
    known = [word.confidence for word in words if word.confidence is not None]
    return sum(known) / len(known) if known else None
