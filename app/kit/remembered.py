"""Answers that take long to work out and change slowly: told from memory for a while."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")
# So many different questions are remembered; the ones asked longest ago are forgotten first.
MOST = 1000


class Remembered(Generic[T]):
    """What was answered to each question, for so long; who asks while it is worked out anew takes what was known."""

    def __init__(self, length: timedelta) -> None:
        self.length = length
        self._known: OrderedDict[Hashable, tuple[datetime, T]] = OrderedDict()
        self._one_at_a_time = Lock()

    def answer(self, question: Hashable, now: datetime, work_out: Callable[[], T]) -> T:
        """What is known, if it is young enough; else what is found now."""
        known = self._known.get(question)
        if known is not None and now - known[0] < self.length:
            return known[1]
        if known is not None:
            self._keep(question, now, known[1])
        try:
            found = work_out()
        except BaseException:
            if known is not None:
                self._keep(question, *known)
            raise
        self._keep(question, now, found)
        return found

    def _keep(self, question: Hashable, since: datetime, answer: T) -> None:
        with self._one_at_a_time:
            self._known[question] = (since, answer)
            self._known.move_to_end(question)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
