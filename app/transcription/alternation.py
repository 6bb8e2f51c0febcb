"""Who said which of several utterances, weighed over all the ways in which two people can take turns."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

# How likely the next utterance is somebody else's, as logarithms of odds. The longer the pause, the likelier; but
# people pause within their own sentences, too, and longer than actors do, so that a long pause alone tells nothing.
SHORT_PAUSE_SECONDS, LONG_PAUSE_SECONDS = 0.4, 0.6
WITHIN_SENTENCE, SHORT_PAUSE, MIDDLE_PAUSE, LONG_PAUSE = -3.5, -2.2, -0.7, 0.0
AFTER_QUESTION, AFTER_COMMA, BEFORE_ANSWER = 2.0, -1.3, 1.2
QUESTION = re.compile(r"[?？]$|(?:吗|呢|か)[。.]?$")
COMMA = (",", "，", "、")
# How an utterance begins that answers what the other one said.
ANSWER: Mapping[str, str] = {
    "en": r"(?:yes|yeah|yep|no|nope|sure|okay|ok|fine|right|all right|alright|thank|thanks|great|of course|certainly"
    r"|hi|hello|sorry|oh|um|uh)\b",
    "zh": r"嗯|哦|啊|好|对|是的|行|没|不|可以|喂|哎",
    "ja": r"はい|ええ|うん|あ|えっと|かしこまり|承知|ありがと|いえ",
}


class Weighed(NamedTuple):
    """The chance that the agent said each utterance (0-1), and how well all of it fits together (a logarithm)."""

    agent: Vector
    fit: float


def change_odds(pause: float, before: str, after: str, code: str) -> float:
    """How likely `after` is said by somebody else than `before`, as a logarithm of the odds; the pause in seconds."""
    odds = LONG_PAUSE if pause >= LONG_PAUSE_SECONDS else MIDDLE_PAUSE if pause >= SHORT_PAUSE_SECONDS else SHORT_PAUSE
    if QUESTION.search(before.rstrip()):
        odds += AFTER_QUESTION
    if before.rstrip().endswith(COMMA):
        odds += AFTER_COMMA
    if code in ANSWER and re.match(ANSWER[code], after.lstrip(), re.IGNORECASE):
        odds += BEFORE_ANSWER
    return odds


def weighed(odds: Vector, changes: Vector) -> Weighed:
    """The speakers of utterances, over all orders of turns (forward and backward).

    `odds` is what speaks for the agent at each, `changes` for a change of speaker between one and the next, both as
    logarithms of odds.
    """
    scores = np.stack([-odds / 2, odds / 2], axis=1)
    moves = -np.log1p(np.exp(-np.stack([-changes, changes], axis=1)))
    forward, backward = scores + np.log(0.5), np.zeros_like(scores)
    for step, (stay, change) in enumerate(moves):
        came = np.array([[stay, change], [change, stay]]) + forward[step][:, None]
        forward[step + 1] = np.logaddexp(came[0], came[1]) + scores[step + 1]
    for step in range(len(moves) - 1, -1, -1):
        stay, change = moves[step]
        goes = np.array([[stay, change], [change, stay]]) + backward[step + 1] + scores[step + 1]
        backward[step] = np.logaddexp(goes[:, 0], goes[:, 1])
    total = forward + backward
    agent = 1 / (1 + np.exp(np.clip(total[:, 0] - total[:, 1], -50, 50)))
    return Weighed(np.asarray(agent), float(np.logaddexp(*forward[-1])))
