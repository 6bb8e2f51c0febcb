"""Which calls are listened to: drawn at random within strata, so that a seed alone gives the same sample again."""

import hashlib
import heapq
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# The values of a call in the dimensions by which a plan stratifies, in the plan's order.
Key = tuple[str, ...]

# Of fewer calls nobody can tell how far they differ, so a stratum gives at least so many.
LEAST_DRAWN = 2
# A stratum with fewer calls than this is put together with its neighbour.
LEAST_CALLS = 10


@dataclass(frozen=True)
class Stratum:
    """Calls that are drawn from together: those of one key, or of several that were too small alone; `calls` by id.

    `drawn` of them are to be listened to: the first of them in the order of the seed.
    """

    keys: tuple[Key, ...]
    calls: tuple[int, ...]
    drawn: int

    @property
    def name(self) -> str:
        """What it is called in the draw: its first key, which no other stratum has."""
        return json.dumps(self.keys[0], ensure_ascii=False, separators=(",", ":"))

    @property
    def probability(self) -> float:
        """How likely each of its calls was to be drawn (0-1)."""
        return self.drawn / len(self.calls)


def strata(calls: Iterable[tuple[int, Key]], size: int) -> tuple[Stratum, ...]:
    """The strata of some calls, and how many of `size` calls are drawn from each: in proportion, by largest remainder.

    A stratum too small to give two calls, or with fewer than ten, is collapsed (see `collapsed`).
    """
    by_key: dict[Key, list[int]] = defaultdict(list)
    for call, key in calls:
        by_key[key].append(call)
    sizes = {key: len(found) for key, found in by_key.items()}
    groups = collapsed(sizes, smallest(sum(sizes.values()), size))
    shares = allocated([sum(sizes[key] for key in keys) for keys in groups], size)
    return tuple(
        Stratum(keys, tuple(sorted(call for key in keys for call in by_key[key])), drawn)
        for keys, drawn in zip(groups, shares, strict=True)
    )


def strata_of_each(calls: Iterable[tuple[int, Key]], size: int) -> tuple[Stratum, ...]:
    """The strata when `size` calls are drawn of each value of the first dimension, such as of each agent.

    What is too small is put together within that value, never across: so many of each are promised.
    """
    by_first: dict[str, list[tuple[int, Key]]] = defaultdict(list)
    for call, key in calls:
        by_first[key[0]].append((call, key))
    return tuple(one for first in sorted(by_first) for one in strata(by_first[first], size))


def smallest(population: int, size: int) -> int:
    """How many calls a stratum needs: ten, and so many that its proportional share is two calls of the sample."""
    return max(LEAST_CALLS, math.ceil(LEAST_DRAWN * population / size)) if size else population


def collapsed(sizes: Mapping[Key, int], least: int) -> tuple[tuple[Key, ...], ...]:
    """Which keys are put together, so that each stratum has `least` calls where that can be.

    Among those that differ in the last dimension alone, the smallest is joined to the next smallest (of equal ones the
    first by name) as long as it is too small; what is still too small then, among those that differ in the last two;
    and so on. So a neighbour is as like as can be.
    """
    groups: dict[Key, list[tuple[int, tuple[Key, ...]]]] = defaultdict(list)
    for key, size in sizes.items():
        groups[key].append((size, (key,)))
    depth = len(next(iter(sizes), ()))
    for shared in range(depth - 1, -1, -1):
        wider: dict[Key, list[tuple[int, tuple[Key, ...]]]] = defaultdict(list)
        for prefix, found in groups.items():
            wider[prefix[:shared]].extend(found)
        groups = defaultdict(list, {prefix: _joined(found, least) for prefix, found in wider.items()})
    return tuple(sorted(keys for found in groups.values() for _, keys in found))


def allocated(sizes: Sequence[int], size: int) -> tuple[int, ...]:
    """How many calls are drawn from each stratum: in proportion to its calls, the largest remainders rounded up.

    Each gives at least two, or all it has; the others share the rest in proportion.
    """
    size = min(size, sum(sizes))
    least = [min(LEAST_DRAWN, one) for one in sizes]
    if sum(least) > size:
        return _by_remainder(sizes, size)
    raised: set[int] = set()
    while True:
        free = [place for place in range(len(sizes)) if place not in raised]
        rest, calls = size - sum(least[place] for place in raised), sum(sizes[place] for place in free)
        below = {place for place in free if rest * sizes[place] < least[place] * calls}
        if not below:
            shares = dict(zip(free, _by_remainder([sizes[place] for place in free], rest), strict=True))
            return tuple(shares.get(place, least[place]) for place in range(len(sizes)))
        raised |= below


def in_order(seed: int, stratum: str, calls: Iterable[int], first: int | None = None) -> list[int]:
    """The calls of a stratum in the order in which they are drawn: by SHA-256 of seed, stratum and call.

    The first so many are the sample, those that follow its reserve; `first` asks for so many of them alone.
    """
    start = hashlib.sha256(f"{seed}|{stratum}|".encode())

    def place(call: int) -> tuple[bytes, int]:
        digest = start.copy()
        digest.update(b"%d" % call)
        return digest.digest(), call

    return sorted(calls, key=place) if first is None else heapq.nsmallest(first, calls, key=place)


def drawn(seed: int, stratum: Stratum) -> list[int]:
    """The calls that a seed draws from a stratum, in the order in which it draws them."""
    return in_order(seed, stratum.name, stratum.calls, stratum.drawn)


def fingerprint(calls: Iterable[int]) -> str:
    """The SHA-256 of a population: of its calls' ids in ascending order."""
    return hashlib.sha256(",".join(map(str, sorted(calls))).encode()).hexdigest()


def _joined(found: list[tuple[int, tuple[Key, ...]]], least: int) -> list[tuple[int, tuple[Key, ...]]]:
    heapq.heapify(found)
    while len(found) > 1 and found[0][0] < least:
        (one, keys), (other, more) = heapq.heappop(found), heapq.heappop(found)
        heapq.heappush(found, (one + other, tuple(sorted((*keys, *more)))))
    return found


def _by_remainder(sizes: Sequence[int], size: int) -> tuple[int, ...]:
    """Shares of `size` in proportion; of equal remainders the larger stratum is rounded up, then the first."""
    whole = sum(sizes)
    if not whole:
        return tuple(0 for _ in sizes)
    shares = [size * one // whole for one in sizes]
    left = size - sum(shares)
    order = sorted(range(len(sizes)), key=lambda place: (-(size * sizes[place] % whole), -sizes[place], place))
    for place in order[:left]:
        shares[place] += 1
    return tuple(shares)
