"""Calls that were scored and that nobody was told to review, and plans to draw from them."""

from datetime import date, datetime, timedelta

from sqlmodel import Session

from app.calls.models import Call
from app.evaluations.service import evaluate
from app.kit.db import id_of
from app.ledger.service import Actor, machine
from app.reviews.offering import Terms, arrive
from app.sampling.models import Dimension, Period
from app.sampling.service import make_plan
from app.sampling.stratifying import PlanFacts
from app.transcription.service import keep_transcript
from tests.factories import make_call
from tests.stored import GOOD, NOW, received

SAMPLED = Terms(every=False)
# The fifth of October is a Monday; what is called then is over a week later.
DAY, LATER = date(2026, 10, 5), NOW + timedelta(days=8)


def unasked(session: Session, note: str, *lines: str, on: Terms = SAMPLED, **facts: object) -> Call:
    """A scored call that comes into the queue only if something picks it."""
    call = received(session, note, **{"agent": "dana", "started_at": NOW, **facts})
    revision = keep_transcript(session, call, make_call(*(lines or GOOD)), "transcript", machine(NOW), attempt=1)
    evaluate(session, id_of(call), revision, machine(NOW))
    arrive(session, id_of(call), machine(NOW), on)
    return call


def facts(**more: object) -> PlanFacts:
    """A plan of one week that draws six calls, by agent."""
    told = {
        "name": "October",
        "period": Period.ONCE,
        "first_day": DAY,
        "last_day": DAY + timedelta(days=6),
        "size": 6,
        "seed": 4711,
        "strata": (Dimension.AGENT,),
    }
    return PlanFacts(**{**told, **more})  # type: ignore[arg-type]


def plan_of(session: Session, user: object, **more: object) -> int:
    """The id of a plan this person made."""
    return id_of(make_plan(session, user, facts(**more), Actor("Ada", NOW)))  # type: ignore[arg-type]


def later(at: datetime = LATER) -> Actor:
    """The machine, when the week is over."""
    return machine(at)
