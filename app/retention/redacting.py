"""Hides numbers in a call that was kept before they were hidden: in words, quotations, search and sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from sqlalchemy import Engine, text
from sqlmodel import Session

from app.calls import queries as calls
from app.calls import sound
from app.calls.models import Call, CallState
from app.domain.redaction import without_numbers
from app.domain.transcript import Transcript, Turn
from app.evaluations import queries as evaluation_queries
from app.evaluations import service as evaluations
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.db import id_of
from app.ledger import queries as ledger_queries
from app.ledger import service as ledger
from app.ledger.service import Actor, call_stream, record_for_call
from app.retention import holds
from app.transcription import queries as transcripts
from app.transcription import service as transcription
from app.transcription.models import TranscriptRevision

REDACTED = "transcript.redacted"


class Outcome(StrEnum):
    """What became of a call: numbers were hidden in it, it had none, or it was left alone because somebody holds it."""

    HIDDEN = "hidden"
    NOTHING = "nothing"
    HELD = "held"


@dataclass(frozen=True)
class Before:
    """A transcript as it was, and as it may be read."""

    was: Transcript
    shown: Transcript

    def quote(self, turn: int | None, quote: str) -> str:
        """What may be read of a quotation from it."""
        if turn is None or not 0 <= turn < len(self.was.turns):
            return quote
        was, shown = self.was.turns[turn].text, self.shown.turns[turn].text
        at = was.find(quote)
        if at < 0:
            # Not word for word what stands there: it is looked through by itself.
            return _alone(self.was, turn, quote)
        places = _places(was, shown)
        return shown[places[at] : places[at + len(quote)]]


def redact_call(engine: Engine, blobs: Blobs, call_id: int, actor: Actor) -> Outcome:
    """Hide the numbers of a call that nobody holds, in one transaction. Its sound is muted afterwards."""
    with db.session(engine) as session:
        call = calls.lock(session, call_id)
        if holds.is_held(session, call_id):
            return Outcome.HELD
        found = {id_of(one): _redact(session, one) for one in transcripts.revisions(session, call_id)}
        changed = {of: one for of, one in found.items() if one is not None}
        if not changed:
            return Outcome.NOTHING
        _mute(session, call)
        _redact_quotes(session, call_id, changed)
        forgotten = _forget_corrections(session, call_id, next(iter(changed.values())).was)
        transcription.keep_findable(session, call_id)
        _keep_copy(session, blobs, call)
        record_for_call(session, call_id, actor, REDACTED, revisions=len(changed), corrections=forgotten)
    sound.remove_replaced(engine, blobs, call_id)
    return Outcome.HIDDEN


def tidy_search(engine: Engine) -> None:
    """Have the index of SQLite drop at once what it only marked as gone."""
    if engine.dialect.name == "sqlite":
        with db.session(engine) as session:
            session.execute(text("INSERT INTO spoken_index (spoken_index) VALUES ('optimize')"))


def _redact(session: Session, revision: TranscriptRevision) -> Before | None:
    """Hide the numbers of a revision that nobody looked through yet; None where it has none."""
    if revision.muted is not None:
        return None
    was = revision.transcript
    shown = without_numbers(was)
    transcription.redact_revision(session, revision)
    return Before(was, shown) if shown != was else None


def _mute(session: Session, call: Call) -> None:
    """Have muted, in what is heard now, whatever any revision hides: what was mended away is still in the sound."""
    revisions = transcripts.revisions(session, id_of(call))
    transcription.mute_too(session, revisions[0], [span for one in revisions for span in one.muted_spans])
    if revisions[0].muted:
        sound.mute_later(session, call)


def _redact_quotes(session: Session, call_id: int, changed: Mapping[int, Before]) -> None:
    of = {id_of(one): one.transcript_id for one in evaluation_queries.of_call(session, call_id)}
    for row in evaluation_queries.stored_findings(session, call_id):
        before = changed.get(of[row.evaluation_id])
        if before is not None:
            evaluations.requote(session, row, before.quote)


def _forget_corrections(session: Session, call_id: int, was: Transcript) -> int:
    """Forget the words of corrections in which a number stands: they are sealed, so they are whole or not at all."""
    forgotten = 0
    for entry in ledger_queries.entries(session, call_stream(call_id)):
        turn = entry.payload.get("place")
        if entry.event != "transcript.mended" or not isinstance(turn, int) or not 0 <= turn < len(was.turns):
            continue
        words = ledger_queries.in_words(session, [entry]).get(id_of(entry), {})
        told = [one for one in (words.get("old"), words.get("new")) if isinstance(one, str)]
        if any(_alone(was, turn, one) != one for one in told):
            ledger.forget_words_beside(session, id_of(entry))
            forgotten += 1
    return forgotten


def _keep_copy(session: Session, blobs: Blobs, call: Call) -> None:
    """Of a bare transcript, keep a copy without its numbers in place of the file that came in."""
    first = transcripts.revisions(session, id_of(call))[-1].transcript
    if call.is_recording or call.state == CallState.DELETED or not call.blob.endswith(call.content_hash):
        return
    content = first.model_dump_json().encode()
    before, call.blob = call.blob, blobs.put([content], len(content)).key
    sound.give_up(session, call, [before])


def _alone(was: Transcript, turn: int, said: str) -> str:
    """What may be read of a text that was said, or written down, in place of a turn."""
    instead = Turn(speaker=was.turns[turn].speaker, text=said)
    turns = (*was.turns[:turn], instead, *was.turns[turn + 1 :])
    return without_numbers(was.model_copy(update={"turns": turns})).turns[turn].text


def _places(was: str, shown: str) -> list[int]:
    """Where each character of a text, and its end, stands in what may be read of it."""
    found = [0] * (len(was) + 1)
    for _, start, end, into, until in SequenceMatcher(None, was, shown, autojunk=False).get_opcodes():
        for at in range(start, end):
            found[at] = min(into + at - start, until)
    found[len(was)] = len(shown)
    return found
