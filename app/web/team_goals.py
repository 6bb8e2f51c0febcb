"""What a team's rates are held against: what is asked for in the address, else what was set, else a suggestion."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from app.accounts.models import Team
from app.reports.wording import number
from app.targets.holding import Targets
from app.targets.queries import all_targets

PASS_RATE, ATTITUDE = "monitoring_pass_rate", "attitude_complaint_rate"
# Suggestions only: every house sets its own.
TARGET, LIMIT = 90.0, 2.5


class Says(StrEnum):
    """Who says what is to be reached."""

    ASKED = "asked"
    SET = "set"
    SUGGESTED = "suggested"


@dataclass(frozen=True)
class Goal:
    """What is to be reached, in percent or per 1,000, and who says so."""

    value: float
    says: Says

    @property
    def told(self) -> str:
        return number(self.value)

    @property
    def asked(self) -> str:
        """As it stands in the form: empty where it was not asked for."""
        return f"{self.value:g}" if self.says == Says.ASKED else ""


@dataclass(frozen=True)
class Goals:
    """The target of the pass rate, the limit of complaints, and all targets that were set."""

    target: Goal
    limit: Goal
    known: Targets


def goals(known: Targets, team: Team, day: date, target: float | None, limit: float | None) -> Goals:
    """What holds for a team on a day, unless the address says otherwise."""
    found = known.at(PASS_RATE, day=day, team_id=team.id)
    return Goals(_goal(target, 100 * found.value if found else None, TARGET), _goal(limit, None, LIMIT), known)


def known_targets(session: Session) -> Targets:
    """All targets, asked once."""
    return all_targets(session)


def _goal(asked: float | None, set_one: float | None, suggested: float) -> Goal:
    if asked is not None:
        return Goal(asked, Says.ASKED)
    return Goal(suggested, Says.SUGGESTED) if set_one is None else Goal(round(set_one, 6), Says.SET)
