"""Words that a note can begin with: those that come with the product, and those that a call centre writes itself."""

from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.models import Role, User
from app.coaching import queries
from app.coaching.models import CoachingTemplate
from app.coaching.written import LONGEST_LINE, LONGEST_TEXT, plain
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.kit.i18n import N_
from app.ledger.service import Actor


class TemplateEmpty(AppError):
    """Give the template a title of up to 200 characters, and words of up to 5,000 each."""

    code = "template_empty"
    status = 422


@dataclass(frozen=True)
class TemplateTexts:
    """The words of a template; {time}, {item} and {agent} are filled in where it is used."""

    title: str
    strength: str = ""
    heard: str = ""
    effect: str = ""
    advice: str = ""


# Read in the reader's language; they cannot be changed, but a template of one's own can begin with them.
SHIPPED = {
    "one_thing": TemplateTexts(
        N_("One thing to change"),
        N_("What went well in this call:"),
        N_("At {time} I heard:"),
        N_("For the customer this meant:"),
        N_("Next time, try:"),
    ),
    "hold": TemplateTexts(
        N_("Putting a customer on hold"),
        N_("You stayed with the customer’s question until it was clear what to look up."),
        N_("At {time} the hold began; before it I did not hear why, or how long it would take."),
        N_("The customer waits without knowing for what, and a minute of silence feels like three."),
        N_(
            "Say why, ask for leave and name a time: “May I put you on hold for about a minute while I check this?” "
            "Come back within it, and thank for waiting."
        ),
    ),
    "identity": TemplateTexts(
        N_("Checking who is calling"),
        N_("You were friendly while you asked for the details."),
        N_("At {time} account details were given before the check was complete."),
        N_("Somebody else could have been told what is the customer’s alone."),
        N_("Finish every question of the check first, and say why you ask: it protects their account."),
    ),
    "listening": TemplateTexts(
        N_("Listening and saying it back"),
        N_("You let the customer finish at the beginning of the call."),
        N_("At {time} the answer came before the customer had finished."),
        N_("The customer said it all again, and the call grew longer."),
        N_("Wait for the pause, then say in one sentence what you understood before you answer."),
    ),
    "closing": TemplateTexts(
        N_("Closing the call"),
        N_("The customer’s question was answered."),
        N_("At {time} the call ended without a summary, and without asking whether anything was left."),
        N_("The customer may call again to ask what happens next."),
        N_("Say in one sentence what happens next and by when, ask whether anything is left, and thank for the call."),
    ),
}


def add_template(
    session: Session, user: User, team_id: int | None, texts: TemplateTexts, actor: Actor
) -> CoachingTemplate:
    """Keep a template for a team, or for everybody."""
    made = CoachingTemplate(team_id=None, title="", changed_at=actor.at, changed_by=id_of(user))
    return _keep(session, user, made, team_id, texts, actor)


def change_template(
    session: Session, user: User, template_id: int, team_id: int | None, texts: TemplateTexts, actor: Actor
) -> CoachingTemplate:
    """Give a template other words, or to others."""
    found = queries.template(session, user, template_id)
    _check_leads(user, found.team_id)
    return _keep(session, user, found, team_id, texts, actor)


def remove_template(session: Session, user: User, template_id: int) -> None:
    """Remove a template; notes that were written with it keep their words."""
    found = queries.template(session, user, template_id)
    _check_leads(user, found.team_id)
    session.delete(found)
    session.flush()


def leads(user: User, team_id: int | None) -> bool:
    """Whether this person may change the templates of a team, or (None) everybody's."""
    return user.role == Role.ADMIN or user.team_id is None or user.team_id == team_id


def _keep(
    session: Session, user: User, row: CoachingTemplate, team_id: int | None, texts: TemplateTexts, actor: Actor
) -> CoachingTemplate:
    _check_leads(user, team_id)
    title, *said = (plain(one) for one in (texts.title, texts.strength, texts.heard, texts.effect, texts.advice))
    if not 0 < len(title) <= LONGEST_LINE or not any(said) or max(map(len, said)) > LONGEST_TEXT:
        raise TemplateEmpty
    row.team_id, row.title = team_id, title
    row.strength, row.heard, row.effect, row.advice = said
    row.changed_at, row.changed_by = actor.at, id_of(user)
    session.add(row)
    session.flush()
    return row


def _check_leads(user: User, team_id: int | None) -> None:
    if not leads(user, team_id):
        raise Forbidden("A supervisor changes the templates of their own team; everybody’s are the administrator’s.")
