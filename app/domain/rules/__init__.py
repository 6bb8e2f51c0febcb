"""The operators a scorecard's rules are made of, one file each; this is the list."""

from app.domain.rules.combine import AllOf, AnyOf, Not
from app.domain.rules.event_kind import EventKind
from app.domain.rules.fact import Fact
from app.domain.rules.for_each import ForEach
from app.domain.rules.manual import Manual
from app.domain.rules.name_used import NameUsed
from app.domain.rules.overlap import Overlap
from app.domain.rules.rule import OPERATORS, Case, Operator, Outcome, Rule
from app.domain.rules.say import Say

OPERATORS.update(
    {
        operator.key: operator
        for operator in (Say, AllOf, AnyOf, Not, ForEach, EventKind, NameUsed, Overlap, Fact, Manual)
    }
)

__all__ = ["OPERATORS", "Case", "Operator", "Outcome", "Rule"]
