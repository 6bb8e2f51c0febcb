"""How long what is kept: the policies of the site and of teams."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.policies import may_set_retention
from app.api.conditional import IfMatch
from app.api.parameters import Moment, PageOut, team_name, username
from app.api.routing import api_router
from app.kit import clock
from app.kit.errors import NotFound
from app.request import Client, KeyFor, SessionDep
from app.retention import policies, queries
from app.retention.models import SITE, RetentionPolicy
from app.retention.policies import LONGEST_DAYS, Kept

router = api_router("/retention/policies", ["retention"])

Administrator = Annotated[Client, KeyFor(may_set_retention, Scope.ADMIN)]
TeamId = Annotated[
    int, Path(ge=0, lt=2**31, description="The team's id; 0: the site, for teams without a policy.", examples=[0])
]


class PolicyIn(BaseModel):
    """For how many days after the day of a call its sound and its words are kept; null: for ever."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sound_days: int | None = Field(
        None, ge=1, le=LONGEST_DAYS, strict=True, description="Recordings; null: for ever.", examples=[180]
    )
    words_days: int | None = Field(
        None,
        ge=1,
        le=LONGEST_DAYS,
        strict=True,
        description="Transcripts, quotations, notes, names; null: for ever.",
        examples=[730],
    )


class PolicyOut(BaseModel):
    """How long the calls of a team are kept, and what is about to go."""

    team_id: int = Field(description="The team's id; 0: the site.", examples=[0])
    team: str | None = Field(description="Name of the team; null: the site.", examples=["Team A"])
    sound_days: int | None = Field(description="Recordings are kept so long; null: for ever.", examples=[180])
    words_days: int | None = Field(description="Words are kept so long; null: for ever.", examples=[730])
    due_sound: int = Field(description="Calls whose recording is removed next.", examples=[12])
    due_words: int = Field(description="Calls whose words are removed next.", examples=[3])
    held: int = Field(description="Calls that would be, but are on legal hold.", examples=[0])
    set_by: str | None = Field(description="User name of who set it.", examples=["ada"])
    set_at: Moment = Field(description="When it was set (RFC 3339).", examples=["2026-10-01T02:00:00Z"])


@router.get("")
def list_policies(client: Administrator, session: SessionDep) -> PageOut[PolicyOut]:
    """All policies, that of the site first."""
    items = [_shown(session, one) for one in queries.policies(session)]
    return PageOut(items=items, next_cursor=None, total=len(items))


@router.get("/{team_id}")
def get_policy(team_id: TeamId, client: Administrator, session: SessionDep) -> PolicyOut:
    """The policy of one team, or of the site."""
    return _shown(session, _known(session, team_id))


@router.put("/{team_id}")
def set_policy(
    team_id: TeamId, given: PolicyIn, client: Administrator, session: SessionDep, if_match: IfMatch
) -> PolicyOut:
    """Say how long calls are kept; what is kept for longer by then is removed within a minute, for good."""
    known = queries.policy(session, team_id)
    if known is not None:
        if_match.check(_shown(session, known))
    kept = Kept(given.sound_days, given.words_days)
    return _shown(session, policies.set_policy(session, team_id, kept, client.user, client.actor))


@router.delete("/{team_id}", status_code=204)
def remove_policy(team_id: TeamId, client: Administrator, session: SessionDep, if_match: IfMatch) -> None:
    """From now on the policy of the site holds for a team; without one of the site, all is kept for ever."""
    if_match.check(_shown(session, _known(session, team_id)))
    policies.remove_policy(session, team_id, client.actor)


def _known(session: Session, team_id: int) -> RetentionPolicy:
    found = queries.policy(session, team_id)
    if found is None:
        raise NotFound
    return found


def _shown(session: Session, policy: RetentionPolicy) -> PolicyOut:
    today = clock.now().date()
    on = next(one for one in queries.periods(session) if one.team_id == policy.team_id)
    due = queries.due(session, on, today)
    return PolicyOut(
        team_id=policy.team_id,
        team=None if policy.team_id == SITE else team_name(session, policy.team_id),
        sound_days=policy.sound_days,
        words_days=policy.words_days,
        due_sound=due.sound,
        due_words=due.words,
        held=queries.held_back(session, on, today),
        set_by=username(session, policy.set_by),
        set_at=policy.set_at,
    )
