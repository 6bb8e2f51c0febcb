"""The life of a review: every state it can be in, and what leads from one to another; docs/lifecycle.md draws it."""

from enum import StrEnum


class ReviewState(StrEnum):
    """Where a review is: waiting, out of scope, counted, read by the agent, in dispute, taken back, only compared."""

    OPEN = "open"
    SET_ASIDE = "set_aside"
    SUBMITTED = "submitted"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"
    DISPUTED = "disputed"
    RESOLVED = "resolved"
    RETRACTED = "retracted"
    COMPARED = "compared"


class Act(StrEnum):
    """What is done to a review."""

    DECIDE = "decide"
    SET_ASIDE = "set_aside"
    BRING_BACK = "bring_back"
    SUBMIT = "submit"
    COMPARE = "compare"
    RELEASE = "release"
    TAKE_BACK = "take_back"
    ACKNOWLEDGE = "acknowledge"
    DISPUTE = "dispute"
    ANSWER = "answer"
    RESOLVE = "resolve"
    CARRY_OVER = "carry_over"
    REOPEN = "reopen"
    RETRACT = "retract"


_OPEN, _ASIDE, _RETRACTED = ReviewState.OPEN, ReviewState.SET_ASIDE, ReviewState.RETRACTED
_SUBMITTED, _RELEASED, _ACKNOWLEDGED = ReviewState.SUBMITTED, ReviewState.RELEASED, ReviewState.ACKNOWLEDGED
_DISPUTED, _RESOLVED, _COMPARED = ReviewState.DISPUTED, ReviewState.RESOLVED, ReviewState.COMPARED

# The result counts in the final rates.
COUNTING = (_SUBMITTED, _RELEASED, _ACKNOWLEDGED, _DISPUTED, _RESOLVED)
# The agent may read the result.
TOLD = (_RELEASED, _ACKNOWLEDGED, _DISPUTED, _RESOLVED)

# From where, by what, to where; what is not written here cannot happen.
NEXT: dict[tuple[ReviewState, Act], ReviewState] = {
    (_OPEN, Act.DECIDE): _OPEN,
    (_OPEN, Act.CARRY_OVER): _OPEN,
    (_OPEN, Act.SET_ASIDE): _ASIDE,
    (_ASIDE, Act.BRING_BACK): _OPEN,
    (_OPEN, Act.SUBMIT): _SUBMITTED,
    # Given beside the review that counts: a second scoring, a calibration, an agent's own score.
    (_OPEN, Act.COMPARE): _COMPARED,
    (_SUBMITTED, Act.RELEASE): _RELEASED,
    (_RELEASED, Act.ACKNOWLEDGE): _ACKNOWLEDGED,
    (_RELEASED, Act.DISPUTE): _DISPUTED,
    # One item after the other may be disputed, and is answered; the last answer resolves.
    (_DISPUTED, Act.DISPUTE): _DISPUTED,
    (_DISPUTED, Act.ANSWER): _DISPUTED,
    (_DISPUTED, Act.RESOLVE): _RESOLVED,
    (_RESOLVED, Act.ACKNOWLEDGE): _ACKNOWLEDGED,
    (_RESOLVED, Act.DISPUTE): _DISPUTED,
    **{(state, Act.CARRY_OVER): state for state in (*COUNTING, _RETRACTED, _ASIDE)},
    # The call turns out to be another agent's: who read the result had no business with it.
    **{(state, Act.TAKE_BACK): _SUBMITTED for state in (_RELEASED, _ACKNOWLEDGED, _RESOLVED)},
    # Who has asked is owed an answer first, so nothing leads out of a dispute but that.
    **{(state, Act.REOPEN): _OPEN for state in (_SUBMITTED, _RELEASED, _ACKNOWLEDGED, _RESOLVED, _RETRACTED)},
    **{(state, Act.RETRACT): _RETRACTED for state in (_SUBMITTED, _RELEASED, _ACKNOWLEDGED, _RESOLVED)},
}


def after(state: ReviewState, act: Act) -> ReviewState | None:
    """The state that an act leads to; None where it cannot be done."""
    return NEXT.get((state, act))
