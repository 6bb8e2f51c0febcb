"""`manual`: a person judges; a rule may only say what fails it at once."""

from typing import ClassVar

from app.domain.evidence import Reason
from app.domain.rules.rule import FAIL_TO, PASS_FROM, UNDECIDED, Case, Operator, Outcome, Rule


class Manual(Operator):
    """Unscored until a person judges it, unless `fails_when` is fulfilled."""

    key: ClassVar[str] = "manual"

    fails_when: Rule | None = None

    @property
    def judges(self) -> bool:  # type: ignore[override]
        return self.fails_when is not None

    def sets_used(self) -> tuple[str, ...]:
        return self.fails_when.sets_used() if self.fails_when else ()

    def outcome(self, case: Case) -> Outcome:
        left = Outcome(
            degree=UNDECIDED, certainty=0.0, unscored=True, reason=Reason(template="A person judges this item.")
        )
        if self.fails_when is None:
            return left
        found = self.fails_when.outcome(case)
        if found.degree is None or not found.evidence or found.degree <= FAIL_TO:
            return left
        if found.degree >= PASS_FROM:
            return found.model_copy(update={"degree": 0.0})
        return found.model_copy(update={"degree": UNDECIDED})
