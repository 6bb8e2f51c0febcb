"""What Prometheus is told: how many, and how long."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily

FORMAT = CONTENT_TYPE_LATEST

REQUESTS = Histogram(
    "callmark_request_seconds",
    "How long requests took, by method, route and status.",
    ["method", "route", "status"],
    buckets=(0.01, 0.05, 0.15, 0.5, 1, 5, 30),
)
STEPS = Histogram(
    "callmark_step_seconds",
    "How long steps of jobs took, by step and how they ended.",
    ["step", "ended"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600),
)
SWEEP_FAILURES = Counter("callmark_sweep_failures", "Parts of the sweep that failed, by part.", ["part"])


@dataclass(frozen=True)
class Gauge:
    """A number as it is at this moment."""

    name: str
    told: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class _Asked:
    """Gauges that are worked out when somebody asks, and forgotten then."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for one in self._gauges:
            family = families.setdefault(one.name, GaugeMetricFamily(one.name, one.told, labels=list(one.labels)))
            family.add_metric(list(one.labels.values()), one.value)
        return iter(families.values())


def written(gauges: Iterable[Gauge] = ()) -> bytes:
    """All that this process has counted, and these gauges, as Prometheus reads it."""
    now = CollectorRegistry()
    now.register(_Asked(gauges))
    return generate_latest() + generate_latest(now)


@contextmanager
def timed_step(step: str) -> Iterator[list[str]]:
    """Measure a step; how it ended is put into the list, else it is `unforeseen`."""
    began, ended = perf_counter(), ["unforeseen"]
    try:
        yield ended
    finally:
        STEPS.labels(step, ended[-1]).observe(perf_counter() - began)
