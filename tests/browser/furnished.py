"""A site where every state can be seen: calls under way, failed, scored and reviewed, notes, complaints, long names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.accounts import leaving, membership
from app.accounts import queries as accounts
from app.accounts.invitations import invite
from app.accounts.models import Role, Scope, User
from app.accounts.service import add_api_key, add_team, add_user, set_language, set_password
from app.calls import access
from app.calls import service as calls
from app.calls.models import AccessKind
from app.calls.segments import Part
from app.calls.service import CallFacts, add_call
from app.calls.stranded import KilledWorker
from app.coaching import service as coaching
from app.coaching.templates import TemplateTexts, add_template
from app.coaching.written import NoteFacts, Point, Texts, Written
from app.complaints.models import ComplaintCategory, ComplaintOutcome
from app.complaints.service import ComplaintFacts, record_complaint
from app.domain.evidence import Verdict
from app.domain.metrics.performance_score import PARTS
from app.domain.transcript import Span
from app.imports import lists
from app.imports.models import ImportKind, TakenFile
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.auditing import STREAM, VERIFIED
from app.ledger.service import machine, record
from app.ledger.verification import CHANGED
from app.operations import cost_entry as costs
from app.operations import service as operations
from app.operations.cost_entry import CostFacts
from app.operations.models import FactKind
from app.reports import backtest_job
from app.request import actor
from app.reviews import queries as reviews
from app.reviews import service as review_service
from app.reviews.models import Review
from app.reviews.offering import Terms
from app.reviews.set_aside import Aside, set_aside
from app.sampling import risk
from app.sampling import service as drawing
from app.sampling.models import Dimension, Period, Risk
from app.sampling.risk import Rule
from app.sampling.stratifying import PlanFacts
from app.scorecards import drafts
from app.scorecards.active import active
from app.scorecards.known import source_of
from app.sharing import service as sharing
from app.sharing.service import Stretch
from app.targets import service as targets
from app.targets.service import TargetFacts
from app.webhooks import service as webhooks
from app.webhooks.delivering import keeper_of
from app.webhooks.events import Event
from tests.browser.answered import ANSWERED_TEXT, answered
from tests.browser.compared import COLLEAGUE, NOTE, TITLE, compared
from tests.browser.conftest import LIMIT, SAID, Site, serving
from tests.browser.retained import REQUEST, WHY_HELD, WHY_LIFTED, retained
from tests.cast import LONG_AGO
from tests.databases import SqliteDatabases
from tests.graded import graded_card, judged_by

LONG = "Wilhelmina-Konstantinopolskaya-Featherstonehaugh-Cholmondeley von Hohenzollern-Sigmaringen"
UNBROKEN = "a-name-without-any-space-that-is-far-too-long-for-a-phone-2026-11-22"
REASON = "The wrong call was sampled."
AT_ONCE = Terms(release_hours=0)
PRAISE, ADVICE, THANKS = (
    "You asked before you looked; that was clear.",
    "Next time say how long it takes.",
    "Thank you, I will.",
)
COMPLAINT = "Nobody listened to me."
REMARK = "Says so twice."
# What people of the site wrote, and what they, their calls and their teams are called: the same in every language.
FREE_TEXT = (
    WHY_HELD,
    WHY_LIFTED,
    REQUEST,
    LONG,
    UNBROKEN,
    REASON,
    PRAISE,
    ADVICE,
    THANKS,
    COMPLAINT,
    REMARK,
    *ANSWERED_TEXT,
    COLLEAGUE,
    NOTE,
    TITLE,
    "Grace Okafor",
    "C-submitted",
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
            "reviewer": id_of(site.cast.alice),
        }
        calls = _reviews(site) | _unscored(site)
        ids |= _notes(site, calls["submitted_call"])
        _complaints(site, calls["submitted_call"])
        ids |= {**calls, **_clips(site, calls["call"]), **_scorecard_work(site)}
        ids |= _links(site)
        _roster(site)
        _performance(site)
        _long_names(site)
        ids |= _muted(site)
        ids |= _sampling(site)
        ids |= _centre(site)
        ids |= compared(site)
        ids |= answered(site)
        ids |= retained(site)
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
        "aside_review": site.review(note="aside"),
    }
    with db.session(site.engine) as session:
        session.get_one(Review, found["blind_review"]).blind = True
        of = {name.removesuffix("review") + "call": session.get_one(Review, id_).call_id for name, id_ in found.items()}
        judged_by(session, of["graded_call"], graded_card())
    _decide(site, found["begun_review"], most=3)
    _set_aside(site, found["aside_review"])
    for closed in ("submitted_review", "retracted_review"):
        _decide(site, found[closed])
        with db.session(site.engine) as session:
            review_service.submit(session, found[closed], site.cast.alice, actor(site.cast.alice), AT_ONCE)
    with db.session(site.engine) as session:
        bob = site.cast.bob
        review_service.retract(session, found["retracted_review"], bob, actor(bob), REASON)
    return found | of


def _set_aside(site: Site, review_id: int) -> None:
    """Alice sets a call aside that another agent took over for a while."""
    alice = site.cast.alice
    with db.session(site.engine) as session:
        review = reviews.lock(session, review_id)
        calls.change_segments(session, review.call_id, [Part(id_of(site.cast.mei), 33.0, 40.0)], actor(alice))
        set_aside(session, review_id, Aside.OTHER, alice, actor(alice), REASON)


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


def _notes(site: Site, call_id: int) -> dict[str, int]:
    """One note that was answered and is to be followed up, one that was not, Bob's draft, and a template of the team."""
    alice, bob, dana = site.cast.alice, site.cast.bob, site.cast.dana
    with db.session(site.engine) as session:
        first, _ = (
            coaching.send_note(session, alice, call_id, NoteFacts(text, start=11, end=13), actor(alice))
            for text in (PRAISE, f"{ADVICE} {UNBROKEN}")
        )
        coaching.acknowledge(session, dana, id_of(first), THANKS, actor(dana))
        first.follow_up_on = LONG_AGO.date()
        session.add(first)
        texts = Texts(strength=PRAISE, advice=f"{ADVICE} {UNBROKEN}")
        points = (Point(call_id, "asks_name", 11.0, 13.0), Point(call_id, "standard_greeting"))
        draft = coaching.keep_draft(session, bob, Written(id_of(dana), texts, points), actor(bob))
        own = add_template(
            session, bob, bob.team_id, TemplateTexts(UNBROKEN, advice=f"{ADVICE} {UNBROKEN}"), actor(bob)
        )
        return {"note": id_of(first), "draft": id_of(draft), "template": id_of(own)}


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


def _muted(site: Site) -> dict[str, int]:
    """A call in which a number is hidden, and that Bob was to hear it unmuted; a program and Alice heard others."""
    review_id = site.review(note="muted")
    site.mute(review_id, (Span(start=5.0, end=7.0),))
    with db.session(site.engine) as session:
        call_id = session.get_one(Review, review_id).call_id
        key = accounts.api_keys(session)[0]
        bob = access.Listener(id_of(site.cast.bob), f"/calls/{call_id}", "192.0.2.7")
        asked = access.note(session, call_id, AccessKind.UNMUTED, bob, clock.now())
        alice = access.Listener(id_of(site.cast.alice), f"/reviews/{review_id}", "2001:db8::17")
        access.note(session, call_id, AccessKind.PLAYED, alice, clock.now())
        program = access.Listener(key.user_id, "/api", "192.0.2.9", id_of(key))
        access.note(session, call_id, AccessKind.CLIP, program, clock.now())
        access.note(session, call_id, AccessKind.DOWNLOADED, bob, clock.now())
    return {"muted_review": review_id, "muted_call": call_id, "unmuted": id_of(asked)}


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


def _links(site: Site) -> dict[str, int | str]:
    """Links to choose a password: for somebody who is new, and for Ada, who has one."""
    ada = site.cast.ada
    with db.session(site.engine) as session:
        new, known = (session.get_one(User, one.id) for one in (site.cast.kenji, ada))
        join, reset = (invite(session, one, ada, clock.now()) for one in (new, known))
    return {"join": join, "reset": reset, "invited": id_of(site.cast.kenji)}


def _performance(site: Site) -> None:
    """Bob weighs the parts of the score and enters one, and the ledger was verified and found bent."""
    bob, now = site.cast.bob, clock.now()
    with db.session(site.engine) as session:
        equal = dict.fromkeys(PARTS, 20.0)
        operations.set_weights(session, id_of(site.cast.team_a), now.date(), equal, 300, actor(bob))
        dana = id_of(site.cast.dana)
        operations.enter_fact(session, dana, now.date(), FactKind.CONDUCT, 87.5, f"{REMARK} {UNBROKEN}", actor(bob))
        fault = {"what": CHANGED, "stream": "call:1", "sequence": 3}
        record(session, STREAM, machine(now), VERIFIED, entries=1000, anchors=3, found=1, faults=[fault])


def _roster(site: Site) -> None:
    """Mei comes to team B some day, and Alice, who reviews in two languages, is away and then leaves."""
    now = clock.now()
    today = now.date()
    with db.session(site.engine) as session:
        mei, alice = (session.get_one(User, one.id) for one in (site.cast.mei, site.cast.alice))
        membership.join(session, mei, site.cast.team_b, now, today + timedelta(days=30))
        leaving.set_languages(session, alice, ["en", "zh"])
        leaving.set_absent(session, alice, today - timedelta(days=1), today + timedelta(days=9))
        leaving.set_left(session, alice, today + timedelta(days=60), site.cast.ada)


def _sampling(site: Site) -> dict[str, int | str]:
    """Bob's plan, which has drawn from these days, one that has not, and a risk that calls are picked for."""
    bob = site.cast.bob
    with db.session(site.engine) as session:
        today = clock.now().date()
        days = (today - timedelta(days=1), today + timedelta(days=1))
        facts = PlanFacts(
            f"Sample {UNBROKEN}", Period.ONCE, *days, 6, 4711, strata=(Dimension.AGENT, Dimension.QUEUE), target=0.9
        )
        plan = id_of(drawing.make_plan(session, bob, facts, actor(bob)))
        draw = id_of(drawing.draw(session, plan, days, actor(bob)))
        weekly = PlanFacts("Weekly", Period.WEEK, today, None, 5, 1, of_each_agent=True)
        new = id_of(drawing.make_plan(session, bob, weekly, actor(bob)))
        risk.set_rule(session, Rule(Risk.LONG_HOLD, True, 180.0, 5), actor(site.cast.ada))
    return {"plan": plan, "new_plan": new, "draw": draw}


def _centre(site: Site) -> dict[str, int | str]:
    """What the switch told of the last weeks, with rows that could not be used; a target, costs, and a webhook."""
    ada, bob, now, settings = site.cast.ada, site.cast.bob, clock.now(), site.worker.settings
    rows = ["external_id,started_at,answered,agent,wait_seconds,talk_seconds,after_call_seconds,customer,csat"]
    for place in range(400):
        began = (now - timedelta(hours=5 * place)).isoformat()
        rows.append(f"c-{place},{began},{'no' if place % 9 == 0 else 'yes'},dana,{place % 40},180,30,{place % 90},4")
    rows += [f"{UNBROKEN},at noon,yes,dana,1,1,1,1,4", "c-x,2026-10-01T00:00:00Z,yes,nobody,1,1,1,1,9"]
    stored = site.blobs.put(["\n".join(rows).encode()], LIMIT)
    with db.session(site.engine) as session:
        asked = lists.Asked(ImportKind.CONTACTS, f"{UNBROKEN}.csv")
        of = id_of(lists.ask(session, site.queue, asked, stored, ada, actor(ada)))
        targets.set_target(
            session, bob, TargetFacts("csat", 0.9, now.date(), team_id=bob.team_id, note=REMARK), actor(bob)
        )
        costs.enter_cost(session, ada, CostFacts(now.date().replace(day=1), 1520.5, "CNY", note=REMARK), actor(ada))
        wanted = webhooks.Wanted("https://receiver.example/hook", list(Event), f"{REMARK} {UNBROKEN}")
        webhook, _ = webhooks.add(session, wanted, keeper_of(settings), ada, actor(ada))
        webhooks.try_out(session, id_of(webhook), actor(ada))
        session.add(
            TakenFile(
                place=f"pbx-1:/var/spool/{UNBROKEN}",
                file_hash="0",
                path=f"2026/{UNBROKEN}.wav",
                size_bytes=1,
                modified=1,
                said="",
                fault_code="name_differs",
                fault="The name is not as the pattern says.",
                taken_at=now,
            )
        )
        hook = id_of(webhook)
    lists.run(site.engine, site.blobs, settings, of, machine(now))
    return {"import": of, "webhook": hook}
