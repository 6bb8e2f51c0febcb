"""The recordings of the project, and recognisers that are loaded once for all tests."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.audio.decoding import Recording, decode
from app.settings import Settings
from app.transcription.engines import Engine, load_engine
from tests.transcription.service_elsewhere import KEY, Whisper, service

CALLS = Path(__file__).parents[2] / "fixtures" / "calls"


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="session")
def settings_for(cache_dir: Path):
    """Settings for a recogniser; greedy, because the tests are about hearing at all, not about the last word."""

    def make(engine: str = "faster-whisper", **others: Any) -> Settings:
        return Settings(engine=engine, beam_size=1, cache_dir=cache_dir, **others)

    return make


@pytest.fixture(scope="session")
def engine_called(settings_for, request):
    @cache
    def load(name: str) -> Engine:
        if name == "endpoint":
            elsewhere = service(Whisper(load("faster-whisper")))
            url = elsewhere.__enter__()
            request.addfinalizer(lambda: elsewhere.__exit__(None, None, None))
            return load_engine(settings_for(name, model="base", endpoint_url=url, endpoint_key=KEY))
        return load_engine(settings_for(name))

    return load


@pytest.fixture(scope="session")
def truth() -> dict[str, dict[str, Any]]:
    lines = (CALLS / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {call["id"]: call for call in map(json.loads, lines)}


@pytest.fixture(scope="session")
def recording_of(truth):
    @cache
    def read(name: str) -> Recording:
        return decode(CALLS / truth[name]["file"], Settings())

    return read
