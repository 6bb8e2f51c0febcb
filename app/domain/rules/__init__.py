"""The operators a scorecard's rules are made of, one file each; this is the list."""

from app.domain.rules.combine import AllOf, AnyOf, Not
from app.domain.rules.event_kind import EventKind
from app.domain.rules.fact import Fact
from app.domain.rules.for_each import ForEach
from app.domain.rules.manual import Manual
from app.domain.rules.name_used import NameUsed
from app.domain.rules.overlap import Overlap
from app.domain.rules.repeat import Repeat
from app.domain.rules.rule import OPERATORS, UNDECIDED, Case, Operator, Outcome, Rule
from app.domain.rules.say import Say
from app.domain.rules.silence import Silence
from app.domain.rules.speech_rate import SpeechRate

KINDS = (
    Say,
    AllOf,
    AnyOf,
    Not,
    ForEach,
    EventKind,
    NameUsed,
    Overlap,
    Silence,
    SpeechRate,
    Repeat,
    Fact,
    Manual,
)
OPERATORS.update({operator.key: operator for operator in KINDS})

__all__ = ["OPERATORS", "UNDECIDED", "Case", "Operator", "Outcome", "Rule"]
