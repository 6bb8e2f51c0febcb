"""Keeps every version of a scorecard that judged a call, and since when it judges."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.domain.language import LANGUAGES
from app.domain.scorecard import Scorecard
from app.ledger.service import Actor, hold, record
from app.scorecards import queries
from app.scorecards.active import Active, active, has_folder
from app.scorecards.models import ScorecardVersion
from app.scorecards.queries import InForce


def keep(session: Session, card: Scorecard, now: datetime) -> ScorecardVersion:
    """The stored version of this scorecard; stored now, if it never judged a call before."""
    known = session.get(ScorecardVersion, card.version)
    if known is None:
        known = ScorecardVersion(
            version=card.version, scorecard=card.id, content=card.model_dump(mode="json"), created_at=now
        )
        # Two workers may meet a new scorecard in the same moment; its content is the same for both.
        known = session.merge(known)
        session.flush()
    return known


def put_in_force(session: Session, chosen: Active, actor: Actor) -> None:
    """Note that this card judges from now on, so that it goes on when its file cannot be loaded any more."""
    language = chosen.card.language
    now = InForce(chosen.file, chosen.card.version)
    if not has_folder() or queries.noted_last(session, language) == now:
        return
    try:
        with session.begin_nested():
            hold(session, queries.stream(language))
            if queries.noted_last(session, language) == now:
                # Another worker met the new card in the same moment.
                return
            keep(session, chosen.card, actor.at)
            record(
                session,
                queries.stream(language),
                actor,
                queries.ACTIVE,
                file=chosen.file,
                scorecard=chosen.card.id,
                version=chosen.card.version,
            )
    except IntegrityError:
        # Somebody keeps the same card in this moment, and the next call notes that it judges.
        return


def put_all_in_force(session: Session, actor: Actor) -> None:
    """Note which cards judge from now on, or say why nothing can judge calls in one of the languages."""
    for language in LANGUAGES:
        put_in_force(session, active(session, language), actor)
