"""How a call is left unscored, as the review screen and the queue show it: the reasons, and what may be done."""

from dataclasses import dataclass

from app.accounts.models import User
from app.accounts.policies import may_reopen
from app.domain.lifecycle import ReviewState
from app.kit.i18n import N_, Translator
from app.reviews.assignment_queries import FOR_ANYBODY
from app.reviews.models import Review
from app.reviews.set_aside import Aside

# In the order of their digits.
REASONS = {
    Aside.WRONG_NUMBER: N_("Wrong number"),
    Aside.VOICEMAIL: N_("Voicemail or answering machine"),
    Aside.NO_CUSTOMER: N_("Nobody on the line"),
    Aside.TOO_SHORT: N_("Too short to score"),
    Aside.WRONG_LANGUAGE: N_("Language that is not scored here"),
    Aside.PERSONAL: N_("A personal call"),
    Aside.OTHER: N_("Another reason (say which)"),
}


@dataclass(frozen=True)
class LeaveView:
    """How a reviewer may leave a call unscored: the reasons with their codes, and whether it is theirs to give back."""

    url: str
    reasons: tuple[tuple[str, str], ...]
    may_give_back: bool


@dataclass(frozen=True)
class AsideView:
    """Why a call was set aside, and whether this person may bring it back."""

    url: str
    reason: str
    may_bring_back: bool


def leave_view(review: Review, user: User, words: Translator) -> LeaveView | None:
    """How this person may leave an open review; None where it is one that must be scored."""
    if review.state != ReviewState.OPEN or review.purpose not in FOR_ANYBODY:
        return None
    told = tuple((code.value, words.gettext(label)) for code, label in REASONS.items())
    return LeaveView(f"/reviews/{review.id}", told, review.assigned_to == user.id)


def aside_view(review: Review, user: User, words: Translator) -> AsideView | None:
    """Why this review was set aside; None if it was not."""
    if review.state != ReviewState.SET_ASIDE or review.set_aside_reason is None:
        return None
    reason = words.gettext(REASONS[Aside(review.set_aside_reason)]) if review.set_aside_reason in REASONS else ""
    return AsideView(f"/reviews/{review.id}", reason, review.assigned_to == user.id or may_reopen(user))
