"""Entity tags: nothing is sent twice that has not changed, and nothing is changed that somebody changed meanwhile."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from app.kit.errors import AppError

TAG = re.compile(r'(?:W/)?"([^"]*)"')


class ChangedMeanwhile(AppError):
    """This was changed after you read it; read it again, then change it (If-Match names the ETag that you read)."""

    code = "precondition_failed"
    status = 412


class TagMissing(AppError):
    """Say which state you are changing: send its ETag as If-Match."""

    code = "precondition_required"
    status = 428


def tag_of(content: Any) -> str:
    """The tag of a JSON value: the `version` that it has, if it has one, and a hash of all of it."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    version = content.get("version") if isinstance(content, dict) else None
    return f'"{version}.{digest}"' if type(version) is int else f'"{digest}"'


@dataclass(frozen=True)
class Precondition:
    """In which state a client wants to change something; an empty one: in any."""

    tags: frozenset[str]

    def check(self, now: BaseModel) -> None:
        """Refuse if it is in another state now; of what has a `version`, that alone decides.

        `now` is what a GET of it answers. The row must be locked, or the change must be refused by its version too.
        """
        if not self.tags or "*" in self.tags:
            return
        tag = tag_of(now.model_dump(mode="json", by_alias=True)).strip('"')
        if tag not in self.tags and _version(tag) not in {_version(one) for one in self.tags}:
            raise ChangedMeanwhile


def if_match(
    if_match: Annotated[
        str | None,
        Header(
            max_length=1000,
            description="`ETag` of the state that you read: refused with 412 if it was changed since.",
            examples=['"3.9f86d081884c7d65"'],
        ),
    ] = None,
) -> Precondition:
    """The state that a change may be made in."""
    if if_match is None:
        return Precondition(frozenset())
    # What is no tag at all matches nothing.
    return Precondition(frozenset(["*"] if if_match.strip() == "*" else TAG.findall(if_match) or [""]))


IfMatch = Annotated[Precondition, Depends(if_match)]


def if_match_needed(given: IfMatch) -> Precondition:
    """The same, where a change without it is refused."""
    if not given.tags:
        raise TagMissing
    return given


IfMatchNeeded = Annotated[Precondition, Depends(if_match_needed)]


def if_none_match(
    if_none_match: Annotated[
        str | None,
        Header(
            max_length=1000,
            description="`ETag` of what you have: the answer is 304, without a body, if it is that still.",
            examples=['"3.9f86d081884c7d65"'],
        ),
    ] = None,
) -> None:
    """What the client has; the header is looked at when the answer is made."""


def tagged(request: Request, answer: Response) -> Response:
    """The answer with its entity tag; without a body, if the client has this very one."""
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    if answer.status_code != 200 or not is_json or not hasattr(answer, "body"):
        return answer
    tag = answer.headers.setdefault("ETag", tag_of(json.loads(bytes(answer.body))))
    known = request.headers.get("if-none-match", "")
    if request.method == "GET" and (known.strip() == "*" or tag.strip('"') in TAG.findall(known)):
        headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        return Response(status_code=304, headers=headers)
    return answer


def _version(tag: str) -> str | None:
    """The version that a tag begins with; None never equals one of the client's."""
    return tag.split(".", maxsplit=1)[0] if "." in tag else tag
