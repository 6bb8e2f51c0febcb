"""Corrections of a transcript: what changes, what stays, and what is refused."""

import pytest

from app.domain import mending
from app.domain.transcript import Activity, Hold, HoldKind, Span, Speaker, Transcript, Turn, Word
from tests.factories import make_call


def heard(text: str, language: str = "en", parts: tuple[str, ...] = ()) -> Transcript:
    """A call of one turn of ten seconds, each word one second, the first at 0."""
    words = tuple(
        Word(text=word, start=float(place), end=place + 0.8, confidence=0.9)
        for place, word in enumerate(parts or text.split())
    )
    turn = Turn(speaker=Speaker.AGENT, start=0.0, end=10.0, text=text, confidence=0.7, words=words)
    return Transcript(language=language, duration=20.0, channels=2, turns=(turn,), holds=())


def test_swapping_sides_gives_every_turn_to_the_other_side_and_leaves_the_switch_alone() -> None:
    call = make_call("0-4 agent: Hello", "5-6 customer: Hi", "7-9 system: Please hold")

    swapped = mending.swap_sides(call)

    assert [turn.speaker for turn in swapped.turns] == [Speaker.CUSTOMER, Speaker.AGENT, Speaker.SYSTEM]
    assert call.activity is not None
    assert swapped.activity == Activity(agent=call.activity.customer, customer=call.activity.agent)
    assert mending.swap_sides(swapped) == call


def test_who_knows_one_side_of_a_two_channel_call_knows_both_but_voices_stay_as_doubtful_as_they_were() -> None:
    turn = Turn(speaker=Speaker.AGENT, text="Hello", speaker_confidence=0.6)

    apart = mending.swap_sides(Transcript(language="en", channels=2, turns=(turn,)))
    mixed = mending.swap_sides(Transcript(language="en", channels=1, turns=(turn,)))

    assert (apart.turns[0].speaker_confidence, mixed.turns[0].speaker_confidence) == (1.0, 0.6)


def test_one_turn_can_be_given_to_the_other_side_for_sure() -> None:
    call = make_call("0-4 agent: Hello", "5-6 agent: My card is gone")

    swapped = mending.swap_turn(call, 1)

    assert [turn.speaker for turn in swapped.turns] == [Speaker.AGENT, Speaker.CUSTOMER]
    assert swapped.turns[1].speaker_confidence == 1.0
    assert mending.swap_turn(swapped, 1) == call


def test_an_announcement_is_nobodys() -> None:
    with pytest.raises(mending.SwitchSpeaks, match="played by the switch"):
        mending.swap_turn(make_call("0-4 system: Please hold"), 0)


@pytest.mark.parametrize("place", [-1, 1])
def test_a_turn_that_is_not_there_cannot_be_corrected(place: int) -> None:
    call = make_call("0-4 agent: Hello")

    with pytest.raises(mending.TurnUnknown):
        mending.swap_turn(call, place)
    with pytest.raises(mending.TurnUnknown):
        mending.with_words(call, place, "Good morning")


def test_words_that_stay_keep_their_times_and_a_typed_word_takes_the_place_of_the_one_misheard() -> None:
    call = heard("thank you for calling Barbara Bank today")

    turn = mending.with_words(call, 0, "thank you for  calling Harbour Bank today ").turns[0]

    assert turn.text == "thank you for calling Harbour Bank today"
    assert [word.text for word in turn.words] == turn.text.split()
    assert turn.words[:4] == call.turns[0].words[:4]
    assert turn.words[5:] == call.turns[0].words[5:]
    assert turn.words[4] == Word(text="Harbour", start=3.8, end=5.0, confidence=None)
    assert turn.confidence is None


def test_typed_words_are_spread_by_their_length_over_the_time_that_is_left() -> None:
    call = heard("hello there")

    words = mending.with_words(call, 0, "hello my good friend").turns[0].words

    assert words[0] == call.turns[0].words[0]
    assert [word.text for word in words[1:]] == ["my", "good", "friend"]
    assert words[1].start == 0.8
    assert words[-1].end == 10.0
    assert words[1].end == words[2].start < words[2].end == words[3].start


def test_words_that_were_invented_can_be_left_out() -> None:
    call = heard("thanks for watching goodbye")

    words = mending.with_words(call, 0, "goodbye").turns[0].words

    assert words == call.turns[0].words[3:]


def test_chinese_words_keep_their_times_though_no_spaces_part_them() -> None:
    call = heard("您好这里是港口银行", "zh", ("您好", "这里", "是", "杠口", "银行"))

    words = mending.with_words(call, 0, "您好，这里是港口银行").turns[0].words

    assert [word.text for word in words] == ["您好", "，", "这里", "是", "港口", "银行"]
    assert [word.start for word in words if word.confidence] == [0.0, 1.0, 2.0, 4.0]


def test_a_turn_without_times_of_words_gets_none() -> None:
    turn = mending.with_words(make_call("agent: Helo"), 0, "Hello").turns[0]

    assert (turn.text, turn.words) == ("Hello", ())


def test_the_same_words_are_no_correction() -> None:
    call = heard("hello there")

    assert mending.with_words(call, 0, " hello  there ") == call


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 10_001])
def test_a_turn_needs_words_but_not_endlessly_many(text: str) -> None:
    with pytest.raises(mending.WordsMissing):
        mending.with_words(heard("hello"), 0, text)


def test_a_hold_gets_other_bounds_and_another_kind_and_is_certain_then() -> None:
    back = Span(start=40.0, end=42.0)
    call = make_call("0-4 agent: Please hold", "60-64 agent: Thank you").model_copy(
        update={"holds": (Hold(start=10, end=58, kind=HoldKind.SILENCE, check_ins=(back,), confidence=0.5),)}
    )

    (longer,) = mending.with_hold(call, 0, 4.0, 60.0, HoldKind.MUSIC).holds or ()
    (shorter,) = mending.with_hold(call, 0, 4.0, 41.0, HoldKind.MUSIC).holds or ()

    assert longer == Hold(start=4.0, end=60.0, kind=HoldKind.MUSIC, check_ins=(back,), confidence=1.0)
    assert shorter.check_ins == ()


def test_a_hold_that_was_overheard_is_added_in_its_place() -> None:
    call = make_call("0-4 agent: Please hold", "30-60 hold music", "90-94 agent: Thank you")

    holds = mending.with_added_hold(call, 5.0, 29.0, HoldKind.SILENCE).holds or ()

    assert [(hold.start, hold.kind) for hold in holds] == [(5.0, HoldKind.SILENCE), (30.0, HoldKind.MUSIC)]
    assert mending.without_hold(call.model_copy(update={"holds": holds}), 0) == call


def test_holds_that_were_only_read_from_the_words_are_kept_when_one_is_corrected() -> None:
    call = make_call(
        "0-4 agent: Please hold the line", "40-70 agent: Thank you", "99-100 agent: Still there?"
    ).model_copy(update={"holds": None})

    assert [(hold.start, hold.end) for hold in mending.known_holds(call)] == [(4.0, 40.0), (70.0, 99.0)]
    assert [(hold.start, hold.end) for hold in mending.without_hold(call, 0).holds or ()] == [(70.0, 99.0)]


@pytest.mark.parametrize(
    ("start", "end"), [(5.0, 5.0), (9.0, 5.0), (-1.0, 5.0), (5.0, 95.0), (float("nan"), 5.0), (5.0, float("inf"))]
)
def test_a_hold_must_lie_in_the_call_and_end_after_it_begins(start: float, end: float) -> None:
    call = make_call("0-4 agent: Please hold", "30-60 hold music", "90-94 agent: Thank you")

    with pytest.raises(mending.HoldOutside):
        mending.with_added_hold(call, start, end, HoldKind.MUSIC)
    with pytest.raises(mending.HoldOutside):
        mending.with_hold(call, 0, start, end, HoldKind.MUSIC)


def test_two_holds_cannot_be_at_the_same_time() -> None:
    call = make_call("0-4 agent: Please hold", "10-30 hold music", "40-60 hold music", "90-94 agent: Thank you")

    with pytest.raises(mending.HoldsOverlap):
        mending.with_added_hold(call, 29.0, 39.0, HoldKind.MUSIC)
    with pytest.raises(mending.HoldsOverlap):
        mending.with_hold(call, 0, 10.0, 41.0, HoldKind.MUSIC)


def test_a_hold_that_is_not_there_cannot_be_corrected() -> None:
    call = make_call("0-4 agent: Hello", "10-30 hold music", "90-94 agent: Thank you")

    with pytest.raises(mending.HoldUnknown):
        mending.with_hold(call, 1, 40.0, 50.0, HoldKind.MUSIC)
    with pytest.raises(mending.HoldUnknown):
        mending.without_hold(call, -1)


def test_a_transcript_without_times_has_no_place_for_a_hold() -> None:
    with pytest.raises(mending.TimesUnknown):
        mending.with_added_hold(make_call("agent: Hello"), 0.0, 20.0, HoldKind.MUSIC)


def test_facts_are_read_from_the_transcript() -> None:
    told = mending.with_facts(make_call("0-4 agent: Hello"), "Daniel Osei", "outbound", "ja")

    assert (told.customer_name, told.direction, told.language) == ("Daniel Osei", "outbound", "ja")
