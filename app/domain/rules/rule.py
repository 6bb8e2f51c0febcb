"""What every operator of a rule is given and answers; the operators themselves know only this."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, SerializeAsAny, model_serializer

from app.domain.evidence import Evidence, Nearest, Reason, Searched
from app.domain.holds import HoldEvent
from app.domain.matching import Lexicon
from app.domain.reading import Reading
from app.domain.transcript import Speaker, Value

# Degrees of fulfilment from which a rule passes, and up to which it fails; between them nobody can tell.
PASS_FROM, FAIL_TO, UNDECIDED = 0.75, 0.35, 0.5
# Below this, what the recogniser wrote (or whom it was ascribed to) is too doubtful to fail somebody on.
UNSURE_OF_WORDS, UNSURE_OF_SPEAKER = 0.5, 0.65

WHO = {
    Speaker.AGENT: Reason(template="the agent"),
    Speaker.CUSTOMER: Reason(template="the customer"),
    Speaker.SYSTEM: Reason(template="an announcement"),
}


class Outcome(Value):
    """How far a rule is fulfilled: `degree` 0-1, or None when the rule does not apply to this call."""

    degree: float | None
    reason: Reason
    certainty: float = 1.0
    evidence: tuple[Evidence, ...] = ()
    searched: Searched | None = None
    nearest: Nearest | None = None
    unscored: bool = False

    @property
    def passes(self) -> bool:
        return self.degree is not None and self.degree >= PASS_FROM

    @property
    def fails(self) -> bool:
        return self.degree is not None and self.degree <= FAIL_TO


@dataclass(frozen=True)
class Case:
    """The call a rule is held against, and the hold it is about when it stands in a `for_each`."""

    reading: Reading
    lexicons: dict[str, Lexicon]
    event: HoldEvent | None = None

    def about(self, event: HoldEvent) -> "Case":
        return replace(self, event=event)


class Operator(Value):
    """A node of a rule; written in YAML as `{key: {…}}`."""

    key: ClassVar[str]
    judges: ClassVar[bool] = True

    def outcome(self, case: Case) -> Outcome:
        raise NotImplementedError

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        """The rule in words, so that who is judged by it can read it; `event` names the hold it is about."""
        raise NotImplementedError

    def sets_used(self) -> tuple[str, ...]:
        return ()

    @model_serializer(mode="wrap")
    def _as_written(self, handler: Any) -> dict[str, Any]:
        return {self.key: handler(self)}


# Filled by app.domain.rules, which names every operator.
OPERATORS: dict[str, type[Operator]] = {}


def _read(written: Any) -> Any:
    if isinstance(written, Operator):
        return written
    if not isinstance(written, dict) or len(written) != 1:
        raise ValueError(f"a rule is one operator with its settings, one of: {', '.join(OPERATORS)}")
    key, settings = next(iter(written.items()))
    if key not in OPERATORS:
        raise ValueError(f"there is no operator {key!r}; known are {', '.join(OPERATORS)}")
    operator = OPERATORS[key]
    if isinstance(settings, list) and "rules" in operator.model_fields:
        settings = {"rules": settings}
    elif isinstance(settings, dict) and set(operator.model_fields) == {"rule"} and set(settings) != {"rule"}:
        settings = {"rule": settings}
    return operator.model_validate(settings or {})


Rule = Annotated[SerializeAsAny[Operator], BeforeValidator(_read)]
