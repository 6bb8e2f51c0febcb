"""Who gets which review: a rule that can be read, gives the same answer every time, and favours nobody."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Hindrance(StrEnum):
    """Why nobody, or not this person, can be given a review."""

    NOBODY = "nobody"
    TEAM = "team"
    OWN_CALL = "own_call"
    LANGUAGE = "language"
    FULL = "full"


@dataclass(frozen=True)
class Task:
    """A review that is to be done: of which team's call, in which language, and by whom it must not be done.

    `not_by` took part in the call, scored it before, or gave this review back.
    """

    id: int
    team_id: int | None = None
    language: str | None = None
    not_by: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Reviewer:
    """Who can be given reviews: of which team's calls (None: of all), in which languages (none: in all).

    `open` is how many they have to do already, `most` how many they are given in all.
    """

    id: int
    open: int
    most: int
    team_id: int | None = None
    languages: frozenset[str] = frozenset()

    @property
    def room(self) -> int:
        """How many more they can be given."""
        return max(0, self.most - self.open)


@dataclass(frozen=True)
class Shares:
    """Who gets which review (both by id), in the order in which they were shared out, and what nobody can take."""

    given: tuple[tuple[int, int], ...] = ()
    left: tuple[tuple[int, Hindrance], ...] = ()

    @property
    def by_person(self) -> dict[int, tuple[int, ...]]:
        """What each person gets."""
        found: dict[int, list[int]] = {}
        for task, person in self.given:
            found.setdefault(person, []).append(task)
        return {person: tuple(tasks) for person, tasks in found.items()}


def hindrance(task: Task, person: Reviewer, open_now: int | None = None) -> Hindrance | None:
    """What keeps this person from doing a review; None where nothing does."""
    if task.team_id is not None and person.team_id not in (None, task.team_id):
        return Hindrance.TEAM
    if person.id in task.not_by:
        return Hindrance.OWN_CALL
    if person.languages and task.language is not None and task.language not in person.languages:
        return Hindrance.LANGUAGE
    if (person.open if open_now is None else open_now) >= person.most:
        return Hindrance.FULL
    return None


def shared_out(tasks: Iterable[Task], people: Sequence[Reviewer]) -> Shares:
    """Each review, in this order, to whoever may do it and has least to do; ties are drawn by a hash of both.

    Nothing is left that somebody who has room in the end could take.
    """
    load = {one.id: one.open for one in people}
    given: list[tuple[int, int]] = []
    left: list[tuple[int, Hindrance]] = []
    for task in tasks:
        able = [one.id for one in people if hindrance(task, one, load[one.id]) is None]
        if not able:
            left.append((task.id, _why_nobody(task, people, load)))
            continue
        chosen = min(able, key=lambda one: (load[one], _drawn(task.id, one)))
        load[chosen] += 1
        given.append((task.id, chosen))
    return Shares(tuple(given), tuple(left))


def _why_nobody(task: Task, people: Sequence[Reviewer], load: dict[int, int]) -> Hindrance:
    """The hindrance that would be the last one to remove."""
    order = tuple(Hindrance)
    # Who is given nothing at all is not somebody who could.
    found = [hindrance(task, one, load[one.id]) or Hindrance.FULL for one in people if one.most]
    return max(found, key=order.index, default=Hindrance.NOBODY)


def _drawn(task: int, person: int) -> bytes:
    return hashlib.sha256(f"assignment 1:{task}:{person}".encode()).digest()
