"""`fact`: what is known about the call beside what was said."""

from typing import ClassVar, Literal

from app.domain.evidence import Reason
from app.domain.rules.rule import Case, Operator, Outcome


class Fact(Operator):
    """Fulfilled when the call has this direction."""

    key: ClassVar[str] = "fact"

    direction: Literal["inbound", "outbound"]

    def outcome(self, case: Case) -> Outcome:
        found = case.reading.transcript.direction
        reason = Reason(template="The call is {direction}.", values={"direction": found})
        return Outcome(degree=1.0 if found == self.direction else 0.0, reason=reason)
