"""Work in a process apart: what goes beyond its limits is ended, and the next question is answered."""

import time
from collections.abc import Iterator

import pytest

from app.kit.apart import Apart, TooCostly


def add(one: int, other: int) -> int:
    return one + other


def compute_for_ever() -> None:
    while time.process_time() < float("inf"):
        pass


def take_all_memory() -> str:
    return "x" * (1 << 40)


def fail(words: str) -> None:
    raise KeyError(words)


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    made = Apart(memory_mb=2048)
    yield made
    made.close()


def test_it_answers_one_question_after_another(apart: Apart) -> None:
    assert [apart.ask(add, number, 1, seconds=10) for number in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("act", [compute_for_ever, take_all_memory])
def test_what_takes_too_much_is_ended_and_the_next_question_is_answered(apart: Apart, act) -> None:
    with pytest.raises(TooCostly):
        apart.ask(act, seconds=0.5)
    assert apart.ask(add, 1, 1, seconds=10) == 2


def test_a_fault_tells_where_it_arose_and_not_what_was_said(apart: Apart) -> None:
    with pytest.raises(RuntimeError, match="fail failed") as told:
        apart.ask(fail, "what was said in a call", seconds=10)
    assert "said in a call" not in str(told.value)
    assert "test_apart" in str(told.value)
