"""Everyday changes to the text of a scorecard: titles, points, guidance, phrases; the rest stays as it is written."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from app.kit.errors import AppError
from app.scorecards.as_written import quoted
from app.scorecards.lines import Step, at
from app.scorecards.loader import Unreadable, parsed

# A change: the place in the file, and what is to stand there.
Changes = Mapping[tuple[Step, ...], Any]


class CannotAmend(AppError):
    """This cannot be changed here without losing how the file is written; change it in the YAML."""

    code = "cannot_amend"
    status = 409


def amended(text: str, changes: Changes) -> str:
    """The text with these values in place of those that stand there; remarks and layout stay as they are."""
    wanted = copy.deepcopy(parsed(text.encode()).content)
    for steps, value in changes.items():
        _put(wanted, steps, value)
    try:
        for steps, value in changes.items():
            text = _written(text, steps, value)
        became = parsed(text.encode()).content
    except Unreadable as error:
        raise CannotAmend from error
    # What was written by hand may stand in ways that are not foreseen here; then nothing is changed at all.
    if became != wanted:
        raise CannotAmend
    return text


def _put(content: Any, steps: Sequence[Step], value: Any) -> None:
    for step in steps[:-1]:
        content = content[step]
    content[steps[-1]] = value


def _written(text: str, steps: Sequence[Step], value: Any) -> str:
    """The text with one value changed: where it stands, or as a new key of what is around it."""
    root = parsed(text.encode()).node
    node = at(root, steps)
    if isinstance(node, yaml.MappingNode) and not node.flow_style and isinstance(value, dict):
        for key, _ in node.value:
            if key.value not in value:
                text = _removed(text, (*steps, key.value))
        for name, one in value.items():
            text = _written(text, (*steps, name), one)
        return text
    if isinstance(node, yaml.Node):
        return _replaced(text, node, value)
    around = at(root, steps[:-1])
    if not isinstance(around, yaml.MappingNode) or not around.value:
        raise CannotAmend
    return _added(text, around, str(steps[-1]), value)


def _removed(text: str, steps: Sequence[Step]) -> str:
    """The text without a line that holds one key and its value."""
    node = at(parsed(text.encode()).node, steps)
    if node is None or node.start_mark.line != node.end_mark.line:
        raise CannotAmend
    lines = text.split("\n")
    del lines[node.start_mark.line]
    return "\n".join(lines)


def _replaced(text: str, node: yaml.Node, value: Any) -> str:
    lines = text.split("\n")
    start, end = _place(lines, node.start_mark), _place(lines, node.end_mark)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        # A block of lines: its entries stand one below the other, as deep as the first.
        indent = " " * node.start_mark.column
        first = start - node.start_mark.column
        last = node.value[-1].end_mark
        return text[:first] + "\n".join(f"{indent}- {_yaml(one)}" for one in value) + text[_place(lines, last) :]
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        raise CannotAmend
    return text[:start] + _yaml(value) + text[end:]


def _added(text: str, around: yaml.MappingNode, key: str, value: Any) -> str:
    first = around.value[0][0]
    lines = text.split("\n")
    start = _place(lines, first.start_mark)
    glue = ", " if around.flow_style else "\n" + " " * first.start_mark.column
    after = next((child for name, child in around.value if name.value in ("points", "title", "means")), None)
    if after is None or around.flow_style:
        return text[:start] + f"{key}: {_yaml(value)}{glue}" + text[start:]
    if isinstance(after, yaml.CollectionNode) and not after.flow_style:
        raise CannotAmend
    end = _place(lines, after.end_mark)
    return text[:end] + f"{glue}{key}: {_yaml(value)}" + text[end:]


def _place(lines: Sequence[str], mark: Any) -> int:
    """Where in the text a mark is: lines and columns are counted in characters."""
    return sum(len(line) + 1 for line in lines[: mark.line]) + int(mark.column)


def _yaml(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(map(_yaml, value)) + "]"
