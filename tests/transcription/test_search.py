"""Calls are found by what was said in them, by those who may see them, as long as it is said in them."""

import json
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from app.accounts.models import Role, User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.calls.queries import Wanted
from app.kit.db import id_of
from app.kit.migrations import alembic_config, upgrade
from app.ledger.service import Actor, machine
from app.transcription import mending, queries
from app.transcription.models import Spoken
from app.transcription.said import phrases, spans
from app.transcription.service import forget_words, keep_transcript
from tests.cast import Cast, make_cast
from tests.factories import make_call
from tests.stored import NOW, received

ALICE = Actor("Alice", NOW)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def said(session: Session, *lines: str, language: str = "en", agent: str = "dana", **facts: Any) -> Call:
    """A call of Dana's in which this was said."""
    call = received(session, f"{lines} {agent}", agent=agent, **facts)
    transcript = make_call(*(f"{9 * at}-{9 * at + 8} {line}" for at, line in enumerate(lines)), language=language)
    keep_transcript(session, call, transcript, "test", machine(NOW), attempt=1)
    return call


def found(session: Session, user: User, asked: str) -> list[int]:
    """Which calls a person finds when they type this."""
    wanted = phrases(asked)
    sought = Wanted(words=tuple(one.typed for one in wanted), said=queries.said(session, wanted))
    return list(calls.call_ids(session, user, sought, limit=50))


def test_a_word_is_found_by_its_beginning_whatever_its_case_and_width(session: Session, cast: Cast) -> None:
    call = said(session, "agent: Your refund was DECLINED, sir.")
    for asked in ("refund", "refu", "REFUND", "ｒｅｆｕｎｄ", "declined", "sir"):
        assert found(session, cast.ada, asked) == [call.id], asked
    for asked in ("fund", "refunded", "re", "decline sirs"):
        assert found(session, cast.ada, asked) == [], asked


def test_chinese_is_found_by_any_two_characters_that_follow_each_other(session: Session, cast: Cast) -> None:
    call = said(session, "customer: 我想退款,可以吗?", "agent: 好的。", language="zh")
    other = said(session, "customer: 我想退货。", language="zh")
    assert found(session, cast.ada, "退款") == [call.id]
    assert found(session, cast.ada, "款可") == [call.id], "what separates two sentences is no letter"
    assert found(session, cast.ada, "我想") == [other.id, call.id]
    assert found(session, cast.ada, "想货") == []


def test_one_chinese_character_finds_the_calls_that_have_it(session: Session, cast: Cast) -> None:
    call = said(session, "customer: 我要换卡", language="zh")
    assert found(session, cast.ada, "卡") == [call.id]
    assert found(session, cast.ada, "换") == [call.id]
    assert found(session, cast.ada, "货") == []


def test_three_characters_are_found_as_they_stand_not_by_their_pairs(session: Session, cast: Cast) -> None:
    apart = said(session, "customer: 信用很好,用卡方便", language="zh")
    together = said(session, "customer: 我的信用卡丢了", language="zh")
    assert found(session, cast.ada, "信用卡") == [together.id]
    assert apart.id in found(session, cast.ada, "信用")


def test_japanese_is_found_in_kanji_and_in_either_width_of_kana(session: Session, cast: Cast) -> None:
    call = said(session, "agent: お申し込みはアプリでお願いします。", language="ja")
    for asked in ("申し込み", "アプリ", "ｱﾌﾟﾘ", "願い"):
        assert found(session, cast.ada, asked) == [call.id], asked


def test_chinese_with_latin_words_in_it_is_found_with_and_without_spaces(session: Session, cast: Cast) -> None:
    call = said(session, "customer: 我的APP打不开", language="zh")
    for asked in ("app打不开", '"APP 打不开"', "app", "打不开 APP"):
        assert found(session, cast.ada, asked) == [call.id], asked


def test_all_words_are_wanted_in_any_turn(session: Session, cast: Cast) -> None:
    call = said(session, "agent: Your parcel left.", "customer: My card was stolen.")
    said(session, "agent: Your parcel left again.")
    assert found(session, cast.ada, "stolen parcel") == [call.id]


def test_quotation_marks_keep_a_phrase_together(session: Session, cast: Cast) -> None:
    call = said(session, "customer: My card, was declined yesterday.")
    said(session, "customer: My card is here, it was declined.")
    for asked in ('"card was declined"', "“card was declined”", '"card was decl', "「card was」"):
        assert found(session, cast.ada, asked) == [call.id], asked
    assert len(found(session, cast.ada, "card was declined")) == 2


def test_a_phrase_does_not_reach_from_one_turn_into_the_next(session: Session, cast: Cast) -> None:
    said(session, "customer: My card", "agent: was declined.")
    assert found(session, cast.ada, '"card was"') == []


@pytest.mark.parametrize(
    "asked",
    ['"', '""', "*", "%", "_", "NEAR(", "NEAR(a b)", "a AND", "NOT a", "-x", "a:b", "'", "\\", "a|b&c!(d)"],
)
def test_odd_input_is_words_or_nothing(session: Session, cast: Cast, asked: str) -> None:
    said(session, "customer: nothing of the kind")
    found(session, cast.ada, asked)


def test_signs_alone_find_no_call_by_its_words(session: Session, cast: Cast) -> None:
    said(session, "customer: 100 % of it")
    assert found(session, cast.ada, "%") == []
    assert found(session, cast.ada, "*") == []


def test_very_much_input_is_cut(session: Session, cast: Cast) -> None:
    call = said(session, "customer: one two three")
    assert found(session, cast.ada, " ".join(["two"] * 500)) == [call.id]


def test_file_id_and_customer_are_found_beside_what_was_said(session: Session, cast: Cast) -> None:
    call = said(session, "agent: hello", external_id="pbx-77", customer_name="Li Na")
    for asked in ("pbx-77", "li na", "call.json", "X-7"):
        assert found(session, cast.ada, asked) == [call.id], asked


def test_nobody_finds_what_they_may_not_see(session: Session, cast: Cast) -> None:
    of_dana = said(session, "agent: a secret handshake")
    of_kenji = said(session, "agent: a secret handshake", agent="kenji")
    assert found(session, cast.ada, "handshake") == [of_kenji.id, of_dana.id]
    assert found(session, cast.alice, "handshake") == [of_dana.id]
    assert found(session, cast.charlie, "handshake") == [of_kenji.id]
    assert found(session, cast.dana, "handshake") == [of_dana.id]
    assert found(session, cast.mei, "handshake") == []


def test_mended_words_are_found_and_those_they_replace_are_not(session: Session, cast: Cast) -> None:
    call = said(session, "customer: I want a refunt")
    call.state = CallState.SCORED
    mending.mend(session, id_of(call), mending.words(0, "I want a refund"), ALICE)
    assert found(session, cast.ada, "refund") == [call.id]
    assert found(session, cast.ada, "refunt") == []


def test_of_a_deleted_call_no_word_is_left_in_the_index(session: Session, cast: Cast) -> None:
    call = said(session, "customer: My name is Zebediah Quill")
    other = said(session, "customer: Something else")
    session.commit()
    forget_words(session, id_of(call))
    session.commit()
    assert found(session, cast.ada, "zebediah") == []
    assert [one.call_id for one in session.exec(select(Spoken))] == [other.id]
    if session.get_bind().dialect.name == "sqlite":
        kept = b"".join(session.execute(text("SELECT block FROM spoken_index_data")).scalars())
        assert b"something" in kept
        assert b"zebediah" not in kept
        assert b"quill" not in kept


def test_a_call_of_many_hours_is_found_by_its_last_words(session: Session, cast: Cast) -> None:
    lines = [
        f"customer: word{at} 这是第{chr(0x4E00 + at % 20000)}{chr(0x4E00 + at * 7 % 20000)}句" for at in range(3000)
    ]
    call = said(session, *lines, "agent: Farewell then")
    assert found(session, cast.ada, "farewell") == [call.id]
    assert found(session, cast.ada, "word2999") == [call.id]


def test_more_different_words_than_an_index_takes_still_keep_the_call(session: Session, cast: Cast) -> None:
    # Letters: so many digits would be numbers that are hidden.
    letters = str.maketrans("0123456789", "abcdefghij")
    text_of_many = " ".join(f"{at:040}".translate(letters) for at in range(30_000))
    call = said(session, f"customer: aardvark {text_of_many}")
    assert found(session, cast.ada, "a" * 40) == [call.id]


def test_the_words_that_were_found_are_known_in_the_text_as_it_was_written() -> None:
    written = "ｶﾞｽ代のＡＰＰ: My Card was declined."
    for asked, there in (("ガス", "ｶﾞｽ"), ("app", "ＡＰＰ"), ('"card was"', "Card was"), ("decl", "decl")):
        assert [written[start:end] for start, end in spans(written, phrases(asked))] == [there]
    assert spans(written, phrases("ard")) == ()


def test_calls_that_were_heard_before_can_be_searched_after_the_update(database_url: str, engine: Engine) -> None:
    config = alembic_config(database_url)
    command.downgrade(config, "0006")
    newest = {"language": "zh", "turns": [{"speaker": "agent", "start": 1.5, "end": 2, "text": "可以退款, ＯＫ?"}]}
    with engine.begin() as connection:
        for call_id, state in ((1, "scored"), (2, "deleted"), (3, "scored")):
            connection.execute(
                text(
                    "INSERT INTO call (id, content_hash, blob, file_name, size_bytes, state, attempt, step, progress,"
                    " direction, queue, started_at, site_day, created_at, created_by, version) VALUES (:id, :hash, '',"
                    " 'a.json', 1, :state, 1, '', 0, 'inbound', '', '2026-10-05 00:00:00+00:00', '2026-10-05',"
                    " '2026-10-05 00:00:00+00:00', 'x', 1)"
                ),
                {"id": call_id, "hash": str(call_id), "state": state},
            )
            for revision, content in ((1, {"language": "zh", "turns": []}), (2, newest)):
                connection.execute(
                    text(
                        "INSERT INTO transcript_revision (call_id, revision, engine, content, created_at, created_by)"
                        " VALUES (:call, :revision, 'x', :content, '2026-10-05 00:00:00+00:00', 'x')"
                    ),
                    {"call": call_id, "revision": revision, "content": json.dumps(content)},
                )
    upgrade(database_url)
    with Session(engine) as session:
        assert session.get(Spoken, 2) is None
        before = session.get_one(Spoken, 1).model_dump(exclude={"call_id"})
        sought = Wanted(said=queries.said(session, phrases("退款 ok")))
        anybody = User(username="x", name="x", role=Role.ADMIN, created_at=NOW)
        assert list(calls.call_ids(session, anybody, sought, limit=9)) == [3, 1]
        # What the update wrote is what the product itself writes.
        call = session.get_one(Call, 3)
        keep_transcript(session, call, queries.current(session, 1).transcript, "x", machine(NOW))  # type: ignore[union-attr]
        assert session.get_one(Spoken, 3, populate_existing=True).model_dump(exclude={"call_id"}) == before
