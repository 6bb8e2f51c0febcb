"""`fact`: what is known about the call beside what was said."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from app.domain.evidence import Reason
from app.domain.matching import Lexicon
from app.domain.rules.rule import UNDECIDED, Case, Operator, Outcome
from app.domain.transcript import Speaker, Transcript


class Fact(Operator):
    """Fulfilled when all that is given is true of the call: its direction, queue, length in seconds, who hung up.

    A fact that nobody recorded leaves it undecided.
    """

    key: ClassVar[str] = "fact"

    direction: Literal["inbound", "outbound"] | None = None
    queue: str | None = None
    longer_than: float | None = Field(None, gt=0)
    shorter_than: float | None = Field(None, gt=0)
    ended_by: Literal[Speaker.AGENT, Speaker.CUSTOMER] | None = None

    @model_validator(mode="after")
    def asks_for_something(self) -> Self:
        given = (self.direction, self.queue, self.longer_than, self.shorter_than, self.ended_by)
        if all(one is None for one in given):
            raise ValueError("give one of direction, queue, longer_than, shorter_than, ended_by")
        return self

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        first, *others = self._wanted()
        for other in others:
            first = Reason(template="{one}, and {other}", values={"one": first, "other": other})
        return first

    def _wanted(self) -> list[Reason]:
        wanted = []
        if self.direction is not None:
            wanted.append(Reason(template="the call is {direction}", values={"direction": self.direction}))
        if self.queue is not None:
            wanted.append(Reason(template="the call came by the queue {queue}", values={"queue": self.queue}))
        if self.longer_than is not None:
            wanted.append(Reason(template="the call is longer than {s} s", values={"s": round(self.longer_than)}))
        if self.shorter_than is not None:
            wanted.append(Reason(template="the call is shorter than {s} s", values={"s": round(self.shorter_than)}))
        if self.ended_by is not None:
            wanted.append(Reason(template="{who} hung up", values={"who": self.ended_by.value}))
        return wanted

    def outcome(self, case: Case) -> Outcome:
        answers = self._answers(case.reading.transcript)
        if False in answers:
            return Outcome(degree=0.0, reason=Reason(template="Not so: {what}.", values={"what": self.stated({})}))
        if None in answers:
            unknown = Reason(template="It is not known whether {what}.", values={"what": self.stated({})})
            return Outcome(degree=UNDECIDED, certainty=0.0, reason=unknown)
        return Outcome(degree=1.0, reason=Reason(template="It is so: {what}.", values={"what": self.stated({})}))

    def _answers(self, call: Transcript) -> list[bool | None]:
        """Whether each thing that is asked for is so; None where it is not known."""
        answers: list[bool | None] = []
        if self.direction is not None:
            answers.append(call.direction == self.direction)
        if self.queue is not None:
            answers.append(None if call.queue is None else call.queue == self.queue)
        if self.longer_than is not None:
            answers.append(None if call.duration is None else call.duration > self.longer_than)
        if self.shorter_than is not None:
            answers.append(None if call.duration is None else call.duration < self.shorter_than)
        if self.ended_by is not None:
            answers.append(None if call.ended_by is None else call.ended_by == self.ended_by)
        return answers
