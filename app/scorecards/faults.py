"""What is wrong with a scorecard file, in plain words: the place of each fault and what it is."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from app.domain.rules import OPERATORS

# What the author of a card would say; any other fault is told in the words of the validator.
WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "tuple_type": "must be a list",
    "dict_type": "must be keys with values",
    "model_type": "must be keys with values",
}


def faults(error: ValidationError, written: Any) -> Iterator[str]:
    """Each fault as `items[3].rule.say.wher: unknown key`; `written` is what the file holds."""
    for fault in error.errors(include_url=False):
        place = _as_written(fault["loc"], written)
        cause = fault.get("ctx", {}).get("error")
        words = str(cause) if cause else WORDS.get(fault["type"]) or fault["msg"].replace("Input should", "must", 1)
        yield f"{place}: {words}" if place else words


def _as_written(place: tuple[str | int, ...], written: Any) -> str:
    """The place of a fault as its author would look for it: with the operators that the validator leaves out."""
    path = ""
    for step in place:
        if step == "[key]":
            continue
        if isinstance(written, dict) and len(written) == 1 and step not in written:
            operator, settings = next(iter(written.items()))
            if operator in OPERATORS:
                path, written = f"{path}.{operator}", settings
                # `all: [...]` and `not: {...}` stand for `all: {rules: [...]}` and `not: {rule: {...}}`.
                if isinstance(settings, list) or set(OPERATORS[operator].model_fields) == {"rule"}:
                    continue
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
        try:
            written = written[step]
        except (LookupError, TypeError):
            written = None
    return path.removeprefix(".")
