"""Where in a YAML file something stands: the line of a place such as items, 3, rule, say."""

from collections.abc import Iterator, Sequence

import yaml

Step = str | int


def path(steps: Sequence[Step]) -> str:
    """A place as its author would write it: items[3].rule.say."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def line(node: yaml.Node | None, steps: Sequence[Step]) -> int:
    """The line, counted from 1, of this place; of a place that is missing, of the nearest one around it."""
    found = 1
    for step in steps:
        below = next(((start, child) for name, start, child in _children(node) if name == step), None)
        if below is None:
            break
        found, node = below
    return found


def places(node: yaml.Node | None, steps: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Every single value below a node with its place."""
    if isinstance(node, yaml.ScalarNode):
        yield steps, node.value
    for name, _, child in _children(node):
        yield from places(child, (*steps, name))


def at(node: yaml.Node | None, steps: Sequence[Step]) -> yaml.Node | None:
    """What stands at this place, if anything does."""
    for step in steps:
        node = next((child for name, _, child in _children(node) if name == step), None)
    return node


def _children(node: yaml.Node | None) -> Iterator[tuple[Step, int, yaml.Node]]:
    if isinstance(node, yaml.SequenceNode):
        for place, child in enumerate(node.value):
            yield place, child.start_mark.line + 1, child
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, key.start_mark.line + 1, child
