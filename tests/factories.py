"""Small calls and scorecards for tests, made from the same notation that scorecards' examples use."""

from typing import Any

from app.domain.examples import transcript_of
from app.domain.scorecard import Scorecard
from app.domain.scoring import Finding, score
from app.domain.transcript import Transcript


def make_call(*lines: str, language: str = "en", **facts: Any) -> Transcript:
    """A call from lines such as `0-4 agent: Hello` and `10-40 hold music`."""
    return transcript_of(lines, language, **facts)


def make_card(
    rule: dict[str, Any],
    *,
    sets: dict[str, Any] | None = None,
    language: str = "en",
    critical: bool = False,
    pass_mark: float = 85,
    others: dict[str, dict[str, Any]] | None = None,
) -> Scorecard:
    """A scorecard with one item `item` of 100 points (fewer when `others` names more rules)."""
    rules = {"item": rule, **(others or {})}
    example = [{"call": ["0-1 agent: x"]}]
    return Scorecard.model_validate(
        {
            "id": "test-card",
            "title": {"en": "Test"},
            "language": language,
            "pass_mark": pass_mark,
            "sections": [{"id": "all", "title": {"en": "All"}}],
            "sets": sets or {},
            "items": [
                {
                    "id": name,
                    "section": "all",
                    "title": {"en": name},
                    "points": 100 / len(rules),
                    "critical": critical and name == "item",
                    "rule": one,
                    "guidance": {"en": name},
                    "examples": {"passes": example, "fails": example},
                }
                for name, one in rules.items()
            ],
        }
    )


def judge(card: Scorecard, call: Transcript, item: str = "item") -> Finding:
    """What the card finds about one item of this call."""
    return next(finding for finding in score(card, call).findings if finding.id == item)
