"""What number is asked for, or named, before somebody says it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.numbers.atoms import TABLES
from app.domain.numbers.words import Kind, NumberWords

# Where two begin at the same place, the first one counts.
ORDER = (Kind.SECURITY_CODE, Kind.ID, Kind.CARD, Kind.PHONE)


def _cues_of(table: NumberWords) -> re.Pattern[str]:
    kinds = (f"(?P<{kind}>{table.asks[kind]})" for kind in ORDER)
    return re.compile("|".join((*kinds, f"(?P<other>{table.asks_other})")))


CUES = tuple((_cues_of(table), table.is_ascii) for table in TABLES)
AFTER = re.compile("|".join(table.after_phone for table in TABLES))


@dataclass(frozen=True)
class Cue:
    """Words that say what number comes next, and where they end; `kind` is None for numbers that may be shown."""

    turn: int
    at: int
    kind: Kind | None


@dataclass
class Cues:
    """The cues of a call, read turn by turn where somebody wants to know."""

    texts: Sequence[str]
    read: dict[int, list[Cue]] = field(default_factory=dict)

    def before(self, turn: int, at: int, reach: int) -> Cue | None:
        """The last cue before this place, at most so many turns back."""
        for place in range(turn, max(-1, turn - reach - 1), -1):
            for cue in reversed(self._of(place)):
                if place < turn or cue.at <= at:
                    return cue
        return None

    def is_phone_after(self, turn: int, at: int) -> bool:
        """Whether what follows this place says that a telephone number stands there."""
        return AFTER.match(self.texts[turn], at) is not None

    def _of(self, place: int) -> list[Cue]:
        if place not in self.read:
            text = self.texts[place]
            patterns = [pattern for pattern, is_ascii in CUES if is_ascii or not text.isascii()]
            found = (_cue(place, match) for pattern in patterns for match in pattern.finditer(text))
            self.read[place] = sorted(found, key=lambda cue: cue.at)
        return self.read[place]


def _cue(turn: int, match: re.Match[str]) -> Cue:
    name = match.lastgroup or "other"
    return Cue(turn, match.end(), None if name == "other" else Kind(name))
