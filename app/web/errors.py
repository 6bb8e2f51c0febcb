"""What a person sees when something cannot be done: a page that says why, what is not lost, and where to go on."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response

from app.accounts.models import Role, User
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.request import Invalid, NotSignedIn, problem, request_id
from app.web.assets import AssetsNotBuilt, UnknownAsset
from app.web.rendering import render, see_other, within, words_for

TITLES = {
    400: N_("This could not be read"),
    403: N_("This is not for your role"),
    404: N_("Not found"),
    405: N_("This is not possible"),
    409: N_("This is not possible now"),
    410: N_("This is gone"),
    412: N_("Somebody was faster"),
    413: N_("This is too large"),
    422: N_("This was not accepted"),
    429: N_("Too often"),
    500: N_("Something went wrong here"),
    503: N_("Callmark cannot answer at the moment"),
}
ROLES = {
    Role.ADMIN: N_("administrators"),
    Role.SUPERVISOR: N_("supervisors"),
    Role.REVIEWER: N_("reviewers"),
    Role.AGENT: N_("agents"),
}
# What may be over in a moment, so that it is worth another try.
PASSING = (409, 429, 500, 503)
# The fields in which people write at length; of a form that is not taken, nothing else is shown again.
WRITTEN = ("text", "reply", "reason", "note", "guidance")


@dataclass(frozen=True)
class WayOn:
    """Where one can go from here."""

    href: str
    label: str


@dataclass(frozen=True)
class ErrorPage:
    """Why a page cannot be shown, or a form was not accepted; `written` is what somebody wrote in it at length."""

    template: ClassVar[str] = "error.html"
    status: int
    title: str
    message: str
    who: str
    ways: tuple[WayOn, ...]
    written: str
    request_id: str


def show_error(request: Request, error: AppError) -> Response:
    """The error as the asker reads it: a page for a browser, JSON for a script."""
    if asked_by_script(request):
        error.details.setdefault("detail", words_for(request).gettext(error.message))
        return problem(request, error)
    if isinstance(error, NotSignedIn) and "hx-request" in request.headers:
        # The part of a page that was asked for has no room for a sign-in form: the whole page gives way to it.
        shown = urlsplit(request.headers.get("hx-current-url", ""))
        return Response(status_code=error.status, headers={"HX-Redirect": _sign_in_from(shown.path, shown.query)})
    if isinstance(error, NotSignedIn) and request.method == "GET":
        return see_other(_sign_in_from(request.url.path, request.url.query))
    words = words_for(request)
    try:
        answer = render(request, _page(request, error, words), error.status)
    except (AssetsNotBuilt, UnknownAsset) as missing:
        # Without its style no page can be shown, this one neither.
        return PlainTextResponse(words.gettext(missing.message), missing.status)
    if error.status in (429, 503):
        answer.headers["Retry-After"] = "60"
    return answer


def _page(request: Request, error: AppError, words: Translator) -> ErrorPage:
    title = N_("You were signed out") if isinstance(error, NotSignedIn) else TITLES.get(error.status, TITLES[405])
    return ErrorPage(
        status=error.status,
        title=words.gettext(title),
        message=_message(error, words),
        who=_who(request, error, words),
        ways=_ways(request, error, words),
        written=_written(request),
        request_id=request_id(request),
    )


def _message(error: AppError, words: Translator) -> str:
    """Why, in the reader's language."""
    if isinstance(error, NotSignedIn):
        return words.gettext("Nothing of what you sent was saved. Sign in, then send it again.")
    if isinstance(error, Invalid):
        return words.gettext("Some fields cannot be used as they are: %(fields)s") % {"fields": ", ".join(error.fields)}
    return words.gettext(error.message)


def _who(request: Request, error: AppError, words: Translator) -> str:
    """For whom this is, and as whom one came; empty where that is not the point."""
    user: User | None = getattr(request.state, "user", None)
    roles = error.details.get("roles")
    if not isinstance(roles, tuple) or user is None:
        return ""
    allowed = words.gettext(", ").join(words.gettext(ROLES[role]) for role in roles)
    told = words.gettext("It is for %(roles)s; you are signed in as %(name)s.")
    return told % {"roles": allowed, "name": user.name}


def _ways(request: Request, error: AppError, words: Translator) -> tuple[WayOn, ...]:
    """Where to go on: back to the page one came from, to the same page again, to the start."""
    came_from = urlsplit(request.headers.get("referer", ""))
    here = request.headers.get("host") == came_from.netloc and came_from.path not in ("", "/", "/sign-in")
    back = within(came_from.path + (f"?{came_from.query}" if came_from.query else "")) if here else ""
    if isinstance(error, NotSignedIn):
        return (WayOn(_sign_in_from(back, ""), words.gettext("Sign in")),)
    ways = [WayOn("/", words.gettext("To the start page"))]
    if back and back != request.url.path:
        ways.insert(0, WayOn(back, words.gettext("Back to where you were")))
    elif request.method == "GET" and error.status in PASSING:
        query = f"?{request.url.query}" if request.url.query else ""
        ways.insert(0, WayOn(request.url.path + query, words.gettext("Try again")))
    return tuple(ways)


def _written(request: Request) -> str:
    """What somebody wrote at length in the form that was not taken, so that it is not lost; read already, or not."""
    # What was not read yet stays unread: it may be a large recording.
    form = getattr(request, "_form", None)
    values = (form.get(name) for name in WRITTEN) if form is not None else ()
    return "\n\n".join(value for value in values if isinstance(value, str) and value.strip())


def _sign_in_from(path: str, query: str) -> str:
    """The address of the sign-in page that leads back to where one was."""
    wanted = path + (f"?{query}" if query else "")
    return "/sign-in" if wanted in ("", "/") else f"/sign-in?next={quote(wanted)}"


def asked_by_script(request: Request) -> bool:
    """Whether a script of ours asked: links and forms take HTML, and say so."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted or (request.method != "GET" and "text/html" not in accepted)


def answer(request: Request, error: AppError) -> Response:
    """An error as whoever sent the request reads it: a program, or a person."""
    return problem(request, error) if request.url.path.startswith("/api/") else show_error(request, error)
