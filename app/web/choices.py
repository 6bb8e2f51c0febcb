"""What a drop-down offers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One entry of a drop-down or of a row of tabs; `value` is an address in the latter."""

    value: str
    label: str
    chosen: bool
