"""What the ledger is told of a change of the roster."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.roster_import import Applied
from app.kit.db import id_of
from app.ledger.service import Actor, record_account

# A mail address is nobody else's business.
FACTS = ("name", "role")


def record_import(session: Session, by: Actor, file_name: str, applied: Sequence[Applied]) -> None:
    """Tell what a file changed, of each person and in all."""
    for one in applied:
        _record(session, by, one)
    record_account(
        session,
        by,
        "roster.imported",
        file_name=file_name,
        added=sum(one.plan.is_new for one in applied),
        changed=sum(not one.plan.is_new for one in applied),
        left=sum(one.plan.changed("left_on") and one.user.left_on is not None for one in applied),
    )


def record_team(session: Session, by: Actor, user: User, team: str, since: date | str) -> None:
    """Tell that a person is on a team, or on none (""), from a day on."""
    record_account(session, by, "user.team_from", user_id=id_of(user), team=team, since=str(since))


def record_withdrawn(session: Session, by: Actor, user: User, since: date) -> None:
    """Tell that a person did not come to another team on that day."""
    record_account(session, by, "user.team_from", user_id=id_of(user), withdrawn=since.isoformat())


def record_absence(session: Session, by: Actor, user: User) -> None:
    """Tell on which days a person is away."""
    first, last = user.absent_from, user.absent_until
    record_account(session, by, "user.absent", user_id=id_of(user), from_=first, until=last)


def record_leaving(session: Session, by: Actor, user: User) -> None:
    """Tell which day is the last of a person."""
    record_account(session, by, "user.left", user_id=id_of(user), on=user.left_on)


def record_languages(session: Session, by: Actor, user: User, before: Sequence[str]) -> None:
    """Tell in which languages a person reviews."""
    record_account(session, by, "user.languages", user_id=id_of(user), old=list(before), new=user.languages)


def _record(session: Session, by: Actor, one: Applied) -> None:
    user, plan = one.user, one.plan
    new = {change.column: change.new for change in plan.changes}
    old = {change.column: change.old for change in plan.changes}
    if plan.is_new:
        facts: dict[str, Any] = {"name": user.name, "username": user.username, "role": user.role.value}
        record_account(session, by, "user.added", user_id=id_of(user), team=new.get("team", ""), **facts)
    elif plan.changed(*FACTS):
        changed: dict[str, Any] = {name: {"old": old[name], "new": new[name]} for name in FACTS if name in new}
        record_account(session, by, "user.changed", user_id=id_of(user), **changed)
    if not plan.is_new and plan.changed("team", "since"):
        record_team(session, by, user, str(plan.row.values.get("team") or new.get("team", "")), new.get("since", ""))
    if plan.changed("left_on"):
        record_leaving(session, by, user)
    if plan.changed("absent_from", "absent_until"):
        record_absence(session, by, user)
    if plan.changed("languages"):
        record_languages(session, by, user, old["languages"].split())
