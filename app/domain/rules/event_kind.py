"""`event_kind`: what the customer hears while waiting."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from app.domain.evidence import Evidence, Reason
from app.domain.matching import Lexicon
from app.domain.rules.rule import UNDECIDED, Case, Operator, Outcome
from app.domain.transcript import HoldKind


class EventKind(Operator):
    """Fulfilled when the hold at hand is of one of `kinds`; undecided where nobody heard what it carried."""

    key: ClassVar[str] = "event_kind"

    kinds: Annotated[tuple[HoldKind, ...], Field(min_length=1)]

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        first, *others = (Reason(template="{kind}", values={"kind": kind.value}) for kind in self.kinds)
        for other in others:
            first = Reason(template="{one} or {other}", values={"one": first, "other": other})
        what = event or Reason(template="each hold")
        return Reason(template="during {what} the customer hears {kinds}", values={"what": what, "kinds": first})

    def outcome(self, case: Case) -> Outcome:
        event = case.event
        if event is None or event.kind == HoldKind.UNKNOWN:
            return Outcome(
                degree=UNDECIDED, certainty=0.5, reason=Reason(template="What the customer heard is not known.")
            )
        right = event.kind in self.kinds
        heard = Evidence(
            speaker=None, turn=event.after_turn, start=event.start, end=event.end, quote=f"hold: {event.kind.value}"
        )
        return Outcome(
            degree=1.0 if right else 0.0,
            certainty=round(event.confidence, 3),
            reason=Reason(template="The customer heard {kind}.", values={"kind": event.kind.value}),
            evidence=(heard,),
        )
