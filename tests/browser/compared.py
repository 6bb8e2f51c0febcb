"""What the furnished site has of calls scored by several people: double scorings, and calibrations at every stage."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from app.accounts.models import Role, User
from app.accounts.service import add_user
from app.domain.evidence import Verdict
from app.kit import clock, db
from app.kit.db import id_of
from app.request import actor
from app.reviews import calibration, second, second_queries, service
from app.reviews.models import Review
from app.reviews.offering import Terms
from app.reviews.second import Settled
from tests.browser.conftest import Site
from tests.cast import LONG_AGO

NOTE = "Asked twice, and heard the answer at once."
TITLE = "Warmth, as we hear it"
COLLEAGUE = "Ren"


def compared(site: Site) -> dict[str, int | str]:
    """Ids of double scorings and calibrations, by what they stand for."""
    with db.session(site.engine) as session:
        ren = add_user(
            session,
            username="ren",
            name=COLLEAGUE,
            role=Role.REVIEWER,
            team_id=id_of(site.cast.team_a),
            now=LONG_AGO,
        )
    twice = [_scored_twice(site, ren, note) for note in ("twice", "settled")]
    _settle(site, twice[1])
    blind, ended, closed = (_calibration(site, ren, note) for note in ("blind-session", "ended", "closed"))
    for number in (ended, closed):
        _score(site, number)
    _close(site, closed)
    return {"twice": twice[0], "settled": twice[1], "calibration": blind, "ended": ended, "closed": closed}


def _decide(site: Site, review_id: int, by: User, every: int) -> None:
    """Fails one item in so many, with a note, and passes the others."""
    with db.session(site.engine) as session:
        for place, finding in enumerate(service.standing(session, session.get_one(Review, review_id)).findings):
            fails = place % every == 0
            verdict, note = (Verdict.FAIL, NOTE) if fails else (Verdict.PASS, "")
            service.decide(session, review_id, finding.id, verdict, by, actor(by), note=note)
        service.submit(session, review_id, by, actor(by), Terms(double_share=1))


def _scored_twice(site: Site, ren: User, note: str) -> int:
    first = site.review(note=note)
    with db.session(site.engine) as session:
        session.get_one(Review, first).blind = True
    _decide(site, first, site.cast.alice, every=7)
    with db.session(site.engine, reads_only=True) as session:
        double = second_queries.of_first(session, first)
        assert double is not None
    _decide(site, double.second_id, ren, every=3)
    return id_of(double)


def _settle(site: Site, number: int) -> None:
    bob = site.cast.bob
    with db.session(site.engine) as session:
        double = second_queries.double_scoring(session, bob, number)
        said = {item: Settled(Verdict.PASS, NOTE) for item in second.differing(session, double)}
        second.settle(session, double, bob, said, actor(bob))


def _calibration(site: Site, ren: User, note: str) -> int:
    bob = site.cast.bob
    review = site.review(note=note)
    with db.session(site.engine) as session:
        call = session.get_one(Review, review).call_id
        due = clock.now().date() + timedelta(days=3)
        people = [id_of(site.cast.alice), id_of(ren)]
        opened = calibration.open_calibration(session, bob, TITLE, due, [call], people, ZoneInfo("UTC"), actor(bob))
        return id_of(opened)


def _score(site: Site, number: int) -> None:
    with db.session(site.engine, reads_only=True) as session:
        given = second_queries.reviews_in(session, [number])
        people = [session.get_one(User, one.assigned_to) for one in given]
    for place, (one, who) in enumerate(zip(given, people, strict=True)):
        _decide(site, id_of(one), who, every=4 + place)


def _close(site: Site, number: int) -> None:
    bob = site.cast.bob
    with db.session(site.engine) as session:
        for call, by_item in calibration.verdicts(session, number).items():
            said = {item: Settled(Verdict.PASS, NOTE) for item in by_item}
            calibration.agree(session, number, call, said, bob, actor(bob))
        calibration.close(session, number, bob, actor(bob))
