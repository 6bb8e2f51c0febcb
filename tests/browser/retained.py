"""Calls of which something is gone, or must not go, and what a customer had erased."""

from datetime import date

from sqlmodel import Session

from app.accounts.models import User
from app.calls.models import Call
from app.contacts.sums import Terms
from app.kit import clock, db
from app.kit.db import id_of
from app.request import actor
from app.retention import aging, erasing, holds, policies
from app.retention.erasing import Eraser
from app.retention.holds import Meant
from app.retention.models import SITE, Erased
from app.retention.policies import Kept
from app.reviews.models import Review
from tests.browser.conftest import Site

WHY_HELD = "Case 2026-17, asked for by counsel"
WHY_LIFTED = "Settled out of court"
REQUEST = "DSR-2026-0007"
LONG_GONE = date(2010, 1, 1)


def retained(site: Site) -> dict[str, int]:
    """A call that is aged, one on hold, one that was erased, one whose erasure waits; a hold that was lifted."""
    reviewed = {name: site.review(note=name) for name in ("aged", "held", "erased", "waiting", "lifted")}
    of = {name: _call(site, review) for name, review in reviewed.items()}
    ada = site.cast.ada
    with db.session(site.engine) as session:
        policies.set_policy(session, SITE, Kept(3650, 5000), ada, actor(ada))
        policies.set_policy(session, id_of(site.cast.team_b), Kept(None, 730), ada, actor(ada))
        session.get_one(Call, of["aged"]).site_day = LONG_GONE
        lifted = holds.put(session, Meant(call_ids=(of["lifted"],)), WHY_HELD, ada, actor(ada))
        holds.lift(session, id_of(lifted), WHY_LIFTED, ada, actor(ada))
    aging.age(site.engine, site.blobs, clock.now())
    with db.session(site.engine) as session:
        done = _erase(session, of["erased"], ada)
        waits = _erase(session, of["waiting"], ada)
    with db.session(site.engine) as session:
        meant = Meant(call_ids=(of["held"], of["waiting"]))
        held = id_of(holds.put(session, meant, WHY_HELD, ada, actor(ada)))
    erasing.sweep(Eraser(site.engine, site.blobs, site.queue, Terms()), clock.now())
    return {
        "aged_call": of["aged"],
        "aged_review": reviewed["aged"],
        "held_call": of["held"],
        "hold": held,
        "lifted_hold": id_of(lifted),
        "erasure": done,
        "waiting_erasure": waits,
    }


def _call(site: Site, review: int) -> int:
    with db.session(site.engine, reads_only=True) as session:
        return session.get_one(Review, review).call_id


def _erase(session: Session, call_id: int, user: User) -> int:
    return id_of(erasing.ask(session, [(Erased.CALL, call_id)], REQUEST, user, actor(user)))
