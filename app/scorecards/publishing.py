"""A person lets another version of a scorecard judge from now on; the ledger tells who, when and why."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.domain.scorecard import Scorecard
from app.kit.errors import AppError
from app.ledger.service import Actor, record
from app.scorecards import drafts, queries
from app.scorecards.active import active, has_folder
from app.scorecards.faults import Weight
from app.scorecards.loader import shipped_card, understood
from app.scorecards.models import ScorecardDraft
from app.scorecards.service import keep

LONGEST_NOTE = 1000


class PublishedByFile(AppError):
    """Here the files of a folder judge (CALLMARK_SCORECARD_DIR): download the YAML, and put it into that folder."""

    code = "published_by_file"
    status = 409


class NoteMissing(AppError):
    """Say why in a few words: whoever is judged by it will ask."""

    code = "note_missing"
    status = 422


class NotChecked(AppError):
    """The scorecard was changed after it was checked; check it again, then publish it."""

    code = "not_checked"
    status = 409


class NotPublishable(AppError):
    """The scorecard has faults, or examples that are judged otherwise than they say; mend them first."""

    code = "not_publishable"
    status = 409


class JudgesAlready(AppError):
    """This version judges already."""

    code = "judges_already"
    status = 409


class PublishedMeanwhile(AppError):
    """Somebody published another version meanwhile; look at what changed, then publish yours."""

    code = "published_meanwhile"
    status = 409


def publish_draft(session: Session, draft: ScorecardDraft, note: str, replaces: str, actor: Actor) -> Scorecard:
    """Let a checked draft judge from now on; the draft is used up by it."""
    faults = drafts.found(draft)
    if faults is None:
        raise NotChecked
    if any(fault.weight == Weight.FAULT for fault in faults):
        raise NotPublishable
    card = understood(draft.scorecard, draft.content)
    publish(session, card, note, replaces, actor, source=draft.content)
    drafts.discard(session, draft.user_id, draft.scorecard)
    return card


def publish(
    session: Session, card: Scorecard, note: str, replaces: str, actor: Actor, *, source: str | None = None
) -> None:
    """Let this version judge calls in its language from now on, in place of the version `replaces`."""
    version = keep(session, card, actor.at)
    if source is not None:
        version.source = source
        session.add(version)
    _note(session, card, note, replaces, actor, is_shipped=False)


def publish_shipped(session: Session, language: str, note: str, replaces: str, actor: Actor) -> None:
    """Let the shipped scorecard of a language judge again, also as later releases change it."""
    _note(session, shipped_card(language), note, replaces, actor, is_shipped=True)


def _note(session: Session, card: Scorecard, note: str, replaces: str, actor: Actor, *, is_shipped: bool) -> None:
    if has_folder():
        raise PublishedByFile
    if not note.strip():
        raise NoteMissing
    now = active(session, card.language)
    if now.card.version != replaces:
        raise PublishedMeanwhile
    if now.card.version == card.version and now.is_published != is_shipped:
        raise JudgesAlready
    try:
        with session.begin_nested():
            record(
                session,
                queries.stream(card.language),
                actor,
                queries.PUBLISHED,
                file="",
                scorecard=card.id,
                version=card.version,
                old_scorecard=now.card.id,
                old_version=now.card.version,
                shipped=is_shipped,
                note=note.strip()[:LONGEST_NOTE],
            )
    except IntegrityError as error:
        raise PublishedMeanwhile from error
