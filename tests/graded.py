"""A small scorecard with graded items, and calls that were judged by it."""

from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.domain.evidence import Verdict
from app.domain.scorecard import Scorecard
from app.domain.scoring import score
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation, StoredFinding
from app.evaluations.service import rules_version, tally_key
from app.kit.db import id_of
from app.ledger.service import Actor, machine
from app.reviews import service as reviews
from app.reviews.models import Review
from app.reviews.offering import offer
from app.scorecards.service import keep
from app.tallies import service as tallies
from app.transcription import queries as transcripts
from tests.factories import make_card
from tests.stored import NOW, scored

EXAMPLE = [{"call": ["0-1 agent: x"]}]


def graded_card(**patience: Any) -> Scorecard:
    """Greeting passes or fails, patience is graded by a person, asking by a rule; 85 points pass.

    `patience` says otherwise how that item is graded.
    """

    def item(name: str, points: float, rule: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "id": name,
            "section": "all",
            "title": {"en": name.capitalize(), "zh": name, "ja": name},
            "points": points,
            "rule": rule,
            "guidance": {"en": f"Listen for {name}.", "zh": name, "ja": name},
            "examples": {"passes": EXAMPLE, "fails": EXAMPLE},
            **more,
        }

    return Scorecard.model_validate(
        {
            "id": "graded",
            "title": {"en": "Graded"},
            "language": "en",
            "pass_mark": 85,
            "sections": [{"id": "all", "title": {"en": "All", "zh": "全部", "ja": "全体"}}],
            "sets": {"thanks": {"phrases": ["thank you for calling"]}, "asking": {"phrases": ["can I help you"]}},
            "items": [
                item("greeting", 75, {"say": {"by": "agent", "set": "thanks"}}),
                {**item("patience", 5, {"manual": {}}, levels=[0, 3, 5], pass_level=3), **patience},
                item("asking", 20, {"say": {"by": "agent", "set": "asking"}}, levels=[0, 10, 20], pass_level=10),
            ],
        }
    )


def judged_by(session: Session, call_id: int, card: Scorecard) -> Review:
    """The review of a call that is judged by this card from now on."""
    call, revision = calls.lock(session, call_id), transcripts.current(session, call_id)
    assert revision is not None
    found = score(card, revision.transcript)
    keep(session, card, NOW)
    before = evaluations.current(session, call_id)
    if before is not None:
        before.current = False
        session.add(before)
        session.flush()
    evaluation = Evaluation(
        call_id=call_id,
        transcript_id=id_of(revision),
        scorecard_version=card.version,
        rules_version=rules_version(),
        score=found.score,
        low=found.low,
        high=found.high,
        passed=found.passed,
        critical_failed=found.critical_failed,
        created_at=NOW,
        created_by="machine",
    )
    session.add(evaluation)
    session.flush()
    for place, one in enumerate(found.findings):
        content = one.model_dump(mode="json")
        of = id_of(evaluation)
        session.add(StoredFinding(evaluation_id=of, item_id=one.id, place=place, verdict=one.verdict, content=content))
    tallies.count(session, call_id, tally_key(call, card, tallies.MACHINE), tallies.counts_of(found), NOW)
    session.flush()
    return offer(session, call_id, machine(NOW))


# Agents who thank pass, by what the machine hears.
THANKS = make_card({"say": {"by": "agent", "set": "thanks"}}, sets={"thanks": {"phrases": ["thank you for calling"]}})
THANKFUL, THANKLESS = "0-4 agent: Thank you for calling Harbour Bank.", "0-4 agent: Yeah, what?"


def judged_for_thanks(
    session: Session, person: User, line: str, by_person: Verdict | None = None, blind: bool = True, **facts: Any
) -> None:
    """A call that the machine judged by whether the agent thanks, and that this person judged too if they are to."""
    call, _ = scored(session, line, **facts)
    review = judged_by(session, id_of(call), THANKS)
    if by_person is None:
        return
    review.blind = blind
    session.add(review)
    session.flush()
    actor = Actor(person.name, NOW, person.id)
    reviews.decide(session, id_of(review), "item", by_person, person, actor, reason_code="misheard")
    reviews.submit(session, id_of(review), person, actor)
