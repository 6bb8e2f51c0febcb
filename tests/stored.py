"""Calls as the product would have stored them, without anybody having to listen."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.calls.models import Call
from app.calls.service import CallFacts, add_call
from app.evaluations.service import evaluate
from app.kit.blobs import Blob
from app.kit.db import id_of
from app.ledger.service import machine
from app.reviews.models import Review
from app.reviews.offering import offer
from app.transcription.service import keep_transcript
from tests.factories import make_call

NOW = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
# Greets, asks, helps, asks again and thanks: passes what a machine can tell.
GOOD = (
    "0-4 agent: Good morning, Harbour Bank, this is Dana speaking, how can I help you?",
    "5-8 customer: My card was declined, my name is Daniel Osei.",
    "9-12 agent: Thank you Mr Osei, may I confirm your name is Daniel Osei? The card is unblocked now.",
    "13-14 customer: Great.",
    "15-18 agent: Is there anything else I can help you with, Mr Osei?",
    "19-20 customer: No, that is all.",
    "21-24 agent: Thank you for calling Harbour Bank, goodbye.",
)
RUDE = (
    "0-1 agent: Yeah, what?",
    "2-5 customer: My parcel never came.",
    "6-8 agent: That is not my problem.",
)


class NoQueue:
    """What a transaction that is rolled back never gets to ask."""

    def enqueue(self, name: str, job_id: str, *args: object) -> None:
        raise AssertionError("nothing was committed")


def received(session: Session, content: str = "a recording", sender: User | None = None, **facts: Any) -> Call:
    """A call that has just come in."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    blob = Blob(f"{digest[:2]}/{digest}", digest, len(content))
    told = CallFacts(**facts)
    return add_call(session, NoQueue(), blob, "call.json", told, machine(NOW), sender).call  # type: ignore[arg-type]


def scored(session: Session, *lines: str, **facts: Any) -> tuple[Call, Review]:
    """A call that was heard and judged, and the review it waits for."""
    lines = lines or GOOD
    call = received(session, f"{lines}{sorted(facts.items())}", **facts)
    revision = keep_transcript(session, call, make_call(*lines), "transcript", machine(NOW), attempt=1)
    evaluate(session, id_of(call), revision, machine(NOW))
    return call, offer(session, id_of(call), machine(NOW))
