"""What a person sees when something cannot be done: a page that says why and what to do."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response

from app.kit.errors import AppError
from app.request import NotSignedIn, problem, request_id
from app.web.assets import AssetsNotBuilt, UnknownAsset
from app.web.rendering import render, see_other, words_for


@dataclass(frozen=True)
class ErrorPage:
    """Why a page cannot be shown, or a form was not accepted."""

    template: ClassVar[str] = "error.html"
    status: int
    message: str
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
    page = ErrorPage(error.status, words_for(request).gettext(error.message), request_id(request))
    try:
        return render(request, page, error.status)
    except (AssetsNotBuilt, UnknownAsset) as missing:
        # Without its style no page can be shown, this one neither.
        return PlainTextResponse(words_for(request).gettext(missing.message), missing.status)


def _sign_in_from(path: str, query: str) -> str:
    """The address of the sign-in page that leads back to where one was."""
    wanted = path + (f"?{query}" if query else "")
    return "/sign-in" if wanted in ("", "/") else f"/sign-in?next={quote(wanted)}"


def asked_by_script(request: Request) -> bool:
    """Whether a script of ours asked: links and forms take HTML, and say so."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted or (request.method != "GET" and "text/html" not in accepted)
