"""What of the programme can wait in an inbox: reviews that others gave me, and disputes to decide or decided."""

from sqlmodel import Session

from app.accounts.models import User
from app.calls.models import Call
from app.kit.i18n import Translator
from app.reviews import dispute_queries
from app.reviews import queries as reviews
from app.reviews.models import Dispute
from app.reviews.queries import Waiting
from app.web.inbox_kinds import LOOKED_AT, SHOWN, Entry, Found, Waits, agents_of, called, due
from app.web.released import DISPUTES, card_of


def given_reviews(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Reviews that are this person's to do and that they have not begun, whoever gave or handed them over."""
    rows, _ = reviews.queue(session, user, LOOKED_AT, Waiting(mine=True))
    found = [(review, call) for review, call in rows if review.opened_by != user.id][:SHOWN]
    names = agents_of(session, [call for _, call in found])
    return words.gettext("Given to you to review"), tuple(
        Entry(
            url=f"/reviews/{review.id}",
            title=called(call, names, words),
            detail=due(review, waits, words),
            at=review.assigned_at or review.created_at,
            came=review.assigned_at or review.created_at,
            glyph="→",
            tone="caution" if review.due_at <= waits.now else "neutral",
        )
        for review, call in found
    )


def disputes_to_decide(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """Results that agents dispute, but for verdicts of this person's own."""
    rows = dispute_queries.disputes(session, user, is_open=True, size=LOOKED_AT).items
    found = [one for one in rows if one.by_before != user.id][:SHOWN]
    return words.gettext("Disputes to decide"), _entries(session, found, words, is_open=True)


def decided_disputes(session: Session, user: User, waits: Waits, words: Translator) -> Found:
    """What was decided lately about this agent's disputes, or about verdicts of this person."""
    found = list(dispute_queries.decided_since(session, user, waits.since, SHOWN))
    return words.gettext("Decided disputes"), _entries(session, found, words, is_open=False)


def _entries(session: Session, found: list[Dispute], words: Translator, is_open: bool) -> tuple[Entry, ...]:
    around = dispute_queries.around(session, found)
    names = agents_of(session, [call for _, call in around.values()])

    def entry(one: Dispute, call: Call) -> Entry:
        at = one.opened_at if is_open else one.decided_at or one.opened_at
        shown, card = DISPUTES[one.outcome], card_of(session, around[one.review_id][0])
        title = next((card.text(item.title, words.language) for item in card.items if item.id == one.item_id), "")
        return Entry(
            url=f"/disputes/{one.id}",
            title=called(call, names, words),
            detail=title if is_open else f"{title} · {words.gettext(shown.word)}",
            at=at,
            came=at,
            glyph=shown.glyph,
            tone=shown.tone,
        )

    return tuple(entry(one, around[one.review_id][1]) for one in found if one.review_id in around)
