"""What must not be shown of a transcript, what must stay, and that words and times stay in step."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.redaction import MARK, Kind, hidden, without_numbers
from app.domain.transcript import Speaker, Transcript, Turn, Word
from tests.security.frames_to_tune_by import FRAMES
from tests.security.kept_numbers import KEPT
from tests.security.number_dialogues import dialogue
from tests.security.spoken_numbers import BEGIN, END, FORMS, card, cut, luhn, spell

LANGUAGES = ("en", "zh", "ja")
SEPARATORS = {
    "en": (" ", "-", "", ", ", ".", " - "),
    "zh": (" ", "", "，", "-", "、"),
    "ja": ("の", "-", " ", "、", ""),
}
SPOKEN_SEPARATORS = {"en": (" ", "-", ", "), "zh": (" ", "", "，", "、"), "ja": ("の", " ", "、")}


def said(*texts: str, language: str = "en") -> Transcript:
    """A call of these turns; the agent begins, and each word takes a second."""
    turns, at = [], 0.0
    for place, text in enumerate(texts):
        words = tuple(Word(text=one, start=at + i, end=at + i + 0.8) for i, one in enumerate(text.split()))
        speaker = Speaker.CUSTOMER if place % 2 else Speaker.AGENT
        turns.append(Turn(speaker=speaker, start=at, end=words[-1].end, text=text, words=words))
        at = words[-1].end + 1
    return Transcript(language=language, turns=tuple(turns))


def texts(call: Transcript) -> list[str]:
    return [turn.text for turn in without_numbers(call).turns]


def plain(marked: str) -> str:
    return re.sub(f"[{''.join(BEGIN.values())}{END}\ue011]", "", marked)


def test_a_card_number_is_hidden_with_the_time_in_which_it_was_said() -> None:
    call = said("Your card number please", "It is 4111 1111 1111 1111 thanks")

    (one,) = hidden(call)

    assert (one.turn, call.turns[1].text[one.start : one.end], one.kind) == (1, "4111 1111 1111 1111", Kind.CARD)
    first, last = call.turns[1].words[2], call.turns[1].words[5]
    assert one.begins is not None and one.ends is not None
    assert first.start - 0.2 < one.begins < first.start and last.end < one.ends < last.end + 0.2


def test_hiding_keeps_turns_and_words_in_step() -> None:
    call = said("Your card number please", "It is forty-one eleven, 1111 double one eleven 1111 thanks")

    kept = without_numbers(call)

    assert kept.turns[1].text == "It is •-• •, •••• • • • •••• thanks"
    assert " ".join(word.text for word in kept.turns[1].words) == kept.turns[1].text
    assert [word.start for word in kept.turns[1].words] == [word.start for word in call.turns[1].words]


def test_words_of_a_recogniser_that_cuts_characters_and_writes_no_pauses_stay_in_step() -> None:
    heard = ("番号は", "09", "0", "の", "12", "34の", "き", "ゅう", "いち", "に", "さん", "です")
    words = tuple(Word(text=one, start=float(i), end=i + 0.9) for i, one in enumerate(heard))
    turn = Turn(
        speaker=Speaker.CUSTOMER, start=0, end=12, text="番号は、090の1234の、きゅういちにさんです。", words=words
    )

    kept = without_numbers(Transcript(language="ja", turns=(turn,)))

    assert kept.turns[0].text == "番号は、•••の••••の、••••です。"
    assert [word.text for word in kept.turns[0].words] == [
        "番号は",
        "••",
        "•",
        "の",
        "••",
        "••の",
        "•",
        "",
        "•",
        "•",
        "•",
        "です",
    ]


def test_where_words_and_text_differ_no_word_keeps_a_digit_and_the_whole_turn_is_its_time() -> None:
    words = (Word(text="call 415 555", start=1, end=2), Word(text="2671 now please", start=2, end=3))
    turn = Turn(speaker=Speaker.AGENT, start=0.5, end=4, text="Call 415 555 2671.", words=words)
    call = Transcript(language="en", turns=(turn,))

    (one,) = hidden(call)

    assert (one.begins, one.ends) == (0.35, 4.15)
    assert [word.text for word in without_numbers(call).turns[0].words] == ["call ••• •••", "•••• now please"]


@pytest.mark.parametrize(
    ("language", "text", "words", "shown"),
    [
        ("en", "Yes, I have it.", "My card is 4111 1111 1111 1111", "My card is •••• •••• •••• ••••"),
        ("en", "I can call you back at noon today", "my pin number is one two three four", "my pin number is • • • •"),
        ("zh", "好的，我看一下。", "卡号 六二二二 〇二一〇", "卡号 •••• ••••"),
        ("en", "Four one.", "Pay $20 in 2 weeks", "Pay $20 in 2 weeks"),
        ("en", "It is TEN past two.", "it is ten past two", "it is ten past two"),
    ],
)
def test_a_number_that_only_the_words_of_a_turn_hold_is_hidden_in_them(
    language: str, text: str, words: str, shown: str
) -> None:
    said_so = tuple(Word(text=one, start=i, end=i + 1) for i, one in enumerate(words.split()))
    turn = Turn(speaker=Speaker.CUSTOMER, start=0, end=9, text=text, words=said_so)

    (kept,) = without_numbers(Transcript(language=language, turns=(turn,))).turns

    assert (kept.text, " ".join(word.text for word in kept.words)) == (text, shown)


@pytest.mark.parametrize(
    ("language", "spoken", "shown"),
    [
        ("en", "My pin is 1234.", "My pin is ••••."),
        ("en", "The pin, it's one two three four", "The pin, it's • • • •"),
        ("en", "I changed my card PIN to 4821", "I changed my card PIN to ••••"),
        ("en", "passcode: 482113", "passcode: ••••••"),
        ("en", "My password is 482113", "My password is ••••••"),
        ("zh", "我的密码就是123456", "我的密码就是••••••"),
        ("zh", "密码：幺二三四", "密码：••••"),
        ("zh", "我的pin是1234", "我的pin是••••"),
        ("ja", "ログイン暗証番号は1234です", "ログイン暗証番号は••••です"),
        ("ja", "パスワードは一二三四です", "パスワードは••••です"),
        ("ja", "PINは1234です", "PINは••••です"),
        ("en", "It says $4111111111111111", "It says $••••••••••••••••"),
        ("en", "It says $4111 1111 1111 1111", "It says $•••• •••• •••• ••••"),
        ("zh", "￥6222021234567890123", "￥•••••••••••••••••••"),
        ("en", "It is 4111_1111_1111_1111", "It is ••••_••••_••••_••••"),
        ("en", "card_4111_1111_1111_1111", "card_••••_••••_••••_••••"),
    ],
)
def test_a_pin_and_a_number_in_any_dress_are_hidden(language: str, spoken: str, shown: str) -> None:
    assert texts(said(spoken, language=language)) == [shown]


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        ("en", "My pin is blocked since 2019, I tried three times. My order number is 48213."),
        ("en", "It was $1,250,000.50 and €12345678, or £4.99, 2 of them."),
        ("en", "I am user_101 of order_12345."),
        ("zh", "密码错了3次，1月15号的，金额¥1234567.50"),
        ("ja", "暗証番号を3回間違えました、1月15日です。￥1,234,567です。"),
    ],
)
def test_what_only_looks_like_a_pin_or_a_number_in_dress_stays(language: str, spoken: str) -> None:
    assert texts(said(spoken, language=language)) == [spoken]


def test_without_times_there_is_nothing_to_silence() -> None:
    (one,) = hidden(Transcript(language="zh", turns=(Turn(speaker=Speaker.CUSTOMER, text="13812345678"),)))

    assert (one.kind, one.begins, one.ends) == (Kind.PHONE, None, None)


@pytest.mark.parametrize(
    ("language", "asked", "answer", "shown"),
    [
        ("en", "And the CVV?", "It's seven three two.", "It's • • •."),
        (
            "en",
            "What's the card number?",
            "It starts 4111 11, then I can't read it",
            "It starts •••• ••, then I can't read it",
        ),
        ("en", "Your social please?", "one twenty-three, forty-five, sixty seven eighty nine", "• •-•, •-•, • • • •"),
        ("en", "Best number to reach you?", "oh seven triple nine, fifteen hundred", "• • • •, • •"),
        ("en", "Your passport number?", "It's K 4471 2290.", "It's K •••• ••••."),
        ("zh", "请说一下手机号", "138零零138三八", "••••••••••"),
        ("zh", "身份证号码？", "幺幺零幺零五，一九八七，零三一二，三个八X", "••••••，••••，••••，•个••"),
        ("zh", "背面三位数？", "嗯，〇两七。", "嗯，•••。"),
        ("zh", "银行卡号多少？", "６２２２ ０２我再看看", "•••• ••我再看看"),
        ("ja", "お電話番号は", "ゼロきゅうゼロの1234のゴロクナナハチです", "•••の••••の••••です"),
        ("ja", "マイナンバーをお願いします", "一二三四、零〇三二、はちまるなないち", "••••、••••、••••"),
        ("ja", "セキュリティコードは", "まるいちにです", "•••です"),
    ],
)
def test_an_answer_to_a_question_for_a_number_is_hidden(language: str, asked: str, answer: str, shown: str) -> None:
    assert texts(said(asked, answer, language=language)) == [asked, shown]


@pytest.mark.parametrize(
    ("language", "turns", "shown"),
    [
        ("en", ("oh four one five", "Mm-hmm.", "five five five", "five five five, okay", "two six seven one"), 4),
        ("en", ("4111", "OK", "1111 1111", "1111 1111, yes?", "1111 is the end"), 4),
        ("zh", ("幺三八", "嗯", "零零幺三", "对", "八八六六"), 3),
        ("zh", ("6222", "6222", "0210", "好的您说", "1234 567"), 4),
        ("ja", ("ゼロ九ゼロ", "はい", "1234", "1234ですね", "五六七八です"), 4),
    ],
)
def test_a_number_said_over_several_turns_is_hidden_with_what_is_said_back(
    language: str, turns: tuple[str, ...], shown: int
) -> None:
    call = said("Hello 您好", *turns, language=language)

    marked = [text for text in texts(call) if MARK in text]

    assert len(marked) == shown
    assert not re.search(r"[0-9零幺三八六]|\b(?:one|two|four|five|six|seven)\b", "".join(texts(call)))


@pytest.mark.parametrize(
    ("language", "turns"),
    [
        ("en", ("Agent 8023 speaking, call us on 1-800-555-0142 any time.", "I paid $1,250.50 on 12/03/2024 at 3:45.")),
        ("en", ("What's your phone number?", "I called three times in 2019, for forty-five minutes.")),
        ("en", ("What's the order number?", "7916676427")),
        ("en", ("The last four digits of the card?", "Seven seven oh three.")),
        (
            "en",
            (
                "It is one thousand two hundred and thirty four dollars.",
                "Two hundred and six million people, one or two.",
            ),
        ),
        (
            "zh",
            (
                "工号8023为您服务，客服热线95588，或者400-820-8820。",
                "我等了两三个小时，打过七八次，花了一千二百三十五块。",
            ),
        ),
        ("zh", ("订单号多少？", "20231118334")),
        ("zh", ("卡号后四位？", "六零幺九，二零一五年三月十五号办的。")),
        (
            "ja",
            (
                "フリーダイヤル0120-444-113、内線8023です。",
                "三千九百八十円を2023年5月6日の十時二十分に二回払いました。",
            ),
        ),
        ("ja", ("ご注文番号は", "三三八の零五一二です。佐々木さんにごくろうさまとお伝えください。")),
    ],
)
def test_amounts_dates_and_numbers_of_cases_stay(language: str, turns: tuple[str, ...]) -> None:
    assert texts(said(*turns, language=language)) == list(turns)


@given(st.randoms(use_true_random=False), st.sampled_from(LANGUAGES), st.lists(st.integers(1, 8), min_size=16))
def test_a_card_number_in_any_grouping_and_form_is_hidden_though_nobody_asked(
    rng: random.Random, language: str, sizes: list[int]
) -> None:
    groups = cut("".join(card(rng, language)), tuple(sizes))
    forms = [one for one in FORMS[language] if one != "pairs"]
    forms = forms if rng.random() < 0.5 else ["written"]
    between = rng.choice(SEPARATORS[language] if forms == ["written"] else SPOKEN_SEPARATORS[language])
    number = between.join(spell(rng, language, group, Kind.CARD, rng.choice(forms)) for group in groups)
    lead = {"en": "So ", "zh": "那个，", "ja": "ええと、"}[language]

    shown = texts(said("Hello", lead + plain(number), language=language))[1]

    assert not any(map(str.isalnum, shown.removeprefix(lead).replace("个", "").replace("の", ""))), (
        plain(number),
        shown,
    )


@given(st.randoms(use_true_random=False), st.sampled_from(("37 15", "36 14", "52 16", "4 16", "62 16", "62 19")))
def test_the_card_is_known_though_an_order_was_asked_for(rng: random.Random, issued: str) -> None:
    head, length = issued.split()
    number = luhn(head + "".join(rng.choice("0123456789") for _ in range(int(length) - len(head) - 1)))

    (one,) = hidden(said("Your order number?", f"It's {number}."))

    assert one.kind is Kind.CARD


@given(
    st.randoms(use_true_random=False),
    st.sampled_from(LANGUAGES),
    st.sampled_from(("price", "date", "time", "count", "year")),
)
def test_amounts_dates_and_times_stay_right_after_a_telephone_number_was_asked_for(
    rng: random.Random, language: str, name: str
) -> None:
    asked = {"en": "Your phone number?", "zh": "您的手机号？", "ja": "お電話番号は"}[language]
    told = {"en": "Well, around {} it was", "zh": "嗯，{}左右那次", "ja": "ええと、{}のときですが"}[language]
    answer = told.format(KEPT[language](rng, name))
    # A price that only says "four ninety-nine" is a number like any other to whoever asked for one.
    unit_said = not re.search(r"\b(?:two|three|four|five|six|seven|eight|nine) ninety-nine", answer)

    if unit_said and name != "year":
        assert texts(said(asked, answer, language=language))[1] == answer


@given(st.randoms(use_true_random=False), st.sampled_from(LANGUAGES))
def test_hiding_twice_changes_nothing(rng: random.Random, language: str) -> None:
    call = dialogue(rng, language, rng.choice(FRAMES[language].split("\n\n"))).transcript
    once = without_numbers(call)

    assert without_numbers(once) == once


@given(
    st.lists(st.text("09 0１一三零幺个ゼロいちにさんの-,.、oneto fvdubl•x元点", max_size=60), min_size=1, max_size=6),
    st.sampled_from(LANGUAGES),
)
def test_hiding_twice_changes_nothing_in_any_jumble(lines: list[str], language: str) -> None:
    turns = tuple(Turn(speaker=Speaker.CUSTOMER if i % 2 else Speaker.AGENT, text=line) for i, line in enumerate(lines))
    once = without_numbers(Transcript(language=language, turns=turns))

    assert without_numbers(once) == once
