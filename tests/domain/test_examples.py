"""The notation of examples."""

import pytest

from app.domain.examples import UnreadableLine, transcript_of
from app.domain.transcript import HoldKind, Speaker


def test_timed_lines_make_a_two_channel_call_with_its_holds() -> None:
    call = transcript_of(("0-4 agent: Hello.", "4-30.5 hold music", "31-32 customer: Yes?"), "en")
    assert [(turn.speaker, turn.start) for turn in call.turns] == [(Speaker.AGENT, 0), (Speaker.CUSTOMER, 31)]
    assert call.holds is not None and (call.holds[0].end, call.holds[0].kind) == (30.5, HoldKind.MUSIC)
    assert call.channels == 2 and call.activity is not None and call.duration == 32


def test_a_line_that_cannot_be_read_is_shown() -> None:
    with pytest.raises(UnreadableLine, match="agnet: Hello"):
        transcript_of(("0-4 agnet: Hello.",), "en")
