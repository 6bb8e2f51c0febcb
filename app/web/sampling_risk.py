"""For which risks calls are listened to, beside the plans and never in their estimates."""

from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, field_validator
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_set_risks
from app.kit import clock
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.request import Allow, SessionDep, actor
from app.sampling import queries, risk
from app.sampling.models import Risk
from app.sampling.risk import MOST_PER_DAY, Rule
from app.web.rendering import render, see_other, words_for
from app.web.sampling import Viewer

router = APIRouter()

Setter = Annotated[User, Allow(may_set_risks)]
TITLES = {
    Risk.CRITICAL: N_("Critical failure suspected"),
    Risk.COMPLAINT: N_("Complaint"),
    Risk.LOW_CONFIDENCE: N_("Machine unsure"),
    Risk.LONG_HOLD: N_("Long hold"),
    Risk.BANNED_WORDS: N_("Banned words"),
}
MEANINGS = {
    Risk.CRITICAL: N_("The machine fails a critical item, or cannot tell."),
    Risk.COMPLAINT: N_("A complaint is recorded about the call."),
    Risk.LOW_CONFIDENCE: N_("The machine’s verdicts on a call are, on average, less sure than the limit."),
    Risk.LONG_HOLD: N_("The customer is kept on hold for longer than the limit, at one time."),
    Risk.BANNED_WORDS: N_("The agent says an insult, a swear word, a threat or a dismissal."),
}
LIMITS = {Risk.LOW_CONFIDENCE: N_("Limit, 0 to 1"), Risk.LONG_HOLD: N_("Limit, seconds")}


class RuleForm(BaseModel):
    """A rule as it is to be."""

    model_config = ConfigDict(frozen=True)

    kind: Risk
    active: bool = False
    limit: float | None = None
    per_day: int | None = None

    @field_validator("limit", "per_day", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given


@dataclass(frozen=True)
class RuleView:
    """A rule, what it means, and how many calls it saw and picked today."""

    kind: str
    title: str
    meaning: str
    active: bool
    limit: str
    limit_label: str
    limit_step: str
    per_day: int
    seen: int
    picked: int


@dataclass(frozen=True)
class RiskPage:
    """The rules by which calls are picked for a risk."""

    template: ClassVar[str] = "sampling/risk.html"
    most: ClassVar[int] = MOST_PER_DAY
    rules: tuple[RuleView, ...]
    may_set: bool
    error: str = ""


@router.get("/sampling/risk")
def list_rules(request: Request, session: SessionDep, user: Viewer) -> Response:
    return render(request, _page(session, user, words_for(request)))


@router.post("/sampling/risk")
def set_rule(request: Request, session: SessionDep, user: Setter, given: Annotated[RuleForm, Form()]) -> Response:
    try:
        risk.set_rule(session, Rule(given.kind, given.active, given.limit, given.per_day or 0), actor(user))
    except AppError as error:
        session.rollback()
        words = words_for(request)
        return render(request, _page(session, user, words, words.gettext(error.message)), error.status)
    return see_other("/sampling/risk", "saved")


def _page(session: Session, user: User, words: Translator, error: str = "") -> RiskPage:
    today = clock.now().astimezone(UTC).date()
    counted = queries.picked_on(session, (today,))
    return RiskPage(
        tuple(_view(one, *counted.get((today, one.kind), (0, 0)), words) for one in risk.rules(session)),
        may_set_risks(user),
        error,
    )


def _view(rule: Rule, seen: int, picked: int, words: Translator) -> RuleView:
    return RuleView(
        kind=rule.kind.value,
        title=words.gettext(TITLES[rule.kind]),
        meaning=words.gettext(MEANINGS[rule.kind]),
        active=rule.active,
        limit="" if rule.limit is None else f"{rule.limit:g}",
        limit_label=words.gettext(LIMITS[rule.kind]) if rule.kind in LIMITS else "",
        limit_step="0.05" if rule.kind == Risk.LOW_CONFIDENCE else "1",
        per_day=rule.per_day,
        seen=seen,
        picked=picked,
    )
