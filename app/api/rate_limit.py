"""How much one API key may ask for: a bucket of tokens for each, filled again as time passes."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.kit.errors import AppError
from app.request import KnownClient

MINUTE = 60.0
# Buckets that are full again tell nothing; they are thrown away when there are so many.
MOST_BUCKETS = 10_000


class TooManyRequests(AppError):
    """This API key sends more requests than are taken in a minute; wait as long as Retry-After says."""

    code = "too_many_requests"
    status = 429


@dataclass(frozen=True)
class Taken:
    """What is left of a bucket: `limit` and `remaining` in requests, the times in whole seconds."""

    limit: int
    remaining: int
    full_in: int
    wait: int

    @property
    def headers(self) -> dict[str, str]:
        """The same as clients are told it, with every answer."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.full_in),
        }


class Buckets:
    """A bucket for each key; it holds the requests of one minute (0: no limit), and belongs to one process."""

    def __init__(self, per_minute: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._seconds = per_minute, seconds
        self._levels: dict[int, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key_id: int) -> Taken | None:
        """Take one request out of a key's bucket; `wait` says how long until there is one, if there is none."""
        if not self.per_minute:
            return None
        now, each = self._seconds(), MINUTE / self.per_minute
        with self._lock:
            level, at = self._levels.get(key_id, (float(self.per_minute), now))
            level = min(float(self.per_minute), level + (now - at) / each)
            is_there = level >= 1
            self._levels[key_id] = (level - 1 if is_there else level, now)
            left = self._levels[key_id][0]
            if len(self._levels) > MOST_BUCKETS:
                self._throw_full_ones_away(now, each)
        full_in = math.ceil((self.per_minute - left) * each)
        return Taken(self.per_minute, int(left), full_in, 0 if is_there else max(1, math.ceil((1 - level) * each)))

    def _throw_full_ones_away(self, now: float, each: float) -> None:
        self._levels = {
            key: (level, at) for key, (level, at) in self._levels.items() if level + (now - at) / each < self.per_minute
        }


async def limited(request: Request, client: KnownClient) -> None:
    """Count the request; refused where its key has sent too many."""
    buckets: Buckets = request.app.state.buckets
    taken = buckets.take(client.key_id)
    if taken is not None:
        request.state.answer_headers = taken.headers
        if taken.wait:
            raise TooManyRequests(retry_after=taken.wait)


Limited = Annotated[None, Depends(limited)]
