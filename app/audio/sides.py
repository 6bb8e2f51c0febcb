"""Which of two channels is the agent's, told by when the agent spoke."""

from collections.abc import Sequence
from typing import Literal

from app.domain.transcript import Activity, Span


def agent_side(peaks: bytes, activity: Activity) -> Literal["left", "right"] | None:
    """The channel that is loud when the agent speaks and quiet when the customer does; None when none is.

    `peaks` are those of `playback.peaks` of a recording with two channels.
    """
    left, right = peaks[: len(peaks) // 2], peaks[len(peaks) // 2 :]
    agent = _loudness(left, activity.agent) - _loudness(right, activity.agent)
    customer = _loudness(left, activity.customer) - _loudness(right, activity.customer)
    if agent == customer:
        return None
    return "left" if agent > customer else "right"


def _loudness(channel: bytes, spans: Sequence[Span]) -> float:
    """The mean of the peaks in these stretches; 0 where there are none."""
    from app.audio.playback import PEAKS_PER_SECOND

    heard = b"".join(
        channel[round(span.start * PEAKS_PER_SECOND) : round(span.end * PEAKS_PER_SECOND)] for span in spans
    )
    return sum(heard) / len(heard) if heard else 0.0
