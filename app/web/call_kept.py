"""What of a call was removed, by which policy, and whether somebody holds it."""

from dataclasses import dataclass

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_hold
from app.calls.models import Call
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.retention import queries
from app.retention.models import SITE
from app.web.times import Moment, moment, zone_of


@dataclass(frozen=True)
class KeptView:
    """Since when the sound and the words are gone, after how many days, by whose policy; the numbers of the holds."""

    sound: Moment | None
    sound_days: int | None
    words: Moment | None
    words_days: int | None
    whose: str
    holds: tuple[int, ...]
    may_hold: bool


def kept_view(session: Session, user: User, call: Call, words: Translator) -> KeptView:
    """What is kept of this call, as far as anything is to be said of it."""
    zone, noted = zone_of(session, user), queries.aged(session, id_of(call))
    team = accounts.team(session, noted.policy_team_id) if noted and noted.policy_team_id != SITE else None
    return KeptView(
        sound=moment(call.sound_removed_at, zone) if call.sound_removed_at else None,
        sound_days=noted.sound_days if noted else None,
        words=moment(call.words_removed_at, zone) if call.words_removed_at else None,
        words_days=noted.words_days if noted else None,
        whose=team.name if team else words.gettext("the site"),
        holds=tuple(id_of(one) for one in queries.holds_on(session, id_of(call))),
        may_hold=may_hold(user),
    )
