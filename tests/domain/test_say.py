"""`say`: windows, sound-alikes, doubt."""

from app.domain.evidence import Verdict
from app.domain.transcript import Speaker, Transcript, Turn
from tests.factories import judge, make_call, make_card

SORRY = {"sorry": {"phrases": ["sorry to keep you waiting"], "patterns": [r"\bsorry\b"], "exclude": ["sorry to hear"]}}


def said(where: dict[str, object] | None = None, **settings: object) -> dict[str, object]:
    return {"say": {"by": "agent", "set": "sorry", **({"where": where} if where else {}), **settings}}


def test_a_pass_quotes_the_sentence_with_its_place_and_time() -> None:
    found = judge(make_card(said(), sets=SORRY), make_call("0-4 agent: Hello.", "4-8 agent: Fine. Sorry for that."))
    assert found.verdict == Verdict.PASS
    (evidence,) = found.evidence
    assert (evidence.speaker, evidence.turn, evidence.quote) == (Speaker.AGENT, 1, "Sorry for that.")
    assert evidence.start is not None and 4 < evidence.start < 8 and evidence.end == 8


def test_a_fail_names_what_was_searched_and_what_came_nearest() -> None:
    card = make_card(said(), sets=SORRY)
    found = judge(card, make_call("0-4 agent: Hello.", "4-8 agent: Thanks, I had to keep you for a bit."))
    assert found.verdict == Verdict.FAIL
    assert found.searched is not None and (found.searched.from_turn, found.searched.to_turn) == (0, 1)
    assert (found.searched.start, found.searched.end) == (0, 8)
    assert found.nearest is not None and found.nearest.turn == 1 and 0 < found.nearest.similarity < 1


def test_an_excluded_expression_does_not_count_even_where_a_pattern_fits() -> None:
    card = make_card(said(), sets=SORRY)
    assert judge(card, make_call("0-4 agent: I am sorry to hear about the card.")).verdict == Verdict.FAIL
    both = make_call("0-4 agent: I am sorry to hear that, and sorry about the fee.")
    assert judge(card, both).verdict == Verdict.PASS


def test_first_turns_end_after_so_many_seconds() -> None:
    card = make_card(said({"first_turns": 2, "within": 20}), sets=SORRY)
    early = make_call("0-4 agent: Hello.", "4-6 customer: Hi.", "6-9 agent: Sorry, yes?")
    late = make_call("0-4 agent: Hello.", "4-30 customer: Hi, it is a long story.", "30-33 agent: Sorry, yes?")
    third = make_call(
        "0-1 agent: Hello.", "1-2 customer: Hi.", "2-3 agent: Yes?", "3-4 customer: It.", "4-5 agent: Sorry?"
    )
    assert [judge(card, call).verdict for call in (early, late, third)] == [Verdict.PASS, Verdict.FAIL, Verdict.FAIL]


def test_last_turns_never_reach_into_the_opening() -> None:
    card = make_card(said({"last_turns": 4}), sets=SORRY)
    assert judge(card, make_call("0-4 agent: Sorry?", "4-6 customer: Hi.", "6-9 agent: Bye.")).verdict == Verdict.FAIL
    assert (
        judge(card, make_call("0-4 agent: Hi.", "4-6 customer: Hi.", "6-9 agent: Sorry, bye.")).verdict == Verdict.PASS
    )


def test_a_sentence_cut_in_two_turns_by_the_recogniser_is_read_as_one() -> None:
    sets = {"sorry": {"phrases": ["sorry to keep you waiting"]}}
    call = make_call("0-2 agent: I am sorry to keep", "2.2-4 agent: you waiting today")
    assert judge(make_card(said(), sets=sets), call).verdict == Verdict.PASS


def test_it_can_be_asked_for_more_than_once() -> None:
    card = make_card(said(times=2), sets=SORRY)
    assert judge(card, make_call("0-2 agent: Sorry.", "2-4 customer: Hm.", "4-6 agent: Yes.")).verdict == Verdict.FAIL
    assert judge(card, make_call("0-2 agent: Sorry.", "2-4 customer: Hm.", "4-6 agent: Sorry.")).verdict == Verdict.PASS


def test_nobody_fails_on_words_the_recogniser_was_unsure_of() -> None:
    unclear = Turn(speaker=Speaker.AGENT, start=0, end=4, text="Mow the lawn in heating.", confidence=0.3)
    found = judge(make_card(said(), sets=SORRY), Transcript(language="en", channels=2, turns=(unclear,)))
    assert found.verdict == Verdict.UNCERTAIN and "unclear" in str(found.reason)


def test_nobody_fails_or_passes_on_a_voice_that_may_be_the_other_one() -> None:
    def call(text: str, speaker: Speaker) -> Transcript:
        turns = (
            Turn(speaker=Speaker.AGENT, start=0, end=2, text="Good day.", speaker_confidence=0.9),
            Turn(speaker=speaker, start=2, end=4, text=text, speaker_confidence=0.55),
        )
        return Transcript(language="en", channels=1, turns=turns)

    card = make_card(said(), sets=SORRY)
    for speaker in (Speaker.AGENT, Speaker.CUSTOMER):
        found = judge(card, call("I am sorry about it.", speaker))
        assert found.verdict == Verdict.UNCERTAIN, speaker


def test_nothing_heard_where_it_should_be_said_is_not_a_fail() -> None:
    call = make_call("0-2 customer: Hello?", "2-4 customer: Anybody?")
    assert judge(make_card(said(), sets=SORRY), call).verdict == Verdict.UNCERTAIN


def test_a_near_miss_of_a_whole_phrase_is_left_to_a_person() -> None:
    sets = {"sorry": {"phrases": ["sorry to keep you waiting"]}}
    found = judge(make_card(said(), sets=sets), make_call("0-4 agent: So sorry to keep your waiting, sir."))
    assert found.verdict == Verdict.UNCERTAIN


def test_chinese_is_found_by_sound_and_says_so_in_its_confidence() -> None:
    sets = {"sorry": {"phrases": ["请问您贵姓"], "patterns": ["贵姓"]}}
    written, heard = (
        judge(make_card(said(), sets=sets, language="zh"), make_call(f"0-2 agent: {text}", language="zh"))
        for text in ("请问您贵姓?", "请问您贵性?")
    )
    assert written.verdict == heard.verdict == Verdict.PASS
    assert heard.confidence < written.confidence


def test_words_that_cost_dearly_count_only_as_written() -> None:
    sets = {"sorry": {"phonetic": False, "patterns": ["滚蛋"]}}
    card = make_card(said(), sets=sets, language="zh")
    assert judge(card, make_call("0-2 agent: 这是滚单业务。", language="zh")).verdict == Verdict.FAIL
    assert judge(card, make_call("0-2 agent: 你滚蛋。", language="zh")).verdict == Verdict.PASS
