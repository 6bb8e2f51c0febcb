"""`manual`: a person judges; a rule may only say what fails it at once."""

from collections.abc import Mapping
from typing import ClassVar

from app.domain.evidence import Reason
from app.domain.matching import Lexicon
from app.domain.rules.rule import FAIL_TO, PASS_FROM, UNDECIDED, Case, Operator, Outcome, Rule


class Manual(Operator):
    """Unscored until a person judges it, unless `fails_when` is fulfilled; `hints` tell the person where to look."""

    key: ClassVar[str] = "manual"

    fails_when: Rule | None = None
    hints: tuple[Rule, ...] = ()

    @property
    def judges(self) -> bool:  # type: ignore[override]
        return self.fails_when is not None

    def sets_used(self) -> tuple[str, ...]:
        rules = (*((self.fails_when,) if self.fails_when else ()), *self.hints)
        return tuple(name for rule in rules for name in rule.sets_used())

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        if self.fails_when is None:
            return Reason(template="a person judges")
        rule = self.fails_when.stated(sets, event)
        return Reason(template="a person judges; it fails at once when {what}", values={"what": rule})

    def outcome(self, case: Case) -> Outcome:
        found = self.fails_when.outcome(case) if self.fails_when else None
        if found is None or found.degree is None or not found.evidence or found.degree <= FAIL_TO:
            return self._left_to_a_person(case)
        if found.degree >= PASS_FROM:
            return found.model_copy(update={"degree": 0.0})
        return found.model_copy(update={"degree": UNDECIDED})

    def _left_to_a_person(self, case: Case) -> Outcome:
        hints = [one for rule in self.hints if (one := rule.outcome(case)).passes]
        judged = Reason(template="A person judges this item.")
        return Outcome(
            degree=UNDECIDED,
            certainty=0.0,
            unscored=True,
            reason=Reason(parts=(judged, *(one.reason for one in hints))) if hints else judged,
            evidence=tuple(dict.fromkeys(piece for one in hints for piece in one.evidence)),
        )
