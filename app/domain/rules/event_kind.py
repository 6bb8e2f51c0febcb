"""`event_kind`: what the customer hears while waiting."""

from typing import ClassVar

from app.domain.evidence import Evidence, Reason
from app.domain.rules.rule import UNDECIDED, Case, Operator, Outcome
from app.domain.transcript import HoldKind


class EventKind(Operator):
    """Fulfilled when the hold at hand is of one of `kinds`; undecided where nobody heard what it carried."""

    key: ClassVar[str] = "event_kind"

    kinds: tuple[HoldKind, ...]

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
