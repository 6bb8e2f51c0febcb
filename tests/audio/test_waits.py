"""What counts as a hold, on nothing but who speaks when."""

from app.audio.waits import Wait, waits
from app.domain.transcript import Span


def spans(*times: tuple[float, float]) -> list[Span]:
    return [Span(start=start, end=end) for start, end in times]


def found(
    agent: list[Span], customer: list[Span], music: list[Span] | None = None, *, apart: bool = True
) -> list[tuple[float, float]]:
    return [(wait.start, wait.end) for wait in raw(agent, customer, music, apart=apart)]


def raw(agent: list[Span], customer: list[Span], music: list[Span] | None = None, *, apart: bool = True) -> list[Wait]:
    return waits(agent, customer, music or [], 400.0, apart=apart)


GREETING, QUESTION = (0.0, 5.0), (6.0, 10.0)


def test_fifteen_seconds_without_the_agent_are_a_hold_and_nine_are_none() -> None:
    assert found(spans(GREETING, (11, 20), (40, 45)), spans(QUESTION)) == [(20, 40)]
    assert found(spans(GREETING, (11, 20), (29, 34)), spans(QUESTION)) == []


def test_the_customers_okay_still_belongs_to_the_talk_before() -> None:
    assert found(spans(GREETING, (11, 20), (60, 65)), spans(QUESTION, (20.5, 21.5))) == [(21.5, 60)]


def test_a_long_monologue_of_the_customer_is_no_hold() -> None:
    assert found(spans(GREETING, (11, 20), (62, 65)), spans(QUESTION, (21, 61))) == []


def test_a_word_of_the_customer_does_not_end_the_wait() -> None:
    assert found(spans(GREETING, (11, 20), (100, 105)), spans(QUESTION, (60, 62))) == [(20, 100)]


def test_a_sentence_in_between_is_a_check_in_and_the_hold_is_one() -> None:
    (wait,) = raw(spans(GREETING, (11, 20), (80, 85), (150, 155)), spans(QUESTION, (85.5, 86.5)))
    assert (wait.start, wait.end, len(wait.check_ins)) == (20, 150, 1)
    assert (wait.check_ins[0].start, wait.check_ins[0].end) == (80, 85)


def test_a_conversation_in_between_makes_two_holds() -> None:
    agent = spans(GREETING, (11, 20), (60, 72), (76, 82), (84, 88), (120, 125))
    assert len(found(agent, spans(QUESTION, (73, 75), (82.5, 83.5)))) == 2


def test_waiting_in_the_queue_before_anybody_spoke_to_the_customer_is_no_hold() -> None:
    assert found(spans((30, 35), (41, 45)), spans((36, 40)), spans((0, 29))) == []


def test_on_one_channel_a_wait_is_where_nobody_speaks() -> None:
    assert found(spans((0, 20), (50, 80)), [], apart=False) == [(20, 50)]


def test_a_call_that_ends_in_music_was_still_on_hold_and_one_that_ends_in_silence_was_not() -> None:
    agent, customer = spans(GREETING, (11, 20)), spans(QUESTION)
    assert found(agent, customer, spans((21, 90))) == [(20, 90)]
    assert found(agent, customer) == []
