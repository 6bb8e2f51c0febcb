"""Who said which of several utterances, weighed over all the ways in which two people can take turns."""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

# How likely the next utterance is somebody else's (odds as a logarithm).
AFTER_QUESTION, AFTER_PAUSE, WITHOUT_PAUSE = 0.8, -0.3, -2.0


def agent_shares(odds: Vector, changes: Vector) -> Vector:
    """The chance that the agent said each utterance, from 0 to 1.

    `odds` is what speaks for the agent at each, `changes` for a change of speaker between one and the next, both as
    logarithms of odds.
    """
    scores = np.stack([-odds / 2, odds / 2], axis=1)
    moves = np.log(1 / (1 + np.exp(-np.stack([-changes, changes], axis=1))))
    forward, backward = scores.copy(), np.zeros_like(scores)
    for step, (stay, change) in enumerate(moves):
        came = np.array([[stay, change], [change, stay]]) + forward[step][:, None]
        forward[step + 1] += np.logaddexp(came[0], came[1])
    for step in range(len(moves) - 1, -1, -1):
        stay, change = moves[step]
        goes = np.array([[stay, change], [change, stay]]) + backward[step + 1] + scores[step + 1]
        backward[step] = np.logaddexp(goes[:, 0], goes[:, 1])
    total = forward + backward
    return np.asarray(1 / (1 + np.exp(np.clip(total[:, 0] - total[:, 1], -50, 50))))
