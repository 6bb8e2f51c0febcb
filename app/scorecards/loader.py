"""Reads a scorecard: a shipped one by its id, any other by its path."""

from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from app.domain.scorecard import Scorecard
from app.kit.errors import AppError
from app.kit.shipped import shipped
from app.scorecards.faults import faults

# The C parser is ten times faster; PyYAML is installed without it on some platforms.
SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Far beyond any scorecard: what is longer is another file, named by mistake.
LARGEST_BYTES = 2_000_000


class ScorecardUnknown(AppError):
    """There is no such scorecard; name a shipped one or the path of a YAML file."""

    code = "scorecard_unknown"


class ScorecardInvalid(AppError):
    """The scorecard cannot be used as it is written."""

    code = "scorecard_invalid"


class _Loader(SafeLoader):  # type: ignore[misc]
    """Plain values only, and every key once: PyYAML alone lets the last of two win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def scorecard(name: str) -> Scorecard:
    """The scorecard with this shipped id, or in the file of this path."""
    if name in shipped_ids():
        return read(shipped("scorecards") / f"{name}.yaml")
    path = Path(name)
    if path.suffix.lower() not in (".yaml", ".yml") and not path.exists():
        raise ScorecardUnknown(
            f"There is no scorecard {name!r}; name a file, or one of the shipped: {', '.join(shipped_ids())}."
        )
    return read(path)


def shipped_card(language: str) -> Scorecard:
    """The shipped scorecard for inbound calls in this language ("en", "zh-CN", …)."""
    name = f"inbound-{language.lower().replace('_', '-').split('-')[0]}"
    if name not in shipped_ids():
        known = ", ".join(one.removeprefix("inbound-") for one in shipped_ids())
        raise ScorecardUnknown(
            f"No scorecard is shipped for calls in {language!r} (there are: {known}); name one with --scorecard."
        )
    return scorecard(name)


@cache
def shipped_ids() -> tuple[str, ...]:
    """The ids of the shipped scorecards, each the name of its file."""
    return tuple(sorted(path.stem for path in shipped("scorecards").glob("*.yaml")))


@cache
def read(path: Path) -> Scorecard:
    """The scorecard in a file; a file that cannot be used says each fault and where it is."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ScorecardInvalid(f"{path.name}: too large for a scorecard")
        written = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ScorecardInvalid(f"{path.name}: not UTF-8 text; save the file as UTF-8") from error
    except (OSError, ValueError) as error:
        raise ScorecardUnknown(f"The scorecard file {path} cannot be read; check the path.") from error
    try:
        content = yaml.load(written, Loader=_Loader)  # noqa: S506 (the loader is a safe one)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ScorecardInvalid(f"{path.name}{line}: {error.problem or 'not YAML'}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ScorecardInvalid(f"{path.name}: not YAML: {error}") from error
    try:
        return Scorecard.model_validate(content)
    except ValidationError as error:
        raise ScorecardInvalid("\n".join(f"{path.name}: {fault}" for fault in faults(error, content))) from None
