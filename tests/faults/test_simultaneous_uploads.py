"""The same recording comes in a thousand times at the same moment: it is one call."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from app.calls.belonging import MARK
from app.kit.blobs import open_blobs
from app.settings import Settings
from tests.bar import Bar
from tests.faults.processes import PATIENCE, until
from tests.faults.server import Server, server
from tests.faults.service import service, transcript


async def uploads(running: Server, times: int) -> list[httpx.Response]:
    """The answers to so many uploads that are sent at once."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    headers = {"Authorization": f"Bearer {running.key}"}
    async with httpx.AsyncClient(base_url=running.url, limits=limits, headers=headers, timeout=PATIENCE * 5) as client:
        one = {"file": ("call.json", transcript(1))}
        told = {"external_id": "C-1", "agent": "mei", "team": "Team A"}
        asked = [client.post("/api/v1/calls", files=one, data=told) for _ in range(times)]
        return list(await asyncio.gather(*asked))


@pytest.mark.bar(row=22, full=1000, quick=60)
def test_the_same_upload_many_times_at_once_is_one_call(settings: Settings, tmp_path: Path, bar: Bar) -> None:
    unlimited = settings.model_copy(update={"api_per_minute": 0})
    with server(unlimited, tmp_path / "serve.log") as running, service(settings) as kept:
        answers = asyncio.run(uploads(running, bar.times))
        statuses = Counter(answer.status_code for answer in answers)
        assert statuses == {201: 1, 200: bar.times - 1}, [one.text for one in answers if one.status_code >= 300][:3]
        assert len({answer.json()["id"] for answer in answers}) == 1
        until(kept.all_ended)
        (call,) = kept.calls()
        assert kept.faults() == []
        assert "Traceback" not in running.said()
    files = {path.name for path in (settings.data_dir / "blobs").rglob("*") if path.is_file()}
    assert files - {MARK} == {Path(call.blob).name} and open_blobs(settings).has(call.blob)
    bar.found(f"{bar.times:,} at once: one 201 and {bar.times - 1:,} times 200, 1 call, 1 blob")
