"""Takes a recording and its facts out of a multipart form, with no transaction open while the bytes come in."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, BinaryIO

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from app.api.parameters import EARLIEST_YEAR, LATEST_YEAR, Writer, wrong
from app.calls.service import CallFacts
from app.kit.blobs import PIECE, told_when_full
from app.request import Client, SessionDep

MOST_FIELDS = 30
LONGEST_FIELD = 16 * 1024

FIELDS: dict[str, dict[str, Any]] = {
    "file": {
        "type": "string",
        "format": "binary",
        "description": "The recording (WAV, MP3, Ogg, Opus, FLAC, M4A) or a transcript (JSON, SRT, VTT).",
        "examples": ["call-0001.wav"],
    },
    "external_id": {"type": "string", "description": "What your system calls the call.", "examples": ["2026-10-0001"]},
    "agent": {"type": "string", "description": "User name of the agent; added if new.", "examples": ["mei"]},
    "team": {"type": "string", "description": "Name of the agent's team; added if new.", "examples": ["Team A"]},
    "queue": {"type": "string", "description": "Queue or project the call came through.", "examples": ["support"]},
    "customer_name": {"type": "string", "description": "Name of the customer, to hear its use.", "examples": ["Li Na"]},
    "started_at": {
        "type": "string",
        "format": "date-time",
        "description": "When the call began, RFC 3339 with offset; else now.",
        "examples": ["2026-10-01T09:30:00+08:00"],
    },
    "direction": {
        "type": "string",
        "enum": ["inbound", "outbound"],
        "description": "Who called whom; else inbound.",
        "examples": ["inbound"],
    },
    "language": {
        "type": "string",
        "enum": ["en", "zh", "ja"],
        "description": "Language; else heard from the sound.",
        "examples": ["zh"],
    },
    "agent_channel": {
        "type": "string",
        "enum": ["left", "right"],
        "description": "Channel of the agent in a two-channel recording; else judged from the words.",
        "examples": ["left"],
    },
    "ended_by": {
        "type": "string",
        "enum": ["agent", "customer"],
        "description": "Who hung up, if your switch knows.",
        "examples": ["customer"],
    },
    "segments": {
        "type": "string",
        "description": "Which other agents spoke from when to when (minutes and seconds); the rest is the agent's own.",
        "examples": ["mei 0:00-2:10; dana 2:10-5:00"],
    },
}
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"title": "CallIn", "type": "object", "required": ["file"], "properties": FIELDS}
            }
        },
    }
}


@dataclass(frozen=True)
class Upload:
    """A file that came in, and what was said about the call."""

    file_name: str
    file: BinaryIO
    facts: CallFacts

    def pieces(self) -> Iterator[bytes]:
        """The bytes of the file, piece by piece."""
        self.file.seek(0)
        return iter(lambda: self.file.read(PIECE), b"")

    def content(self) -> str:
        """The hash of the file and all that came with it; the same however a form cut them into parts."""
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        told = json.dumps([self.file_name, self.facts.model_dump(mode="json", exclude_unset=True)], sort_keys=True)
        return f"{digest.hexdigest()} {hashlib.sha256(told.encode()).hexdigest()}"


def checked(client: Writer, session: SessionDep) -> Client:
    """Whose key it is; the transaction that looked it up ends here, for a slow upload would hold everybody up."""
    session.commit()
    return client


async def received(request: Request, client: Annotated[Client, Depends(checked)]) -> AsyncIterator[Upload]:
    """The file and the facts of a form whose sender was found to have a key."""
    # What comes in waits in a file until all of it is here.
    with told_when_full():
        form = await request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise wrong("file", "send the recording as a file of a multipart form", "body")
        given = {name: value for name, value in form.items() if name != "file" and isinstance(value, str)}
        yield Upload(file.filename, file.file, _facts(given))
    finally:
        await form.close()


UploadDep = Annotated[Upload, Depends(received)]


def _facts(given: dict[str, str]) -> CallFacts:
    for name, value in given.items():
        if "\0" in value or "\0" in name:
            raise wrong(name.replace("\0", ""), "must not contain a NUL character", "body")
    try:
        facts = CallFacts.model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from error
    if facts.started_at is not None and not _is_likely(facts.started_at):
        raise wrong("started_at", f"must lie between {EARLIEST_YEAR} and {LATEST_YEAR}", "body")
    return facts


def _is_likely(moment: datetime) -> bool:
    return EARLIEST_YEAR <= moment.year <= LATEST_YEAR
