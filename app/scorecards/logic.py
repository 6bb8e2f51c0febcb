"""Which parts of a rule can never decide anything, by trying every way in which its simple rules can come out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from pydantic import BaseModel

from app.domain.rules import Operator
from app.domain.rules.combine import AllOf, AnyOf, Not
from app.domain.rules.event_kind import EventKind
from app.domain.rules.fact import Fact
from app.domain.rules.for_each import ForEach
from app.domain.rules.rule import FAIL_TO, PASS_FROM
from app.domain.rules.say import Say
from app.scorecards.lines import Step

# How far a rule is fulfilled; None where it does not apply.
Degree = float | None
CERTAIN, TOLD, APPLYING = (1.0, 0.0), (1.0, 0.5, 0.0), (1.0, 0.5, 0.0, None)
# With more ways than this a rule is taken as it is.
MOST_WAYS = 20_000
DIRECTION = "direction"


@dataclass(frozen=True)
class Node:
    """A rule, where it stands, and the rules it is made of."""

    steps: tuple[Step, ...]
    rule: Operator
    parts: tuple["Node", ...] = ()


def tree(rule: Operator, steps: tuple[Step, ...]) -> Node:
    """A rule with its places as its author wrote them."""
    here = (*steps, rule.key)
    if isinstance(rule, AllOf | AnyOf):
        return Node(here, rule, tuple(tree(one, (*here, place)) for place, one in enumerate(rule.rules)))
    if isinstance(rule, Not):
        return Node(here, rule, (tree(rule.rule, here),))
    return Node(here, rule)


def nested(rule: Operator, steps: tuple[Step, ...], in_hold: bool = False) -> Iterator[tuple[Node, bool]]:
    """The rule itself and those inside its simple ones, each decided on its own; and whether each is about a hold."""
    root = tree(rule, steps)
    yield root, in_hold
    for node in nodes(root):
        if not node.parts:
            for inner, place in _inside(node.rule, node.steps):
                yield from nested(inner, place, in_hold or isinstance(node.rule, ForEach))


def _inside(value: BaseModel, steps: tuple[Step, ...]) -> Iterator[tuple[Operator, tuple[Step, ...]]]:
    """The rules that stand in the settings of a simple one."""
    for name in type(value).model_fields:
        below = getattr(value, name)
        if isinstance(below, Operator):
            yield below, (*steps, name)
        elif isinstance(below, BaseModel):
            yield from _inside(below, (*steps, name))


def nodes(node: Node) -> Iterator[Node]:
    """A rule and all it is made of."""
    yield node
    for part in node.parts:
        yield from nodes(part)


def undecisive(root: Node, applies: Node | None) -> Iterator[tuple[tuple[Step, ...], str]]:
    """The parts without which every call would be judged the same, and what can only come out one way."""
    ways = list(_ways(root, applies))
    if not ways:
        return
    granted = " when applies_when is" if applies is not None else ""
    outcomes = [_degree(root, way, ()) for way in ways]
    if not any(one is not None and one >= PASS_FROM for one in outcomes):
        yield root.steps, f"can never be fulfilled{granted}; expected a rule that some calls fulfil"
        return
    if root.parts or applies is not None:
        told = [one for one in outcomes if one is not None]
        if not any(one <= FAIL_TO for one in told):
            yield root.steps, f"is always fulfilled{granted}; expected a rule that some calls fail"
            return
    left_out: tuple[Node, ...] = ()
    parts = [part for one in nodes(root) if isinstance(one.rule, AllOf | AnyOf) for part in one.parts]
    # The outermost first, and the last: of two that stand for each other, the one that came later is told.
    for _, node in sorted(enumerate(parts), key=lambda one: (len(one[1].steps), -one[0])):
        without = (*left_out, node)
        if any(node.steps[: len(one.steps)] == one.steps for one in left_out):
            continue
        if all(_degree(root, way, without) == outcome for way, outcome in zip(ways, outcomes, strict=True)):
            left_out = without
            yield node.steps, f"never decides: without it every call would be judged the same{granted}"


def _ways(root: Node, applies: Node | None) -> Iterator[dict[str, Degree]]:
    """Every way in which the simple rules can come out when the item applies; none when there are too many."""
    simple = {
        _name(one.rule): one.rule for top in (root, applies) if top is not None for one in nodes(top) if not one.parts
    }
    outcomes = [_outcomes(rule) for rule in simple.values()]
    count = 1
    for one in outcomes:
        count *= len(one)
    if count > MOST_WAYS:
        return
    for degrees in product(*outcomes):
        way = dict(zip(simple, degrees, strict=True))
        if applies is None or (_degree(applies, way, ()) or 0.0) >= PASS_FROM:
            yield way


def _outcomes(rule: Operator) -> tuple[Degree, ...]:
    if isinstance(rule, Fact):
        return CERTAIN
    is_plain = isinstance(rule, Say | EventKind) and not any(_inside(rule, ()))
    return TOLD if is_plain else APPLYING


def _degree(node: Node, way: dict[str, Degree], left_out: tuple[Node, ...]) -> Degree:
    """How far a rule is fulfilled when its simple ones come out so, as the operators reckon it."""
    if any(node is one for one in left_out):
        return None
    if isinstance(node.rule, Not):
        inner = _degree(node.parts[0], way, left_out)
        return None if inner is None else 1 - inner
    if node.parts:
        degrees = [one for part in node.parts if (one := _degree(part, way, left_out)) is not None]
        if not degrees:
            return None
        return min(degrees) if isinstance(node.rule, AllOf) else max(degrees)
    degree = way[_name(node.rule)]
    if isinstance(node.rule, Fact) and degree is not None and node.rule.direction == "outbound":
        return 1 - degree
    return degree


def _name(rule: Operator) -> str:
    """What is the same for rules that always come out the same."""
    if isinstance(rule, Fact):
        return DIRECTION
    return json.dumps(rule.model_dump(mode="json"), sort_keys=True)


def misplaced(node: Node, in_hold: bool, longest_seconds: float) -> Iterator[tuple[tuple[Step, ...], str]]:
    """What in a simple rule has no hold to look at, or leaves none."""
    rule = node.rule
    if isinstance(rule, EventKind) and not in_hold:
        yield node.steps, "stands outside for_each, so there is no hold to look at; expected a for_each around it"
    if isinstance(rule, ForEach) and rule.longer_than is not None:
        if rule.longer_than - rule.margin >= longest_seconds:
            yield (
                (*node.steps, "longer_than"),
                f"leaves no hold, because no call is longer than {longest_seconds:g} s; expected fewer seconds",
            )
        elif rule.margin >= rule.longer_than:
            yield (
                (*node.steps, "margin"),
                f"leaves no shorter hold out; expected fewer seconds than longer_than, {rule.longer_than:g}",
            )
    if isinstance(rule, Say):
        where, steps = rule.where, (*node.steps, "where")
        if where.of is not None and where.of.startswith("hold") and not in_hold:
            yield (*steps, "of"), "stands outside for_each, so there is no hold to look around; expected a for_each"
        if where.of is None and (where.start or where.end):
            yield steps, "start and end mean nothing without `of`; expected of: hold.start, hold.end or hold"
