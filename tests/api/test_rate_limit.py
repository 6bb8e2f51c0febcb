"""A key that asks too often waits; the others do not."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.api.rate_limit import Buckets
from app.settings import Settings
from tests.api.conftest import Api


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"api_per_minute": 3})


def test_after_a_minutes_requests_a_key_is_told_to_wait(api: Api) -> None:
    key = api.key()
    answers = [api.get("/calls", key=key) for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert [one.headers["RateLimit-Remaining"] for one in answers] == ["2", "1", "0", "0", "0"]
    assert answers[0].headers["RateLimit-Limit"] == "3"
    refused = answers[-1]
    assert refused.json()["code"] == "too_many_requests"
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.headers["X-Request-Id"]
    assert api.get("/calls", key=api.key()).status_code == 200


def test_what_opens_nothing_is_not_counted(api: Api) -> None:
    for _ in range(5):
        assert api.get("/calls", key="cm_guessed").status_code == 401


def test_a_bucket_fills_again_as_time_passes() -> None:
    clock = Clock()
    buckets = Buckets(60, clock)
    taken = [buckets.take(1) for _ in range(61)]
    assert [one.wait for one in taken if one][-2:] == [0, 1]
    clock.now += 1
    assert [one.wait for one in (buckets.take(1), buckets.take(1)) if one] == [0, 1]
    clock.now += 3600
    full = buckets.take(1)
    assert full is not None
    assert (full.remaining, full.full_in) == (59, 1)


def test_no_more_than_there_is_is_taken_however_many_ask_at_once() -> None:
    buckets = Buckets(500, Clock())
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: buckets.take(1), range(800)))
    assert sum(one is not None and not one.wait for one in taken) == 500


def test_without_a_limit_nothing_is_counted() -> None:
    assert Buckets(0).take(1) is None


def test_buckets_that_are_full_again_are_thrown_away() -> None:
    clock = Clock()
    buckets = Buckets(60, clock)
    for key in range(10_000):
        buckets.take(key)
    clock.now += 60
    buckets.take(10_001)
    assert len(buckets._levels) == 1
