"""Whatever goes wrong, the answer is problem JSON that says what, and never shows the inside."""

import json
import re
from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests.api.conftest import GOOD, Api, transcript

MEGABYTE = 1 << 20


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"max_upload_mb": 1})


@pytest.mark.parametrize("size", [MEGABYTE + 1, 3 * MEGABYTE], ids=["a little", "much"])
def test_a_file_that_is_too_large_is_refused(api: Api, size: int) -> None:
    answer = api.upload(b"x" * size, name="call.wav")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert api.get("/calls").json()["total"] == 0


def test_a_file_that_does_not_say_how_large_it_is_is_refused_as_soon_as_it_is_too_large(api: Api) -> None:
    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="call.wav"\r\n\r\n'
        for _ in range(40):
            yield b"x" * (MEGABYTE // 8)

    answer = api.send("POST", "/calls", content=body(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_form_that_breaks_off_is_refused(api: Api) -> None:
    for body in (b"--b\r\nContent-Dis", b"--c\r\n", b""):
        answer = api.send("POST", "/calls", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
        assert answer.status_code in (400, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    answer = api.send("POST", "/calls", content=b"--b", headers={"Content-Type": "multipart/form-data"})
    assert answer.status_code in (400, 422)


def test_two_files_at_once_are_refused(api: Api) -> None:
    files = [("file", ("a.json", transcript(*GOOD))), ("file", ("b.json", transcript(*GOOD, note="2")))]
    assert api.send("POST", "/calls", files=files).status_code == 400


def test_an_error_is_problem_json_with_the_id_of_the_request(api: Api) -> None:
    answer = api.get("/calls/999", headers={"X-Request-Id": "night-import-7"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["X-Request-Id"] == "night-import-7"
    assert answer.json() == {
        "type": "urn:callmark:not_found",
        "title": "There is nothing here, or nothing you may see.",
        "status": 404,
        "code": "not_found",
        "request_id": "night-import-7",
    }


def test_every_answer_has_an_id_of_its_own(api: Api) -> None:
    ids = [api.get("/calls").headers["X-Request-Id"] for _ in range(2)]
    assert all(ids) and ids[0] != ids[1]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/calls", 405), ("GET", "/calls/one", 422), ("GET", "/calls/0", 422)],
)
def test_an_address_that_is_not_there_is_problem_json_too(api: Api, method: str, path: str, status: int) -> None:
    answer = api.send(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"null", b"\xff", b'{"outcome": "upheld"'])
def test_a_body_that_is_no_json_object_is_refused(api: Api, body: bytes) -> None:
    answer = api.send("POST", "/complaints", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


ODD = ("", "%00", "%FF", "%ED%A0%80", "1e999", "99999999999999999999", "0001-01-01T00:00:00%2B14:00", "../../x")


def test_no_parameter_whatever_it_holds_makes_the_server_fail(api: Api) -> None:
    api.scored(agent="dana")
    key = api.key()
    for path, methods in api.client.get("/api/v1/openapi.json").json()["paths"].items():
        address = re.sub(r"\{\w+\}", "1", path.removeprefix("/api/v1"))
        for parameter in methods.get("get", {}).get("parameters", []):
            for odd in ODD:
                query = f"?{parameter['name']}={odd}" if parameter["in"] == "query" else odd
                answer = api.get(address + query, key=key)
                assert answer.status_code < 500, (address, query, answer.text)
                assert answer.is_success or answer.headers["content-type"] == "application/problem+json", query


def test_no_fact_of_a_complaint_whatever_it_is_makes_the_server_fail(api: Api) -> None:
    key = api.key()
    odd = [
        None,
        True,
        -1,
        1.5,
        2**70,
        "",
        "x" * 20_000,
        "\0",
        "\ud800",
        [],
        {},
        "9999-12-31T23:59:59-14:00",
        "1700000000",
    ]
    fields = api.client.get("/api/v1/openapi.json").json()["components"]["schemas"]["ComplaintFacts"]["properties"]
    for field in fields:
        for value in odd:
            body = json.dumps({"received_at": "2026-10-05T10:00:00Z", "category": "attitude", field: value})
            answer = api.send(
                "POST", "/complaints", key=key, content=body, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code in (200, 201, 422), (field, value, answer.text)
