"""What the product says, in the reader's language: catalogues from frontend/locales, English where one is silent."""

import gettext
from functools import cache

from app.kit.shipped import shipped

LANGUAGES = {"en": "English", "zh": "简体中文", "ja": "日本語"}


def N_(text: str) -> str:  # noqa: N802 (the name by which words are marked everywhere)
    """A text that is translated where it is shown; this only marks it for `make words`."""
    return text


class Translator(gettext.NullTranslations):
    """One language's words for what is written in English in the code."""

    def __init__(self, language: str, words: dict[str, str]) -> None:
        super().__init__()
        self.language = language
        self._words = words

    def gettext(self, message: str) -> str:
        return self._words.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        # Chinese and Japanese have one form for every number; only English has two here.
        return self._words.get(msgid1) or (msgid1 if n == 1 else msgid2)


@cache
def translator(language: str) -> Translator:
    """The words of a language; English for one that is not known."""
    # Imported here: who scores files from the command line reads no catalogue.
    from babel.messages.pofile import read_po

    path = shipped("frontend/locales") / f"{language}.po"
    if language == "en" or language not in LANGUAGES or not path.is_file():
        return Translator("en" if language not in LANGUAGES else language, {})
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    words: dict[str, str] = {}
    for message in catalogue:
        singular = message.id if isinstance(message.id, str) else message.id[0]
        said = message.string if isinstance(message.string, str) else (message.string or ("",))[0]
        if singular and said and not message.fuzzy:
            words[singular] = said
    return Translator(language, words)


def preferred_language(accepted: str) -> str:
    """The best known language for a browser's Accept-Language header."""
    for part in accepted.split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return "en"
