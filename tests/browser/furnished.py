"""A site where every state can be seen: calls under way, failed, scored and reviewed, notes, complaints, long names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.accounts.models import Role, Scope, User
from app.accounts.service import add_api_key, add_team, add_user, set_language, set_password
from app.calls import service as calls
from app.calls.service import CallFacts, add_call
from app.coaching import service as coaching
from app.coaching.service import NoteFacts
from app.complaints.models import ComplaintCategory, ComplaintOutcome
from app.complaints.service import ComplaintFacts, record_complaint
from app.domain.evidence import Verdict
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.service import machine
from app.reports import backtest_job
from app.request import actor
from app.reviews import queries as reviews
from app.reviews import service as review_service
from app.reviews.models import Review
from app.scorecards import drafts
from app.scorecards.active import active
from app.scorecards.known import source_of
from app.sharing import service as sharing
from app.sharing.service import Stretch
from app.worker import KilledWorker
from tests.browser.conftest import LIMIT, SAID, Site, serving
from tests.cast import LONG_AGO
from tests.databases import SqliteDatabases
from tests.graded import graded_card, judged_by

LONG = "Wilhelmina-Konstantinopolskaya-Featherstonehaugh-Cholmondeley von Hohenzollern-Sigmaringen"
UNBROKEN = "a-name-without-any-space-that-is-far-too-long-for-a-phone-2026-11-22"
REASON = "The wrong call was sampled."
PRAISE, ADVICE, THANKS = (
    "You asked before you looked; that was clear.",
    "Next time say how long it takes.",
    "Thank you, I will.",
)
COMPLAINT = "Nobody listened to me."
REMARK = "Says so twice."
# What people of the site wrote, and what they, their calls and their teams are called: the same in every language.
FREE_TEXT = (
    LONG,
    UNBROKEN,
    REASON,
    PRAISE,
    ADVICE,
    THANKS,
    COMPLAINT,
    REMARK,
    "Grace Okafor",
    "Team A",
    "Team B",
    *(text for *_, text in SAID),
)


@dataclass(frozen=True)
class Furnished:
    """The site, and the ids that addresses of its pages are made of, by what they stand for."""

    site: Site
    ids: dict[str, int | str]

    def address(self, path: str) -> str:
        """An address with its ids filled in: /calls/{failed}."""
        return path.format_map(self.ids)

    def person(self, name: str) -> User:
        found: User = getattr(self.site.cast, name)
        return found

    @contextmanager
    def spoken(self, name: str, language: str) -> Iterator[None]:
        """While this lasts, this person reads the pages in this language."""
        self._speak(name, language)
        yield
        self._speak(name, "en")

    def _speak(self, name: str, language: str) -> None:
        with db.session(self.site.engine) as session:
            set_language(session, session.get_one(User, self.person(name).id), language)


@contextmanager
def furnishing(sqlite: SqliteDatabases, folder: Path) -> Iterator[Furnished]:
    """A site with all of it; team B has people and nothing else, so that its pages are the empty ones."""
    with serving(sqlite, folder) as site:
        with db.session(site.engine) as session:
            # Else the page to sign in goes on to the one that makes the first administrator.
            set_password(session, session.get_one(User, site.cast.ada.id), "correct horse battery")
        ids: dict[str, int | str] = {
            "team": id_of(site.cast.team_a),
            "empty_team": id_of(site.cast.team_b),
            "agent": id_of(site.cast.dana),
        }
        calls = _reviews(site) | _unscored(site)
        _notes(site, calls["submitted_call"])
        _complaints(site, calls["submitted_call"])
        ids |= {**calls, **_clips(site, calls["call"]), **_scorecard_work(site)}
        _long_names(site)
        yield Furnished(site, ids)


def _reviews(site: Site) -> dict[str, int]:
    """Calls in every state of a review, each with its call."""
    found = {
        "review": site.review(note=UNBROKEN),
        "silent_review": site.review(sound=False, note="words-only"),
        "graded_review": site.review(note="graded"),
        "begun_review": site.review(note="begun"),
        "submitted_review": site.review(note="submitted"),
        "retracted_review": site.review(note="retracted"),
        "blind_review": site.review(note="blind"),
    }
    with db.session(site.engine) as session:
        session.get_one(Review, found["blind_review"]).blind = True
        of = {name.removesuffix("review") + "call": session.get_one(Review, id_).call_id for name, id_ in found.items()}
        judged_by(session, of["graded_call"], graded_card())
    _decide(site, found["begun_review"], most=3)
    for closed in ("submitted_review", "retracted_review"):
        _decide(site, found[closed])
        with db.session(site.engine) as session:
            review_service.submit(session, found[closed], site.cast.alice, actor(site.cast.alice))
    with db.session(site.engine) as session:
        bob = site.cast.bob
        review_service.retract(session, found["retracted_review"], bob, actor(bob), REASON)
    return found | of


def _decide(site: Site, review_id: int, most: int = 99) -> None:
    """Alice confirms what the machine found, but fails every fourth item, with a note."""
    alice = site.cast.alice
    with db.session(site.engine) as session:
        found = review_service.standing(session, reviews.lock(session, review_id)).findings
        for place, finding in enumerate(found[:most]):
            verdict = Verdict.PASS if place % 4 else Verdict.FAIL
            note = "" if place % 4 else f"[0:11] {REMARK}"
            review_service.decide(
                session, review_id, finding.id, verdict, alice, actor(alice), reason_code="misheard", note=note
            )


def _unscored(site: Site) -> dict[str, int]:
    """A call that waits, and one that could not be heard."""
    found = {}
    for name in ("waiting_call", "failed_call"):
        stored = site.blobs.put([name.encode()], LIMIT)
        facts = CallFacts(agent="mei", team="Team A", customer_name=LONG)
        with db.session(site.engine) as session:
            call = add_call(session, site.queue, stored, f"{UNBROKEN}.wav", facts, machine(clock.now())).call
            found[name] = id_of(call)
    with db.session(site.engine) as session:
        reason = KilledWorker()
        calls.fail(session, found["failed_call"], 1, reason.code, reason.message, machine(clock.now()))
    return found


def _notes(site: Site, call_id: int) -> None:
    """One note that was answered, and one that was not."""
    alice, dana = site.cast.alice, site.cast.dana
    with db.session(site.engine) as session:
        first, _ = (
            coaching.send_note(session, alice, call_id, NoteFacts(text, start=11, end=13), actor(alice))
            for text in (PRAISE, f"{ADVICE} {UNBROKEN}")
        )
        coaching.acknowledge(session, dana, id_of(first), THANKS, actor(dana))


def _scorecard_work(site: Site) -> dict[str, int]:
    """Bob's draft of the English card, and how another card would have judged its calls, which is still waited for."""
    bob = site.cast.bob
    with db.session(site.engine) as session:
        now, english = clock.now(), active(session, "en").card
        text = source_of(session, english).replace("pass_mark: 85", "pass_mark: 80")
        drafts.begin(session, id_of(bob), english.id, text, english.version, now)
        asked = backtest_job.start(
            session,
            site.queue,
            bob,
            actor(bob),
            name=english.id,
            new=graded_card(),
            against=english,
            days=None,
            most=50,
        )
        return {"backtest": id_of(asked)}


def _clips(site: Site, call_id: int) -> dict[str, str]:
    """A link to a part of a call, and one that was withdrawn."""
    bob = site.cast.bob
    with db.session(site.engine) as session:
        stretch = Stretch(start=11.0, end=36.0, item_id="asks_name")
        token, _ = sharing.share_clip(session, bob, call_id, stretch, actor(bob))
        gone, link = sharing.share_clip(session, bob, call_id, stretch, actor(bob))
        sharing.withdraw(session, bob, call_id, id_of(link), actor(bob))
    return {"clip": token, "gone_clip": gone}


def _complaints(site: Site, call_id: int) -> None:
    """One complaint of each outcome."""
    bob = site.cast.bob
    with db.session(site.engine) as session:
        for outcome in ComplaintOutcome:
            facts = ComplaintFacts(
                received_at=clock.now() - timedelta(days=2),
                category=ComplaintCategory.ATTITUDE,
                outcome=outcome,
                call_id=call_id,
                text=f"{COMPLAINT} {UNBROKEN}",
            )
            record_complaint(session, bob, facts, actor(bob))


def _long_names(site: Site) -> None:
    """People, a team and a key whose names are far too long."""
    with db.session(site.engine) as session:
        team = add_team(session, f"{UNBROKEN} {LONG}", "America/Argentina/ComodRivadavia")
        add_user(session, username=UNBROKEN[:50], name=LONG, role=Role.AGENT, team_id=id_of(team), now=LONG_AGO)
        add_api_key(session, name=LONG, scopes=[Scope.EXPORT_READ], owner=site.cast.ada, now=clock.now())
