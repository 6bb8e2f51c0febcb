"""Shows a page: its template, its one typed context, and the frame around it in the reader's language."""

import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Protocol

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from app.accounts.models import Role, User
from app.kit.db import id_of
from app.kit.i18n import LANGUAGES, N_, Translator, preferred_language, translator
from app.kit.shipped import shipped
from app.web.assets import asset
from app.web.navigation import Navigation, navigation

LANG_TAGS = {"en": "en", "zh": "zh-CN", "ja": "ja"}
THEME_COOKIE = "callmark_theme"
THEMES = ("light", "dark")


class Page(Protocol):
    """What a template is given; `template` is its path below frontend/templates."""

    template: ClassVar[str]


@dataclass(frozen=True)
class Flash:
    """What was just done, told on the page that follows."""

    tone: str
    text: str


@dataclass(frozen=True)
class Reader:
    """The signed-in person as the frame shows them; `seen` is when they last saw their inbox, as a number."""

    id: int
    name: str
    initials: str
    role: Role
    seen: int


# What a redirect may announce: /calls?notice=deleted.
NOTICES = {
    "added": N_("Added."),
    "saved": N_("Saved."),
    "settled": N_("Settled: what counts stays as it is, this is the reference."),
    "calibration_opened": N_("The calibration is open; everybody who takes part is told."),
    "calibration_closed": N_("The calibration is closed, and its reference is kept."),
    "password_changed": N_("The password is changed; everywhere else you are signed out."),
    "signed_out": N_("Signed out there."),
    "deleted": N_("The call is deleted."),
    "submitted": N_("Submitted."),
    "withdrawn": N_("The link is withdrawn: it opens nothing any more."),
    "retracted": N_("The review is retracted: it does not count any more."),
    "reopened": N_("The review is open again."),
    "sent": N_("Sent."),
    "acknowledged": N_("Acknowledged."),
    "coached": N_("Done: nothing of this note waits any more."),
    "discarded": N_("The draft is thrown away."),
    "removed": N_("Removed."),
    "started": N_("It is being worked on again."),
    "recorded": N_("The complaint is recorded."),
    "mended": N_("Corrected, and scored again."),
    "outdated": N_("Scored again; some verdicts rest on evidence that has changed, please look at them again."),
    "rescored": N_("Scored again by today’s scorecard and rules."),
    "unchanged": N_("Nothing has changed since this call was scored."),
    "hearing": N_("Saved; the call is being heard again in its new language."),
    "rescoring": N_("The calls are being scored again."),
    "queued": N_("The call is in the review queue."),
    "published": N_("Published: calls are judged by it from now on."),
    "draft_discarded": N_("The draft is thrown away."),
    "imported": N_("Here is your draft. Read the remarks above each item: they tell what was guessed."),
    "mailed": N_("The trial mail is handed in; look into your mailbox."),
    "roster_imported": N_("The roster is imported. Calls of those who were moved follow within a minute or so."),
    "team_noted": N_("Noted. The calls since that day follow within a minute or so."),
    "planned": N_("The plan is kept."),
    "drawn": N_("Drawn. The calls come into the queue within a minute or so."),
    "set_aside": N_("Set aside. You can bring it back from the queue."),
    "brought_back": N_("The call is back in the queue."),
    "claimed": N_("It is yours now."),
    "given_back": N_("Given back; somebody else takes it up."),
    "assigned": N_("Assigned."),
    "shared_out": N_("Shared out."),
    "handed_over": N_("Handed over."),
    "queue_empty": N_("Nothing is left to review."),
    "released": N_("Released: the agent reads it now."),
    "result_acknowledged": N_("You have acknowledged the result."),
    "disputed": N_("Your dispute is sent; another person decides it."),
    "dispute_withdrawn": N_("Your dispute is withdrawn."),
    "dispute_decided": N_("Decided; the agent is told."),
    "self_scored": N_("Your own score is kept."),
    "held": N_("On hold: nothing removes these calls until the hold is lifted."),
    "lifted": N_("The hold is lifted."),
    "erasing": N_("It is being erased; this page says how far it has come."),
}


def render(request: Request, page: Page, status: int = 200) -> HTMLResponse:
    """The page as HTML, for whoever is signed in."""
    words = words_for(request)
    user: User | None = getattr(request.state, "user", None)
    theme = request.cookies.get(THEME_COOKIE, "")
    template = environment(words.language).get_template(page.template)
    html = template.render(
        page=page,
        lang=LANG_TAGS[words.language],
        theme=theme if theme in THEMES else "",
        nav=navigation(user, request.url.path, words) if user else Navigation(),
        user=_reader(user) if user else None,
        flashes=_flashes(request, words),
        asset=asset,
    )
    return HTMLResponse(html, status)


def see_other(url: str, notice: str | None = None) -> Response:
    """Go on to another page, which may announce what was done (one of NOTICES)."""
    if notice:
        url += ("&" if "?" in url else "?") + f"notice={notice}"
    return RedirectResponse(url, 303)


def within(wanted: str, otherwise: str = "/") -> str:
    """The address to go on to, if it is one of ours."""
    return wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else otherwise


def words_for(request: Request) -> Translator:
    """The reader's language: their own setting, else their browser's."""
    user: User | None = getattr(request.state, "user", None)
    return translator(user.language if user else preferred_language(request.headers.get("accept-language", "")))


def initials(name: str) -> str:
    """Up to two letters for a person: of first and last name, or the first character of one without spaces."""
    parts: list[str] = re.findall(r"\w+", name)
    if not parts:
        return "?"
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


class CompiledOnce(BytecodeCache):
    """What templates were compiled to: the same in every language, and compiling them takes long."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (known := self._compiled.get(bucket.key)) is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


def read_templates() -> None:
    """Read every template in every language, so that the first reader of a page does not wait for it."""
    for language in LANGUAGES:
        templates = environment(language)
        for name in templates.list_templates(extensions=["html"]):
            templates.get_template(name)


@cache
def environment(language: str) -> Environment:
    """The templates, in one language."""
    made = Environment(
        loader=FileSystemLoader(shipped("frontend/templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_compiled,
    )
    made.install_gettext_translations(translator(language), newstyle=True)  # type: ignore[attr-defined]
    return made


_compiled = CompiledOnce()


def _reader(user: User) -> Reader:
    seen = round(user.inbox_seen_at.timestamp()) if user.inbox_seen_at else 0
    return Reader(id_of(user), user.name, initials(user.name), user.role, seen)


def _flashes(request: Request, words: Translator) -> tuple[Flash, ...]:
    notice = NOTICES.get(request.query_params.get("notice", ""))
    return (Flash("pass", words.gettext(notice)),) if notice else ()
