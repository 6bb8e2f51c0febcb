"""What a mail says of notices: how many of which kind, and where to read on; never what was said or by whom."""

from collections import Counter
from collections.abc import Sequence

from app.accounts.models import User
from app.kit.i18n import N_, Translator, translator
from app.kit.mail import Letter
from app.notices.models import Kind, Notice

# Singular and plural; what a page shows to those who may see it is not told here.
SAID = {
    Kind.ASSIGNED: (N_("%(num)s review was given to you"), N_("%(num)s reviews were given to you")),
    Kind.DUE: (N_("%(num)s of your reviews is due"), N_("%(num)s of your reviews are due")),
    Kind.RELEASED: (N_("%(num)s result of your calls can be read"), N_("%(num)s results of your calls can be read")),
    Kind.DISPUTED: (
        N_("%(num)s disputed result waits for a decision"),
        N_("%(num)s disputed results wait for a decision"),
    ),
    Kind.DECIDED: (N_("%(num)s dispute was decided"), N_("%(num)s disputes were decided")),
    Kind.COACHING: (N_("%(num)s coaching note is for you"), N_("%(num)s coaching notes are for you")),
    Kind.ANSWERED: (N_("%(num)s of your notes was answered"), N_("%(num)s of your notes were answered")),
    Kind.CALIBRATION: (N_("%(num)s calibration waits for you"), N_("%(num)s calibrations wait for you")),
}
# So many addresses of a kind are written out; the inbox shows all.
MOST_LINKS = 10


def letter(user: User, notices: Sequence[Notice], public_url: str | None) -> Letter:
    """One mail about all of these, in the person's language."""
    words = translator(user.language)
    by_kind = Counter(one.kind for one in notices)
    told = [(kind, _told(kind, by_kind[kind], words)) for kind in Kind if by_kind[kind]]
    lines = [words.gettext("Hello %(name)s,") % {"name": " ".join(user.name.split())}, ""]
    for kind, said in told:
        lines += [f"{said}.", *_links(kind, notices, public_url), ""]
    if not public_url:
        lines += [words.gettext("Your inbox in Callmark shows them."), ""]
    lines += _how_to_stop(words, public_url)
    return Letter(
        to=user.email or "",
        name=user.name,
        subject=f"Callmark: {', '.join(said for _, said in told)}",
        text="\n".join(lines),
        reference=f"notices-{min(one.id or 0 for one in notices)}-{max(one.id or 0 for one in notices)}",
    )


def trial(user: User, public_url: str | None) -> Letter:
    """A mail that shows that mail arrives."""
    words = translator(user.language)
    lines = [words.gettext("Hello %(name)s,") % {"name": " ".join(user.name.split())}, ""]
    lines += [words.gettext("this is a trial: mail from Callmark arrives."), "", *_how_to_stop(words, public_url)]
    subject = words.gettext("Callmark: mail arrives")
    return Letter(user.email or "", user.name, subject, "\n".join(lines), "trial")


def _told(kind: Kind, number: int, words: Translator) -> str:
    return words.ngettext(*SAID[kind], number) % {"num": number}


def _links(kind: Kind, notices: Sequence[Notice], public_url: str | None) -> list[str]:
    """Where to read on, each address once."""
    if not public_url:
        return []
    found = dict.fromkeys(one.url for one in notices if one.kind == kind)
    return [public_url.rstrip("/") + url for url in list(found)[:MOST_LINKS]]


def _how_to_stop(words: Translator, public_url: str | None) -> list[str]:
    said = words.gettext("When you get mail, once a day or never, you choose among your settings.")
    return ["--", said, *([f"{public_url.rstrip('/')}/me"] if public_url else [])]
