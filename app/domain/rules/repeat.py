"""`repeat`: somebody says the same thing again."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field
from rapidfuzz import fuzz

from app.domain.evidence import Reason
from app.domain.matching import Lexicon
from app.domain.reading import Sentence
from app.domain.rules.rule import WHO, Case, Operator, Outcome
from app.domain.rules.window import Where
from app.domain.transcript import Speaker


class Repeat(Operator):
    """Fulfilled when `by` says nearly the same sentence at least `times` times, in different turns.

    Sentences of fewer than `words` words (characters in Chinese and Japanese) don't count: "yes" is said often.
    `similarity` (0-1) is how much two sentences are alike that count as the same.
    """

    key: ClassVar[str] = "repeat"

    by: Speaker
    times: int = Field(2, ge=2)
    words: int = Field(5, ge=1)
    similarity: float = Field(0.85, gt=0, le=1)
    where: Where = Where()

    def sets_used(self) -> tuple[str, ...]:
        return self.where.sets_used()

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        again = Reason(
            template="{who} says the same thing at least {n} times", values={"who": WHO[self.by], "n": self.times}
        )
        where = self.where.stated(sets, event)
        return Reason(template="{what} {where}", values={"what": again, "where": where}) if where else again

    def outcome(self, case: Case) -> Outcome:
        apart = bool(case.reading.language.joiner)
        sentences = self.where.sentences(case, self.by)
        long = [one for one in sentences if (one.normal.count(" ") + 1 if apart else len(one.normal)) >= self.words]
        best: list[Sentence] = max((self._same(one, long[at:]) for at, one in enumerate(long)), key=len, default=[])
        if len(best) >= self.times:
            return Outcome(
                degree=1.0,
                certainty=0.8,
                reason=Reason(template="The same was said {n} times.", values={"n": len(best)}),
                evidence=tuple(one.evidence() for one in best),
            )
        return Outcome(
            degree=0.0,
            certainty=0.8,
            reason=Reason(template="Nothing was said {n} times.", values={"n": self.times}),
            searched=case.reading.searched(self.by, sentences),
        )

    def _same(self, sentence: Sentence, others: list[Sentence]) -> list[Sentence]:
        """The sentences, each of another turn, that say what this one says."""
        enough = 100 * self.similarity
        alike = {
            one.turn: one
            for one in reversed(others)
            if fuzz.ratio(sentence.normal, one.normal, score_cutoff=enough) > 0
        }
        return [alike[turn] for turn in sorted(alike)]
