"""Leaves nothing in SQLite's file of what was removed: its index and its log still have it for a while."""

from sqlalchemy import Engine
from sqlmodel import Session

from app.kit import db
from app.retention.models import Tidying
from app.transcription import service as transcription


def ask(session: Session) -> None:
    """Note that words were removed, so that the file is tidied even if somebody is cut off before they do it."""
    if session.get_bind().dialect.name == "sqlite":
        state = session.get(Tidying, 1) or Tidying()
        state.asked += 1
        session.add(state)
        session.flush()


def tidy(engine: Engine) -> None:
    """Drop from the index and the log what was removed, if anything was; what cannot be done now, the sweep does."""
    if engine.dialect.name != "sqlite":
        return
    with db.session(engine, reads_only=True) as session:
        state = session.get(Tidying, 1)
    if state is None or state.asked == state.done:
        return
    with db.session(engine) as session:
        transcription.tidy_index(session)
    if not db.write_out(engine):
        return
    with db.session(engine) as session:
        session.get_one(Tidying, 1).done = state.asked
