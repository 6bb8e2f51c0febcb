"""`name_used`: the agent addresses the customer by name after learning it."""

from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from typing import ClassVar

from app.domain.evidence import Reason
from app.domain.expression import Expression, stretches
from app.domain.language import Language
from app.domain.matching import Lexicon
from app.domain.reading import Reading, Sentence, in_one
from app.domain.rules.rule import UNDECIDED, UNSURE_OF_SPEAKER, Case, Operator, Outcome
from app.domain.transcript import Speaker


class NameUsed(Operator):
    """Fulfilled when the agent uses the customer's name; not applicable when it was never learnt.

    Learnt is what call data say, what the customer answers to the question, and what is volunteered.
    """

    key: ClassVar[str] = "name_used"

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        return Reason(template="the agent addresses the customer by name after learning it")

    def outcome(self, case: Case) -> Outcome:
        reading = case.reading
        names, learnt_at, asked = _learnt(reading)
        later = tuple(one for one in reading.said_by(Speaker.AGENT) if one.turn >= learnt_at)
        everything, starts = in_one([one.normal for one in later])
        uses = [
            (use.strength, later[bisect_right(starts, use.start) - 1])
            for use in reading.language.names_used(everything, names)
        ]
        if uses:
            strength, sentence = max(uses, key=lambda one: one[0])
            return Outcome(
                degree=strength,
                certainty=round(strength * (0.6 + 0.4 * sentence.confidence), 3),
                reason=Reason(template="The customer is addressed by name."),
                evidence=(sentence.evidence(),),
            )
        searched = reading.searched(Speaker.AGENT, later)
        if names:
            return self._not_used(case, names, later)
        if self._perhaps_given(reading):
            unsure = Reason(template="A name was said, but it is unclear by whom.")
            return Outcome(degree=UNDECIDED, certainty=0.5, reason=unsure, searched=searched)
        if asked:
            unclear = Reason(template="The name was asked for, but the answer could not be made out.")
            return Outcome(degree=UNDECIDED, certainty=0.5, reason=unclear, searched=searched)
        return Outcome(degree=None, reason=Reason(template="The customer's name was never learnt."))

    def _perhaps_given(self, reading: Reading) -> bool:
        """Whether the customer may have said a name in words that were taken for the agent's."""
        return any(
            reading.language.names_given(one.text, one.normal, False)
            for one in reading.said_by(Speaker.AGENT)
            if one.speaker_confidence < UNSURE_OF_SPEAKER
        )

    def _not_used(self, case: Case, names: tuple[str, ...], later: tuple[Sentence, ...]) -> Outcome:
        searched = case.reading.searched(Speaker.AGENT, later)
        if not later:
            reason = Reason(template="The agent said nothing after learning the name.")
            return Outcome(degree=UNDECIDED, certainty=0.5, reason=reason)
        sure = sum(sentence.speaker_confidence for sentence in later) / len(later)
        if sure < UNSURE_OF_SPEAKER or self._perhaps_used(case.reading, names):
            unclear = Reason(template="It is unclear whether it was the agent who used the name.")
            return Outcome(degree=UNDECIDED, certainty=0.5, reason=unclear, searched=searched)
        reason = Reason(
            template="The name was learnt ({name}) but never used.", values={"name": " ".join(names).title()}
        )
        heard = sum(sentence.confidence for sentence in later) / len(later)
        return Outcome(degree=0.0, certainty=round(0.5 + 0.4 * heard, 3), reason=reason, searched=searched)

    def _perhaps_used(self, reading: Reading, names: tuple[str, ...]) -> bool:
        """Whether the agent may have used the name in words that were taken for the customer's."""
        return any(
            reading.language.names_used(one.normal, names)
            for one in reading.said_by(Speaker.CUSTOMER)
            if one.speaker_confidence < UNSURE_OF_SPEAKER
        )


def _learnt(reading: Reading) -> tuple[tuple[str, ...], int, bool]:
    """The names, the turn from which they were known, and whether a question for them was answered at all."""
    spoken = reading.language
    if reading.transcript.customer_name:
        whole = spoken.normal(reading.transcript.customer_name)
        return (
            tuple(dict.fromkeys((*spoken.names_given(reading.transcript.customer_name, whole, True), *whole.split()))),
            0,
            True,
        )
    asking, cues = _asking(reading), _cued(reading)
    names: list[str] = []
    learnt_at: int | None = None
    asked = answered = False
    asking_turn = -1
    for sentence in reading.sentences:
        if sentence.speaker == Speaker.AGENT:
            asked = sentence.place in asking or (asked and sentence.turn == asking_turn)
            asking_turn = sentence.turn
        elif sentence.speaker == Speaker.CUSTOMER:
            answered = answered or asked
            worth_reading = asked or cues is None or sentence.place in cues
            given = spoken.names_given(sentence.text, sentence.normal, asked) if worth_reading else ()
            if given:
                names += given
                learnt_at = sentence.turn if learnt_at is None else learnt_at
                asked = False
    return tuple(dict.fromkeys(names)), learnt_at if learnt_at is not None else 0, answered


def _cued(reading: Reading) -> set[int] | None:
    """The places of the customer's sentences in which a name may be given unasked; None where that cannot be told."""
    cues, customer = reading.language.name_cues, reading.said_by(Speaker.CUSTOMER)
    everything, starts = in_one([one.normal for one in customer])
    return {customer[at].place for at in stretches(everything, starts, cues)} if cues else None


def _asking(reading: Reading) -> set[int]:
    """The places of the sentences in which the agent asks for a name."""
    question = _question(reading.language)
    agent = reading.said_by(Speaker.AGENT)
    everything, starts = in_one([one.normal for one in agent])
    heard = question.sound(everything) if question.sound else everything
    return {agent[at].place for at in question.places(heard, starts) if any(question.spans(agent[at].normal))}


@cache
def _question(spoken: Language) -> Expression:
    """What asks for a name, also by sound where patterns can be widened."""
    return Expression(spoken.asks_name, spoken.sound_alikes, spoken.merged)
