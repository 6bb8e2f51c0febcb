"""`say`: somebody says something, in a window, often enough."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from app.domain.evidence import Evidence, Reason
from app.domain.matching import Hit, Lexicon
from app.domain.reading import Sentence
from app.domain.rules.rule import UNDECIDED, UNSURE_OF_SPEAKER, UNSURE_OF_WORDS, WHO, Case, Operator, Outcome
from app.domain.rules.window import Where
from app.domain.transcript import Speaker

# A phrase this nearly said may have been said: recognisers misspell. Nearer than this is not common by chance.
NEARLY_SAID = 0.92
# On one channel the other voice's words may be this speaker's after all, unless we are this sure of the voices.
SURE_OF_SPEAKER = 0.85


class Say(Operator):
    """Fulfilled when `by` says one of `set` inside `where` at least `times` times."""

    key: ClassVar[str] = "say"

    by: Speaker
    set: str
    where: Where = Where()
    times: int = Field(1, ge=1)

    def sets_used(self) -> tuple[str, ...]:
        return (self.set, *self.where.sets_used())

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        where = self.where.stated(sets, event)
        often = Reason(template="at least {n} times", values={"n": self.times}) if self.times > 1 else None
        values = {"who": WHO[self.by], "does": sets[self.set].means}
        if where is None and often is None:
            return Reason(template="{who} {does}", values={**values})
        if where is None or often is None:
            return Reason(template="{who} {does} {where}", values={**values, "where": where or often or ""})
        return Reason(template="{who} {does} {often} {where}", values={**values, "often": often, "where": where})

    def outcome(self, case: Case) -> Outcome:
        lexicon = case.lexicons[self.set]
        if self.where.anchor is not None and not self.where.hits(case):
            never = Reason(
                template="There was no moment when {what}.", values={"what": self.where.anchor.stated(case.lexicons)}
            )
            return Outcome(degree=None, reason=never)
        sentences = self.where.sentences(case, self.by)
        hits = lexicon.hits(case.reading, sentences, self.times)
        if len(hits) >= self.times:
            return self._said(hits, lexicon.means)
        return self._missed(case, lexicon, sentences)

    def _said(self, hits: tuple[Hit, ...], what: dict[str, str]) -> Outcome:
        best = sorted(hits, key=lambda hit: -_worth(hit))[: self.times]
        degree = min(_worth(hit) for hit in best)
        shown = {sentence.place: sentence for hit in best for sentence in hit.sentences}
        heard = min(sentence.confidence for sentence in shown.values())
        return Outcome(
            degree=degree,
            certainty=round(degree * (0.6 + 0.4 * heard), 3),
            reason=Reason(template="Heard: {what}.", values={"what": what}),
            evidence=_quoted(best),
        )

    def _missed(self, case: Case, lexicon: Lexicon, sentences: tuple[Sentence, ...]) -> Outcome:
        searched = case.reading.searched(self.by, sentences)
        nearest = lexicon.nearest(sentences)
        perhaps = lexicon.may_mean(case.reading, sentences)
        if perhaps:
            return Outcome(
                degree=UNDECIDED,
                certainty=0.5,
                reason=Reason(template="Something was said that may mean it: {what}.", values={"what": lexicon.means}),
                evidence=_quoted(perhaps),
                searched=searched,
                nearest=nearest,
            )
        missed = Reason(template="Not heard: {what}.", values={"what": lexicon.means})
        doubt = self._doubt(case, lexicon, sentences)
        if doubt is not None:
            return Outcome(degree=UNDECIDED, certainty=0.5, reason=doubt, searched=searched, nearest=nearest)
        heard = _mean([sentence.confidence for sentence in sentences], sentences)
        near = nearest.similarity if nearest else 0.0
        certainty = round(min(0.98, (0.55 + 0.45 * heard) * (1 - 0.4 * max(0.0, near - 0.5))), 3)
        return Outcome(degree=0.0, certainty=certainty, reason=missed, searched=searched, nearest=nearest)

    def _doubt(self, case: Case, lexicon: Lexicon, sentences: tuple[Sentence, ...]) -> Reason | None:
        """Why a miss here is not enough to say that it was not said."""
        what = {"what": lexicon.means}
        if not sentences:
            return Reason(template="Nothing was heard where this should be said: {what}.", values={**what})
        if _mean([sentence.confidence for sentence in sentences], sentences) < UNSURE_OF_WORDS:
            return Reason(
                template="The recording is too unclear to tell whether this was said: {what}.", values={**what}
            )
        if lexicon.almost(sentences, NEARLY_SAID):
            return Reason(template="Something very like this was said, but not clearly: {what}.", values={**what})
        if self._other_voice_said_it(case, lexicon):
            return Reason(template="Said, but it is unclear by whom: {what}.", values={**what})
        if _mean([sentence.speaker_confidence for sentence in sentences], sentences) < UNSURE_OF_SPEAKER:
            return Reason(
                template="It is unclear which voice is whose, so this cannot be told: {what}.", values={**what}
            )
        return None

    def _other_voice_said_it(self, case: Case, lexicon: Lexicon) -> bool:
        other = Speaker.CUSTOMER if self.by == Speaker.AGENT else Speaker.AGENT
        unsure = tuple(
            sentence for sentence in self.where.sentences(case, other) if sentence.speaker_confidence < SURE_OF_SPEAKER
        )
        return bool(unsure) and bool(lexicon.hits(case.reading, unsure))


def _quoted(hits: Sequence[Hit]) -> tuple[Evidence, ...]:
    """The sentences of some hits, each once, in call order."""
    shown = {sentence.place: sentence for hit in hits for sentence in hit.sentences}
    return tuple(shown[place].evidence() for place in sorted(shown))


def _worth(hit: Hit) -> float:
    """A hit counts for less when we are not sure who spoke."""
    unsure = min(sentence.speaker_confidence for sentence in hit.sentences) < UNSURE_OF_SPEAKER
    return min(hit.strength, UNDECIDED) if unsure else hit.strength


def _mean(values: list[float], sentences: tuple[Sentence, ...]) -> float:
    """Mean weighted by how much each sentence says."""
    weights = [len(sentence.normal) for sentence in sentences]
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / max(1, sum(weights))
