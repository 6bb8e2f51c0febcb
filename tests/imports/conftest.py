"""A folder as a switch fills it, and what takes it in."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from app.calls.file_names import read_pattern
from app.imports.folders import Intake, Telling
from app.kit.blobs import open_blobs
from app.kit.queue import Queue, prepare
from app.settings import Settings

PATTERN = read_pattern("{started_at:%Y%m%d-%H%M%S}_{agent}_{external_id}")


@pytest.fixture
def intake(settings: Settings, engine: Engine) -> Iterator[Intake]:
    prepare(settings.jobs)
    with closing(Queue(settings.jobs)) as queue:
        yield Intake(engine, open_blobs(settings), queue, settings)


@pytest.fixture
def telling() -> Telling:
    return Telling(ZoneInfo("Asia/Shanghai"), {"queue": "cards"}, PATTERN)


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write a transcript into the folder; `age` is how many seconds ago that was, at the moment 1,000,000."""

    def write(name: str, text: str = "How can I help?", age: float = 60) -> Path:
        path = tmp_path / "recordings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        turn = {"speaker": "agent", "start": 0, "end": 2, "text": text}
        path.write_text(json.dumps({"language": "en", "turns": [turn]}))
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
        return path

    return write
