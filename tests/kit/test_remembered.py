"""What is told from memory: young enough, of the question that was asked, and never forgotten halfway."""

from datetime import UTC, datetime, timedelta

import pytest

from app.kit import remembered
from app.kit.remembered import Remembered

NOW = datetime(2026, 10, 5, tzinfo=UTC)
LATER = NOW + timedelta(minutes=6)


def test_an_answer_is_told_again_until_it_is_old() -> None:
    known: Remembered[int] = Remembered(timedelta(minutes=5))
    assert [
        known.answer("a", NOW, lambda: 1),
        known.answer("a", NOW, lambda: 2),
        known.answer("b", NOW, lambda: 3),
    ] == [
        1,
        1,
        3,
    ]
    assert known.answer("a", LATER, lambda: 4) == 4


def test_who_asks_while_it_is_worked_out_anew_takes_what_was_known() -> None:
    known: Remembered[int] = Remembered(timedelta(minutes=5))
    known.answer("a", NOW, lambda: 1)
    assert known.answer("a", LATER, lambda: known.answer("a", LATER, lambda: 99) + 1) == 2


def test_what_could_not_be_worked_out_is_tried_again_by_the_next_who_asks() -> None:
    known: Remembered[int] = Remembered(timedelta(minutes=5))
    known.answer("a", NOW, lambda: 1)
    with pytest.raises(ZeroDivisionError):
        known.answer("a", LATER, lambda: 1 // 0)
    assert known.answer("a", LATER, lambda: 2) == 2


def test_the_question_asked_longest_ago_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    known: Remembered[int] = Remembered(timedelta(minutes=5))
    for question in ("a", "b"):
        known.answer(question, NOW, lambda: 1)
    # Asked again, "a" is not the oldest any more, not even while it is worked out.
    known.answer("a", LATER, lambda: known.answer("c", LATER, lambda: 1))
    assert known.answer("b", LATER, lambda: 2) == 2
    assert known.answer("a", LATER, lambda: 3) == 1
