"""What programs ask of a server, and what its log tells of requests."""

import io
import json
import logging

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from app.kit.logs import JsonLines, TextLines
from app.main import create_app
from tests.web.conftest import Web

TOKEN = "a token for tests"


def asked(web: Web, sent: str, token: str | None = TOKEN):
    """The answer to who asks for measures with this header."""
    settings = web.app.state.services.settings.model_copy(update={"metrics_token": token and SecretStr(token)})
    with TestClient(create_app(settings)) as client:
        return client.get("/metrics", headers={"authorization": sent})


def test_a_server_that_can_do_its_work_says_so(web: Web) -> None:
    assert (web.get(None, "/health").status_code, web.get(None, "/health").text) == (200, "ok")
    answer = web.get(None, "/ready")
    assert (answer.status_code, answer.json()) == (200, {"database": "ready", "jobs": "ready"})


def test_a_server_whose_databases_are_away_is_alive_and_not_ready(web: Web, tmp_path) -> None:
    for name in ("app.db", "jobs.db"):
        for file in tmp_path.glob(f"{name}*"):
            file.unlink()
        (tmp_path / name).mkdir()
    web.app.state.services.engine.dispose()
    assert web.get(None, "/health").status_code == 200
    answer = web.get(None, "/ready")
    assert answer.status_code == 503
    assert {answer.json()[part] for part in ("database", "jobs")} == {"database_unavailable"}


def test_a_server_that_is_about_to_stop_answers_and_is_not_ready(web: Web) -> None:
    web.app.state.services.stopping.set()
    answer = web.get(None, "/ready")
    assert (answer.status_code, answer.json()["server"]) == (503, "stopping")
    assert web.get(None, "/sign-in").status_code in (200, 303)


def test_measures_are_told_to_whoever_has_the_token_and_are_what_prometheus_reads(web: Web) -> None:
    web.get(None, "/sign-in?next=/calls%3Fsaid%3Dzebediah")
    answer = asked(web, f"Bearer {TOKEN}")
    assert answer.status_code == 200
    found = {one.name: one.samples for one in text_string_to_metric_families(answer.text)}
    assert {"callmark_calls", "callmark_workers", "callmark_oldest_job_seconds", "callmark_up"} <= set(found)
    routes = {one.labels["route"] for one in found["callmark_request_seconds"]}
    assert "/sign-in" in routes
    assert "zebediah" not in answer.text


@pytest.mark.parametrize(
    ("sent", "token"), [("", TOKEN), ("Bearer ", TOKEN), ("Bearer wrong", TOKEN), ("Bearer ", None)]
)
def test_nobody_else_is_told_measures(web: Web, sent: str, token: str | None) -> None:
    assert asked(web, sent, token).status_code == 404


@pytest.mark.parametrize("form", [JsonLines(), TextLines()])
def test_the_log_tells_of_a_request_by_its_route_and_never_what_was_sought(web: Web, form: logging.Formatter) -> None:
    written = io.StringIO()
    handler, log = logging.StreamHandler(written), logging.getLogger("app.requests")
    handler.setFormatter(form)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        web.get(web.cast.bob, "/calls?said=zebediah", headers={"x-request-id": "abc-1"})
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
    told = written.getvalue()
    assert "zebediah" not in told
    if isinstance(form, TextLines):
        assert "GET /calls answered 200" in told
        assert "request=abc-1" in told
    else:
        line = json.loads(told)
        assert (line["route"], line["status"], line["request"]) == ("/calls", 200, "abc-1")
        assert line["user"] == web.cast.bob.id


def test_a_method_that_nobody_knows_is_counted_among_the_others(web: Web) -> None:
    web.client.request("ZEBEDIAH", "/calls")
    assert "ZEBEDIAH" not in asked(web, f"Bearer {TOKEN}").text
