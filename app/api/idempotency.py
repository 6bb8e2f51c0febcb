"""Idempotency-Key: a POST that is sent again is answered as the first time, and does nothing twice."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlmodel import Session

from app.accounts import kept_answers
from app.accounts.kept_answers import Answer
from app.kit import clock
from app.request import Client, KnownClient, SessionDep

REPLAYED = "Idempotency-Replayed"
KEPT_HEADERS = ("content-type", "location")


class Replayed(Exception):
    """The request was answered before; this is that answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = Response(answer.body, answer.status, {**answer.headers, REPLAYED: "true"})


@dataclass
class Once:
    """What is to be done once only, under the key that the client chose (None: it chose none).

    `request` names what was asked for, and the role and team that the key's owner had then: whoever sees other calls
    now is not told again what they saw before. `about` is the address of what the answer tells of, where its Location
    does not say it and the request's own address neither.
    """

    session: Session
    client: Client
    key: str | None
    request: str
    fingerprint: str = ""
    hidden: set[str] = field(default_factory=set)
    about: str | None = None

    def claim(self, content: str) -> None:
        """Begin, unless it was done before; `content` is the hash of all that was sent."""
        if self.key is None:
            return
        self.fingerprint = hashlib.sha256(f"{self.request} {content}".encode()).hexdigest()
        known = kept_answers.answered(self.session, self.client.key_id, self.key, self.fingerprint, clock.now())
        if known is not None:
            raise Replayed(known)

    def hide(self, *fields: str) -> None:
        """Keep the answer without the value of these fields: a secret is shown once, and kept nowhere."""
        self.hidden |= set(fields)

    def keep(self, answer: Response, path: str) -> None:
        """Keep the answer, in the transaction of what was done."""
        if self.key is None or not self.fingerprint or answer.status_code >= 400:
            return
        body = bytes(answer.body)
        if self.hidden:
            body = json.dumps({k: None if k in self.hidden else v for k, v in json.loads(body).items()}).encode()
        headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
        about = self.about or answer.headers.get("location", path)
        given = Answer(answer.status_code, headers, body, about)
        kept_answers.keep(self.session, self.client.key_id, self.key, self.fingerprint, given, clock.now())


def once_unclaimed(
    request: Request,
    client: KnownClient,
    session: SessionDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            pattern=r"^[\x21-\x7e]+$",
            description="Your own name for this request, new for each: sent again within 24 hours with the same "
            "content, it is answered as the first time (`Idempotency-Replayed: true`) and does nothing twice.",
            examples=["3f2b8c1e-night-import-17"],
        ),
    ] = None,
) -> Once:
    """What is to be done once; the route itself claims it when all that was sent is here."""
    asked = f"{request.method} {request.url.path}?{request.url.query}"
    once = Once(session, client, idempotency_key, f"{client.user.role.value} {client.user.team_id} {asked}")
    request.state.once = once
    return once


async def content_of(request: Request) -> str:
    """The hash of the body, which is small and in memory already."""
    return hashlib.sha256(await request.body()).hexdigest()


def once(once: Annotated[Once, Depends(once_unclaimed)], content: Annotated[str, Depends(content_of)]) -> Once:
    """What is to be done once, unless it was done before."""
    once.claim(content)
    return once


OnceDep = Annotated[Once, Depends(once)]
# For a route whose body is a file: it calls `claim` with the hash of what came in.
OnceItself = Annotated[Once, Depends(once_unclaimed)]
