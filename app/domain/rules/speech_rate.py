"""`speech_rate`: how fast somebody talks."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field, model_validator

from app.domain.evidence import Reason
from app.domain.matching import Lexicon
from app.domain.rules.rule import UNDECIDED, WHO, Case, Operator, Outcome
from app.domain.transcript import Speaker

# Over less talk than this a rate says little about how somebody talks.
LEAST_TALK_SECONDS = 20.0
# Words are missed and times are rough: a rate is known to about this share.
MARGIN = 0.05


class SpeechRate(Operator):
    """Fulfilled when `by` says at least `at_least` and at most `at_most` words a minute while talking.

    In Chinese and Japanese characters are counted. Over less than 20 s of talk nobody can tell.
    """

    key: ClassVar[str] = "speech_rate"

    by: Speaker = Speaker.AGENT
    at_least: float | None = Field(None, gt=0)
    at_most: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def has_a_limit(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least or at_most, in words (characters in zh and ja) a minute")
        if self.at_least is not None and self.at_most is not None and self.at_least >= self.at_most:
            raise ValueError("`at_least` must be less than `at_most`")
        return self

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        who = WHO[self.by]
        if self.at_least is None:
            values = {"who": who, "most": round(self.at_most or 0)}
            return Reason(template="{who} says at most {most} words or characters a minute", values={**values})
        if self.at_most is None:
            values = {"who": who, "least": round(self.at_least)}
            return Reason(template="{who} says at least {least} words or characters a minute", values={**values})
        values = {"who": who, "least": round(self.at_least), "most": round(self.at_most)}
        return Reason(template="{who} says {least} to {most} words or characters a minute", values={**values})

    def outcome(self, case: Case) -> Outcome:
        said = case.reading.said_by(self.by)
        seconds = sum(one.end - one.start for one in said if one.start is not None and one.end is not None)
        if not case.reading.timed or seconds < LEAST_TALK_SECONDS:
            few = Reason(template="There is too little talk to tell how fast it was.")
            return Outcome(degree=UNDECIDED, certainty=0.0, reason=few)
        apart = bool(case.reading.language.joiner)
        rate = 60 * sum(len(one.normal.split()) if apart else len(one.normal) for one in said) / seconds
        low, high = self.at_least or 0.0, self.at_most or float("inf")
        close = any(abs(rate - limit) <= MARGIN * limit for limit in (self.at_least, self.at_most) if limit)
        return Outcome(
            degree=UNDECIDED if close else float(low <= rate <= high),
            certainty=0.5 if close else 0.8,
            reason=Reason(template="{n} words or characters a minute.", values={"n": round(rate)}),
            searched=case.reading.searched(self.by, said),
        )
