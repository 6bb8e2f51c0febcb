"""Reads a scorecard: a shipped one by its id, any other by its path."""

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from app.domain.scorecard import Scorecard
from app.kit.errors import AppError
from app.kit.shipped import shipped
from app.scorecards import names
from app.scorecards.faults import Fault, faults

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

    def __init__(self, file: str, found: Sequence[Fault]) -> None:
        super().__init__("\n".join(fault.told(file) for fault in found))
        self.faults = tuple(found)


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


@dataclass(frozen=True)
class Written:
    """A scorecard file as it was written: what it holds, and the same with its lines."""

    content: Any
    node: yaml.Node | None


@dataclass(frozen=True)
class Read:
    """What came of reading a file when it looked like `stamp`."""

    stamp: tuple[int, ...]
    digest: bytes
    card: Scorecard | ScorecardInvalid


# By path: a card takes long to read, and every call asks for one.
_read: dict[Path, Read] = {}


def read(path: Path) -> Scorecard:
    """The scorecard in a file, read anew when the file has changed; one that cannot be used says each fault."""
    last = _read.get(path)
    try:
        stamp = _stamp(path)
        if last is None or last.stamp != stamp:
            content = _content(path)
            digest = hashlib.sha256(content).digest()
            card = last.card if last is not None and last.digest == digest else _card(path, content)
            _read[path] = Read(stamp, digest, card)
    except (OSError, ValueError) as error:
        raise ScorecardUnknown(f"The scorecard file {path} cannot be read; check the path.") from error
    return before(path)


def before(path: Path) -> Scorecard:
    """The scorecard that was in a file when it was last read."""
    last = _read.get(path)
    if last is None:
        raise ScorecardUnknown(f"The scorecard file {path} cannot be read; check the path.")
    if isinstance(last.card, ScorecardInvalid):
        raise ScorecardInvalid(path.name, last.card.faults)
    return last.card


def understood(name: str, text: str) -> Scorecard:
    """The scorecard that a text is; one that cannot be used says each fault, as of a file of this name."""
    found = _card(Path(name), text.encode())
    if isinstance(found, ScorecardInvalid):
        raise found
    return found


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when a file does."""
    seen = path.stat()
    return seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_BYTES + 1)


def _card(path: Path, content: bytes) -> Scorecard | ScorecardInvalid:
    try:
        written = parsed(content)
        return Scorecard.model_validate(written.content)
    except ValidationError as error:
        found = {*names.faults(written.content, written.node)}
        # The schema stops at the first name that does not fit; here all of them are told, and that one once.
        hangs = any(fault["loc"] == () and fault["type"] == "value_error" for fault in error.errors())
        if not (hangs and found):
            found |= {*faults(error, written.content, written.node)}
        return ScorecardInvalid(path.name, sorted(found, key=lambda one: (one.line, one.place, one.words)))
    except Unreadable as error:
        return ScorecardInvalid(path.name, [Fault(error.line, "", str(error))])


class Unreadable(ValueError):
    """The file is no YAML."""

    def __init__(self, words: str, line: int = 1) -> None:
        super().__init__(words)
        self.line = line


def parsed(content: bytes) -> Written:
    """What a file holds, with its lines."""
    if len(content) > LARGEST_BYTES:
        raise Unreadable("too large for a scorecard")
    try:
        loader = _Loader(content.decode("utf-8"))
        node = loader.get_single_node()
        return Written(loader.construct_document(node) if node is not None else None, node)
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8 text; save the file as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable(error.problem or "not YAML", line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"not YAML: {error}") from error
