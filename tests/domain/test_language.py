"""What each language folds together and keeps apart."""

import pytest

from app.domain.language import UnknownLanguage, language


def test_english_writes_contractions_out_and_drops_fillers_and_noise() -> None:
    normal = language("en").normal
    assert normal("Um, I\u2019m afraid we can't — [noise] what's that?") == "i am afraid we can not what is that"
    assert normal("Mr.Raja, OK?") == "mr raja okay"


def test_japanese_writes_one_spelling_of_what_is_spelt_in_many_ways_and_spares_words_that_look_alike() -> None:
    normal = language("ja").normal
    assert normal("御電話頂き、誠に有難う御座います。") == normal("お電話いただき、まことにありがとうございます。")
    assert normal("他に御用は御座いますか") == normal("ほかにご用はございますか")
    assert normal("少々お待ち下さい") == normal("少々おまちください")
    assert normal("木下さんと御手洗さんが一致しました") == "木下さんと御手洗さんが一致しました"
    assert normal("以外に何か、行為の為替、自分から") == "以外に何か行為の為替自分から"
    for text in ("どの様な事でしょうか、済みません", "お繋ぎ致しますので暫くお待ち願えますか"):
        assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize(
    ("text", "names", "used"),
    [
        ("左様でございますか", ("田中",), 0),
        ("そういう仕様でございます", (), 0),
        ("三名様ですね", (), 0),
        ("広瀬様ですね", ("広瀬", "広瀬すみれ"), 1.0),
        ("武田信子様ですね", ("武田",), 1.0),
        ("渡辺様", ("渡部",), 0.8),
        ("担当の佐藤さんにおつなぎします", (), 0),
    ],
)
def test_japanese_agents_use_a_name_only_when_it_is_one(text: str, names: tuple[str, ...], used: float) -> None:
    assert max((one.strength for one in language("ja").names_used(text, names)), default=0) == used


def test_chinese_folds_traditional_and_width_and_keeps_numbers() -> None:
    normal = language("zh").normal
    assert normal("歡迎致電,嗯,請問有什麼可以幫您?") == normal("欢迎致电请问有什么可以帮您")
    assert normal("ＡＢＣ１２３ 十分抱歉") == "abc123十分抱歉"


def test_chinese_syllables_that_dialects_merge_sound_alike_and_others_do_not() -> None:
    phonetic = language("zh").phonetic
    assert phonetic("贵姓") == phonetic("贵性") == phonetic("柜信")
    assert phonetic("四") == phonetic("是") and phonetic("蓝") == phonetic("南")
    assert phonetic("王") != phonetic("李")


def test_japanese_compares_by_reading_whatever_the_writing() -> None:
    phonetic = language("ja").phonetic
    assert phonetic("お電話") == phonetic("おでんわ") == phonetic("オデンワ")
    assert phonetic("小川") != phonetic("大川")


@pytest.mark.parametrize(
    ("code", "text", "asked", "names"),
    [
        ("en", "hi steven this is paula jimenez", False, ("paula", "jimenez")),
        ("en", "Hello, Alison Reid here, I've been fined.", False, ("alison", "reid")),
        ("en", "hi it's heather i need an appointment", False, ("heather",)),
        ("en", "it's working fine", False, ()),
        ("en", "I'd rather not say.", True, ()),
        ("zh", "谢谢", True, ()),
        ("zh", "我是小米用户", False, ()),
        ("en", "hi my name is also robert jones um i need", False, ("robert", "jones")),
        ("en", "It's broken.", False, ()),
        ("en", "This is ridiculous.", False, ()),
        ("en", "Nadia Delacroix.", True, ("nadia", "delacroix")),
        ("en", "Nadia Delacroix.", False, ()),
        ("zh", "免贵姓何,人可何。", True, ("何",)),
        ("zh", "我是来查话费的", False, ()),
        ("zh", "收件人张丽华,就是我", False, ("张",)),
        ("ja", "田中です。", True, ("田中",)),
        ("ja", "大丈夫です。", True, ()),
        ("ja", "名前はちょっと言いたくありません。", True, ()),
        ("ja", "広瀬すみれです。", True, ("広瀬", "広瀬すみれ")),
        ("ja", "先週頼んだお米が来ないんですが、内藤です。", False, ("内藤",)),
        ("ja", "株式会社みどりの渡会と申します。", False, ("渡会",)),
        ("ja", "前の担当は佐藤です。", False, ()),
        ("ja", "住所は横浜です。", False, ()),
    ],
)
def test_names_are_learnt_from_how_customers_give_them(
    code: str, text: str, asked: bool, names: tuple[str, ...]
) -> None:
    assert language(code).names_given(text, language(code).normal(text), asked) == names


def test_a_language_without_rules_is_named_with_those_that_have_them() -> None:
    with pytest.raises(UnknownLanguage, match="en, zh, ja"):
        language("fr")


def test_regional_codes_mean_the_language() -> None:
    assert language("zh-TW") is language("zh")
