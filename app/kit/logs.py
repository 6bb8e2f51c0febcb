"""The log: a line for each thing that happened, with the request, call or job it belongs to; never what was said."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

from app.kit.errors import where

Format = Literal["text", "json"]

NOTHING: Mapping[str, object] = MappingProxyType({})
_about: ContextVar[Mapping[str, object]] = ContextVar("about", default=NOTHING)
# What `extra` of a line may add to it, under this one name.
FACTS = "facts"
# Of libraries only what somebody must look into.
QUIET = ("alembic", "dbos", "faster_whisper", "httpx2", "uvicorn")


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """While this lasts, every line tells these facts too: `request`, `call`, `job`, `step`."""
    token = _about.set({**_about.get(), **facts})
    try:
        yield
    finally:
        _about.reset(token)


class _Lines(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802 (the library's name)
        # What an error says may quote what was said in a call.
        return where(ei[1])


class TextLines(_Lines):
    """Lines for people: when, how grave, which process, what; then the facts, if there are any."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(processName)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the library's name)
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        return super().formatMessage(record) + (f" [{facts}]" if facts else "")


class JsonLines(_Lines):
    """One JSON object a line, for systems that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": record.processName,
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def start_log(level: int, form: Format = "text") -> None:
    """Write what happens to standard error."""
    write_log(level, JsonLines() if form == "json" else TextLines())


def write_log(level: int, formatter: logging.Formatter | None) -> None:
    """The same with a form that is there already: that of the process which this one was begun by."""
    logging.basicConfig(level=level)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(formatter)
    # Not only for peace: some would write down addresses with all that stands in them.
    for library in QUIET:
        logging.getLogger(library).setLevel(logging.ERROR)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {**_about.get(), **getattr(record, FACTS, {})}
