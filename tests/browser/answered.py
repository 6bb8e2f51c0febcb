"""Results in the hands of their agent: one in dispute, one whose dispute was decided, one to score first, one waiting."""

from app.domain.evidence import Verdict
from app.kit import db
from app.kit.db import id_of
from app.request import actor
from app.reviews import disputes, self_scores, service
from app.reviews import queries as reviews
from app.reviews.disputes import Answer, Objection
from app.reviews.models import Review
from app.reviews.offering import Terms
from app.reviews.self_scores import Said
from tests.browser.conftest import Site

OBJECTION, RULING, OWN = "That was the line, not me.", "It cannot be told on this line.", "I was in a hurry."
# What these people wrote: the same in every language.
ANSWERED_TEXT = (OBJECTION, RULING, OWN)


def answered(site: Site) -> dict[str, int | str]:
    """The ids of these calls and disputes, by what they stand for."""
    dana, bob = site.cast.dana, site.cast.bob
    disputed = _submitted(site, "disputed", Terms(release_hours=0))
    resolved = _submitted(site, "resolved", Terms(release_hours=0))
    first = _submitted(site, "own-first", Terms(release_hours=0, self_score_first=True))
    waiting = _submitted(site, "to-release", Terms())
    with db.session(site.engine) as session:
        call = session.get_one(Review, resolved).call_id
        _, items = self_scores.scored_on(session, call)
        said = {item.id: Said(Verdict.PASS, words=OWN if item.id == "polite" else "") for item in items}
        self_scores.score_own_call(session, call, dana, said, actor(dana))
        unfair = Objection("polite", Verdict.PASS, None, OBJECTION)
        opened = [disputes.dispute(session, one, id_of(dana), unfair, actor(dana), 7) for one in (disputed, resolved)]
        decided = Answer("partly", RULING, Verdict.NOT_APPLICABLE)
        disputes.answer(session, id_of(opened[1]), bob, decided, actor(bob))
        of = {one: session.get_one(Review, one).call_id for one in (disputed, resolved, first, waiting)}
        return {
            "dispute": id_of(opened[0]),
            "decided_dispute": id_of(opened[1]),
            "disputed_call": of[disputed],
            "resolved_call": of[resolved],
            "own_first_call": of[first],
            "unreleased_call": of[waiting],
        }


def _submitted(site: Site, note: str, on: Terms) -> int:
    """A review in which Alice failed politeness, released on these terms."""
    review_id, alice = site.review(note=note), site.cast.alice
    with db.session(site.engine) as session:
        for finding in service.standing(session, reviews.lock(session, review_id)).findings:
            verdict = Verdict.FAIL if finding.id == "polite" else Verdict.PASS
            service.decide(session, review_id, finding.id, verdict, alice, actor(alice), reason_code="misheard")
        service.submit(session, review_id, alice, actor(alice), on)
    return review_id
