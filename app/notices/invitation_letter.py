"""The mail that brings somebody the link by which they choose a password."""

from app.accounts.models import Purpose, User
from app.kit.i18n import N_, translator
from app.kit.mail import Letter

SUBJECTS = {
    Purpose.JOIN: N_("Callmark: your account"),
    Purpose.RESET: N_("Callmark: a new password"),
}
SAID = {
    Purpose.JOIN: N_("you have an account in Callmark. Choose how you sign in; the link works once, until %(time)s:"),
    Purpose.RESET: N_(
        "an administrator was asked for a new password for you. Choose it here; the link works once, until %(time)s:"
    ),
}
ELSE = {
    Purpose.JOIN: N_("If you do not know of this, you need do nothing."),
    Purpose.RESET: N_("Your old password works until then. If you did not ask, tell an administrator."),
}


def invitation_letter(user: User, purpose: Purpose, link: str, until: str, reference: str) -> Letter:
    """What the person of a link is told, in their language."""
    words = translator(user.language)
    lines = (
        words.gettext("Hello %(name)s,") % {"name": " ".join(user.name.split())},
        words.gettext(SAID[purpose]) % {"time": until},
        link,
        words.gettext("Your user name is %(name)s.") % {"name": user.username},
        words.gettext(ELSE[purpose]),
    )
    return Letter(user.email or "", user.name, words.gettext(SUBJECTS[purpose]), "\n\n".join(lines) + "\n", reference)
