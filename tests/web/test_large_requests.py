"""Only recordings may be large: of anything else, no more is read than a form takes, from whomever it comes."""

from collections.abc import Iterator

import pytest

from app.door import FORM_BYTES, ORDINARY_BYTES, UPLOADS
from app.web.complaints import LARGEST_REGISTER_BYTES
from tests.web.conftest import Web

MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/reviews/1/items/greeting"),
        ("POST", "/sign-in"),
        ("POST", "/calls/names"),
        ("POST", "/complaints/import"),
        ("PUT", "/calls"),
        ("POST", "/nowhere"),
    ],
)
def test_what_says_that_it_is_too_large_is_refused_before_any_of_it_is_read(web: Web, method: str, path: str) -> None:
    answer = web.send(None, method, path, content=b"x" * (ORDINARY_BYTES + 1))
    assert answer.status_code == 413


def test_what_does_not_say_how_large_it_is_is_read_no_further_than_that(web: Web) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * MEGABYTE

    json = {"content-type": "application/json"}
    answer = web.send(None, "PUT", "/reviews/1/items/greeting", content=body(), headers=json)
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize("path", UPLOADS)
def test_of_a_recording_nothing_is_read_until_it_is_known_who_sends_it(web: Web, path: str) -> None:
    answer = web.send(None, "POST", path, files={"files": ("call.wav", b"x" * (ORDINARY_BYTES + 1))})
    assert answer.status_code == 401


def test_a_recording_may_be_larger_than_any_form(web: Web) -> None:
    sound = b"x" * (ORDINARY_BYTES + 1)
    sent = web.post(
        web.cast.alice, "/calls", files={"files": ("call.wav", sound)}, headers={"accept": "application/json"}
    )
    assert sent.json()["files"][0]["url"] == "/calls/1"
    told = {"name": "long.wav", "size": str(len(sound)), "modified": "1", "offset": "0"}
    piece = web.post(web.cast.alice, "/uploads", data=told, files={"piece": ("piece", sound)})
    assert piece.json() == {"came": len(sound)}


def test_the_largest_register_of_complaints_still_fits() -> None:
    assert LARGEST_REGISTER_BYTES + FORM_BYTES <= ORDINARY_BYTES
