"""`for_each`: a rule that must hold for every hold of the call, or for those of a certain length."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from app.domain.evidence import Evidence, Reason
from app.domain.holds import HoldEvent
from app.domain.matching import Lexicon
from app.domain.rules.rule import UNDECIDED, UNSURE_OF_SPEAKER, Case, Operator, Outcome, Rule


class ForEach(Operator):
    """As fulfilled as at the worst of the holds over `longer_than` and up to `shorter_than` seconds, if there is one.

    A hold whose length lies within `margin` seconds of the limit is too close to call, and a doubtful hold never
    fails anybody.
    """

    key: ClassVar[str] = "for_each"

    event: Literal["hold"]
    longer_than: float | None = Field(None, gt=0)
    shorter_than: float | None = Field(None, gt=0)
    margin: float = Field(0.0, ge=0)
    rule: Rule

    @model_validator(mode="after")
    def leaves_some_holds(self) -> Self:
        if self.longer_than is not None and self.shorter_than is not None and self.longer_than >= self.shorter_than:
            raise ValueError("no hold is longer than `longer_than` and shorter than `shorter_than`")
        return self

    def sets_used(self) -> tuple[str, ...]:
        return self.rule.sets_used()

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        return self.rule.stated(sets, self._each())

    def _each(self) -> Reason:
        values = {"least": round(self.longer_than or 0), "most": round(self.shorter_than or 0)}
        if self.longer_than is not None and self.shorter_than is not None:
            return Reason(template="each hold of {least} to {most} s", values={**values})
        if self.longer_than is not None:
            return Reason(template="each hold over {least} s", values={**values})
        if self.shorter_than is not None:
            return Reason(template="each hold under {most} s", values={**values})
        return Reason(template="each hold")

    def outcome(self, case: Case) -> Outcome:
        outcomes = [self._at(case, event) for event in case.reading.holds if self._concerned(event)]
        if not outcomes:
            return Outcome(degree=None, reason=self._none())
        worst = min(outcomes, key=lambda one: 1.0 if one.degree is None else one.degree)
        if worst.passes:
            return worst.model_copy(
                update={
                    "certainty": min(one.certainty for one in outcomes),
                    "evidence": tuple(dict.fromkeys(piece for one in outcomes for piece in one.evidence)),
                }
            )
        return worst

    def _concerned(self, event: HoldEvent) -> bool:
        least, most = self.longer_than, self.shorter_than
        if least is None and most is None:
            return True
        return (
            event.length is not None
            and (least is None or event.length > least - self.margin)
            and (most is None or event.length < most + self.margin)
        )

    def _at(self, case: Case, event: HoldEvent) -> Outcome:
        inner = self.rule.outcome(case.about(event))
        placed = Reason(template="{what} (hold {hold})", values={"what": inner.reason, "hold": _named(event)})
        length = event.length
        limits = [one for one in (self.longer_than, self.shorter_than) if one is not None]
        limit = next((one for one in limits if length is not None and abs(length - one) <= self.margin), None)
        if limit is not None and length is not None:
            close = Reason(
                template="The hold of {seconds} s is too close to the limit of {limit} s to tell.",
                values={"seconds": round(length), "limit": round(limit)},
            )
            return inner.model_copy(update={"degree": UNDECIDED, "certainty": 0.5, "reason": close})
        if inner.fails and event.confidence < UNSURE_OF_SPEAKER:
            unsure = Reason(template="It is not certain that this was a hold ({hold}).", values={"hold": _named(event)})
            return inner.model_copy(update={"degree": UNDECIDED, "certainty": event.confidence, "reason": unsure})
        if inner.fails and not inner.evidence and inner.searched is None:
            return inner.model_copy(update={"reason": placed, "evidence": (_heard(event),)})
        return inner.model_copy(update={"reason": placed})

    def _none(self) -> Reason:
        if self.longer_than is not None and self.shorter_than is None:
            return Reason(template="No hold was longer than {limit} s.", values={"limit": round(self.longer_than)})
        if self.shorter_than is not None:
            return Reason(template="There was none of this: {what}.", values={"what": self._each()})
        return Reason(template="There was no hold in this call.")


def _named(event: HoldEvent) -> str | Reason:
    if event.start is None or event.end is None:
        return Reason(template="after turn {turn}", values={"turn": (event.after_turn or 0) + 1})
    minutes, seconds = divmod(round(event.start), 60)
    return f"{minutes}:{seconds:02d}, {round(event.end - event.start)} s"


def _heard(event: HoldEvent) -> Evidence:
    return Evidence(
        speaker=None, turn=event.after_turn, start=event.start, end=event.end, quote=f"hold: {event.kind.value}"
    )
