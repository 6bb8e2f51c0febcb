"""Every question of permission: what kind of thing a person may do; which rows they see is in each queries.py."""

from app.accounts.models import Role, User

STAFF = (Role.ADMIN, Role.SUPERVISOR, Role.REVIEWER)
LEADERS = (Role.ADMIN, Role.SUPERVISOR)


def may_sign_in(user: User) -> bool:
    """May this person use the product at all?"""
    return user.active


def may_see_calls(user: User) -> bool:
    """May they open calls? Which ones: `calls.queries.visible_to`."""
    return user.active


def may_upload(user: User) -> bool:
    """May they add recordings?"""
    return user.role in STAFF


def may_mend(user: User) -> bool:
    """May they correct what was heard, or the facts of a call, and have it scored again?"""
    return user.role in STAFF


def may_delete(user: User) -> bool:
    """May they delete a call, with its recording?"""
    return user.role in LEADERS


def may_see_machine_verdicts(user: User) -> bool:
    """May they see what the machine found before a person has submitted a review?"""
    return user.role in STAFF


def may_see_scorecard_faults(user: User) -> bool:
    """May they see what is wrong with the scorecards of the call centre's own?"""
    return user.role in LEADERS


def may_review(user: User) -> bool:
    """May they decide verdicts?"""
    return user.role in STAFF


def may_reopen(user: User) -> bool:
    """May they take back or reopen what was submitted? Their own review they may always."""
    return user.role in LEADERS


def may_coach(user: User) -> bool:
    """May they write coaching notes?"""
    return user.role in STAFF


def may_read_coaching(user: User) -> bool:
    """May they read coaching notes? Agents read their own."""
    return user.active


def may_record_complaints(user: User) -> bool:
    """May they keep the complaint register?"""
    return user.role in STAFF


def may_see_team(user: User) -> bool:
    """May they see a team's rates?"""
    return user.role in STAFF


def may_manage_people(user: User) -> bool:
    """May they add people, teams and API keys?"""
    return user.role == Role.ADMIN
