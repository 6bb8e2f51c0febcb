"""`for_each`: a rule that must hold for every hold of the call, or for those of a certain length."""

from typing import ClassVar, Literal

from pydantic import Field

from app.domain.evidence import Evidence, Reason
from app.domain.holds import HoldEvent
from app.domain.rules.rule import UNDECIDED, UNSURE_OF_SPEAKER, Case, Operator, Outcome, Rule


class ForEach(Operator):
    """As fulfilled as at the worst of the holds over `longer_than` seconds; not applicable when there is none.

    A hold whose length lies within `margin` seconds of the limit is too close to call, and a doubtful hold never
    fails anybody.
    """

    key: ClassVar[str] = "for_each"

    event: Literal["hold"]
    longer_than: float | None = Field(None, gt=0)
    margin: float = Field(0.0, ge=0)
    rule: Rule

    def sets_used(self) -> tuple[str, ...]:
        return self.rule.sets_used()

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
        if self.longer_than is None:
            return True
        return event.length is not None and event.length > self.longer_than - self.margin

    def _at(self, case: Case, event: HoldEvent) -> Outcome:
        inner = self.rule.outcome(case.about(event))
        placed = Reason(template="{what} (hold {hold})", values={"what": inner.reason, "hold": _named(event)})
        limit, length = self.longer_than, event.length
        if limit is not None and length is not None and abs(length - limit) <= self.margin:
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
        if self.longer_than is None:
            return Reason(template="There was no hold in this call.")
        return Reason(template="No hold was longer than {limit} s.", values={"limit": round(self.longer_than)})


def _named(event: HoldEvent) -> str | Reason:
    if event.start is None or event.end is None:
        return Reason(template="after turn {turn}", values={"turn": (event.after_turn or 0) + 1})
    minutes, seconds = divmod(round(event.start), 60)
    return f"{minutes}:{seconds:02d}, {round(event.end - event.start)} s"


def _heard(event: HoldEvent) -> Evidence:
    return Evidence(
        speaker=None, turn=event.after_turn, start=event.start, end=event.end, quote=f"hold: {event.kind.value}"
    )
