"""What a worker tells programs that look after it, and what its log says: never what was said in a call."""

import json
import logging
import socket
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from app.calls.models import CallState
from app.kit.db import id_of
from app.kit.logs import start_log
from app.settings import Settings
from app.transcription.engines import ENGINES
from app.worker import work
from tests.faults.processes import until, worker
from tests.faults.scripted import SAID, ScriptedEngine, recording
from tests.faults.service import service, transcript

TOKEN = "a token for tests"
# What is said in the calls, and nowhere in the code.
MARKED = "Zebediah"


class QuotingEngine(ScriptedEngine):
    """Fails at each second recording, and quotes what it heard."""

    calls = 0

    def transcribe(self, *given: object):
        QuotingEngine.calls += 1
        if QuotingEngine.calls % 2:
            raise RuntimeError(f"cannot spell {MARKED} in {' '.join(SAID)}")
        return super().transcribe(*given)


def work_with_a_log(settings: Settings) -> None:
    # As `callmark worker` begins, with nothing left out.
    start_log(logging.DEBUG, settings.log_format)
    ENGINES["faster-whisper"] = f"{__name__}:QuotingEngine"
    work(settings)


def test_a_worker_says_whether_it_is_well_and_how_long_its_steps_took(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    asked = settings.model_copy(update={"worker_port": port, "metrics_token": SecretStr(TOKEN)})
    url = f"http://127.0.0.1:{port}"

    def status(path: str) -> int:
        try:
            return httpx.get(url + path).status_code
        except httpx.HTTPError:
            return 0

    with service(settings) as running, worker(asked):
        call = running.add(transcript(1), "call.json")
        until(lambda: running.call(call).state == CallState.SCORED)
        until(lambda: status("/ready") == 200)
        assert (status("/health"), status("/metrics"), status("/calls")) == (200, 404, 404)
        told = httpx.get(f"{url}/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    samples = [one for family in text_string_to_metric_families(told) for one in family.samples]
    counted = {one.labels["step"] for one in samples if one.name == "callmark_step_seconds_count" and one.value}
    assert counted >= {"transcribe", "evaluate", "offer for review"}


def test_the_log_names_the_call_and_never_tells_what_was_said(settings: Settings, tmp_path: Path) -> None:
    logged = settings.model_copy(update={"log_format": "json"})
    said = {"language": "en", "turns": [{"speaker": "agent", "start": 0, "end": 4, "text": f"Hello, {MARKED}."}]}
    with service(settings) as running, worker(logged, work_with_a_log):
        running.add(json.dumps(said).encode(), f"{MARKED}.json")
        for number in range(3):
            running.add(recording(number), f"{MARKED}.wav")
        until(running.all_ended)
        calls = {id_of(call) for call in running.calls()}
    written = (tmp_path / "worker.log").read_text()
    lines = [json.loads(line) for line in written.splitlines()]
    assert {line["call"] for line in lines if "call" in line} == calls
    assert {line["step"] for line in lines if "step" in line} >= {"transcribe", "evaluate"}
    assert any("failed" in line["message"] for line in lines)
    assert MARKED not in written
    assert "Merrow Bank" not in written
