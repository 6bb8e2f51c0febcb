"""Turn-taking: who speaks next, and all orders of turns weighed together."""

from itertools import pairwise, product
from math import exp, log

import numpy as np
import pytest

from app.transcription.alternation import change_odds, weighed


@pytest.mark.parametrize(
    ("code", "question", "statement", "answer"),
    [
        ("en", "May I take your name?", "I will check that.", "Yes, it's Marsh."),
        ("zh", "请问您贵姓？", "我帮您查一下。", "嗯，我姓王。"),
        ("ja", "お名前をお願いできますか。", "お調べいたします。", "はい、田中です。"),
    ],
)
def test_after_a_question_and_before_an_answer_the_other_one_is_likelier(code, question, statement, answer):
    assert change_odds(0.5, question, statement, code) > change_odds(0.5, statement, statement, code)
    assert change_odds(0.5, statement, answer, code) > change_odds(0.5, statement, statement, code)
    assert change_odds(0.5, question, answer, code) > 1


def test_nobody_takes_over_without_a_pause_or_after_a_comma():
    assert change_odds(0.0, "I will check.", "One moment.", "en") < -1
    assert change_odds(0.5, "I will check,", "one moment.", "en") < -1


def test_all_orders_of_turns_are_weighed():
    odds, changes = np.array([1.2, -0.3, 0.4, -2.0]), np.array([-0.7, 0.9, 0.0])
    total, agent = 0.0, np.zeros(4)
    for order in product((0, 1), repeat=4):
        likely = 0.5 * exp(sum(odd * (who - 0.5) for odd, who in zip(odds, order, strict=True)))
        for (before, after), change in zip(pairwise(order), changes, strict=True):
            likely *= 1 / (1 + exp(-change if before != after else change))
        total += likely
        agent += likely * np.array(order)
    found = weighed(odds, changes)
    assert np.allclose(found.agent, agent / total)
    assert found.fit == pytest.approx(log(total))


def test_an_unclear_utterance_follows_its_neighbours():
    odds = np.array([3.0, 0.0, 3.0])
    assert weighed(odds, np.array([-2.0, -2.0])).agent[1] > 0.9
    assert weighed(odds, np.array([2.0, 2.0])).agent[1] < 0.1
