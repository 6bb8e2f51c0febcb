"""What each of two teams has: the same of everything, each thing with a word in it that says whose it is."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlmodel import Session, select

from app.accounts.models import ApiKey, Scope, Team, User, UserIdentity
from app.accounts.service import add_api_key
from app.audio.decoding import SAMPLE_RATE, Recording
from app.audio.playback import peaks, playback
from app.calls import access
from app.calls import queries as calls
from app.calls.access import Listener
from app.calls.models import AccessKind
from app.coaching import service as coaching
from app.coaching.templates import TemplateTexts, add_template
from app.coaching.written import NoteFacts, Point, Texts, Written
from app.complaints.models import ComplaintCategory, ComplaintOutcome
from app.complaints.service import ComplaintFacts, record_complaint
from app.domain.evidence import Verdict
from app.domain.metrics.performance_score import PARTS
from app.evaluations import queries as evaluations
from app.imports import lists
from app.imports.models import ImportKind
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.models import LedgerEntry
from app.ledger.service import machine
from app.operations import cost_entry
from app.operations import service as operations
from app.operations.cost_entry import CostFacts
from app.operations.models import AgentFact, Cost, FactKind
from app.reports import backtest_job
from app.request import actor
from app.retention import erasing, holds, policies
from app.retention.models import Erased
from app.reviews import calibration, disputes, second_queries
from app.reviews import service as reviews
from app.reviews.disputes import Objection
from app.reviews.models import Review
from app.reviews.offering import Terms
from app.reviews.second import Settled
from app.sampling import service as sampling
from app.sampling.models import Period
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
from tests.graded import graded_card
from tests.web.conftest import LIMIT, Web

AT_ONCE = Terms(release_hours=0)
QUIET = Recording(np.zeros((2, 10 * SAMPLE_RATE), dtype=np.float32))
SOUND, PEAKS = playback(QUIET), peaks(QUIET)


@dataclass
class Half:
    """A team, its people, and the ids of what they have, by the names that addresses have for them."""

    word: str
    team: Team
    leader: User
    reviewer: User
    colleague: User
    agent: User
    other: User
    ids: dict[str, int | str] = field(default_factory=dict)


def furnish(web: Web, half: Half) -> dict[str, frozenset[str]]:
    """Give a team one of everything; of each word in it, who may be told it."""
    word, leads = half.word, {"ada", "sam", half.leader.username}
    staff = leads | {half.reviewer.username, "remy"}
    # What is aimed at is no secret of a team.
    everybody = {"ada", "sam", "bob", "bea", "alice", "charlie", "remy"}
    parties = staff | {half.agent.username}
    words = {
        f"{word}-call": parties,
        f"{word}-other": staff | {half.other.username},
        f"{word}-queue": {*parties, half.other.username},
        f"{word}-complaint": staff,
        f"{word}-note": parties,
        f"{word}-draft": {half.leader.username},
        f"{word}-remark": parties,
        f"{word}-objection": parties,
        f"{word}-second": leads | {half.reviewer.username},
        f"{word}-title": staff,
        f"{word}-plan": staff,
        f"{word}-target": everybody,
        f"{word}-cost": leads,
        f"{word}-fact": leads | {half.agent.username},
        f"{word}-template": staff,
        f"{word}-case": {"ada"},
    }
    _calls(web, half)
    _answers(web, half)
    _compared(web, half)
    _programme(web, half)
    return {one: frozenset(who) for one, who in words.items()}


def _call(web: Web, half: Half, name: str, word: str, agent: User) -> int:
    said = (("agent", f"Thank you for calling {word} Bank, how can I help you?"), ("customer", f"I am {word}."))
    facts = {"customer_name": word, "external_id": f"{word}-{name}", "queue": f"{half.word}-queue"}
    team = {"agent": agent.username, "team": half.team.name}
    return web.make_call(*said, note=f"{word} {name}", file_name=f"{word}-{name}.json", **facts, **team)


def _decide(web: Web, review_id: int, by: User, remark: str, terms: Terms, every: int = 3) -> None:
    with db.session(web.engine) as session:
        for place, finding in enumerate(reviews.standing(session, session.get_one(Review, review_id)).findings):
            verdict = Verdict.PASS if place % every else Verdict.FAIL
            told = {"reason_code": "misheard", "note": remark if place == 0 else ""}
            reviews.decide(session, review_id, finding.id, verdict, by, actor(by), **told)
        reviews.submit(session, review_id, by, actor(by), terms)


def _calls(web: Web, half: Half) -> None:
    """One that was reviewed and released, one that is open, one of another agent."""
    mine = f"{half.word}-call"
    call, opened = (_call(web, half, name, mine, half.agent) for name in ("done", "open"))
    _call(web, half, "other", f"{half.word}-other", half.other)
    review, waiting = web.review_of(call), web.review_of(opened)
    _decide(web, id_of(review), half.reviewer, f"{half.word}-remark", AT_ONCE)
    with db.session(web.engine) as session:
        evaluation = evaluations.current(session, call)
        assert evaluation is not None
        heard = calls.lock(session, opened)
        heard.playback, heard.peaks = (web.worker.blobs.put([one], LIMIT).key for one in (SOUND, PEAKS))
        leader = half.leader
        token, link = sharing.share_clip(session, leader, opened, Stretch(start=0.5, end=3.0), actor(leader))
    half.ids |= {"call_id": opened, "done": call, "review_id": id_of(waiting), "done_review": id_of(review)}
    half.ids |= {"evaluation_id": id_of(evaluation), "clip": token, "link_id": id_of(link), "clip_id": id_of(link)}
    half.ids |= {"team_id": id_of(half.team), "agent_id": id_of(half.agent), "user_id": id_of(half.agent)}
    half.ids |= {"reviewer_id": id_of(half.reviewer), "leader_id": id_of(half.leader)}


def _answers(web: Web, half: Half) -> None:
    """A dispute, a note and a draft, a complaint, a template."""
    word, leader, agent, done = half.word, half.leader, half.agent, int(half.ids["done"])
    with db.session(web.engine) as session:
        _, items = calibrated = web.review_of(done), reviews.standing(session, web.review_of(done)).findings
        unfair = Objection(items[0].id, Verdict.PASS, None, f"{word}-objection")
        opened = disputes.dispute(session, id_of(calibrated[0]), id_of(agent), unfair, actor(agent), 7)
        note = coaching.send_note(session, leader, done, NoteFacts(f"{word}-note"), actor(leader))
        said = Written(id_of(agent), Texts(strength=f"{word}-draft"), (Point(done, items[0].id),))
        draft = coaching.keep_draft(session, leader, said, actor(leader))
        facts = ComplaintFacts(
            received_at=clock.now() - timedelta(days=2),
            category=ComplaintCategory.ATTITUDE,
            outcome=ComplaintOutcome.UPHELD,
            call_id=done,
            text=f"{word}-complaint",
        )
        complaint, _ = record_complaint(session, leader, facts, actor(leader))
        texts = TemplateTexts(f"{word}-template", advice=f"{word}-template")
        template = add_template(session, leader, leader.team_id, texts, actor(leader))
        half.ids |= {"dispute_id": id_of(opened), "note_id": id_of(note), "draft": id_of(draft)}
        half.ids |= {"complaint_id": id_of(complaint), "template_id": id_of(template), "item_id": items[1].id}


def _compared(web: Web, half: Half) -> None:
    """A call that two people scored, and a calibration with its reference."""
    word, leader = half.word, half.leader
    call = _call(web, half, "twice", f"{word}-call", half.agent)
    first, twice = id_of(web.review_of(call)), replace(AT_ONCE, double_share=1)
    with db.session(web.engine) as session:
        session.get_one(Review, first).blind = True
    _decide(web, first, half.reviewer, "", twice, every=7)
    with db.session(web.engine) as session:
        double = second_queries.of_first(session, first)
        assert double is not None
        second_id = double.second_id
    _decide(web, second_id, half.colleague, f"{word}-second", twice)
    call = _call(web, half, "calibrated", f"{word}-call", half.agent)
    with db.session(web.engine) as session:
        takers, due = [id_of(half.reviewer), id_of(half.colleague)], clock.now().date() + timedelta(days=3)
        asked = (f"{word}-title", due, [call], takers, ZoneInfo("UTC"), actor(leader))
        opened = id_of(calibration.open_calibration(session, leader, *asked))
    half.ids |= {"double_id": id_of(double), "calibration_id": opened}
    closed = _closed(web, half, _call(web, half, "agreed", f"{word}-call", half.agent))
    half.ids |= {"closed": closed}


def _closed(web: Web, half: Half, call: int) -> int:
    leader, due = half.leader, clock.now().date() + timedelta(days=3)
    with db.session(web.engine) as session:
        takers = [id_of(half.reviewer), id_of(half.colleague)]
        asked = (f"{half.word}-title", due, [call], takers, ZoneInfo("UTC"), actor(leader))
        opened = id_of(calibration.open_calibration(session, leader, *asked))
        given = list(second_queries.reviews_in(session, [opened]))
    for one in given:
        _decide(web, id_of(one), half.reviewer if one.assigned_to == half.reviewer.id else half.colleague, "", Terms())
    with db.session(web.engine) as session:
        for one, by_item in calibration.verdicts(session, opened).items():
            said = {item: Settled(Verdict.PASS, f"{half.word}-title") for item in by_item}
            calibration.agree(session, opened, one, said, leader, actor(leader))
        calibration.close(session, opened, leader, actor(leader))
    return opened


def _programme(web: Web, half: Half) -> None:
    """A plan and what it drew, a target, a cost, a fact, weights, a draft of a scorecard and how it would judge."""
    word, leader, today = half.word, half.leader, clock.now().date()
    days = (today - timedelta(days=1), today + timedelta(days=1))
    with db.session(web.engine) as session:
        by = actor(leader)
        plan = sampling.make_plan(session, leader, PlanFacts(f"{word}-plan", Period.ONCE, *days, 6, 4711), by)
        draw = sampling.draw(session, id_of(plan), days, by)
        aim = TargetFacts("csat", 0.9, today, team_id=leader.team_id, note=f"{word}-target")
        target, _ = targets.set_target(session, leader, aim, by)
        month = today.replace(day=1)
        cost_entry.enter_cost(
            session, leader, CostFacts(month, 1520.5, "CNY", note=f"{word}-cost", team_id=leader.team_id), by
        )
        cost = session.exec(select(Cost).where(Cost.team_id == leader.team_id)).one()
        agent = id_of(half.agent)
        operations.enter_fact(session, agent, today, FactKind.CONDUCT, 87.5, f"{word}-fact", by)
        operations.set_weights(session, id_of(half.team), today, dict.fromkeys(PARTS, 20.0), 300, by)
        english = active(session, "en").card
        text = source_of(session, english).replace("pass_mark: 85", "pass_mark: 80")
        drafts.begin(session, id_of(leader), english.id, text, english.version, clock.now())
        queue = web.app.state.services.queue
        asked = {"name": english.id, "new": graded_card(), "against": english, "days": None, "most": 50}
        backtest = backtest_job.start(session, queue, leader, by, **asked)
        fact = session.exec(select(AgentFact).where(AgentFact.agent_id == agent)).one()
        half.ids |= {"fact_id": id_of(fact)}
        half.ids |= {"plan_id": id_of(plan), "draw_id": id_of(draw), "target_id": id_of(target), "cost_id": id_of(cost)}
        half.ids |= {"backtest_id": id_of(backtest), "version": english.version, "name": english.id}


def furnish_site(web: Web, half: Half) -> None:
    """What belongs to the whole site: a list of the switch, a webhook, a key, an account of a provider."""
    ada, settings = web.cast.ada, web.worker.settings
    stored = web.worker.blobs.put([f"external_id,started_at\n{half.word},x".encode()], 10_000)
    with db.session(web.engine) as session:
        queue, wanted = web.app.state.services.queue, lists.Asked(ImportKind.CONTACTS, "list.csv")
        taken = id_of(lists.ask(session, queue, wanted, stored, ada, actor(ada)))
        hook, _ = webhooks.add(
            session, webhooks.Wanted("https://receiver.example/hook", list(Event), "x"), keeper_of(settings), ada,
            actor(ada),
        )  # fmt: skip
        delivery = webhooks.try_out(session, id_of(hook), actor(ada))
        add_api_key(session, name="k", scopes=[Scope.EXPORT_READ], owner=ada, now=clock.now())
        key = session.exec(select(ApiKey).order_by(ApiKey.id.desc())).first()  # type: ignore[union-attr]
        tied = UserIdentity(
            user_id=id_of(half.agent), issuer="https://id.example", subject=half.word, created_at=clock.now()
        )
        session.add(tied)
        session.flush()
        entry = session.exec(select(LedgerEntry)).first()
        half.ids |= _kept(session, half, ada, taken)
        half.ids |= {"import_id": taken, "webhook_id": id_of(hook), "delivery_id": id_of(delivery)}
        half.ids |= {"key_id": id_of(key), "identity_id": id_of(tied), "entry_id": id_of(entry)}
    lists.run(web.engine, web.worker.blobs, settings, taken, machine(clock.now()))
    half.ids |= {"kind": "contacts", "indicator_id": "csat", "table": "calls", "place": 1, "turn": 1, "item": "polite"}


def _kept(session: Session, half: Half, ada: User, taken: int) -> dict[str, int | str]:
    """How long the team's calls are kept, a hold on one, an erasure that waits, a recording heard unmuted."""
    team, opened, case = id_of(half.team), int(half.ids["call_id"]), f"{half.word}-case"
    policies.set_policy(session, team, policies.Kept(3650, None), ada, actor(ada))
    held = holds.put(session, holds.Meant(call_ids=(int(half.ids["done"]),)), case, ada, actor(ada))
    asked = erasing.ask(session, [(Erased.LIST, taken)], case, ada, actor(ada))
    heard = access.note(session, opened, AccessKind.UNMUTED, Listener(id_of(half.leader), "", case), clock.now())
    return {"hold_id": id_of(held), "erasure_id": id_of(asked), "access_id": id_of(heard)}
