"""Every question of permission: what kind of thing a person may do; which rows they see is in each queries.py."""

from collections.abc import Callable
from datetime import UTC, datetime

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


def may_read_scorecards(user: User) -> bool:
    """May they read by what calls are judged? Agents read the cards that judge, without examples and versions."""
    return user.active


def may_study_scorecards(user: User) -> bool:
    """May they read the examples, word sets and versions of scorecards, and take them along as files?"""
    return user.role in STAFF


def may_edit_scorecards(user: User) -> bool:
    """May they change scorecards, try them on calls, and let them judge?"""
    return user.role in LEADERS


def may_review(user: User) -> bool:
    """May they decide verdicts?"""
    return user.role in STAFF


def may_assign(user: User) -> bool:
    """May they say who does which review, and how much each person is given?"""
    return user.role in LEADERS


def may_reopen(user: User) -> bool:
    """May they take back or reopen what was submitted? Their own review they may always."""
    return user.role in LEADERS


def may_release(user: User) -> bool:
    """May they let agents read a result before its time, or where nothing else does?"""
    return user.role in LEADERS


def may_answer_result(user: User) -> bool:
    """May they acknowledge or dispute a result, or score a call themselves? Only that of their own call."""
    return user.active


def may_read_disputes(user: User) -> bool:
    """May they read disputes? Agents read their own."""
    return user.active


def may_decide_disputes(user: User) -> bool:
    """May they decide disputes? Those of reviews that somebody else submitted, unless the settings let anyone."""
    return user.role in STAFF


def may_see_dispute_rates(user: User) -> bool:
    """May they see how often items are disputed, and with what success?"""
    return user.role in LEADERS


def may_settle(user: User) -> bool:
    """May they settle what two reviewers see differently, and see whose verdicts those are?"""
    return user.role in LEADERS


def may_calibrate(user: User) -> bool:
    """May they take part in calibrations?"""
    return user.role in STAFF


def may_lead_calibrations(user: User) -> bool:
    """May they open calibrations, end them, and agree on a reference?"""
    return user.role in LEADERS


def may_see_agreement(user: User) -> bool:
    """May they see how far reviewers agree on items? Of reviewers, they see themselves alone unless they lead."""
    return user.role in STAFF


def may_see_samples(user: User) -> bool:
    """May they see plans, what these drew, and for which risks calls are picked?"""
    return user.role in STAFF


def may_plan_samples(user: User) -> bool:
    """May they make plans and stop them? Team staff for their own team."""
    return user.role in LEADERS


def may_set_risks(user: User) -> bool:
    """May they say for which risks calls are picked? It holds for all teams: only who leads all of them."""
    return user.role == Role.ADMIN or (user.role == Role.SUPERVISOR and user.team_id is None)


def may_coach(user: User) -> bool:
    """May they write coaching notes?"""
    return user.role in STAFF


def may_edit_coaching_templates(user: User) -> bool:
    """May they change the words that coaching notes can begin with?"""
    return user.role in LEADERS


def may_see_agents(user: User) -> bool:
    """May they open an agent's page? Staff those of their team, agents their own alone."""
    return user.active


def may_share_clips(user: User) -> bool:
    """May they share a part of a call by a link, and withdraw such links?"""
    return user.role in STAFF


def may_hear_unmuted(user: User) -> bool:
    """May they hear recordings unmuted, and take along what came in? Each time is noted down."""
    return user.role in LEADERS


def may_see_who_heard(user: User) -> bool:
    """May they see who heard which recordings?"""
    return user.role == Role.ADMIN


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


def may_manage_webhooks(user: User) -> bool:
    """May they say which other systems are told of what?"""
    return user.role == Role.ADMIN


def may_see_roster(user: User) -> bool:
    """May they see who is on which team since when, who is away and who leaves? Supervisors see their team."""
    return user.role in LEADERS


def may_see_performance(user: User) -> bool:
    """May they see performance scores? Supervisors those of their team, agents their own alone."""
    return user.role in (*LEADERS, Role.AGENT)


def may_enter_performance(user: User) -> bool:
    """May they enter training, discipline and conduct of agents, and set how the parts of the score weigh?"""
    return user.role in LEADERS


def may_see_targets(user: User) -> bool:
    """May they read what is aimed at? That is no secret of a team: they read the targets of all."""
    return user.role in STAFF


def may_set_targets(user: User) -> bool:
    """May they set targets? Who leads a team, those of their team alone."""
    return user.role in LEADERS


def may_enter_facts(user: User) -> bool:
    """May they bring in what no switch knows: costs, results of exams? Who leads a team, those of their team alone."""
    return user.role in LEADERS


def may_import_lists(user: User) -> bool:
    """May they bring in lists of the switch? These are of all teams: only who leads all of them."""
    return user.role == Role.ADMIN or (user.role == Role.SUPERVISOR and user.team_id is None)


def may_set_retention(user: User) -> bool:
    """May they say how long what is kept?"""
    return user.role == Role.ADMIN


def may_hold(user: User) -> bool:
    """May they put calls on legal hold, so that nothing removes them, and lift it?"""
    return user.role == Role.ADMIN


def may_erase(user: User) -> bool:
    """May they erase what is kept about a customer who asks for it?"""
    return user.role == Role.ADMIN


def may_see_jobs(user: User) -> bool:
    """May they see what the workers do, and start failed calls again by the hundred?"""
    return user.role == Role.ADMIN


def who_may(policy: Callable[[User], bool]) -> tuple[Role, ...]:
    """The roles that a policy lets in, to be told to whoever it keeps out."""
    long_ago = datetime.min.replace(tzinfo=UTC)
    return tuple(role for role in Role if policy(User(username="", name="", role=role, created_at=long_ago)))
