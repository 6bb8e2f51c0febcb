"""`all`, `any`, `not`: rules made of rules; all = least, any = most, not = 1 - x; what does not apply is left out."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from app.domain.evidence import Reason
from app.domain.matching import Lexicon
from app.domain.rules.rule import Case, Operator, Outcome, Rule

NOTHING_APPLIES = Reason(template="Does not apply to this call.")


class AllOf(Operator):
    """As fulfilled as the least fulfilled of its rules; not applicable when none of them applies."""

    key: ClassVar[str] = "all"
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    def sets_used(self) -> tuple[str, ...]:
        return tuple(name for rule in self.rules for name in rule.sets_used())

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        first, *others = (rule.stated(sets, event) for rule in self.rules)
        for other in others:
            first = Reason(template="{one}, and {other}", values={"one": first, "other": other})
        return first

    def outcome(self, case: Case) -> Outcome:
        outcomes = [one for rule in self.rules if (one := rule.outcome(case)).degree is not None]
        if not outcomes:
            return Outcome(degree=None, reason=NOTHING_APPLIES)
        least = min(outcomes, key=lambda one: one.degree or 0.0)
        if least.passes:
            return least.model_copy(
                update={
                    "certainty": min(one.certainty for one in outcomes),
                    "evidence": tuple(dict.fromkeys(piece for one in outcomes for piece in one.evidence)),
                    "reason": _listed(outcomes),
                }
            )
        missing = [one for one in outcomes if not one.passes]
        found = tuple(dict.fromkeys(piece for one in outcomes for piece in one.evidence))
        return least.model_copy(update={"reason": _listed(missing), "evidence": found})


class AnyOf(Operator):
    """As fulfilled as the most fulfilled of its rules; not applicable when none of them applies."""

    key: ClassVar[str] = "any"
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    def sets_used(self) -> tuple[str, ...]:
        return tuple(name for rule in self.rules for name in rule.sets_used())

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        first, *others = (rule.stated(sets, event) for rule in self.rules)
        for other in others:
            first = Reason(template="{one}, or {other}", values={"one": first, "other": other})
        return first

    def outcome(self, case: Case) -> Outcome:
        outcomes = [one for rule in self.rules if (one := rule.outcome(case)).degree is not None]
        if not outcomes:
            return Outcome(degree=None, reason=NOTHING_APPLIES)
        most = max(outcomes, key=lambda one: (one.degree or 0.0, one.certainty))
        return most if most.passes else most.model_copy(update={"reason": _listed(outcomes)})


class Not(Operator):
    """Fulfilled when its rule is not."""

    key: ClassVar[str] = "not"
    rule: Rule

    def sets_used(self) -> tuple[str, ...]:
        return self.rule.sets_used()

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        return Reason(template="at no time: {what}", values={"what": self.rule.stated(sets, event)})

    def outcome(self, case: Case) -> Outcome:
        inner = self.rule.outcome(case)
        return inner if inner.degree is None else inner.model_copy(update={"degree": 1 - inner.degree})


def _listed(outcomes: list[Outcome]) -> Reason:
    return Reason(parts=tuple(one.reason for one in outcomes))
