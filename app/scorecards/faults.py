"""What is wrong with a scorecard file, in plain words: the line and the place of each fault, and what it is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from rapidfuzz import fuzz, process

from app.domain.rules import OPERATORS
from app.domain.scorecard import Scorecard
from app.scorecards.lines import Step, line, path, places

# What the author of a card would say; any other fault is told in the words of the validator.
WORDS = {
    "missing": "missing",
    "string_pattern_mismatch": "must begin with a letter and hold only a-z, 0-9 and - (in the id of an item: _)",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "tuple_type": "must be a list",
    "too_short": "must have at least one entry",
    "dict_type": "must be keys with values",
    "model_type": "must be keys with values",
}
# Less alike than this (of 100), another name is no guess at what was meant.
ALIKE = 60


class Weight(StrEnum):
    """How much something matters: a fault must be mended, a warning looked at."""

    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True)
class Fault:
    """Something that is wrong, and where: the line, counted from 1, and the place (items[3].rule.say)."""

    line: int
    place: str
    words: str
    weight: Weight = Weight.FAULT

    def told(self, file: str) -> str:
        """One line for people and for tools: FILE:LINE: place: what is wrong."""
        label = "" if self.weight == Weight.FAULT else f"{self.weight}: "
        return f"{file}:{self.line}: {label}{self.place}: {self.words}".replace(": : ", ": ")


def faults(error: ValidationError, written: Any, node: yaml.Node | None) -> Iterator[Fault]:
    """Each fault that the validator found; `written` is what the file holds, `node` the same with its lines."""
    places = [fault["loc"] for fault in error.errors(include_url=False)]
    for fault in error.errors(include_url=False):
        if fault["type"] == "too_short" and any(_lies_in(one, fault["loc"]) for one in places):
            # It is only short because what stands in it has faults of its own.
            continue
        steps, model = _as_written(fault["loc"], written)
        cause = fault.get("ctx", {}).get("error")
        if fault["type"] == "extra_forbidden":
            words = f"unknown key; {choice(str(steps[-1]), model.model_fields if model else ())}"
        elif cause:
            steps, words = _said_by_the_schema(steps, str(cause), written, node)
        else:
            words = WORDS.get(fault["type"]) or fault["msg"].replace("Input should", "must", 1)
            if isinstance(fault["input"], str | int | float) and fault["type"] != "missing":
                words += f", not {fault['input']!r}"
        yield Fault(line(node, steps), path(steps), words)


def _lies_in(place: tuple[int | str, ...], whole: tuple[int | str, ...]) -> bool:
    return len(place) > len(whole) and place[: len(whole)] == whole


def choice(wrong: str, known: Iterable[str]) -> str:
    """What may have been meant by a wrong name, or else all that there is."""
    names = list(known)
    near = process.extractOne(wrong, names, scorer=fuzz.ratio, score_cutoff=ALIKE) if names else None
    if near is not None:
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(names)}" if names else "there are none"


def _as_written(place: tuple[Step, ...], written: Any) -> tuple[tuple[Step, ...], type[BaseModel] | None]:
    """The place of a fault as its author would look for it, and what may stand around it.

    The validator leaves out the operators; the author has written them.
    """
    steps: list[Step] = []
    kind: Any = Scorecard
    around: type[BaseModel] | None = None
    for step in place:
        if step == "[key]":
            continue
        if isinstance(written, dict) and len(written) == 1 and step not in written:
            operator, settings = next(iter(written.items()))
            if operator in OPERATORS:
                steps.append(operator)
                written, kind = settings, OPERATORS[operator]
                # `all: [...]` and `not: {...}` stand for `all: {rules: [...]}` and `not: {rule: {...}}`.
                if isinstance(settings, list) or set(OPERATORS[operator].model_fields) == {"rule"}:
                    kind = _below(kind, step)
                    continue
        steps.append(step)
        around = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
        kind = _below(kind, step)
        try:
            written = written[step]
        except (LookupError, TypeError):
            written = None
    return tuple(steps), around


def _below(kind: Any, step: Step) -> Any:
    """The type of what stands below a value of this type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(step))
        return _plain(field.annotation) if field else None
    arguments = [one for one in get_args(kind) if one is not Ellipsis]
    return _plain(arguments[-1]) if arguments else None


def _plain(kind: Any) -> Any:
    """A type without what is said about it, and without that it may be missing."""
    if get_origin(kind) in (tuple, list, dict) or isinstance(kind, type):
        return kind
    arguments = [one for one in get_args(kind) if one is not type(None)]
    return _plain(arguments[0]) if arguments else kind


def _said_by_the_schema(
    steps: tuple[Step, ...], words: str, written: Any, node: yaml.Node | None
) -> tuple[tuple[Step, ...], str]:
    """The place that the words of a fault name (`items.hold_reason.rule: …`), as exactly as they name it."""
    named = re.match(r"([a-z_]+(?:\.[\w-]+)*): (.+)$", words, flags=re.DOTALL)
    if named:
        below = _steps(named[1].split("."), _at(written, steps))
        if below:
            steps, words = (*steps, *below), named[2]
    unknown = re.match(r"there is no operator '([^']*)'", words)
    if unknown:
        return steps, f"there is no operator {unknown[1]!r}; {choice(unknown[1], OPERATORS)}"
    told = [one for one, value in places(node) if one[: len(steps)] == steps and repr(value) in words]
    return (told[-1] if told else steps), words


def _steps(names: Sequence[str], written: Any) -> tuple[Step, ...]:
    """Names as the schema says them, as far as they lead somewhere: items by their ids."""
    steps: list[Step] = []
    for name in names:
        step: Step = name
        if isinstance(written, list):
            ids = [one.get("id") if isinstance(one, dict) else None for one in written]
            if name not in ids:
                break
            step = ids.index(name)
        elif not isinstance(written, dict) or name not in written:
            break
        written = written[step]
        steps.append(step)
    return tuple(steps)


def _at(written: Any, steps: Sequence[Step]) -> Any:
    for step in steps:
        try:
            written = written[step]
        except (LookupError, TypeError):
            return None
    return written
