"""Who is the agent is judged from the words, with a certainty that says how much they tell."""

import pytest

from app.transcription.speakers import Said, agent_channel, agent_cues, agent_odds


def side(*lines: tuple[float, str]) -> list[Said]:
    return [Said(start, text) for start, text in lines]


CALLS = {
    "en": (
        side((0, "Good morning, Harbour Energy, this is Ann. How can I help you?"), (9, "May I take your name?")),
        side((5, "Hi, I'd like to change my address."), (12, "It's Paul Marsh.")),
    ),
    "zh": (
        side((0, "您好，这里是海港能源客服，请问有什么可以帮您？"), (9, "请问您贵姓？")),
        side((5, "你好，我想改一下我的地址。"), (12, "我姓王。")),
    ),
    "ja": (
        side(
            (0, "お電話ありがとうございます。港エネルギーでございます。"), (9, "お名前を伺ってもよろしいでしょうか。")
        ),
        side((5, "住所を変更したいんですけど。"), (12, "田中です。")),
    ),
}


@pytest.mark.parametrize("language", CALLS)
@pytest.mark.parametrize("place", [0, 1])
def test_the_agent_is_known_by_what_agents_say(language, place):
    agent, customer = CALLS[language]
    found, certainty = agent_channel([agent, customer] if place == 0 else [customer, agent], language)
    assert found == place
    assert certainty > 0.95


def test_the_agent_is_known_even_when_the_customer_speaks_first():
    channels = [side((0, "Hello?"), (9, "I want to cancel.")), side((3, "Hi, thanks for calling, how can I help you?"))]
    assert agent_channel(channels, "en")[0] == 1


def test_words_that_tell_nothing_leave_a_doubt():
    found, certainty = agent_channel([side((0, "Hello.")), side((1, "Hello."))], "en")
    assert found == 0
    assert certainty < 0.7


def test_a_language_without_cues_leaves_a_doubt():
    assert agent_channel([side((0, "Guten Tag.")), side((1, "Hallo."))], "de")[1] < 0.7


def test_a_silent_recording_has_an_agent_nobody_is_sure_of():
    assert agent_channel([[], []], "en") == (0, 0.5)


@pytest.mark.parametrize(
    ("code", "agent", "customer"),
    [
        ("en", "Have you tried the reset button underneath?", "I left a message on your website and got nothing back."),
        ("en", "I will have to ask the warehouse about our stock.", "I tried it twice."),
        ("en", "Could you read me the number on your bill?", "Seven, seven, oh, three."),
        ("en", "Thank you, Mr. Marsh.", "Yes, my bill is too high."),
        ("zh", "好的，先生，我核实一下。", "你们怎么这么慢？"),
        ("zh", "您手边有合同吗？", "嗯，好的。"),
        ("zh", "请报一下号码。", "一三八零零六"),
        ("ja", "ご契約内容を確認させていただきます。", "はい、そうです。"),
        ("ja", "ご住所をお知らせくださいますでしょうか。", "ずっと待ってたんですけど。"),
    ],
)
def test_the_sides_are_told_apart_by_how_they_speak_of_each_other(code, agent, customer):
    assert agent_odds(agent, code) > 0
    assert agent_odds(customer, code) < 0


def test_it_is_known_where_in_a_text_a_cue_stands():
    cues = agent_cues("My parcel is late. How can I help you?", "en")
    assert all((place > 0.4) == (odds > 0) for place, odds in cues)
    assert sum(odds for _, odds in cues) == agent_odds("My parcel is late. How can I help you?", "en")
