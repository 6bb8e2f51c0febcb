"""How far a recording was heard, as people can follow it."""

import logging
import time
from collections.abc import Callable

from sqlalchemy import Engine

from app.calls import service as calls
from app.calls.models import CallState
from app.kit import db
from app.kit.errors import Passing

log = logging.getLogger(__name__)

# How often it is written down at most, in seconds.
PROGRESS_SECONDS = 1.0


def written_down(engine: Engine, call_id: int) -> Callable[[str, float], None]:
    """Progress that people can see: written to the call, in short transactions of its own."""
    last, last_name = -PROGRESS_SECONDS, ""

    def progress(name: str, share: float) -> None:
        nonlocal last, last_name
        # A new step is told at once: the one before may have ended long before the next news of this one.
        if name == last_name and time.monotonic() - last < PROGRESS_SECONDS:
            return
        last, last_name = time.monotonic(), name
        try:
            with db.session(engine) as session:
                calls.advance(session, call_id, CallState.TRANSCRIBING, name, share)
        except Passing:
            log.warning("the progress of call %s could not be written down", call_id)

    return progress
