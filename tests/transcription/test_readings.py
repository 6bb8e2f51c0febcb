"""What the rules read of a stored transcript is kept beside it and never outlives it."""

import pytest

from app.domain.reading import Reading
from app.kit.db import id_of
from app.ledger.service import machine
from app.transcription import queries, readings
from app.transcription.readings import reading, reading_version
from app.transcription.service import forget_words, keep_transcript
from tests.factories import make_call
from tests.stored import NOW, received

LINES = {
    "en": ("0-4 agent: Good morning, Mr. Osei. How are you?", "4-8 customer: Fine."),
    "zh": ("0-4 agent: 王先生您好。請稍等。", "4-8 customer: 好的。"),
    "ja": ("0-4 agent: お待たせしました。田中様。", "4-8 customer: はい。"),
}


@pytest.mark.parametrize("code", LINES)
def test_a_kept_reading_says_what_a_fresh_one_says(session, code: str) -> None:
    call = received(session)
    revision = keep_transcript(session, call, make_call(*LINES[code], language=code), "transcript", machine(NOW))
    session.expire(revision)
    assert revision.reading is not None and revision.reading_version == reading_version()
    assert reading(revision).sentences == Reading(revision.transcript).sentences


def test_what_other_rules_read_is_read_anew(session) -> None:
    call = received(session)
    revision = keep_transcript(session, call, make_call(*LINES["en"]), "transcript", machine(NOW))
    stale = {**revision.reading, "normal": ["something else"] * len(revision.reading["normal"])}
    revision.reading, revision.reading_version = stale, "of last year"
    session.flush()
    assert reading(revision).sentences[0].normal == "good morning mr osei"


def test_deleting_the_words_deletes_what_was_read_of_them(session) -> None:
    call = received(session)
    keep_transcript(session, call, make_call(*LINES["en"]), "transcript", machine(NOW))
    forget_words(session, id_of(call))
    revision = queries.current(session, id_of(call))
    assert revision is not None and revision.reading is None
    assert readings.reading(revision).sentences == ()
